"""What a table of bounds cannot say of a Plan on Google Cloud: what its gateway or load balancer would misread."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...errors import Problem
from ...plan.check import against
from ...plan.model import CustomPlan, JwtPlan, LimitPlan, Plan, RoutePlan
from ...spec.values import is_output
from .asking import asked_by, circle
from .throttle import EXPRESSION, INTERVALS, PART, expression, picked, threshold
from .url_map import unsaid
from .ways import behind_the_gateway

TAKEN = frozenset(
    ("x-forwarded-authorization", "x-serverless-authorization", "function-execution-id", "x-cloud-trace-context", "via")
)
_TEMPLATE = "API Gateway reads a path as a template of google.api.http"


def paths(plan: Plan) -> Iterator[Problem]:
    """Literal segments with what its path templates mean otherwise: a `*` is a wildcard, a `:` starts a verb, which
    may stand in the last segment alone (google/api/http.proto, "Path template syntax")."""
    for route in plan.routes:
        segments = [segment for segment in route.path.split("/") if segment and not segment.startswith("{")]
        if any(segment.startswith("*") for segment in segments):
            message = f"{route.path} has a segment that starts with '*': {_TEMPLATE}, where that is a wildcard"
            yield Problem(f"{route.where}.path", message, "leave the '*' out, or put another character before it")
        if ":" in route.path and not re.fullmatch(r"[^:]*/[^:/]+:[^:/]+", route.path):
            message = f"{route.path} has a ':' that is not within its last segment, once: {_TEMPLATE}"
            yield Problem(f"{route.where}.path", message, "use '-' or '.' instead")
        else:
            yield from _verb_again(plan, route)


def _verb_again(plan: Plan, verbal: RoutePlan) -> Iterator[Problem]:
    """`/a:b` beside `/a/b`: a verb is told from a segment only when requests are matched (ESPv2, `httppattern`)."""
    if ":" not in verbal.path:
        return
    for route in plan.routes:
        alike = route.method == verbal.method or "ANY" in (route.method, verbal.method)
        if alike and re.sub(r"\{\w+\}", "{}", route.path) == re.sub(r"\{\w+\}", "{}", verbal.path.replace(":", "/")):
            message = f"{verbal.path} and {route.path} are one path to API Gateway, which refuses it twice"
            yield Problem(f"{verbal.where}.path", message, "use '-' or '.' instead of ':'")


def tokens(plan: Plan) -> Iterator[Problem]:
    """Each security definition needs an issuer of its own (API Gateway, "Authentication between services": multiple
    definitions)."""
    first: dict[str, JwtPlan] = {}
    told: set[str] = set()
    for route in plan.routes:
        for token in () if behind_the_gateway(route) else route.jwts:
            other = token if is_output(token.issuer) else first.setdefault(str(token.issuer), token)
            if other != token and token.name not in told:
                told.add(token.name)
                message = f"two different tokens are of the issuer {token.issuer}: API Gateway takes one an issuer"
                fix = "use one Jwt(…) with all audiences for both and tell routes apart by scopes, or give each an Api"
                yield Problem(f"{route.where}.auth.issuer", message, fix)


def authorizers(plan: Plan) -> Iterator[Problem]:
    """Functions that ask one another in a circle: each would have to be there before the other."""
    if names := circle(asked_by(plan)):
        message = f"{' asks '.join((*names, names[0]))} who may call: none could be made first"
        yield Problem(_custom(plan, names[0], names[1]), message, "put the authorizers into a function of their own")


def _custom(plan: Plan, asker: str, asked: str) -> str:
    for route in plan.routes:
        if route.function == asker and any(isinstance(way, CustomPlan) and way.function == asked for way in route.ways):
            return f"{route.where}.auth.function"
    return "api.auth.function"


def headers(plan: Plan) -> Iterator[Problem]:
    """Headers that Google's front ends or gateway take away, or write themselves (Cloud Run functions, "Request
    headers"; ESPv2): a key in one would never come."""
    for way in plan.api_keys:
        if way.header.startswith(("x-google-", "x-goog-", "x-apigateway-")) or way.header in TAKEN:
            message = f"{way.header} is a header that Google Cloud keeps for itself"
            yield Problem("api.auth.header", message, "leave header out for x-api-key, or choose another name")


def domain(plan: Plan) -> Iterator[Problem]:
    """A load balancer has an address, and a certificate is made for a name. Who gave none did not ask for one: what
    API Gateway would have refused is told with it."""
    if plan.domain is not None or not plan.routes:
        return
    from .capabilities import CAPABILITIES  # whose rules are these

    refused = tuple(dict.fromkeys(against(plan, CAPABILITIES)))
    message = "a load balancer of Google Cloud needs a host name for its certificate"
    fix = 'give the Api domain=Domain("api.example.com"), a name of yours'
    if refused:
        message += f", and API Gateway refuses this: {'; '.join(f'{each.path}: {each.message}' for each in refused)}"
        fix += f"; or, for API Gateway: {'; '.join(dict.fromkeys(each.fix for each in refused))}"
    yield Problem("api.domain", message, fix)


def asked(plan: Plan) -> Iterator[Problem]:
    """An authorizer that others ask must be private, and a function with routes is open to the load balancer."""
    routed = {function.name for function in plan.routed}
    for asker, others in asked_by(plan).items():
        for other in others:
            if other in routed:
                message = (
                    f"{other!r} decides who may call {asker!r}, and has routes of its own, open to the load balancer"
                )
                yield Problem(_custom(plan, asker, other), message, "put the authorizer into a function without routes")


def limits(plan: Plan) -> Iterator[Problem]:
    """Limits that no interval counts, or whose calls no expression picks out."""
    for route in plan.routes:
        for limit in route.limits[:1]:
            if limit.by != "client" and threshold(limit) is None:
                yield _uncounted(route, limit)
    for route, _ in picked(plan):
        text = expression(route)
        if len(text) > EXPRESSION or any(len(part) > PART for part in text.split(" && ")):
            message = f"{route.key} is too long for the expression that Cloud Armor picks its calls out by"
            yield Problem(f"{route.where}.path", message, "use a shorter path")


def _uncounted(route: RoutePlan, limit: LimitPlan) -> Problem:
    """With what to write instead: the same average, as one that an interval counts."""
    per_hour = limit.requests * 3600 // limit.seconds
    instead = [(limit.requests * 60 // limit.seconds, 60, "minute"), (per_hour, 3600, "hour")]
    fixes = [
        f"RateLimit({count}, per={per!r})"
        for count, seconds, per in instead
        if threshold(LimitPlan(count, seconds, count, False, limit.by)) is not None
    ]
    fix = f"write {' or '.join(fixes)}" if fixes else "ask for fewer calls"
    message = f"Cloud Armor counts at least {INTERVALS[0]} s, without bursts: no interval of its comes to this limit"
    return Problem(f"{route.where}.rate_limit", message, fix)


def destinations(plan: Plan) -> Iterator[Problem]:
    """Routes whose requests a URL map can't send to their function."""
    if len(plan.routed) < 2:
        return
    for route in plan.routes:
        if why := unsaid(route):
            message = f"{route.path} can't be sent to its function by a URL map: {why}"
            yield Problem(f"{route.where}.path", message, "let one function answer all routes, or write another path")
