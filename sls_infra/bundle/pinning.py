"""Exact versions, with hashes, for what a function and its platform need together."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from ..errors import BundleError
from .reqfile import name_of
from .requirements import OURS, Request
from .resolver import Resolver

_UNRESOLVED = re.compile(r"No solution found|unsatisfiable|conflict", re.IGNORECASE)


def resolve(request: Request, resolver: Resolver, scratch: Path, announce: Callable[[], None]) -> str:
    """Pins in the requirements format. `announce` is called before the network is used. Raises BundleError."""
    overrides = scratch / "overrides.txt"
    overrides.write_text(f"{OURS}; python_version < '0'\n", encoding="utf-8")  # uv's way to drop a package
    resolve = _Locked if request.kind == "lock" else _Compiled
    steps = resolve(request, resolver, scratch, overrides, announce)
    try:
        pins = steps.together()
    except BundleError as error:
        if request.platform and _UNRESOLVED.search(str(error)):
            steps.alone()  # raises where the user's own don't fit together: then it is not the platform's fault
            raise BundleError(
                f"{request.label} does not go with what the platform's own worker needs "
                f"({', '.join(request.platform)}): {error}"
            ) from None
        raise
    for name, pin in split(pins).items():
        if not re.match(r"[\w.-]+(\[.*?\])?==|(\S+ @ )?\S+\.whl([\s#;]|$)", pin):
            raise BundleError(
                f"{request.label} asks for {name}, which is source code, and nothing is built for a bundle: build a "
                "wheel of it (`uv build --wheel`) and name the wheel's path"
            )
    return pins


def split(pins: str) -> dict[str, str]:
    """What each pin begins with → the pin, its hashes included."""
    joined = re.sub(r"\\\r?\n", " ", pins)
    return {
        " ".join(line.split()[: 2 if line.startswith("-e") else 1]): line
        for line in joined.splitlines()
        if line.strip() and not line.startswith(("#", "--"))
    }


class _Compiled:
    """Requirements with room for a choice: uv chooses once, for both sides."""

    def __init__(
        self, request: Request, resolver: Resolver, scratch: Path, overrides: Path, announce: Callable[[], None]
    ) -> None:
        self._request, self._resolver, self._scratch, self._overrides = request, resolver, scratch, overrides
        self._announce = announce

    def together(self) -> str:
        self._announce()
        return self._compile(self._platform() if self._request.platform else None)

    def alone(self) -> None:
        self._compile(None)

    def _compile(self, platform: Path | None) -> str:
        request = self._request
        return self._resolver.compile(
            str(request.file) if request.file else "-",
            *([] if platform is None else [str(platform)]),
            given="\n".join(request.lines),
            overrides=self._overrides,
            folder=request.folder,
        )

    def _platform(self) -> Path:
        file = self._scratch / "platform.txt"
        file.write_text("\n".join([*self._request.platform, ""]), encoding="utf-8")
        return file


class _Locked(_Compiled):
    """A lock leaves no choice: what it holds stays as it is, and the platform's requirements fit in or do not."""

    def together(self) -> str:
        locked = self._export()
        if not self._request.platform:
            return locked
        self._announce()
        return _merged(locked, self._platform_within(locked))

    def alone(self) -> None:
        """A lock was resolved when it was made."""

    def _export(self) -> str:
        file = self._request.file
        assert file is not None
        project = self._scratch / "project"  # a copy: next to the original, uv would prefer a workspace's lock above it
        project.mkdir(exist_ok=True)
        for name in ("pyproject.toml", "uv.lock"):
            (project / name).write_bytes(file.with_name(name).read_bytes())
        return self._resolver.export(project, without=OURS)

    def _platform_within(self, locked: str) -> str:
        constraints = self._scratch / "locked.txt"
        exact = [re.split(r"\s+--hash", pin)[0] for pin in split(locked).values() if re.match(r"[\w.-]+==", pin)]
        constraints.write_text("\n".join([*exact, ""]), encoding="utf-8")
        return self._resolver.compile(
            str(self._platform()), given="", overrides=self._overrides, folder=self._request.folder,
            constraints=constraints,
        )  # fmt: skip


def _merged(locked: str, added: str) -> str:
    """The lock's pins, and of the others those that it does not hold, or holds for some environments only."""
    always = {name_of(pin) for pin in split(locked).values() if ";" not in pin}
    more = {name_of(pin): pin for pin in split(added).values() if name_of(pin) not in always}
    pins = [pin for pin in split(locked).values() if name_of(pin) not in more]
    return "".join(f"{pin}\n" for pin in sorted([*pins, *more.values()], key=name_of))
