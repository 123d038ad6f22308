"""What Azure can do with the light front, API Management's Consumption tier: data and rules, no SDK is imported."""

from __future__ import annotations

from ...plan.capabilities import Bound, Capabilities, Native, Refused, Runtime
from .rules import operations, paths, sizes

_LIMITS = "API Management service limits, Consumption"
_FLEX = "Azure Functions: Flex Consumption plan"
_LATER = "leave it out for now, or use a target that has it"
_NO_LIMITS = Refused(
    "API Management counts calls without a subscription key from the Basic v2 tier on (rate-limit-by-key), and that "
    "front is not built yet",
    "leave rate_limit out for this target, or use aws or local, until the Basic v2 front comes",
)

CAPABILITIES = Capabilities(
    target="azure",
    title="Azure",
    front_name="consumption",
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
        "auth.jwt.jwks_uri": Refused(
            "validate-jwt finds published keys by the issuer's discovery document alone",
            "leave jwks_uri out, and serve /.well-known/openid-configuration at the issuer",
        ),
        "auth.jwt.loopback": Refused(
            "Azure fetches the issuer's keys, and can't reach this machine", "use an https issuer"
        ),
        "auth.jwt.algorithms": Refused(
            "with published keys, validate-jwt is documented for RSA signatures", "sign with RS256 or RS512"
        ),
        "auth.jwt.leeway": Native("clock skew of the validate-jwt policy"),
        "auth.jwt.scheme": Native("scheme of the validate-jwt policy", "handlers see the token as a Bearer one"),
        "auth.scopes": Runtime("all of a route's scopes"),
        "limit.route": _NO_LIMITS,
        "limit.route.window": _NO_LIMITS,
        "limit.route.window_burst": _NO_LIMITS,
        "limit.client": _NO_LIMITS,
        "limit.ip": _NO_LIMITS,
        "limit.several": _NO_LIMITS,
        "cors": Runtime("preflights and headers", "a preflight is a call of the function"),
        "cors.credentials": Runtime("preflights and headers", "a preflight is a call of the function"),
        "request": Runtime("the body's JSON schema"),
        "description": Runtime("in the API's description alone", "not checked"),
        "auth.several": Refused("more than one way in is not built for API Management's policy", _LATER),
    },
    bounds={
        "function.memory": Bound(1, 4096, "MiB", f"{_FLEX}: instance memory"),
        "function.timeout": Bound(1, 30, "s", f"{_LIMITS}: total request duration of 30 s"),
        "function.max_instances": Bound(1, 1000, "instances", f"{_FLEX}: considerations, scale"),
        "api.tags": Bound(0, 50, "tags", "Azure Resource Manager: use tags to organize your resources"),
    },
    # az functionapp list-flexconsumption-runtimes --runtime python
    pythons=("3.10", "3.11", "3.12", "3.13"),
    architectures=("x86_64",),
    notes=(
        "every refusal is problem+json, those of API Management too",
        "a path that ends in a slash more than its route is answered by 404, by 401 where a token is needed and lacks",
        "a page's preflight is a call of a function, of a path that no route has too; other calls of those are not",
        "a body sent in chunks, without a Content-Length, does not reach the app: such a request is answered by 411",
        "of several cookies that an answer sets the host percent-encodes the values and keeps known attributes: a "
        "second one that this would change is a 500, told in the log",
        "a request has at most 30 s, and a body that API Management buffers at most 2 MiB",
        "the name of a deleted API Management service stays taken for 48 hours; a new one gets another",
        "a subscription has at most 20 API Management services of the Consumption tier, and each Api is one",
        "clocks of issuer and Azure may differ by no more than `leeway`, 0 s unless it is said",
    ),
    # Azure Functions: "App settings reference" and its "Flex Consumption plan deprecations"; App Service: "Environment
    # variables and app settings"
    reserved_env=(
        "APPINSIGHTS_*",
        "APPLICATIONINSIGHTS_*",
        "APPSETTING_*",
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
    rules=(paths, operations, sizes),
)

FRONTS = (CAPABILITIES,)
"""The lightest first."""
