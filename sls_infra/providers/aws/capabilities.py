"""What AWS can do, with the light front, an HTTP API, and the full one: data only, no SDK is imported."""

from __future__ import annotations

from dataclasses import replace

from ...plan.capabilities import Bound, Capabilities, Meeting, Native, Refused, Runtime
from .event_capabilities import BOUNDS as EVENT_BOUNDS
from .event_capabilities import EVENTS, RESOURCES
from .rest_capabilities import BOUNDS, MEETS, NOTES
from .rest_rules import REST_RULES
from .rules import RULES
from .verified import http_by_runtime, rest_by_runtime

_QUOTAS = "API Gateway: quotas of HTTP APIs"
_LAMBDA = "Lambda quotas"
_OF_KEYS = ("limit.key", "limit.key.window", "limit.key.window_burst", "quota")
_HTTP_ALONE = ("token.audiences", "cors.max_age", "cors.headers")
_REST = "leave front out, or say front='rest': the REST API has it"

TOKENS_BY_RUNTIME: dict[str, Meeting] = {
    "auth.jwt.jwks_uri": Runtime("keys from jwks_uri", "the gateway lets the route through, the runtime decides"),
    "auth.jwt.key": Runtime("the key, a secret of the function's", "the gateway lets the route through"),
    "auth.jwt.algorithms": Runtime("the algorithms that are named", "the gateway lets the route through"),
    "auth.jwt.leeway": Runtime("the leeway", "the gateway lets the route through, the runtime decides"),
    "auth.jwt.scheme": Runtime("the scheme", "the gateway lets the route through, the runtime decides"),
}
WAYS_BY_RUNTIME: dict[str, Meeting] = {
    "auth.webhook": Runtime("signature of the raw body", "the secret is in Secrets Manager"),
    "auth.custom": Runtime("the authorizer, called by the runtime", "its answers are kept by each instance"),
    "auth.several": Runtime("any of a route's ways in", "the gateway lets the route through, the runtime decides"),
}
NAMES: dict[str, Meeting] = {
    "secret": Native("secret of Secrets Manager", "0.40 USD a month each, while idle too"),
    "secret.existing": Native("secret of Secrets Manager", "one encrypted by a key of your own: let the role decrypt"),
    "secret.env": Runtime("read from Secrets Manager as the function starts"),
    "domain": Native("custom domain name", "TLS 1.2; the execute-api address is off"),
    "domain.certificate": Native("the given certificate of ACM"),
    "domain.zone": Native("records of the Route 53 zone"),
}

