"""What Google Cloud can do with the light front, API Gateway, and with a load balancer: data and rules, no SDK."""

from __future__ import annotations

from dataclasses import replace

from ...plan.capabilities import Bound, Capabilities, Native, Refused, Runtime
from . import rules
from .capabilities_events import EVENT_BOUNDS, EVENTS
from .rules_events import EVENT_RULES
from .ways import behind_the_gateway, behind_the_load_balancer

_QUOTAS = "Cloud Run functions: quotas"
_LIMITS = "API Gateway counts by project and key, never by route or caller"
_NO_LIMIT = "give the Api domain=Domain(…): a load balancer counts by route and by ip; or use aws, azure or local"
_NO_SECOND = (
    "write it as so many per='minute' and give the Api domain=Domain(…), for a load balancer; or use aws or local"
)
_CLIENTS = "nothing of Google's counts by who calls: API Gateway's quotas are a project's, Cloud Armor knows addresses"
_NO_CLIENT = "count by='route' or by='ip' with domain=Domain(…), leave it out here, or use aws, azure or local"
_DOMAIN = "API Gateway has a host name of Google's alone; one of your own takes a load balancer"
_NO_DOMAIN = "leave front out of Gcp(…); with front='load-balancer' it is told what stands in a load balancer's way"
_KEY = "the runtime, by a keyring in Secret Manager"
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
        "auth.jwt.key": Runtime("with the secret's value"),
        "auth.jwt.algorithms": Runtime("PyJWT in the bundle", "API Gateway is said to take RSA signatures alone"),
        "auth.jwt.leeway": Runtime("expiry", "API Gateway allows a fixed 60 s"),
        "auth.api_key": Runtime(_KEY, "each key is one of the project's 300 API keys, restricted to opening nothing"),
        "auth.api_key.header": Runtime(_KEY),
        "auth.webhook": Runtime("signature of the raw body"),
        "auth.custom": Runtime("the authorizer's handler, or a private call to its function", "a call more"),
        "auth.scopes": Runtime("all of a route's scopes", "API Gateway checks none"),
        "auth.several": Runtime("each way in"),
        "limit.route": Refused(_LIMITS, _NO_SECOND),
        "limit.route.window": Refused(_LIMITS, _NO_LIMIT),
        "limit.route.window_burst": Refused(_LIMITS, _NO_LIMIT),
        "limit.ip": Refused(_LIMITS, _NO_SECOND),
        "limit.ip.window": Refused(_LIMITS, _NO_LIMIT),
        "limit.ip.window_burst": Refused(_LIMITS, _NO_LIMIT),
        "limit.several": Refused(_LIMITS, "keep one limit a route, and give the Api domain=Domain(…)"),
        "limit.client": Refused(_CLIENTS, _NO_CLIENT),
        "limit.client.window": Refused(_CLIENTS, _NO_CLIENT),
        "limit.client.window_burst": Refused(_CLIENTS, _NO_CLIENT),
        "limit.key": Refused(_CLIENTS, _NO_CLIENT),
        "limit.key.window": Refused(_CLIENTS, _NO_CLIENT),
        "limit.key.window_burst": Refused(_CLIENTS, _NO_CLIENT),
        "quota": Refused(_CLIENTS, _NO_CLIENT),
        "secret": Native("secret of Secret Manager", "costs a little for each version that is kept"),
        "secret.existing": Native("secret of Secret Manager", "named `projects/…/secrets/…`"),
        "secret.env": Runtime("read as the function starts"),
        "domain": Refused(_DOMAIN, _NO_DOMAIN),
        "domain.certificate": Refused(_DOMAIN, _NO_DOMAIN),
        "domain.zone": Refused(_DOMAIN, _NO_DOMAIN),
        "cors": Runtime("preflights and headers"),
        "cors.credentials": Runtime("preflights and headers"),
        "request": Runtime("the body's JSON schema"),
        "description": Runtime("in the API's description alone", "not checked"),
        **EVENTS,
    },
    bounds={
        "function.memory": Bound(128, 32768, "MiB", f"{_QUOTAS}: max function memory"),
        "function.timeout": Bound(1, 3600, "s", f"{_QUOTAS}: max duration of HTTP functions"),
        "function.concurrency": Bound(1, 1000, "requests", "Cloud Run functions: concurrency"),
        **EVENT_BOUNDS,
        "api.tags": Bound(0, 63, "tags", "Resource Manager: requirements for labels, of which Pulumi uses one"),
    },
    pythons=("3.11", "3.12", "3.13", "3.14"),
    architectures=("x86_64",),
    gateway_notes=(
        "the body of 401, and of 405 for methods that OpenAPI 2.0 has not, is API Gateway's; every other refusal is "
        "problem+json",
        "calls that API Gateway refuses itself are in its own request log: status, path and address, never who",
        "a path or method that no route has reaches a function, whose 404 is billed as a call",
        "a token is taken for up to 60 s past its expiry, for clocks that differ",
        "a path that ends in a slash more than its route is answered by 404, by 401 where a token is needed and lacks",
        "a request or answer has at most 32 MB; a request at most 100 headers of 8 kB each, whose names have no '_'",
        "request.url names the function's own host: the gateway tells nobody its own",
        "a literal of a path that is not ASCII is 404 where it is percent-encoded in lower case (%c3), which browsers "
        "don't do",
    ),
    notes=("the first deployment enables the services of the project that are used, and takes some minutes",),
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
    by_runtime=behind_the_gateway,
    rules=(rules.paths, rules.tokens, rules.authorizers, rules.headers, *EVENT_RULES),
)

