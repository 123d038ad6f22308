"""`sls:local:Gateway`: one Api on one port of this machine, served by a process of its own.

Inputs: `root` (folder of all local state, absolute), `api` (its name), `host`, `port` (0: any free one, kept over
updates), `maxBody` (bytes; default 6 MiB), `cors`, `routes`, `functions` (name → id of an `sls:local:Function`),
`apiKeys` (which hold digests of keys, no keys), `events` and `kept` (what it looks after), as
`sls_infra.local.model.GatewaySpec` reads them. Output: `url`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import LocalError
from ..local.model import GatewaySpec
from .control import Control
from .identity import fresh_id
from .kind import Found
from .place import stack_folder
from .values import UNKNOWN, Values, has_unknown, without_none

_FIELDS = {
    "api": "api",
    "host": "host",
    "port": "port",
    "maxBody": "max_body",
    "cors": "cors",
    "routes": "routes",
    "functions": "functions",
    "apiKeys": "api_keys",
    "events": "events",
    "kept": "kept",
}
"""Input → key of a `GatewaySpec`'s JSON."""


_GIVEN = ("functions", "events", "kept")
"""Inputs that hold what is not known before the first deployment: ids and paths."""


class GatewayKind:
    """Starts, reloads and stops gateways."""

    type = "sls:local:Gateway"
    replaces = frozenset({"root"})
    silent: frozenset[str] = frozenset()

    def __init__(self, control: Control) -> None:
        self._control = control

    def check(self, inputs: Values) -> Iterator[tuple[str, str]]:
        for name in ("root", "api", "routes", "functions"):
            if name not in inputs:
                yield name, "is missing"
                return
        port = inputs.get("port", 0)
        if not has_unknown(port) and not (isinstance(port, int) and 0 <= port <= 65535):
            yield "port", f"{port} is no port: use one from 1 to 65535, or 0 for any free one"
            return
        known = {name: _supposed(value) if name in _GIVEN else value for name, value in inputs.items()}
        if not has_unknown(known):
            try:
                _spec(known)
            except LocalError as error:
                yield "routes", str(error)

    def foreseen(self, inputs: Values, before: tuple[Values, Values] | None) -> Values:
        if before is not None:
            old, outputs = before
            if all(old.get(name) == inputs.get(name) for name in ("host", "port")) and "url" in outputs:
                return {"url": outputs["url"]}
        return {"url": UNKNOWN}

    def create(self, urn: str, inputs: Values) -> tuple[str, Values]:
        id = fresh_id(urn)
        with stack_folder(self._control, urn, inputs) as root:
            state = self._control.start_gateway(root, id, _spec(inputs), urn=urn)
        return id, {"url": state.url}

    def read(self, urn: str, id: str, inputs: Values, computed: Values) -> Found | None:
        with stack_folder(self._control, urn, inputs) as root:
            state = self._control.read_gateway(root, id)
        if state is None:
            return None
        recorded, actual = _spec(inputs).to_json(), state.spec.to_json()
        differing = {name: without_none(actual[key]) for name, key in _FIELDS.items() if actual[key] != recorded[key]}
        return Found(without_none({**inputs, **differing}), {"url": state.url})

    def update(self, urn: str, id: str, inputs: Values) -> Values:
        with stack_folder(self._control, urn, inputs) as root:
            state = self._control.reload_gateway(root, id, _spec(inputs))
        return {"url": state.url}

    def delete(self, urn: str, id: str, inputs: Values) -> None:
        with stack_folder(self._control, urn, inputs) as root:
            self._control.stop_gateway(root, id)


def _supposed(value: Any) -> Any:
    """The value with some text in place of what is not known yet, so that all else can be checked."""
    if isinstance(value, Mapping):
        return {key: _supposed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_supposed(each) for each in value]
    return "unknown" if has_unknown(value) else value


def _spec(inputs: Values) -> GatewaySpec:
    return GatewaySpec.from_json({_FIELDS[name]: inputs[name] for name in _FIELDS if name in inputs})
