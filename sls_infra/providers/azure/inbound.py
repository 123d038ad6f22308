"""What happens to a request before it is sent on: who may call, which function answers, what it is told.

An operation's id tells the way in, the function, the route and its limits (see `operations`), so that nothing here
grows with the number of routes or functions. Whatever is not understood is refused.
"""

from __future__ import annotations

from ...plan.model import Plan
from . import claimed, clients, counted, operations, policy, refusals
from .policy import Element, element
from .tier import Tier
from .ways import Ways

WAY = refusals.WAY
_ASKED = "preflight"
_PART = "context.Operation.Id.Split('-')[{}]"
_PREFLIGHT = (
    'context.Request.Method == "OPTIONS" && context.Request.Headers.ContainsKey("Origin")'
    ' && context.Request.Headers.ContainsKey("Access-Control-Request-Method")'
)


def section(plan: Plan, ways: Ways, tier: Tier) -> list[Element]:
    """The statements, in order: who calls is known before calls are counted."""
    way, route = _PART.format(0), _PART.format(2)
    limits = _PART.format(4)
    asked: list[tuple[str, list[Element]]] = []
    if plan.cors is not None:  # a browser asks without a credential, of routes that need one too
        way, limits = f'{_PREFLIGHT} ? "{_ASKED}" : {way}', f'{_PREFLIGHT} ? "{counted.NONE}" : {limits}'
        asked = [
            (_ASKED, [policy.set_header("x-sls-route", "-")]),
            (operations.PREFLIGHT, [policy.variable(policy.REFUSED, "404")]),
        ]
    cases = [
        *asked,
        (operations.OPEN, [policy.set_header("x-sls-route", f"@({route})")]),
        *((each.id, [*each.checks, policy.set_header("x-sls-route", f"@({route})")]) for each in ways.values()),
    ]
    counts = tier.counts and counted.counts(plan)
    return [
        policy.without_header(clients.HEADER),  # none but this policy says who has called
        *(claimed.variables() if any(id.startswith("t") for id, _ in cases) else []),
        policy.variable(WAY, f"@({way})"),
        *([policy.variable(counted.LIMITS, f"@({limits})")] if counts else []),
        policy.choose(
            *((f'@((string)context.Variables["{WAY}"] == "{name}")', then) for name, then in cases),
            # An operation that this policy does not know yet, or no more: one of the two is being changed.
            otherwise=[policy.variable(policy.REFUSED, "503")],
        ),
        *([counted.unknown(plan)] if counts else []),
        refusals.refused(plan, tier),
        *(counted.statements(plan, WAY) if counts else []),
        policy.without_header("x-functions-key"),  # the backend adds its own
        policy.set_header("x-sls-url", "@(context.Request.OriginalUrl.ToString())"),
        policy.set_header("x-sls-ip", "@(context.Request.IpAddress)"),
        policy.set_header("x-sls-id", "@(context.RequestId.ToString())"),
        element("set-backend-service", {"backend-id": f"@({_PART.format(1)})"}),
    ]
