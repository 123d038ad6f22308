"""What the local target can do: data only."""

from __future__ import annotations

from ...plan.capabilities import Bound, Capabilities, Native, Refused, Runtime
from .capabilities_events import BOUNDS, MEETS
from .rules import RULES, by_runtime

_MACHINE = "the local gateway"
_ANEW = "counted anew when the gateway starts"
_IP = "counts before anybody is asked who they are, what is refused later too"
_COUNTS_ALL = "a limit of the route counts every call, good or bad; a worker knows of the messages that it took itself"


def _kinds(limit: str) -> tuple[str, ...]:
    """A kind of limit, with windows other than a second, and with bursts in them."""
    return limit, f"{limit}.window", f"{limit}.window_burst"


CAPABILITIES = Capabilities(
    target="local",
    title="this machine",
    front="a gateway process on this machine",
    meets={
        "function": Native("worker processes", "on this machine's own Python, whatever `runtime` says"),
        "function.min_instances": Native("worker processes kept"),
        "function.max_instances": Native("worker processes at the most"),
        "function.concurrency": Refused(
            "a worker answers one request at a time, as Lambda does",
            "leave concurrency out; more workers start by themselves",
        ),
        "route": Native("route of the gateway"),
        "route.any": Native("route of the gateway"),
        "route.greedy": Native("route of the gateway"),
        "auth.public": Native("open route"),
        "auth.jwt": Native("token verified by the gateway"),
        "auth.oauth2": Native("token verified by the gateway"),
        "auth.jwt.jwks_uri": Native("token verified by the gateway"),
        "auth.jwt.loopback": Native("token verified by the gateway"),
        "auth.jwt.algorithms": Native("token verified by the gateway"),
        "auth.jwt.leeway": Native("token verified by the gateway"),
        "auth.jwt.scheme": Native("token verified by the gateway"),
        "auth.jwt.key": Native("token verified by the gateway", "a new value of the secret counts within a second"),
        "auth.api_key": Native("key verified by the gateway", "it knows keys by their SHA-256 alone"),
        "auth.api_key.header": Native("key verified by the gateway"),
        "auth.webhook": Runtime("signature of the raw body", _COUNTS_ALL),
        "auth.custom": Native("authorizer's workers, asked by the gateway"),
        "auth.several": Native("any of a route's ways in", "the runtime decides where one is a webhook"),
        "auth.scopes": Runtime("all of a route's scopes"),
        **dict.fromkeys(_kinds("limit.route"), Native("token bucket in memory", _ANEW)),
        **dict.fromkeys(_kinds("limit.client"), Native("token bucket a client, in memory", _ANEW)),
        **dict.fromkeys(_kinds("limit.ip"), Native("token bucket an address, in memory", f"{_IP}; {_ANEW}")),
        **dict.fromkeys(_kinds("limit.key"), Native("token bucket a client of a key, in memory", _ANEW)),
        "limit.several": Native("token buckets", "a call that one of them refuses is charged to none but those by ip"),
        "quota": Native(
            "SQLite file", "a call is written before it passes: neither a restart nor a kill gives any back"
        ),
        "secret": Native("encrypted file", "its key lies beside it: it keeps values out of what is copied or searched"),
        "secret.existing": Native("encrypted file of another stack of the same backend"),
        "secret.env": Runtime("filled as a worker starts"),
        **dict.fromkeys(
            ("domain", "domain.certificate", "domain.zone"),
            Native("not served on this machine", "the gateway answers on its own address alone"),
        ),
        "cors": Native("CORS of the gateway"),
        "cors.credentials": Native("CORS of the gateway"),
        "request": Runtime("the body's JSON schema"),
        "description": Runtime("in the API's description alone", "not checked"),
        **MEETS,
    },
    bounds={
        "function.memory": Bound(32, None, "MiB", _MACHINE),
        "function.timeout": Bound(None, 900, "s", _MACHINE),
        **BOUNDS,
    },
    pythons=(),
    architectures=("arm64", "x86_64"),
    by_runtime=by_runtime,
    rules=RULES,
    gateway_notes=("a body has at most 6 MiB, as on AWS",),
    notes=("the memory of a function is not enforced",),
)

FRONTS = (CAPABILITIES,)
"""The lightest first."""