_ONE = "throttle rule of Cloud Armor"
_COUNTED = "429 has the vendor's body and no Retry-After; counted approximately, and anew in each of Google's regions"
_TOKENS = ("auth.jwt", "auth.oauth2", "auth.jwt.jwks_uri", "auth.jwt.scheme")
_LIMITED = [f"limit.{by}{window}" for by in ("route", "ip") for window in ("", ".window", ".window_burst")]

LOAD_BALANCER = replace(
    CAPABILITIES,
    front_name="load-balancer",
    front="global external load balancer: about 18 USD a month while idle (one forwarding rule at 0.025 USD an hour), "
    "with limits about 5 USD more and 1 USD a limited route (Cloud Armor Standard); list prices of 2025",
    meets={
        **CAPABILITIES.meets,
        "route": Native("URL map, and the runtime"),
        "route.any": Native("URL map, and the runtime"),
        "route.greedy": Native("URL map, and the runtime"),
        "auth.public": Runtime("nothing is asked"),
        **{kind: Runtime("signature, issuer, audience and expiry") for kind in _TOKENS},
        **{kind: Native(_ONE, _COUNTED) for kind in _LIMITED},
        "limit.several": Refused("of all rules that fit a call only the first acts", "keep one limit a route"),
        "domain": Native("address and certificate", "a certificate is made once the name leads to the address"),
        "domain.certificate": Native("SSL certificate", "named `projects/…/global/sslCertificates/…`"),
        "domain.zone": Native("record set of Cloud DNS", "the zone by its name within the project"),
    },
    by_runtime=behind_the_load_balancer,
    gateway_notes=(
        "the body of 429 is Cloud Armor's, and has no CORS headers; every other refusal is problem+json",
        "a limit counts a route's calls in intervals of 10 s to an hour, about; what is over is refused by the edge",
        "a function with routes and events is made twice, the one of events private and scaled by itself",
        "calls from the project's own networks count as the load balancer's: they reach functions past the limits, "
        "never past who may call",
        "routed functions are open to allUsers behind the load balancer, which an organisation's policy may forbid "
        "(iam.allowedPolicyMemberDomains)",
        "each limited route is a rule with an expression, of which a project has a quota (Cloud Armor, 'Quotas')",
        "a path whose literal segments are percent-encoded where they need not be is answered by 404",
        "a browser's preflights of a limited ANY route count too",
        "calls that Cloud Armor refuses are in the load balancer's log: status, path, address and rule, never who",
        "Cloud Run is said to take the signature off tokens of https://accounts.google.com, and they get 401 then",
        "there is https alone: nothing listens on port 80",
        "a request or answer has at most 32 MB",
        "a certificate that is made takes up to an hour after the name leads to the address",
    ),
    rules=(
        rules.domain,
        rules.asked,
        rules.limits,
        rules.destinations,
        rules.authorizers,
        rules.headers,
        *EVENT_RULES,
    ),
)
"""With the full front, a global external load balancer. The runtime verifies every way in."""

FRONTS = (CAPABILITIES, LOAD_BALANCER)
"""The lightest first."""
