"""One function: an identity that may do what it must, a Flex Consumption app, its code, and the key to call it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_azure_native import managedidentity, storage, web
from pulumi_azure_native.web.list_web_app_host_keys import ListWebAppHostKeysResult, list_web_app_host_keys_output

from ...bundle.spec import Bundle
from ...errors import NotFoundError
from ...plan.model import FunctionPlan, Plan
from ...spec.targets import Azure
from ..base import Context, given
from . import access, roles
from .access import Needs
from .code import Code
from .deployed import Deployed, Group
from .package import bundle_spec
from .secrets import Kept, reads
from .triggers import trigger

NAME = 24
"""Characters of a logical name: with Pulumi's suffix an app's has 32, so that no two that share a storage account get
one host id, which is cut to as many (Azure Functions: "Storage considerations", host ID considerations)."""
MEMORY = (512, 2048, 4096)
"""MiB that an instance may have (Azure Functions: "Flex Consumption plan", instance memory)."""
MAX_THREADS = 32


def deploy_function(
    plan: Plan,
    function: FunctionPlan,
    group: Group,
    target: Azure,
    context: Context,
    *,
    secrets: Mapping[str, Kept],
    values: Mapping[str, pulumi.Input[str]],
    needs: Needs,
) -> Deployed:
    """Makes everything that belongs to one function. `secrets`: those that it may read, by any name that tells them
    apart; `values`: variables of its environment beside the spec's; `needs`: of its links and event sources."""
    name = context.child(function.name, NAME)
    bundle = context.build(bundle_spec(plan, function, context.front))
    identity = managedidentity.UserAssignedIdentity(
        name,
        resource_group_name=group.name,
        location=target.location,
        tags=context.tags,
        opts=context.options(),
    )
    allowed: list[pulumi.Resource] = [
        roles.assignment(context.child(f"{function.name}-{word}", 64), role, identity.principal_id, scope, context)
        for word, role, scope in (
            ("storage", roles.STORAGE, group.storage.id),
            ("metrics", roles.METRICS, group.insights.id),
        )
    ]
    allowed += reads(function, secrets, identity.principal_id, context)
    allowed += access.allow(function, needs, identity.principal_id, context)
    values = {**values, **access.settings(needs, identity.client_id)}
    if secrets or needs.rights or needs.tables:  # by this the runtime says as whom it asks
        values["AZURE_CLIENT_ID"] = identity.client_id
    app = _app(name, plan, function, group, identity, [*allowed, *needs.ready], values, target, context)
    closed = _no_passwords(name, app, group, context)
    code = _code(name, app, bundle, [*allowed, *closed], context)
    called = bool(plan.routes_of(function)) or function.name in {way.function for way in plan.customs}
    key = _key(app, group, code, context) if called else None
    return Deployed(function.name, app.id, app.default_host_name, key, (app, code))


def _app(
    name: str,
    plan: Plan,
    function: FunctionPlan,
    group: Group,
    identity: managedidentity.UserAssignedIdentity,
    allowed: Sequence[pulumi.Resource],
    values: Mapping[str, pulumi.Input[str]],
    target: Azure,
    context: Context,
) -> web.WebApp:
    hosting = web.AppServicePlan(
        name,
        resource_group_name=group.name,
        location=target.location,
        kind="functionapp",
        reserved=True,  # Linux
        sku=web.SkuDescriptionArgs(name="FC1", tier="FlexConsumption"),
        tags=context.tags,
        opts=context.options(),
    )
    container = storage.BlobContainer(
        name,
        account_name=group.storage.name,
        container_name=name,
        resource_group_name=group.name,
        public_access=storage.PublicAccess.NONE,
        opts=context.options(),
    )
    settings = _settings(function, group, identity, values)
    return web.WebApp(
        name,
        resource_group_name=group.name,
        location=target.location,
        kind="functionapp,linux",
        server_farm_id=hosting.id,
        https_only=True,
        client_affinity_enabled=False,
        identity=web.ManagedServiceIdentityArgs(
            type=web.ManagedServiceIdentityType.USER_ASSIGNED, user_assigned_identities=[identity.id]
        ),
        key_vault_reference_identity=identity.id,
        function_app_config=_function_app_config(plan, function, group, identity, container),
        # Nothing else is said of the site: a Flex Consumption app has no FTP, and is not to be told `ftpsState`, nor
        # what moved into `functionAppConfig` (Azure Functions: "Flex Consumption plan deprecations").
        site_config=web.SiteConfigArgs(app_settings=settings, min_tls_version="1.2"),
        tags=context.tags,
        opts=context.options(depends_on=allowed),  # the app looks into its storage as soon as it is there
    )


