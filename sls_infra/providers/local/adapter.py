"""This machine: worker processes behind a gateway process. Calls the rooms in order and passes results on."""

from __future__ import annotations

from importlib.util import find_spec
from typing import cast

import pulumi

from ...plan.capabilities import Capabilities
from ...plan.model import Plan
from ...spec.targets import Local, Target
from ..base import Context, Outputs
from ..deployed_values import deployed_values
from ..engine import check_plugin
from ..secret_values import check_values
from . import place
from .auth import api_keys, deploy_keyrings, deploy_keys, ways_in
from .capabilities import CAPABILITIES
from .events import deploy_subscriptions, event_of
from .function import deploy_function, ref
from .gateway import Served, deploy_gateway, started
from .secrets import deploy_secrets
from .storage import deploy_storage, kept

for _needed in ("cryptography", "jwt", "starlette", "uvicorn"):  # by the gateway, which is started by another process
    if find_spec(_needed) is None:
        raise ModuleNotFoundError(f"No module named {_needed!r}", name=_needed)


class LocalAdapter:
    """Renders a Plan into the resources of this package's own provider plugin."""

    capabilities: Capabilities = CAPABILITIES

    def providers(self, name: str, target: Target, parent: pulumi.Resource) -> pulumi.ProviderResource | None:
        """None: the plugin has no settings."""
        return None

    def deploy(self, plan: Plan, target: Target, context: Context) -> Outputs:
        """Secrets and keys, what keeps things, functions, then the gateway that starts them."""
        local = cast(Local, target)
        if context.deploying:
            check_plugin("local")
        where = place.root(), place.host(local), place.port(local)
        check_values(plan)
        secrets = deploy_secrets(plan, where[0], context)
        keys = deploy_keys(plan, context)
        keyrings = deploy_keyrings(plan, keys, where[0], context)
        refs = deploy_storage(plan, where[0], context)
        subscribers = deploy_subscriptions(plan, refs, where[0], context)
        functions = {}
        for function in plan.functions:
            # Rules refuse an authorizer that the runtime would have to ask in another function.
            given = deployed_values(
                plan,
                function,
                context.front.by_runtime,
                secrets=secrets,
                keyrings=keyrings,
                authorizers={},
                resources=refs,
            )
            functions[function.name] = ref(deploy_function(plan, function, given, where[0], context))
        gateway = None
        if plan.routes or plan.events or any(refs.values()):
            served = Served(
                functions={name: functions[name] for name in started(plan)},
                ways_in={route.key: ways_in(route, secrets) for route in plan.routes},
                api_keys=api_keys(plan, keys.digests),
                events=[event_of(event, refs, subscribers) for event in plan.events],
                kept=kept(plan, refs),
            )
            gateway = deploy_gateway(plan, served, where, context)
        return Outputs(
            url=gateway if plan.routes else None,
            functions=functions,
            queues=refs["queue"],
            topics=refs["topic"],
            buckets=refs["bucket"],
            tables=refs["table"],
            api_keys=keys.newest,
        )


ADAPTER = LocalAdapter()