CAPABILITIES = Capabilities(
    target="aws",
    title="AWS",
    front_name="http",
    front="HTTP API: nothing while idle, then by the call",
    by_runtime=http_by_runtime,
    rules=RULES,
    meets={
        "function": Native("Lambda function", "a cold start when it has been idle"),
        "function.min_instances": Native("provisioned concurrency on an alias", "is paid for while idle"),
        "function.max_instances": Native(
            "reserved concurrency", "100 of the account's must stay free; new accounts have 10 in all"
        ),
        "function.concurrency": Refused(
            "Lambda gives an instance one request at a time",
            "leave concurrency out; more instances start by themselves",
        ),
        "route": Native("route of the HTTP API"),
        "route.any": Native("ANY route of the HTTP API"),
        "route.greedy": Native("greedy path variable"),
        "auth.public": Native("route without authorizer"),
        "auth.jwt": Native(
            "JWT authorizer",
            "the 401 is API Gateway's: its body is, and pages of other origins see no CORS headers on it",
        ),
        "auth.oauth2": Native(
            "JWT authorizer",
            "the 401 is API Gateway's: its body is, and pages of other origins see no CORS headers on it",
        ),
        "auth.jwt.loopback": Refused(
            "AWS fetches the issuer's keys, and can't reach this machine", "use an https issuer"
        ),
        **TOKENS_BY_RUNTIME,
        "auth.scopes": Runtime("all of a route's scopes", "a JWT authorizer would let in any of them"),
        "limit.route": Native("route throttle", "best effort; the 429's body is API Gateway's"),
        "limit.route.window_burst": Native("route throttle", "best effort: the same average, per second"),
        "limit.route.window": Refused(
            "an HTTP API counts by the second, and a burst of a whole window would let through twice the limit",
            "say burst=… (calls that may come at once), or count per='second'",
        ),
        "auth.api_key": Refused("an HTTP API knows no keys", _REST),
        "auth.api_key.header": Refused("an HTTP API knows no keys", _REST),
        **dict.fromkeys(_OF_KEYS, Refused("an HTTP API knows no keys, and so counts no client's calls", _REST)),
        "limit.client": Refused("an HTTP API can't tell clients apart", _REST),
        "limit.client.window": Refused("an HTTP API can't tell clients apart", _REST),
        "limit.client.window_burst": Refused("an HTTP API can't tell clients apart", _REST),
        "limit.ip": Refused("AWS WAF does not stand before HTTP APIs", _REST),
        "limit.ip.window": Refused("AWS WAF does not stand before HTTP APIs", _REST),
        "limit.ip.window_burst": Refused("AWS WAF does not stand before HTTP APIs", _REST),
        "limit.several": Refused("a route has one throttle on an HTTP API", _REST),
        "cors": Native("CORS of the HTTP API"),
        "cors.credentials": Native("CORS of the HTTP API"),
        "request": Runtime("the body's JSON schema"),
        "description": Runtime("in the API's description alone", "not checked"),
        **WAYS_BY_RUNTIME,
        **NAMES,
        **RESOURCES,
        **EVENTS,
    },
    bounds={
        "api.routes": Bound(0, 300, "routes", f"{_QUOTAS}: routes per API"),
        "api.tokens": Bound(0, 10, "issuers", f"{_QUOTAS}: authorizers per API"),
        "token.audiences": Bound(1, 50, "audiences", f"{_QUOTAS}: audiences per authorizer"),
        "function.memory": Bound(128, 10240, "MiB", f"{_LAMBDA}: memory allocation"),
        "function.timeout": Bound(1, 30, "s", f"{_QUOTAS}: maximum integration timeout"),
        "function.env": Bound(0, 4096, "bytes", f"{_LAMBDA}: environment variables"),
        "cors.max_age": Bound(-1, 86400, "s", "API Gateway: CORS of HTTP APIs"),
        "cors.headers": Bound(0, 10240, "bytes", f"{_QUOTAS}: total combined size of header values"),
        **EVENT_BOUNDS,
        "api.tags": Bound(0, 50, "tags", "AWS: tag naming limits and requirements"),
    },
    pythons=("3.11", "3.12", "3.13", "3.14"),
    architectures=("arm64", "x86_64"),
    gateway_notes=(
        "bodies of 401 and 429, and of 404 for unknown paths, are API Gateway's; every other refusal is problem+json",
        "a request or answer has at most 6 MB (about 4.5 MB where it is binary)",
    ),
    notes=(
        "functions in a private network need a way out for what the runtime reaches: issuers' keys, secrets, links",
    ),
    # Lambda developer guide, "Defined runtime environment variables"
    reserved_env=(
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_*",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    ),
    tag=r"(?!(?i:aws):).{1,128}=.{0,256}",
    tag_fix="keys have at most 128 characters and do not start with aws:, values have at most 256",
)

FULL = replace(
    CAPABILITIES,
    front_name="rest",
    front="REST API: nothing while idle, then by the call; AWS WAF, where limits count by ip, by the month",
    by_runtime=rest_by_runtime,
    meets={**CAPABILITIES.meets, **MEETS},
    bounds={**{size: bound for size, bound in CAPABILITIES.bounds.items() if size not in _HTTP_ALONE}, **BOUNDS},
    gateway_notes=NOTES,
    rules=(*RULES, *REST_RULES),
)
"""What it can do with a REST API."""

FRONTS = (CAPABILITIES, FULL)
"""The lightest first."""
