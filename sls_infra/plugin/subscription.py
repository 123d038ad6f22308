"""`sls:local:Subscription`: what an event source is told of a topic, a bucket's uploads or a table's changes.

Inputs: `root` (folder of all local state, absolute), `kind` ("topic", "bucket" or "table"), `source` (its ref, which
may be another stack's), `event` (the event source's name) and `filter` ({"attributes": …}, {"prefix": …, "suffix": …}
or {"kinds": …}). Output: `subscriber`, its name there.

It is kept with what it is subscribed to, which tells it of everything from now on, whether a gateway runs or not. That
is why it is a resource of its own: it goes on while gateways are replaced, and ends with its stack.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from ..local.files import project_and_stack
from .identity import fresh_id
from .kind import Found
from .values import UNKNOWN, Values, without_none


class Source(Protocol):
    """The functions of `sls_infra.local.storage`; see there."""

    def subscribe(self, kind: str, path: str, name: str, filter: Mapping[str, Any]) -> None: ...
    def filter_of(self, kind: str, path: str, name: str) -> Mapping[str, Any] | None: ...
    def unsubscribe(self, kind: str, path: str, name: str) -> None: ...


class SubscriptionKind:
    """Subscribes to topics, buckets and tables."""

    type = "sls:local:Subscription"
    replaces = frozenset({"root", "kind", "source", "event"})
    silent: frozenset[str] = frozenset()

    def __init__(self, source: Source) -> None:
        self._source = source

    def check(self, inputs: Values) -> Iterator[tuple[str, str]]:
        for name in ("root", "kind", "source", "event", "filter"):
            if name not in inputs:
                yield name, "is missing"

    def foreseen(self, inputs: Values, before: tuple[Values, Values] | None) -> Values:
        return {"subscriber": UNKNOWN if before is None else before[1].get("subscriber", UNKNOWN)}

    def create(self, urn: str, inputs: Values) -> tuple[str, Values]:
        return fresh_id(urn), self.update(urn, "", inputs)

    def read(self, urn: str, id: str, inputs: Values, computed: Values) -> Found | None:
        name = subscriber(urn, inputs)
        found = self._source.filter_of(inputs["kind"], inputs["source"], name)
        return None if found is None else Found(without_none({**inputs, "filter": dict(found)}), {"subscriber": name})

    def update(self, urn: str, id: str, inputs: Values) -> Values:
        name = subscriber(urn, inputs)
        self._source.subscribe(inputs["kind"], inputs["source"], name, inputs["filter"])
        return {"subscriber": name}

    def delete(self, urn: str, id: str, inputs: Values) -> None:
        self._source.unsubscribe(inputs["kind"], inputs["source"], subscriber(urn, inputs))


def subscriber(urn: str, inputs: Values) -> str:
    """The same for one event source of one stack each time: a run that was interrupted leaves nothing behind that the
    next one does not find."""
    project, stack = project_and_stack(urn)
    digest = hashlib.sha256(f"{inputs['root']}\n{urn}".encode()).hexdigest()[:8]
    return f"{project}/{stack}/{inputs['event']}-{digest}"
