"""How often one may call: what the policy counts, and by whom. See `windows` for what a limit becomes.

An operation's id tells which limits its route has (see `operations`), so that nothing here grows with the number of
routes. A counter is shared by all statements whose `counter-key` has one value: the key names the limit, what it is a
limit of, and who is counted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from ...plan.model import ClientPlan, LimitPlan, Plan, RoutePlan
from . import claimed, clients, policy, verified
from .policy import Element, element
from .windows import window

NONE = "none"
LIMITS = "sls-limits"
"""Variable of a request: which limits its route has."""
RETRY = "sls-retry"
"""Variable of a request over a limit: in how many seconds another is worth a try."""
_ROUTE = "context.Operation.Id.Split('-')[2]"
_CLIENT = f'(string)context.Variables["{clients.CLIENT}"]'


def counts(plan: Plan) -> bool:
    """Whether anything is counted."""
    return any(route.limits for route in plan.routes) or any(key.limited for key in verified.counted_keys(plan))


def limits_of(route: RoutePlan) -> str:
    """A route's limits in one word of an operation's id."""
    return f"l{_digest([_known(limit) for limit in route.limits])}" if route.limits else NONE


def unknown(plan: Plan) -> Element:
    """Refuses limits that this policy does not know yet, or no more: operations and policy are being changed."""
    known = policy.csharp_list([NONE, *dict.fromkeys(limits_of(route) for route in plan.routes if route.limits)])
    alien = f'@(!{known}.Contains((string)context.Variables["{LIMITS}"]))'
    return policy.choose((alien, [policy.variable(policy.REFUSED, "503")]))


def statements(plan: Plan, way: str) -> list[Element]:
    """Counts a request that was let in, and refuses it over a limit. `way` is the variable that names how it came."""
    keys = verified.counted_keys(plan)
    made: list[Element] = []
    if any(route.limit_by("client") for route in plan.routes):
        subject = claimed.SUBJECT
        if keys:
            subject = f'((string)context.Variables["{way}"]).StartsWith("k") ? {_CLIENT} : {subject}'
        made.append(policy.variable(clients.CLIENT, f"@({subject})"))
    by_route = {limits_of(route): route.limits for route in plan.routes if route.limits}
    if by_route:
        cases = ((f"@({_is(LIMITS, id)})", _of_route(limits, way)) for id, limits in by_route.items())
        made.append(policy.choose(*cases))
    of_clients = [
        (f"@({_is(way, clients.way(key).id)} && {_is(clients.CLIENT, client.name)})", _of_client(client))
        for key in keys
        for client in key.clients
        if client.limits
    ]
    return [*made, policy.choose(*of_clients)] if of_clients else made


def _of_route(limits: Iterable[LimitPlan], way: str) -> list[Element]:
    who: Mapping[str, str] = {
        "route": _ROUTE,
        "ip": f'{_ROUTE} + " " + context.Request.IpAddress',
        "client": f'{_ROUTE} + " " + (string)context.Variables["{way}"] + " " + {_CLIENT}',
    }
    return [_count(limit, who[limit.by]) for limit in limits if limit.by in who]  # others are mistakes, told elsewhere


def _of_client(client: ClientPlan) -> list[Element]:
    return [_count(limit, _CLIENT) for limit in client.limits]


def _count(limit: LimitPlan, who: str) -> Element:
    found = window(limit)
    calls, seconds = (found.calls, found.seconds) if found else (1, 300)  # `rules` refuses it: see there
    id = f"l{_digest(_known(limit))}"
    return element(
        "rate-limit-by-key",
        {
            "calls": str(calls),
            "renewal-period": str(seconds),
            "counter-key": f'@("{id} " + {who})',
            "retry-after-variable-name": RETRY,
        },
    )


def _is(variable: str, value: str) -> str:
    return f'(string)context.Variables["{variable}"] == {policy.csharp(value)}'


def _known(limit: LimitPlan) -> list[object]:
    return [limit.requests, limit.seconds, limit.burst, limit.by]


def _digest(known: object) -> str:
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:10]
