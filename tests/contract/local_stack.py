"""What is rendered for this machine, deployed by the provider plugin's own code, in the engine's order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sls_infra.bundle import build
from sls_infra.local import control, secrets
from sls_infra.plan.model import Plan
from sls_infra.plugin.function import FunctionKind
from sls_infra.plugin.gateway import GatewayKind
from sls_infra.plugin.key import KeyKind
from sls_infra.plugin.secret import SecretKind
from sls_infra.providers.local.capabilities import CAPABILITIES
from sls_infra.providers.local.package import bundle_spec
from sls_infra.testing import Rendered, RenderedResource
from sls_infra.testing.computed import sls


@dataclass(frozen=True)
class Stack:
    """What came of it."""

    url: str
    keys: Mapping[str, str]
    """Client → its key."""
    bundles: Mapping[str, Path]
    """Function → its zip."""


@contextmanager
def deployed(plan: Plan, rendered: Rendered, folder: Path) -> Iterator[Stack]:
    """Secrets and keys, functions, then the gateway, below that folder; the gateway is stopped at the end."""
    known = _Known()
    store, keys = SecretKind(control, secrets), KeyKind()
    functions, gateways = FunctionKind(control), GatewayKind(control)
    for resource in rendered.all("sls:local:Key"):
        _, made = keys.create(resource.urn, _plain(resource))
        made_up = sls.of(resource.type, resource.logical_name, resource.inputs)
        known.add(made_up["key"], made["key"]["value"])
        known.add(made_up["sha256"], made["sha256"])
    for resource in rendered.all("sls:local:Secret"):
        _, made = store.create(resource.urn, {**known.put(resource), "root": str(folder)})
        known.add(sls.of(resource.type, resource.logical_name, resource.inputs)["ref"], made["ref"])
    ids, bundles = {}, {}
    for function in plan.functions:
        resource = rendered.one("sls:local:Function", name=function.name)
        zipped = build(bundle_spec(plan, function, CAPABILITIES), cache=folder / "cache", progress=lambda line: None)
        bundles[function.name] = zipped.path
        inputs = {**known.put(resource), "root": str(folder), "bundle": str(zipped.path), "sha256": zipped.sha256}
        ids[function.name], _ = functions.create(resource.urn, inputs)
    resource = rendered.one("sls:local:Gateway")
    inputs = known.put(resource)
    inputs |= {"root": str(folder), "functions": {name: ids[name] for name in inputs["functions"]}}
    id, outputs = gateways.create(resource.urn, inputs)
    with ExitStack() as stack:
        stack.callback(gateways.delete, resource.urn, id, inputs)
        clients = {client: known.text(key) for client, key in rendered.outputs["api_keys"].items()}
        yield Stack(outputs["url"], clients, bundles)


class _Known:
    """What a render made up → what really came of it."""

    def __init__(self) -> None:
        self._pairs: list[tuple[str, str]] = []

    def add(self, made_up: str, real: str) -> None:
        self._pairs.append((made_up, real))

    def text(self, text: str) -> str:
        for made_up, real in sorted(self._pairs, key=lambda pair: -len(pair[0])):
            text = text.replace(made_up, real)
        return text

    def put(self, resource: RenderedResource) -> dict[str, Any]:
        """A resource's inputs, as an engine would give them."""
        inputs: dict[str, Any] = json.loads(self.text(json.dumps(_plain(resource))))
        return inputs


def _plain(resource: RenderedResource) -> dict[str, Any]:
    return {name: value for name, value in resource.inputs.items() if value is not None}
