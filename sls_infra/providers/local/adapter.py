"""This machine: worker processes behind a gateway process. Calls the rooms in order and passes results on."""

from __future__ import annotations

from importlib.util import find_spec
from typing import cast

import pulumi

from ...plan.capabilities import Capabilities
from ...plan.model import Plan
from ...spec.targets import Local, Target
from ..base import Context, Outputs
from ..engine import check_plugin
from . import place
from .auth import ways_in
from .capabilities import CAPABILITIES
from .function import deploy_function, ref
from .gateway import deploy_gateway

for _needed in ("jwt", "starlette", "throttled", "uvicorn"):  # by the gateway, which is started by another process
    if find_spec(_needed) is None:
        raise ModuleNotFoundError(f"No module named {_needed!r}", name=_needed)


class LocalAdapter:
    """Renders a Plan into the resources of this package's own provider plugin."""

    capabilities: Capabilities = CAPABILITIES

    def providers(self, name: str, target: Target, parent: pulumi.Resource) -> pulumi.ProviderResource | None:
        """None: the plugin has no settings."""
        return None

    def deploy(self, plan: Plan, target: Target, context: Context) -> Outputs:
        """Functions first, then the gateway that calls them."""
        local = cast(Local, target)
        if context.deploying:
            check_plugin("local")
        where = place.root(), place.host(local), place.port(local)
        functions = {
            function.name: ref(deploy_function(plan, function, where[0], context)) for function in plan.functions
        }
        url = None
        if plan.routes:
            routed = {route.function: functions[route.function] for route in plan.routes}
            ways = {route.key: ways_in(route) for route in plan.routes}
            url = deploy_gateway(plan, routed, ways, where, context)
        return Outputs(url=url, functions=functions)


ADAPTER = LocalAdapter()
