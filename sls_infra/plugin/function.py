"""`sls:local:Function`: a function's bundle, staged on this machine for gateways to serve.

Inputs: `root` (folder of all local state, absolute), `name`, `bundle` (path of the zip: where it lies is no change),
`sha256` of the zip, `python` ("3.11": what the bundle was made for), `env`, `minInstances`, `maxInstances`,
`concurrency`, `timeout` (seconds), `memory` (MiB). No outputs but the id, by which gateways name it.

Environment variables that are secrets are encrypted in the stack's state; in the function's own spec file, which only
its user can read (mode 0600), they are plain text: its worker processes are started from there.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import LocalError
from ..local.model import FunctionSpec, GatewaySpec
from ..runtime.dispatch import MANIFEST_NAME
from .control import Control
from .identity import fresh_id
from .kind import Found
from .place import stack_folder
from .values import Values, has_unknown, without_none

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
INTERRUPTED = "not what was deployed: left by a run that was interrupted, or changed by somebody else"
"""Stands for `sha256` of a function that is not as it was recorded: gateways may not serve it yet, so that whatever
the program says is to be deployed again."""

_FIELDS = {
    "name": "name",
    "sha256": "sha256",
    "env": "env",
    "minInstances": "min_instances",
    "maxInstances": "max_instances",
    "concurrency": "concurrency",
    "timeout": "timeout",
    "memory": "memory",
}
"""Input → field of `FunctionSpec`."""


class FunctionKind:
    """Stages functions. A changed one is served at once, unless the gateway's routes are about to change with it."""

    type = "sls:local:Function"
    replaces = frozenset({"root"})
    silent = frozenset({"bundle"})

    def __init__(self, control: Control) -> None:
        self._control = control

    def check(self, inputs: Values) -> Iterator[tuple[str, str]]:
        for name in ("root", "name", "bundle", "sha256", "python"):
            if name not in inputs:
                yield name, "is missing"
        python = inputs.get("python", PYTHON)
        if python != PYTHON and not has_unknown(python):
            yield (
                "python",
                f"the program runs on Python {python}, this plugin on {PYTHON} ({sys.executable}): put the program's "
                "own environment first on PATH, or name its folder in Pulumi.yaml under plugins.providers",
            )
        env = inputs.get("env")
        for variable, value in (env if isinstance(env, Mapping) else {}).items():
            if not isinstance(value, str):  # its value is not shown: it may be a secret
                yield "env", f"{variable} is no text but {type(value).__name__}: write it as a string"
        if not has_unknown(inputs) and isinstance(env, Mapping | None):
            try:
                _spec("id", {**inputs, "env": {}})
            except LocalError as error:
                yield "name", str(error)

    def foreseen(self, inputs: Values, before: tuple[Values, Values] | None) -> Values:
        return {}

    def create(self, urn: str, inputs: Values) -> tuple[str, Values]:
        id = fresh_id(urn)
        with stack_folder(self._control, urn, inputs) as root:
            self._control.stage_function(root, _spec(id, inputs), Path(inputs["bundle"]), urn=urn)
        return id, {}

    def read(self, urn: str, id: str, inputs: Values, computed: Values) -> Found | None:
        with stack_folder(self._control, urn, inputs) as root:
            state = self._control.read_function(root, id)
        if state is None:
            return None
        recorded, actual = _spec(id, inputs), replace(state.spec, folder="")
        if actual == recorded:
            return Found(inputs, {})
        changed = [name for name, field in _FIELDS.items() if getattr(actual, field) != getattr(recorded, field)]
        json = actual.to_json()
        differing = {name: json[_FIELDS[name]] for name in changed}
        return Found(without_none({**inputs, **differing, "sha256": INTERRUPTED}), {})

    def update(self, urn: str, id: str, inputs: Values) -> Values:
        bundle = Path(inputs["bundle"])
        with stack_folder(self._control, urn, inputs) as root:
            self._control.stage_function(root, _spec(id, inputs), bundle, urn=urn)
            for gateway in self._control.gateways_of(root, id):
                serving = self._control.read_gateway(root, gateway)
                if serving is not None and _routed(serving.spec, id).is_answered_by(_answered(bundle)):
                    self._control.reload_gateway(root, gateway, None)
        return {}

    def delete(self, urn: str, id: str, inputs: Values) -> None:
        with stack_folder(self._control, urn, inputs) as root:
            for gateway in self._control.gateways_of(root, id):
                if self._control.read_gateway(root, gateway) is None:  # killed, and no longer in the stack's state
                    self._control.stop_gateway(root, gateway)
            self._control.remove_function(root, id)


def _spec(id: str, inputs: Values) -> FunctionSpec:
    return FunctionSpec.from_json({"id": id, **{_FIELDS[name]: inputs[name] for name in _FIELDS if name in inputs}})


@dataclass(frozen=True, slots=True)
class _Served:
    """What is between a gateway and a function: as the one sends it, or as the other answers it."""

    routes: dict[str, list[str]]
    """Method and path → kinds of the ways in."""
    authorizers: frozenset[str]
    """Names of the ways in that the function decides on."""
    events: frozenset[tuple[str, str]]
    """Name and kind of the event sources that start it."""

    def is_answered_by(self, function: _Served) -> bool:
        """Whether the function answers just what the gateway sends."""
        answered = self.routes == function.routes and self.events == function.events
        return answered and self.authorizers <= function.authorizers


def _routed(spec: GatewaySpec, id: str) -> _Served:
    """What a gateway sends to the function."""
    names = {name for name, named in spec.functions.items() if named == id}
    customs = {way for route in spec.routes for way in route.auth if way.kind == "custom"}
    return _Served(
        {route.key: _kinds(way.kind for way in route.auth) for route in spec.routes if route.function in names},
        frozenset(way.name for way in customs if way.function in names),
        frozenset((event.name, event.kind) for event in spec.events if event.function in names),
    )


def _answered(bundle: Path) -> _Served:
    """What the function's new code answers.

    Where that is not what a gateway sends to it now, the gateway itself is about to be updated: new routes and new
    code are then served together, or, if the gateway refuses, neither.
    """
    with zipfile.ZipFile(bundle) as archive:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST_NAME))
    routes = {
        f"{route['method']} {route['path']}": ["runtime"] if "ways" in route else _kinds(route["auth"])
        for route in manifest["routes"]
    }
    events = {(name, event["kind"]) for name, event in (manifest.get("events") or {}).items()}
    return _Served(routes, frozenset(manifest.get("authorizers") or ()), frozenset(events))


def _kinds(kinds: Any) -> list[str]:
    return sorted(set(kinds))
