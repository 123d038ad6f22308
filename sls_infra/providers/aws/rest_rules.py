"""What the REST API's table can't say: rules over a whole Plan. Data only, no SDK is imported."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...errors import Problem
from ...plan.model import ApiKeyPlan, Plan, RoutePlan
from ...plan.names import canonical
from .rest_limits import LEAST, strictest, strictest_quota, window
from .rules import ENVIRONMENT, told
from .verified import is_native_key, native_tokens, rest_by_runtime

RESOURCES = 300
THROTTLES = 20
ADDRESS_RULES = 10
PATTERN = 200
_PART = re.compile(r"[A-Za-z0-9._:-]+|\{[A-Za-z0-9._-]+\+?\}")


def paths(plan: Plan) -> Iterator[Problem]:
    """Paths that a REST API does not take: a tree of resources, each with one variable child at the most, and fewer
    characters than elsewhere (API Gateway quotas; API reference, CreateResource)."""
    resources: set[str] = {"/"}
    variables: dict[str, str] = {}
    for route in plan.routes:
        parent = ""
        for part in route.path.split("/")[1:]:
            here = f"{parent}/{part}"
            if part and not _PART.fullmatch(part):
                fix = "use letters, digits, '-', '.', '_' and ':' in paths, or front='http'"
                yield Problem(f"{route.where}.path", f"a REST API does not take {part!r} in a path", fix)
            elif part.startswith("{") and variables.setdefault(parent, part) != part:
                message = f"a REST API has one variable after {parent or '/'}: {variables[parent]} and {part} are two"
                yield Problem(f"{route.where}.path", message, f"write {variables[parent]} in both")
            resources.add(here if part else "/")
            parent = here
    if len(resources) > RESOURCES:
        message = (
            f"its paths have {len(resources)} different beginnings; a REST API takes {RESOURCES} (resources per API)"
        )
        yield Problem("api.routes", message, "use a path parameter or a greedy one for some, or two Apis")


def keys(plan: Plan) -> Iterator[Problem]:
    """Limits of clients whose keys the gateway does not see."""
    for route in plan.routes:
        limited = next((way for way in route.ways if isinstance(way, ApiKeyPlan) and way.limited), None)
        if limited is None or (is_native_key(limited) and not rest_by_runtime(route)):
            continue
        message = f"usage plans count the clients' calls, and {_why(route, limited)}"
        fix = (
            "give this route that ApiKey alone, in x-api-key, with all clients in one ApiKey; or leave their limits out"
        )
        yield Problem(f"{route.where}.auth", message, fix)
    seen: dict[str, str] = {}
    for way in plan.api_keys:
        for client in way.clients:
            other = seen.setdefault(canonical(client.name), client.name)
            if other != client.name:
                message = f"{client.name!r} and {other!r} are both {canonical(client.name)!r} on AWS"
                yield Problem("api.auth", message, "give one of the clients a name that differs in letters or digits")


def _why(route: RoutePlan, way: ApiKeyPlan) -> str:
    if len({each.name for each in route.ways}) > 1 or route.public:
        return f"{route.method} {route.path} has other ways in too, so that the gateway asks for no key"
    if not is_native_key(way):
        return f"they know one ApiKey of the Api, in the header x-api-key, which {way.name} is not"
    return f"{route.method} {route.path} is let through by the gateway, for browsers' preflights"


def clients(plan: Plan) -> Iterator[Problem]:
    """Several limits of a client, of which none is the strictest in every way."""
    for way in plan.api_keys:
        for client in way.clients:
            where = f"api.auth ({way.name}).clients.{client.name}"
            if client.limits and strictest(client.limits) is None:
                fix = "keep one, or let one have both the smaller rate and the smaller burst"
                yield Problem(where, "a usage plan has one throttle, and neither of these is the stricter one", fix)
            if client.quotas and strictest_quota(client.quotas) is None:
                fix = "keep one of them"
                yield Problem(where, "a usage plan has one quota, and none of these keeps to the others", fix)


def limits(plan: Plan) -> Iterator[Problem]:
    """Limits of routes that nothing on AWS counts."""
    by_client = by_address = 0
    for route in plan.routes:
        where = f"{route.where}.rate_limit"
        for by in ("route", "client"):
            several = route.limit_by(by)
            if several and strictest(several) is None:
                fix = "keep one, or let one have both the smaller rate and the smaller burst"
                yield Problem(
                    where, f"a method has one throttle by {by}, and neither of these is the stricter one", fix
                )
        if route.limit_by("client"):
            by_client += 1
            if rest_by_runtime(route) or not any(is_native_key(way) for way in route.ways):
                message = f"usage plans tell clients by their keys alone, and {route.method} {route.path} asks for none"
                fix = "give the route an ApiKey alone, or count by='ip' or by='route'"
                yield Problem(where, message, fix)
        for limit in route.limit_by("ip"):
            by_address += 1
            if window(limit) is None:
                message = (
                    f"AWS WAF counts {LEAST} calls or more over 60 to 600 s: {limit.requests} in {limit.seconds} s"
                )
                message += f" with a burst of {limit.burst} would become a laxer limit, or none"
                fix = "count per='minute' (10 or more) without burst, or by='route'"
                yield Problem(where, message, fix)
    if by_client > THROTTLES:
        message = f"{by_client} routes are limited by client; a usage plan takes {THROTTLES} (throttled methods)"
        yield Problem("api.routes", message, "limit fewer routes by client, or limit the clients in their ApiKey")
    if by_address > ADDRESS_RULES:
        message = f"{by_address} limits count by ip; a web ACL takes {ADDRESS_RULES} (AWS WAF quotas: rate-based rules)"
        yield Problem(
            "api.routes", message, "limit by ip only the routes that need it; write rate_limit=[] on the others"
        )


def patterns(plan: Plan) -> Iterator[Problem]:
    """Paths that are too long for WAF to tell."""
    for route in plan.routes:
        if route.limit_by("ip") and len(re.escape(route.path)) + len("^(/live)?$") > PATTERN:
            message = f"its path takes more than the {PATTERN} characters of a pattern (AWS WAF quotas)"
            yield Problem(f"{route.where}.path", message, "use a shorter path, or count by='route'")


def audiences(plan: Plan) -> Iterator[Problem]:
    """More of them than the function that verifies tokens can be told of."""
    for token in native_tokens(plan, rest_by_runtime):
        if told(token) > ENVIRONMENT:
            message = f"a function is told of its audiences in {ENVIRONMENT} bytes (Lambda quotas)"
            yield Problem("api.auth", message, "name fewer audiences, or shorter ones")


REST_RULES = (paths, keys, clients, limits, patterns, audiences)
