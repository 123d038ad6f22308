"""What a link lets a function do."""

from __future__ import annotations

from ..errors import NotLinked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

VERBS = {
    ("table", "r"): "read", ("table", "w"): "write", ("bucket", "r"): "read", ("bucket", "w"): "write",
    ("queue", "w"): "send", ("topic", "w"): "publish",
}  # fmt: skip


class Rights:
    """Those of one link."""

    __slots__ = ("_access", "_kind", "_name")

    def __init__(self, kind: str, name: str, described: Mapping[str, Any]) -> None:
        self._kind = kind
        self._name = name
        self._access: str = described.get("access") or ""

    def need(self, rights: str) -> None:
        """Raises NotLinked, which says what to write, where the link doesn't give these rights: "r", "w" or "rw"."""
        missing = [right for right in rights if right not in self._access]
        if not missing:
            return
        from . import function

        verb = VERBS[self._kind, missing[0]]
        link = f"{verb}()" if not self._access and len(rights) == 1 else "read_write()"
        raise NotLinked(
            f'the link to the {self._kind} "{self._name}" does not let this function {verb}: write'
            f" links=[{self._name}.{link}] on {function()}"
        )
