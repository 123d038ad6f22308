"""What the local target can do: data only."""

from __future__ import annotations

from ...plan.capabilities import Bound, Capabilities, Native, Refused, Runtime

_MACHINE = "the local gateway"

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
        "auth.scopes": Runtime("all of a route's scopes"),
        "limit.route": Native("GCRA in memory", "counted anew when the gateway starts"),
        "limit.route.window": Native("GCRA in memory", "counted anew when the gateway starts"),
        "limit.route.window_burst": Native("GCRA in memory", "counted anew when the gateway starts"),
        "cors": Native("CORS of the gateway"),
        "cors.credentials": Native("CORS of the gateway"),
        "request": Runtime("the body's JSON schema"),
        "description": Runtime("in the API's description alone", "not checked"),
    },
    bounds={
        "function.memory": Bound(32, None, "MiB", _MACHINE),
        "function.timeout": Bound(None, 900, "s", _MACHINE),
    },
    pythons=(),
    architectures=("arm64", "x86_64"),
    notes=("a body has at most 6 MiB, as on AWS", "the memory of a function is not enforced"),
)

FRONTS = (CAPABILITIES,)
"""The lightest first."""
