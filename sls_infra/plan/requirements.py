"""What a spec asks of a cloud: requirements (met, or refused) and sizes (within bounds, or not)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from ..spec.api import Api, Route
from ..spec.auth import ApiKey, Auth, Custom, Jwt, OAuth2, Public, Webhook
from ..spec.events import Event, OnChange, OnMessage, OnSchedule
from ..spec.function import Function
from ..spec.limits import RateLimit
from ..spec.resources import Topic
from ..spec.values import as_tuple, is_output
from .model import Requirement, Size

RSA = {"RS256", "RS384", "RS512"}
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def requirements(api: Api) -> Iterator[Requirement]:
    """Everything the spec asks for, in its order; what several routes ask alike comes once, where it is first."""
    seen: set[tuple[str, str]] = set()
    for found in _all(api):
        if (found.kind, found.detail) not in seen:
            seen.add((found.kind, found.detail))
            yield found


def function_uses(api: Api) -> Iterator[tuple[str, Function]]:
    """Each place of an Api that names a function."""
    for index, route in enumerate(api.routes):
        yield f"api.routes[{index}].function", route.function
    for index, event in enumerate(api.events):
        yield f"api.events[{index}].function", event.function


def _all(api: Api) -> Iterator[Requirement]:
    for index, route in enumerate(api.routes):
        yield from _of_route(api, f"api.routes[{index}]", route)
    for index, event in enumerate(api.events):
        yield Requirement(_event_kind(event), f"api.events[{index}]", type(event).__name__)
    for where, function in function_uses(api):
        yield from _of_function(where, function)
    if api.cors is not None:
        kind = "cors.credentials" if api.cors.credentials else "cors"
        yield Requirement(kind, "api.cors", ", ".join(api.cors.origins))
    for name in ("domain", "observability", "budget"):
        if getattr(api, name) is not None:
            yield Requirement(name, f"api.{name}", "")


def _of_route(api: Api, where: str, route: Route) -> Iterator[Requirement]:
    yield Requirement("route.any" if route.method == "ANY" else "route", where, "")
    if "+}" in route.path:
        yield Requirement("route.greedy", f"{where}.path", "")
    auth_from, ways = (f"{where}.auth", route.auth) if route.auth is not None else ("api.auth", api.auth)
    for way in as_tuple(ways):
        yield from _of_auth(auth_from, way)
    if len(as_tuple(ways)) > 1:
        yield Requirement("auth.several", auth_from, ", ".join(type(way).__name__ for way in as_tuple(ways)))
    if route.scopes:
        yield Requirement("auth.scopes", f"{where}.scopes", "")
    own = route.rate_limit is not None
    limit_from, limits = (f"{where}.rate_limit", route.rate_limit) if own else ("api.rate_limit", api.rate_limit)
    for limit in as_tuple(limits):
        yield _of_limit(limit_from, limit)
    if len(as_tuple(limits)) > 1:
        yield Requirement("limit.several", limit_from, f"{len(as_tuple(limits))} limits")
    if route.request is not None:
        yield Requirement("request", f"{where}.request", "")
    if route.query is not None or route.response is not None:
        yield Requirement("description", where, "")


def _of_auth(where: str, way: Auth) -> Iterator[Requirement]:
    match way:
        case Public():
            yield Requirement("auth.public", where, "")
        case Jwt():
            issuer = "known to the deployment" if is_output(way.issuer) else str(way.issuer)
            yield Requirement("auth.oauth2" if isinstance(way, OAuth2) else "auth.jwt", where, issuer)
            yield from _of_token(where, way)
        case ApiKey():
            yield Requirement("auth.api_key", where, "")
        case Webhook():
            yield Requirement("auth.webhook", where, way.scheme)
        case Custom():
            yield Requirement("auth.custom", where, way.function.name)


def _of_token(where: str, jwt: Jwt) -> Iterator[Requirement]:
    if isinstance(jwt.issuer, str) and is_loopback(jwt.issuer):
        yield Requirement("auth.jwt.loopback", f"{where}.issuer", jwt.issuer)
    if jwt.jwks_uri is not None:
        yield Requirement("auth.jwt.jwks_uri", f"{where}.jwks_uri", "")
    if jwt.key is not None:
        yield Requirement("auth.jwt.key", f"{where}.key", jwt.key.name)
    others = [algorithm for algorithm in jwt.algorithms if algorithm not in RSA]
    if others:
        yield Requirement("auth.jwt.algorithms", f"{where}.algorithms", ", ".join(others))
    if jwt.leeway:
        yield Requirement("auth.jwt.leeway", f"{where}.leeway", f"{jwt.leeway} s")
    if jwt.scheme != "Bearer":
        yield Requirement("auth.jwt.scheme", f"{where}.scheme", jwt.scheme)


def is_loopback(url: str) -> bool:
    """Whether a URL is plain http on this machine: what only the local target takes for an issuer."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def _of_limit(where: str, limit: RateLimit) -> Requirement:
    detail = f"{limit.requests} per {limit.per}" + ("" if limit.burst is None else f", burst {limit.burst}")
    if limit.by != "route":
        return Requirement(f"limit.{limit.by}", where, detail)
    if limit.per == "second":
        return Requirement("limit.route", where, detail)
    return Requirement("limit.route.window" if limit.burst is None else "limit.route.window_burst", where, detail)