def _function_app_config(
    plan: Plan,
    function: FunctionPlan,
    group: Group,
    identity: managedidentity.UserAssignedIdentity,
    container: storage.BlobContainer,
) -> web.FunctionAppConfigArgs:
    where = pulumi.Output.concat(group.storage.primary_endpoints.blob, container.name)
    return web.FunctionAppConfigArgs(
        deployment=web.FunctionsDeploymentArgs(
            storage=web.FunctionsDeploymentStorageArgs(
                type="blobContainer",
                value=where,
                authentication=web.FunctionsDeploymentStorageAuthenticationArgs(
                    type="UserAssignedIdentity", user_assigned_identity_resource_id=identity.id
                ),
            )
        ),
        runtime=web.FunctionsRuntimeArgs(name="python", version=function.python),
        scale_and_concurrency=_scale(plan, function),
    )


def _scale(plan: Plan, function: FunctionPlan) -> web.FunctionsScaleAndConcurrencyArgs:
    """Routes share instances; each event source has its own (Azure Functions: "Flex Consumption plan", per-function
    scaling)."""
    groups = [f"function:{trigger(event)}" for event in plan.events_of(function)]
    if plan.routes_of(function) or not groups:
        groups.insert(0, "http")
    ready = [web.FunctionsAlwaysReadyConfigArgs(name=group, instance_count=function.min_instances) for group in groups]
    http = web.FunctionsScaleAndConcurrencyTriggersHttpArgs(per_instance_concurrency=function.concurrency)
    return web.FunctionsScaleAndConcurrencyArgs(
        instance_memory_mb=next((size for size in MEMORY if size >= function.memory), MEMORY[-1]),
        maximum_instance_count=function.max_instances or 100,  # required; what Azure's own tools write
        always_ready=ready if function.min_instances else None,
        triggers=web.FunctionsScaleAndConcurrencyTriggersArgs(http=http) if function.concurrency else None,
    )


def _settings(
    function: FunctionPlan,
    group: Group,
    identity: managedidentity.UserAssignedIdentity,
    values: Mapping[str, pulumi.Input[str]],
) -> list[web.NameValuePairArgs]:
    """The app's settings, which its code sees as environment variables: the host's own and the function's `env`."""
    settings: dict[str, pulumi.Input[str]] = {
        "AzureWebJobsStorage__accountName": group.storage.name,
        "AzureWebJobsStorage__credential": "managedidentity",
        "AzureWebJobsStorage__clientId": identity.client_id,
        "APPLICATIONINSIGHTS_CONNECTION_STRING": group.insights.connection_string,
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": identity.client_id.apply(
            lambda id: f"ClientId={id};Authorization=AAD"
        ),
    }
    if (function.concurrency or 1) > 1:  # the worker calls handlers on so many threads at once
        settings["PYTHON_THREADPOOL_THREAD_COUNT"] = str(min(function.concurrency or 1, MAX_THREADS))
    env: Mapping[str, pulumi.Input[str]] = {name: given(value) for name, value in function.env.items()}
    return [web.NameValuePairArgs(name=name, value=value) for name, value in {**settings, **env, **values}.items()]


def _no_passwords(name: str, app: web.WebApp, group: Group, context: Context) -> list[pulumi.Resource]:
    """Publishing takes Entra's tokens alone."""
    opts = context.options()
    return [
        web.WebAppScmAllowed(name, name=app.name, resource_group_name=group.name, allow=False, opts=opts),
        web.WebAppFtpAllowed(name, name=app.name, resource_group_name=group.name, allow=False, opts=opts),
    ]


def _code(name: str, app: web.WebApp, bundle: Bundle, after: list[pulumi.Resource], context: Context) -> Code:
    return Code(
        name,
        app=app.name,
        host=app.default_host_name.apply(_deployment_site),
        bundle=str(bundle.path),
        sha256=bundle.sha256,
        opts=context.options(depends_on=[app, *after]),
    )


def _deployment_site(host: str) -> str:
    """An app's deployment site: "scm" after the first label, in each of Azure's clouds and with unique host names."""
    label, _, domain = host.partition(".")
    return f"{label}.scm.{domain}"


def _key(app: web.WebApp, group: Group, code: Code, context: Context) -> pulumi.Output[str]:
    """The key that callers of the app must show, read once its code is there: until then, there may be none."""
    options = pulumi.InvokeOutputOptions(parent=context.parent)

    def read(known: list[str]) -> pulumi.Output[ListWebAppHostKeysResult]:
        return list_web_app_host_keys_output(name=known[0], resource_group_name=known[1], opts=options)

    keys: pulumi.Output[ListWebAppHostKeysResult] = pulumi.Output.all(app.name, group.name, code.deployment).apply(read)
    return pulumi.Output.secret(keys.apply(_default_key))


def _default_key(keys: ListWebAppHostKeysResult) -> str:
    found = (keys.function_keys or {}).get("default")
    if not found:
        raise NotFoundError("the function app has no key named 'default': restore it in its App keys, and deploy again")
    return found
