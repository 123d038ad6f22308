"""What Azure can do with its fronts, API Management's tiers Consumption and Basic v2: data and rules, no SDK."""

from __future__ import annotations

from dataclasses import replace

from ...plan.capabilities import Bound, Capabilities, Meeting, Native, Refused, Runtime
from . import authorizers, ids, limited
from .capabilities_events import BOUNDS, EVENTS, NOTES, RESOURCES
from .existing import resources_there
from .rules import operations, paths, sizes
from .rules_events import kinds
from .tier import BASIC_V2, CONSUMPTION

_LIMITS = "API Management limits, Consumption"
_FLEX = "Azure Functions: Flex Consumption plan"
_UNKNOWN_CALLERS = (
    "what API Management refuses is in Application Insights: time, id, method, URL, status, address and reason, but "
    "not who called"
)
_SERVICES = "a subscription has at most 20 API Management services of the Consumption tier, and each Api is one"
_OPEN = "API Management lets the route through, the function's runtime decides"
_NO_LIMITS = Refused(
    "the Consumption tier has no rate-limit-by-key, and its rate-limit counts calls with a subscription key alone",
    "leave front out of Azure(…): Basic v2 is chosen for it",
)
_NO_QUOTA = Refused(
    "API Management has quota-by-key in its classic tiers alone; `quota`, which the others have, counts each key by "
    "itself, from the day on which it was made, not by the calendar",
    "give the client a RateLimit, as RateLimit(10_000, per='day'), which is spread over the day, or use aws or local",
)
_COUNTED = (
    "approximate, as API Management says; in whole seconds, at most 300: of an hour's limit a twelfth may come at once"
)
LIMIT_KINDS = tuple(
    f"limit.{by}{window}" for by in ("route", "client", "ip", "key") for window in ("", ".window", ".window_burst")
)
_WAYS: dict[str, Meeting] = {
    "auth.jwt.jwks_uri": Runtime("signature, issuer, audience and expiry", _OPEN),
    "auth.jwt.key": Runtime("signature, issuer, audience and expiry", f"the key is in Key Vault; {_OPEN}"),
    "auth.jwt.algorithms": Runtime("signature, issuer, audience and expiry", f"PyJWT is bundled; {_OPEN}"),
    "auth.api_key": Runtime("digest of the key", f"API Management makes the keys, a keyring is in Key Vault; {_OPEN}"),
    "auth.api_key.header": Runtime("digest of the key", _OPEN),
    "auth.webhook": Runtime("signature of the raw body", f"the secret is in Key Vault; {_OPEN}"),
    "auth.custom": Runtime("the authorizer", f"an authorizer of another function is a call of its app; {_OPEN}"),
    "auth.several": Runtime("each way in", _OPEN),
}
_KEPT: dict[str, Meeting] = {
    "secret": Native(
        "Key Vault secret",
        "the vault is kept for 7 days once it is deleted, and its name with it; to delete one secret of a vault that "
        "stays takes the role Key Vault Secrets Officer, since Azure has that in the vault alone",
    ),
    "secret.existing": Native("Key Vault secret", "its vault must take roles (Azure RBAC), not access policies"),
    "secret.env": Runtime("read from Key Vault as the function starts"),
    "domain": Native("host name of the service", "the service's own address goes on answering"),
    "domain.certificate": Native(
        "Key Vault certificate", "by an identity of the service's own; a renewed one is taken within two days"
    ),
    "domain.zone": Native("CNAME record of the DNS zone"),
}

