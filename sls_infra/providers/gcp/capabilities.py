"""What Google Cloud can do with the light front, API Gateway: data and two rules, no SDK is imported."""

from __future__ import annotations

from ...plan.capabilities import Bound, Capabilities, Native, Refused, Runtime
from .rules import paths, tokens

_QUOTAS = "Cloud Run functions: quotas"
_LIMITS = "API Gateway counts by project and key, never by route; the load balancer front is not built yet"
_NO_LIMIT = "leave rate_limit out for this target, or use aws or local"
_LATER = "leave it out for now, or use a target that has it"
_BODY = "the 401's body is API Gateway's, and has no CORS headers; a token needs iss, sub and aud"

CAPABILITIES = Capabilities(
    target="gcp",
    title="Google Cloud",
    front_name="gateway",
    front="API Gateway: nothing while idle, then by the call",
    meets={
        "function": Native("Cloud Run function", "a cold start when it has been idle"),
        "function.min_instances": Native("minimum of instances", "is paid for while idle"),
        "function.max_instances": Native("maximum of instances", "may be passed for a short while under sudden load"),
        "function.concurrency": Native(
            "requests at once in one instance", "more than one takes a whole CPU, which a memory under 2 GiB adds"
        ),
        "route": Native("operation of the API config"),
        "route.any": Native("an operation a method", "TRACE, CONNECT and methods of one's own are answered by 405"),
        "route.greedy": Native("double wildcard"),
        "auth.public": Native("operation without security"),
        "auth.jwt": Native("security definition", _BODY),
        "auth.oauth2": Native("security definition", _BODY),
        "auth.jwt.jwks_uri": Native("x-google-jwks_uri"),
        "auth.jwt.scheme": Native("x-google-jwt-locations", "upper and lower case count"),
        "auth.jwt.loopback": Refused(
            "Google fetches the issuer's keys, and can't reach this machine", "use an https issuer"
        ),
        "auth.jwt.key": Refused(
            "API Gateway finds keys by an address that it fetches", "sign with a key pair, and publish the public key"
        ),
        "auth.jwt.algorithms": Refused(
            "of public-key signatures, RSA ones are what Google documents here", "sign with RS256, RS384 or RS512"
        ),
        "auth.jwt.leeway": Refused(
            "API Gateway allows clocks to differ by a fixed 60 s", "leave leeway out: 60 s are allowed there"
        ),
        "auth.scopes": Runtime("all of a route's scopes", "API Gateway checks none"),
        "auth.several": Refused(
            "API Gateway has no optional token, and several ways into a route are not built here", _LATER
        ),
        "limit.route": Refused(_LIMITS, _NO_LIMIT),
        "limit.route.window": Refused(_LIMITS, _NO_LIMIT),
        "limit.route.window_burst": Refused(_LIMITS, _NO_LIMIT),
        "limit.client": Refused(_LIMITS, _NO_LIMIT),
        "limit.ip": Refused(_LIMITS, _NO_LIMIT),
        "limit.several": Refused(_LIMITS, _NO_LIMIT),
        "cors": Runtime("preflights and headers"),
        "cors.credentials": Runtime("preflights and headers"),
        "request": Runtime("the body's JSON schema"),
        "description": Runtime("in the API's description alone", "not checked"),
    },
    bounds={
        "function.memory": Bound(128, 32768, "MiB", f"{_QUOTAS}: max function memory"),
        "function.timeout": Bound(1, 3600, "s", f"{_QUOTAS}: max duration of HTTP functions"),
        "function.concurrency": Bound(1, 1000, "requests", "Cloud Run functions: concurrency"),
        "api.tags": Bound(0, 63, "tags", "Resource Manager: requirements for labels, of which Pulumi uses one"),
    },
    pythons=("3.10", "3.11", "3.12", "3.13", "3.14"),
    architectures=("x86_64",),
    notes=(
        "the body of 401, and of 405 for methods that OpenAPI 2.0 has not, is API Gateway's; every other refusal is "
        "problem+json",
        "a path or method that no route has reaches a function, whose 404 is billed as a call",
        "a token is taken for up to 60 s past its expiry, for clocks that differ",
        "a path that ends in a slash more than its route is answered by 404, by 401 where a token is needed and lacks",
        "a request or answer has at most 32 MB; a request at most 100 headers of 8 kB each, whose names have no '_'",
        "request.url names the function's own host: the gateway tells nobody its own",
        "a literal of a path that is not ASCII is 404 where it is percent-encoded in lower case (%c3), which browsers "
        "don't do",
        "the first deployment enables the services of the project that are used, and takes some minutes",
    ),
    # Cloud Run, "Reserved environment variables for functions"; functions-framework's own; the platform's own too.
    reserved_env=(
        "FUNCTION_SIGNATURE_TYPE",
        "FUNCTION_SOURCE",
        "FUNCTION_TARGET",
        "ENTRY_POINT",
        "GUNICORN_LOG_LEVEL",
        "SCRIPT_NAME",
        "THREADS",
        "WORKERS",
        "K_CONFIGURATION",
        "K_REVISION",
        "K_SERVICE",
        "PORT",
        "X_GOOGLE_*",
        "LOG_EXECUTION_ID",
    ),
    tag=r"[a-z][a-z0-9_-]{0,62}=[a-z0-9_-]{0,63}",
    tag_fix="labels have lower-case letters, digits, '_' and '-' alone, at most 63, and start with a letter",
    rules=(paths, tokens),
)

FRONTS = (CAPABILITIES,)
"""The lightest first."""
