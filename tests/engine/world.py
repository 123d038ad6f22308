"""What a stand-in provider knows and remembers: its tables, what is there, what was called, what is to fail."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import grpc

from tests.engine.kinds import Kind, Made, Package, Values
from tests.engine.wire import SIGNATURE, UNKNOWN, reveal

DEFAULTS = "__defaults"
"""Where a bridged provider keeps which inputs it filled in itself: a list of names, among the inputs."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the engine's."""

    op: str
    """check, diff, create, read, update, delete, invoke, configure, cancel."""
    type: str = ""
    """The resource's type, or the function's token."""
    name: str = ""
    """The resource's logical name."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """As they came over the wire: secrets wrapped."""
    preview: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource that is there."""

    type: str
    name: str
    serial: int
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


@dataclass(slots=True)
class Failure:
    """Operations that are told to fail: `skip` of them pass first."""

    op: str
    type: str | None
    name: str | None
    skip: int
    times: int
    message: str

    def hits(self, op: str, type: str, name: str) -> bool:
        """Is this one of them? Counts it."""
        if op != self.op or self.type not in (None, type) or self.name not in (None, name) or self.times == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class World:
    """Shared by the threads of one server."""

    def __init__(self, *known: Package) -> None:
        self.known = {package.name: package for package in known}
        self.calls: list[Call] = []
        self.live: dict[str, Resource] = {}
        self.delay = 0.0
        self.location: str | None = None
        self.failures: list[Failure] = []
        self.serials = itertools.count(1)
        self.lock = threading.Lock()

    def record(self, call: Call, context: grpc.ServicerContext) -> None:
        """Remember the call, take the time that it is told to take, and fail if it is told to fail."""
        with self.lock:
            self.calls.append(call)
            hit = next((f for f in self.failures if not call.preview and f.hits(call.op, call.type, call.name)), None)
        if call.op in ("create", "read", "update", "delete") and not call.preview:
            time.sleep(self.delay)
        if hit:
            context.abort(grpc.StatusCode.UNKNOWN, hit.message)

    def kind(self, type: str, context: grpc.ServicerContext) -> Kind:
        """The type's row."""
        package = self.known.get(type.split(":")[0])
        if package is None or type not in package.kinds:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the stand-in has no row for {type} in its table")
        return package.kinds[type]

    def made(self, type: str, name: str, inputs: Values, serial: int) -> Made:
        """What the rules of the type's row are given."""
        configuration = self.known[type.split(":")[0]].configuration
        plain = {key: value for key, value in reveal(inputs).items() if key != DEFAULTS}
        return Made(type, name, plain, configuration.get("account", ""), configuration.get("region", ""), serial)


def key(type: str, id: str) -> str:
    """Where a resource is kept in `World.live`: ids are unique by type only."""
    return f"{type} {id}"


def with_inputs(computed: Values, inputs: Values) -> dict[str, Any]:
    """A resource's outputs: what the cloud computes, under the inputs as they came, secrets and all."""
    given = {name: value for name, value in inputs.items() if name != DEFAULTS}
    return {**computed, **{name: _over(computed.get(name), value) for name, value in given.items()}}


def unknown(computed: Values, inputs: Values) -> dict[str, Any]:
    """What is computed, as a preview has it: unknown, in objects that inputs are given for each of their parts."""
    return {
        name: unknown(value, inputs[name]) if _is_object(value) and _is_object(inputs.get(name)) else UNKNOWN
        for name, value in computed.items()
    }


def _over(computed: Any, given: Any) -> Any:
    return with_inputs(computed, given) if _is_object(computed) and _is_object(given) else given


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping) and SIGNATURE not in value
