"""What a spec becomes: every resource, with the inputs that the engine gets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import NotFoundError


class _Unknown:
    """A value that only a deployment knows, in a preview."""

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN = _Unknown()


@dataclass(frozen=True, slots=True)
class RenderedResource:
    """One registered resource."""

    type: str
    """Its type token: `aws:lambda/function:Function`."""
    name: str
    """The spec's own name ("shop"); for what there is one of, the component's."""
    logical_name: str
    """The name it is registered under: "orders-shop"."""
    urn: str
    inputs: Mapping[str, Any]
    """As the engine gets them: camelCase, resolved; secrets are plain here and named in `secret_inputs`."""
    secret_inputs: tuple[str, ...]
    """The inputs that are, or hold, a secret."""
    parent: str | None
    """Its parent's URN."""
    depends_on: tuple[str, ...]
    """URNs of what is made before it: said aloud, or because an input comes from there."""

    def __str__(self) -> str:
        shown = json.dumps(self.inputs, indent=2, sort_keys=True, default=repr)
        return f"{self.type} {self.name!r}\n" + "\n".join(f"    {line}" for line in shown.splitlines())


@dataclass(frozen=True, slots=True)
class Rendered:
    """All that an Api becomes on a target."""

    resources: Sequence[RenderedResource]
    """In the order they were registered."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """The component's: `url`, `functions`, …"""

    def all(self, type: str | None = None, name: str | None = None) -> list[RenderedResource]:
        """The resources of a type, of a name, or both. A type may be cut short from the left: "Function"."""
        return [r for r in self.resources if _is(r, type) and name in (None, r.name, r.logical_name)]

    def one(self, type: str | None = None, name: str | None = None) -> RenderedResource:
        """The one resource of a type and name. Raises `NotFoundError`, which lists what was rendered."""
        found = self.all(type, name)
        if len(found) == 1:
            return found[0]
        asked = " ".join(part for part in (type, repr(name) if name else None) if part) or "resource"
        raise NotFoundError(f"{len(found)} resources are a {asked}; rendered were:\n{self}")

    def __str__(self) -> str:
        return "\n".join(f"  {resource.type} {resource.name!r}" for resource in self.resources) or "  nothing"


def _is(resource: RenderedResource, type: str | None) -> bool:
    return type is None or resource.type == type or resource.type.endswith((f":{type}", f"/{type}"))
