"""What is read from a description: routes, ways in, schemas, and remarks on all that has no place in a spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PUBLIC = "Public()"
"""The way in for anybody, as it is written in a spec."""
CUSTOM = "custom"
"""The variable of the one authorizer that stands in for ways in that a spec has no word for."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something of the description that is not carried over, or not as it stands there."""

    what: str
    """What, and what became of it."""
    where: str
    """The operation (`GET /a`), schema or member."""


@dataclass(slots=True)
class Remarks:
    """All remarks, in the order of the document, each once."""

    found: dict[Remark, None] = field(default_factory=dict)

    def add(self, where: str, what: str) -> None:
        """Notes one."""
        self.found[Remark(what, where)] = None

    def at(self, where: str) -> list[str]:
        """What is noted of one place."""
        return [remark.what for remark in self.found if remark.where == where]

    def grouped(self) -> dict[str, list[str]]:
        """What → where, for each thing that was noted."""
        groups: dict[str, list[str]] = {}
        for remark in self.found:
            groups.setdefault(remark.what, []).append(remark.where)
        return groups


@dataclass(frozen=True, slots=True)
class ReadRoute:
    """An operation that became a route."""

    where: str
    """As the description has it: `GET /a/{b-c}`."""
    method: str
    path: str
    operation_id: str | None
    summary: str
    group: str
    """The first tag, or first word of the path: what handlers are put together by."""
    ways: tuple[str, ...]
    """Variables of ways in, or `PUBLIC`."""
    scopes: tuple[str, ...]
    limits: tuple[tuple[int, str, int, str], ...]
    """Requests, window, burst and what is counted by, of `x-sls-rate-limit`: the one limit that is described."""
    request: str | None
    """Names in `Description.schemas`."""
    response: str | None
    query: str | None
    notes: tuple[str, ...]
    """For whoever writes the handler: headers, cookies, bodies that are no JSON."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way in: the class of the spec and its arguments, as Python."""

    variable: str
    kind: str
    """"Jwt", "OAuth2", "ApiKey", "Webhook" or "Custom"."""
    arguments: tuple[tuple[str, Any], ...]
    """Plain values by name; by position where the name is empty."""
    why: str = ""
    """For a comment."""


@dataclass(frozen=True, slots=True)
class Description:
    """All of it."""

    title: str
    version: str
    text: str
    routes: tuple[ReadRoute, ...]
    ways: tuple[Way, ...]
    schemas: Mapping[str, Any]
    """By name; they refer to each other by `#/$defs/<name>`."""
    remarks: Remarks
    operations: int
    """How many the document has."""
