"""What AWS can do with the light front, an HTTP API: data only, no SDK is imported."""

from __future__ import annotations

from ...plan.capabilities import Bound, Capabilities, Native, Refused, Runtime

_QUOTAS = "API Gateway: quotas of HTTP APIs"
_LAMBDA = "Lambda quotas"
_LATER = "leave it out for now, or use a target that has it"

CAPABILITIES = Capabilities(
    target="aws",
    title="AWS",
    front_name="http",
    front="HTTP API: nothing while idle, then by the call",
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
        "auth.jwt.jwks_uri": Refused(
            "an HTTP API's JWT authorizer finds keys by the issuer's discovery document alone",
            "leave jwks_uri out, and serve /.well-known/openid-configuration at the issuer",
        ),
        "auth.jwt.loopback": Refused(
            "AWS fetches the issuer's keys, and can't reach this machine", "use an https issuer"
        ),
        "auth.jwt.algorithms": Refused(
            "an HTTP API's JWT authorizer knows RSA signatures alone", "sign with RS256, RS384 or RS512"
        ),
        "auth.jwt.leeway": Refused("an HTTP API's JWT authorizer has no leeway of one's own", "leave leeway out"),
        "auth.jwt.scheme": Refused("an HTTP API's JWT authorizer takes Bearer alone", "leave scheme out"),
        "auth.scopes": Runtime("all of a route's scopes", "a JWT authorizer would let in any of them"),
        "limit.route": Native("route throttle", "best effort; the 429's body is API Gateway's"),
        "limit.route.window_burst": Native("route throttle", "best effort: the same average, per second"),
        "limit.route.window": Refused(
            "an HTTP API counts by the second, and a burst of a whole window would let through twice the limit",
            "say burst=… (calls that may come at once), or count per='second'",
        ),
        "limit.client": Refused(
            "an HTTP API can't tell clients apart; the REST API front is not built yet", "count by='route'"
        ),
        "limit.ip": Refused("it takes WAF on a REST API, and that front is not built yet", "count by='route'"),
        "limit.several": Refused("a route has one throttle on an HTTP API", "keep the strictest one"),
        "cors": Native("CORS of the HTTP API"),
        "cors.credentials": Native("CORS of the HTTP API"),
        "request": Runtime("the body's JSON schema"),
        "description": Runtime("in the API's description alone", "not checked"),
        "auth.several": Refused("a route of an HTTP API has one authorizer", _LATER),
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
        "api.tags": Bound(0, 50, "tags", "AWS: tag naming limits and requirements"),
    },
    pythons=("3.10", "3.11", "3.12", "3.13", "3.14"),
    architectures=("arm64", "x86_64"),
    notes=(
        "bodies of 401 and 429, and of 404 for unknown paths, are API Gateway's; every other refusal is problem+json",
        "a request or answer has at most 6 MB (about 4.5 MB where it is binary)",
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

FRONTS = (CAPABILITIES,)
"""The lightest first."""