CAPABILITIES = Capabilities(
    target="azure",
    title="Azure",
    front_name=CONSUMPTION.front,
    front="API Management, Consumption tier: nothing while idle, then by the call",
    meets={
        "function": Native(
            "Flex Consumption function app",
            "a cold start when it has been idle; memory is rounded up to 512, 2048 or 4096 MiB, and paid for as such",
        ),
        "function.min_instances": Native("always-ready instances", "are paid for while idle"),
        "function.max_instances": Native(
            "maximum instance count",
            "for on-demand instances alone, no hard cap: always-ready ones come on top, and a burst may go over it; "
            "fewer than 40 are not taken in every region",
        ),
        "function.concurrency": Native("HTTP concurrency of an instance", "handlers that are not async run in threads"),
        "route": Native("operation of the API"),
        "route.any": Native("an operation a method"),
        "route.greedy": Native("wildcard of the operation"),
        "auth.public": Native("operation without a check"),
        "auth.jwt": Native("validate-jwt policy", "keys are fetched once an hour"),
        "auth.oauth2": Native("validate-jwt policy"),
        "auth.jwt.loopback": Refused(
            "Azure fetches the issuer's keys, and can't reach this machine", "use an https issuer"
        ),
        "auth.jwt.leeway": Native("clock skew of the validate-jwt policy"),
        "auth.jwt.scheme": Native("scheme of the validate-jwt policy", "handlers see the token as a Bearer one"),
        "auth.scopes": Runtime("all of a route's scopes"),
        **_WAYS,
        **_KEPT,
        **dict.fromkeys((*LIMIT_KINDS, "limit.several"), _NO_LIMITS),
        "quota": _NO_QUOTA,
        "cors": Runtime("preflights and headers", "a preflight is a call of the function"),
        "cors.credentials": Runtime("preflights and headers", "a preflight is a call of the function"),
        "request": Runtime("the body's JSON schema"),
        "description": Runtime("in the API's description alone", "not checked"),
        **EVENTS,
        **RESOURCES,
    },
    bounds={
        "function.memory": Bound(1, 4096, "MiB", f"{_FLEX}: instance memory"),
        "function.timeout": Bound(1, 30, "s", f"{_LIMITS}: total request duration of 30 s"),
        "function.max_instances": Bound(1, 1000, "instances", f"{_FLEX}: considerations, scale"),
        "api.clients": Bound(0, 250, "clients", "API Management limits: 500 subscriptions, of which each has two"),
        **BOUNDS,
        "api.tags": Bound(0, 50, "tags", "Azure Resource Manager: use tags to organize your resources"),
    },
    # az functionapp list-flexconsumption-runtimes --runtime python
    pythons=("3.11", "3.12", "3.13"),
    architectures=("x86_64",),
    gateway_notes=(
        "every refusal is problem+json, those of API Management too",
        _UNKNOWN_CALLERS,
        "a path that ends in a slash more than its route is answered by 404, by 401 where a token is needed and lacks",
        "a page's preflight is a call of a function, of a path that no route has too; other calls of those are not",
        "a body sent in chunks, without a Content-Length, does not reach the app: such a request is answered by 411",
        "of several cookies that an answer sets the host percent-encodes the values and keeps known attributes: a "
        "second one that this would change is a 500, told in the log",
        "a request has at most 30 s, and a body that API Management buffers at most 2 MiB",
        "the name of a deleted API Management service stays taken for 48 hours; a new one gets another",
        _SERVICES,
        "clocks of issuer and Azure may differ by no more than `leeway`, 0 s unless it is said",
    ),
    notes=NOTES,
    # Azure Functions: "App settings reference" and its "Flex Consumption plan deprecations"; App Service: "Environment
    # variables and app settings"
    reserved_env=(
        "APPINSIGHTS_*",
        "APPLICATIONINSIGHTS_*",
        "APPSETTING_*",
        "AZURE_CLIENT_ID",
        "AzureFunctions*",
        "AzureWebJobs*",
        "CONTAINER_*",
        "DOCKER_*",
        "ENABLE_ORYX_BUILD",
        "FUNCTIONS_*",
        "IDENTITY_ENDPOINT",
        "IDENTITY_HEADER",
        "KUDU_*",
        "LEGION_*",
        "MSI_ENDPOINT",
        "MSI_SECRET",
        "PYTHON_ENABLE_*",
        "PYTHON_ISOLATE_WORKER_DEPENDENCIES",
        "PYTHON_THREADPOOL_THREAD_COUNT",
        "SCM_*",
        "WEBSITES_*",
        "WEBSITE_*",
    ),
    tag=r"(?!(?i:microsoft|azure|windows))[^<>%&\\?/=]{1,128}=.{0,256}",
    tag_fix="keys have at most 128 characters, none of <>%&\\?/=, and do not start with microsoft, azure or windows; "
    "values have at most 256",
    by_runtime=CONSUMPTION.by_runtime,
    rules=(
        paths,
        operations(CONSUMPTION),
        sizes(CONSUMPTION),
        authorizers.circles,
        ids.secrets_there,
        ids.domain,
        resources_there,
        kinds,
    ),
)

FULL = replace(
    CAPABILITIES,
    front_name=BASIC_V2.front,
    front="API Management, Basic v2 tier: 150 to 210 USD a month while idle (one unit; figures of 2025 and 2026, by "
    "region), and some minutes to deploy",
    meets={
        **CAPABILITIES.meets,
        "auth.api_key": Native(
            "subscription of the service, where clients are counted; else the runtime, by a keyring in Key Vault",
            "where API Management looks keys up it refuses an unknown one on every route, also on those that ask none",
        ),
        "auth.api_key.header": Native("header of the API's subscription keys", "a key in the query is refused"),
        **dict.fromkeys(LIMIT_KINDS, Native("rate-limit-by-key policy", _COUNTED)),
        "limit.several": Native("a counter each", "a call that one limit refuses may have been counted by another"),
    },
    bounds={**CAPABILITIES.bounds},
    gateway_notes=(
        *(note for note in CAPABILITIES.gateway_notes if note not in (_UNKNOWN_CALLERS, _SERVICES)),
        "each refusal of API Management's is a line of JSON in Application Insights, with who called where that was "
        "verified: of those over a limit",
        "a token without a subject is counted with all others that have none",
        "counters are API Management's own: they are not exact, and begin anew where a limit is changed",
    ),
    by_runtime=BASIC_V2.by_runtime,
    rules=(
        paths,
        operations(BASIC_V2),
        sizes(BASIC_V2),
        authorizers.circles,
        ids.secrets_there,
        ids.domain,
        resources_there,
        kinds,
        limited.slow_limits,
        limited.unknown_clients,
        limited.headers_of_keys,
    ),
)

FRONTS = (CAPABILITIES, FULL)
"""The lightest first."""
