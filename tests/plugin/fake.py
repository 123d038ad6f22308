"""A control plane in memory: what the plugin asks of it, it notes and does; it can be told to refuse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from sls_infra.errors import LocalError
from sls_infra.local.model import FunctionSpec, FunctionState, GatewaySpec, GatewayState


@dataclass
class FakeControl:
    """Implements `sls_infra.plugin.control.Control`."""

    calls: list[tuple[str, str]] = field(default_factory=list)
    """What was asked: operation and id, in order; reading is left out."""
    functions: dict[str, FunctionState] = field(default_factory=dict)
    gateways: dict[str, GatewayState] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    """Ids of gateways whose daemon was killed."""
    refusal: Exception | None = None
    """Raised by the next operation that would change something."""

    def stack_folder(self, state: Path, urn: str) -> Path:
        stack, project = urn.split("::")[:2]
        return state / project / stack.removeprefix("urn:pulumi:")

    def stage_function(self, root: Path, spec: FunctionSpec, bundle_zip: Path, *, urn: str) -> FunctionState:
        self._asked("stage", spec.id)
        assert bundle_zip.is_file()
        staged = replace(spec, folder=str(root / "functions" / spec.id / "revisions" / spec.sha256))
        self.functions[spec.id] = FunctionState(id=spec.id, sha256=spec.sha256, folder=staged.folder, spec=staged)
        return self.functions[spec.id]

    def remove_function(self, root: Path, id: str) -> None:
        self._asked("remove", id)
        self.functions.pop(id, None)

    def read_function(self, root: Path, id: str) -> FunctionState | None:
        return self.functions.get(id)

    def start_gateway(self, root: Path, id: str, spec: GatewaySpec, *, urn: str) -> GatewayState:
        self._asked("start", id)
        return self._serve(id, spec)

    def reload_gateway(self, root: Path, id: str, spec: GatewaySpec | None) -> GatewayState:
        self._asked("reload", id)
        return self._serve(id, spec or self.gateways[id].spec)

    def stop_gateway(self, root: Path, id: str) -> None:
        self._asked("stop", id)
        self.gateways.pop(id, None)

    def read_gateway(self, root: Path, id: str) -> GatewayState | None:
        return None if id in self.dead else self.gateways.get(id)

    def gateways_of(self, root: Path, function: str) -> list[str]:
        return list(self._naming(function))

    def _naming(self, function: str) -> Iterator[str]:
        return (id for id, state in self.gateways.items() if function in state.spec.functions.values())

    def _serve(self, id: str, spec: GatewaySpec) -> GatewayState:
        missing = set(spec.functions.values()) - set(self.functions)
        if missing:
            raise LocalError(f"no such functions: {missing}")
        self.dead.discard(id)
        port = spec.port or 40000
        url = f"http://{spec.host}:{port}"
        self.gateways[id] = GatewayState(id=id, url=url, pid=1, port=port, spec=spec)
        return self.gateways[id]

    def _asked(self, operation: str, id: str) -> None:
        self.calls.append((operation, id))
        refusal, self.refusal = self.refusal, None
        if refusal is not None:
            raise refusal