def _event_kind(event: Event) -> str:
    match event:
        case OnSchedule():
            return "event.schedule"
        case OnMessage():
            return "event.topic" if isinstance(event.source, Topic) else "event.queue"
        case OnChange():
            return "event.change"
        case _:
            return "event.upload"


def _of_function(where: str, function: Function) -> Iterator[Requirement]:
    yield Requirement("function", where, function.name)
    if function.links:
        yield Requirement("links", f"{where}.links", function.name)
    scaling = function.scaling
    if scaling.min_instances:
        yield Requirement("function.min_instances", f"{where}.scaling.min_instances", str(scaling.min_instances))
    if scaling.max_instances is not None:
        yield Requirement("function.max_instances", f"{where}.scaling.max_instances", str(scaling.max_instances))
    if scaling.concurrency is not None and scaling.concurrency != 1:
        yield Requirement("function.concurrency", f"{where}.scaling.concurrency", str(scaling.concurrency))


def sizes(api: Api) -> Iterator[Size]:
    """Every quantity that a cloud may bound."""
    yield Size("api.routes", "api.routes", len(api.routes))
    yield Size("api.name", "api.name", len(api.name))
    tokens = {repr(way) for route in api.routes for way in as_tuple(route.auth or api.auth) if isinstance(way, Jwt)}
    yield Size("api.tokens", "api.auth", len(tokens))
    seen: set[str] = set()
    for index, route in enumerate(api.routes):
        where = f"api.routes[{index}]"
        yield Size("route.path", f"{where}.path", len(route.path))
        for way in as_tuple(route.auth if route.auth is not None else api.auth):
            if isinstance(way, Jwt):
                yield Size("token.audiences", f"{where}.auth.audience", len(as_tuple(way.audience)))
        if route.function.name not in seen:
            seen.add(route.function.name)
            yield from _sizes_of_function(f"{where}.function", route.function)
    yield Size("api.tags", "api.tags", len(api.tags))
    if api.cors is not None:
        yield Size("cors.max_age", "api.cors.max_age", api.cors.max_age)
        names = [*api.cors.origins, *api.cors.methods, *api.cors.headers, *api.cors.expose]
        yield Size("cors.headers", "api.cors", sum(len(name) + 1 for name in names))


def _sizes_of_function(where: str, function: Function) -> Iterator[Size]:
    yield Size("function.memory", f"{where}.memory", function.memory)
    yield Size("function.timeout", f"{where}.timeout", function.timeout)
    yield Size("function.name", f"{where}.name", len(function.name))
    text = sum(len(key) + len(value) for key, value in function.env.items() if isinstance(value, str))
    yield Size("function.env", f"{where}.env", text)
    if function.scaling.max_instances is not None:
        yield Size("function.max_instances", f"{where}.scaling.max_instances", function.scaling.max_instances)
    if function.scaling.concurrency is not None:
        yield Size("function.concurrency", f"{where}.scaling.concurrency", function.scaling.concurrency)
