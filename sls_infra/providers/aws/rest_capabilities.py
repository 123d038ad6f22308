"""What AWS can do with the full front, a REST API: what differs from the light one. Data only, no SDK is imported."""

from __future__ import annotations

from collections.abc import Mapping

from ...plan.capabilities import Bound, Meeting, Native, Refused, Runtime

_QUOTAS = "API Gateway: quotas of REST APIs"
_WINDOW = Refused(
    "API Gateway counts by the second, and a burst of a whole window would let through twice the limit",
    "say burst=… (calls that may come at once), or count per='second'",
)
_BEST_EFFORT = "best effort, as all throttles of API Gateway"
_TOKENS = "its answers are kept for 60 s, and never longer than the token is valid"
_KEYS = "while a key is rotated, each of a client's two is counted by itself"
_WAF = "5 USD a month and 1 USD for each limited route; with a lag of seconds; the body's type is application/json"

MEETS: Mapping[str, Meeting] = {
    "route": Native("method of the REST API"),
    "route.any": Native("ANY method of the REST API"),
    "auth.public": Native("method without authorizer"),
    "auth.jwt": Native("Lambda authorizer made of the runtime", _TOKENS),
    "auth.oauth2": Native("Lambda authorizer made of the runtime", _TOKENS),
    "auth.api_key": Native("API keys in usage plans", "as one of several ways in: by the runtime, from their digests"),
    "auth.api_key.header": Runtime("the keys' digests, in Secrets Manager", "clients can't have limits then"),
    "auth.scopes": Runtime("all of a route's scopes"),
    "limit.route": Native("method throttle", _BEST_EFFORT),
    "limit.route.window_burst": Native("method throttle", f"{_BEST_EFFORT}; the same average, per second"),
    "limit.route.window": _WINDOW,
    "limit.client": Native("method throttle of a usage plan", f"for keys; {_KEYS}"),
    "limit.client.window_burst": Native("method throttle of a usage plan", f"for keys; {_KEYS}"),
    "limit.client.window": _WINDOW,
    "limit.key": Native("throttle of a usage plan", f"{_BEST_EFFORT}; {_KEYS}"),
    "limit.key.window_burst": Native("throttle of a usage plan", f"{_BEST_EFFORT}; {_KEYS}"),
    "limit.key.window": _WINDOW,
    "limit.ip": Native("AWS WAF", _WAF),
    "limit.ip.window": Native("AWS WAF", _WAF),
    "limit.ip.window_burst": Native("AWS WAF", _WAF),
    "limit.several": Native("one of each kind; of two alike, the strictest"),
    "quota": Native("quota of a usage plan", f"best effort; {_KEYS}"),
    "cors": Runtime("preflights and headers", "each preflight is a call of a function"),
    "cors.credentials": Runtime("preflights and headers", "each preflight is a call of a function"),
}
BOUNDS = {
    "api.routes": Bound(0, 900, "routes", f"{_QUOTAS}: 300 resources, of a few methods each"),
    "api.tokens": Bound(0, 10, "issuers", f"{_QUOTAS}: authorizers per API"),
    "api.clients": Bound(0, 60, "clients", "Lambda quotas: the environment variables that tell keys apart"),
    "function.timeout": Bound(1, 29, "s", f"{_QUOTAS}: integration timeout"),
}
NOTES = (
    "every refusal is problem+json, but AWS WAF's: the same without a request's id, as application/json",
    "where cors names several origins, pages of these can't read what the gateway itself refuses (401, 404, 429)",
    "the gateway sends on a function's www-authenticate as x-amzn-remapped-www-authenticate",
    "access logs need a role that the whole region shares: `aws apigateway update-account`, once",
    "a request or answer has at most 6 MB (about 4.5 MB where it is binary)",
)
