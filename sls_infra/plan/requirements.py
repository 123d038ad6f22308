"""What a spec asks of a cloud: requirements (met, or refused) and sizes (within bounds, or not)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from ..spec.api import Api, Route
from ..spec.auth import ApiKey, Auth, Custom, Jwt, OAuth2, Public, Webhook
from ..spec.function import Function
from ..spec.limits import RateLimit
from ..spec.resources import Secret
from ..spec.values import as_tuple, is_output
from .model import LimitPlan, Requirement, Size
from .requirements_events import event_requirements, event_sizes, resource_requirements, resource_sizes
from .resources import links_of
from .uses import auth_uses, function_uses, secret_uses
from .ways import merged

RSA = {"RS256", "RS384", "RS512"}
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def requirements(api: Api) -> Iterator[Requirement]:
    """Everything the spec asks for, in its order; what several routes ask alike comes once, where it is first."""
    seen: set[tuple[str, str]] = set()
    for found in _all(api):
        if (found.kind, found.detail) not in seen:
            seen.add((found.kind, found.detail))
            yield found


def _all(api: Api) -> Iterator[Requirement]:
    for index, route in enumerate(api.routes):
        yield from _of_route(api, f"api.routes[{index}]", route)
    yield from event_requirements(api)
    yield from resource_requirements(api)
    for where, function in function_uses(api):
        yield from _of_function(where, function)
    yield from _of_api(api)


def _of_api(api: Api) -> Iterator[Requirement]:
    if api.cors is not None:
        kind = "cors.credentials" if api.cors.credentials else "cors"
        yield Requirement(kind, "api.cors", ", ".join(api.cors.origins))
    for where, secret in secret_uses(api):
        yield Requirement("secret" if secret.ref is None else "secret.existing", where, secret.name)
    if api.domain is not None:
        yield Requirement("domain", "api.domain", api.domain.name)
        if api.domain.certificate is not None:
            yield Requirement("domain.certificate", "api.domain.certificate", "")
        if api.domain.zone is not None:
            yield Requirement("domain.zone", "api.domain.zone", "")
    for name in ("observability", "budget"):
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
    limit_from = f"{where}.rate_limit" if route.rate_limit is not None else "api.rate_limit"
    own = None if route.rate_limit is None else as_tuple(route.rate_limit)
    limits = merged(own, as_tuple(api.rate_limit))
    for limit in limits:
        yield _of_limit(limit_from, limit)
    if len(limits) > 1:
        yield Requirement("limit.several", limit_from, f"{len(limits)} limits")
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
            yield from _of_clients(where, way)
        case Webhook():
            yield Requirement("auth.webhook", where, way.scheme)
        case Custom():
            yield Requirement("auth.custom", where, way.function.name)


def _of_clients(where: str, way: ApiKey) -> Iterator[Requirement]:
    yield Requirement("auth.api_key", where, f"{len(way.clients)} clients")
    if way.header.lower() != "x-api-key":
        yield Requirement("auth.api_key.header", f"{where}.header", way.header)
    for client, limits in way.clients.items():
        here = f"{where}.clients.{client}"
        for limit in as_tuple(limits):
            detail = f"{limit.requests} per {limit.per}"
            if isinstance(limit, RateLimit):
                burst = "" if limit.burst is None else f", burst {limit.burst}"
                yield Requirement(f"limit.key{_window(limit.per, limit.burst is not None)}", here, detail + burst)
            else:
                yield Requirement("quota", here, detail)


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


def _of_limit(where: str, limit: LimitPlan) -> Requirement:
    per = _PER[limit.seconds]
    detail = f"{limit.requests} per {per}" + (f", burst {limit.burst}" if limit.burst_given else "")
    return Requirement(f"limit.{limit.by}{_window(per, limit.burst_given)}", where, detail)


_PER = {1: "second", 60: "minute", 3600: "hour", 86400: "day"}


def _window(per: str, burst: bool) -> str:
    """How a kind of limit that counts by more than a second is told from those that don't."""
    if per == "second":
        return ""
    return ".window_burst" if burst else ".window"


_ACCESS = {("queue", "w"): "send", ("topic", "w"): "publish"} | {
    (kind, access): word
    for kind in ("bucket", "table")
    for access, word in (("r", "read"), ("w", "write"), ("rw", "read and write"))
}


def _of_function(where: str, function: Function) -> Iterator[Requirement]:
    yield Requirement("function", where, function.name)
    for link in links_of(function):
        yield Requirement(f"link.{link.kind}", f"{where}.links", _ACCESS.get((link.kind, link.access), link.access))
    if any(isinstance(value, Secret) for value in function.env.values()):
        yield Requirement("secret.env", f"{where}.env", function.name)
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
    used = [way for _, way in auth_uses(api)]
    yield Size("api.tokens", "api.auth", len({repr(way) for way in used if isinstance(way, Jwt)}))
    clients = {name for way in used if isinstance(way, ApiKey) for name in way.clients}
    yield Size("api.clients", "api.auth", len(clients))
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
    for where, function in function_uses(api):
        if function.name not in seen:
            seen.add(function.name)
            yield from _sizes_of_function(where, function, routed=False)
    yield from event_sizes(api)
    yield from resource_sizes(api)
    yield Size("api.tags", "api.tags", len(api.tags))
    if api.cors is not None:
        yield Size("cors.max_age", "api.cors.max_age", api.cors.max_age)
        names = [*api.cors.origins, *api.cors.methods, *api.cors.headers, *api.cors.expose]
        yield Size("cors.headers", "api.cors", sum(len(name) + 1 for name in names))


def _sizes_of_function(where: str, function: Function, routed: bool = True) -> Iterator[Size]:
    yield Size("function.memory", f"{where}.memory", function.memory)
    yield Size("function.timeout" if routed else "function.event_timeout", f"{where}.timeout", function.timeout)
    yield Size("function.name", f"{where}.name", len(function.name))
    text = sum(len(key) + len(value) for key, value in function.env.items() if isinstance(value, str))
    yield Size("function.env", f"{where}.env", text)
    if function.scaling.max_instances is not None:
        yield Size("function.max_instances", f"{where}.scaling.max_instances", function.scaling.max_instances)
    if function.scaling.concurrency is not None:
        yield Size("function.concurrency", f"{where}.scaling.concurrency", function.scaling.concurrency)
