"""Mistakes in routes: paths, methods, ways in, scopes, limits, schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, cast
from urllib.parse import urlsplit

from ..errors import Problem
from ..runtime import paths
from ..spec.api import Api, Route
from ..spec.auth import Auth, Jwt, OAuth2, Public
from ..spec.limits import RateLimit
from ..spec.values import as_tuple, is_output
from .requirements import RSA, is_loopback
from .resolve import ROUTE_METHODS, SECONDS

METHODS = (*ROUTE_METHODS, "ANY")
ALGORITHMS = (*sorted(RSA), "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA", "HS256", "HS384", "HS512")
SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749, 3.3
OPERATION_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def check_routes(api: Api) -> Iterator[Problem]:
    """Every mistake in the routes, and in what the Api says for all of them."""
    yield from _auth("api.auth", as_tuple(api.auth)) if api.auth is not None else ()
    for limit_where, limit in _each("api.rate_limit", api.rate_limit):
        yield from _limit(limit_where, limit)
    for index, route in enumerate(api.routes):
        where = f"api.routes[{index}]"
        yield from _method(where, str(route.method))
        yield from _ways(where, api, route)
        yield from _scopes(where, api, route)
        for limit_where, limit in _each(f"{where}.rate_limit", route.rate_limit):
            yield from _limit(limit_where, limit)
        yield from _schemas(where, route)
    yield from _paths(api)
    yield from _operation_ids(api)


def _each(where: str, value: Any) -> Iterator[tuple[str, Any]]:
    items = as_tuple(value)
    for index, item in enumerate(items):
        yield (f"{where}[{index}]" if isinstance(value, tuple) else where), item


def _method(where: str, method: str) -> Iterator[Problem]:
    if method not in METHODS:
        upper = method.upper()
        fix = f"write {upper!r}" if upper in METHODS else f"write one of {', '.join(METHODS)}"
        yield Problem(f"{where}.method", f"{method!r} is no method", fix)


def _paths(api: Api) -> Iterator[Problem]:
    first: dict[tuple[str, str], int] = {}
    named: dict[str, tuple[int, str]] = {}
    for index, route in enumerate(api.routes):
        where = f"api.routes[{index}].path"
        try:
            path = paths.parse(route.path)
        except paths.PathError as error:
            yield Problem(where, error.message, error.fix)
            continue
        other = first.setdefault((route.method, path.shape), index)
        if other != index:
            yield Problem(
                where,
                f"{route.method} {route.path} is api.routes[{other}] again",
                "leave one of them out: a method and a path have one answer",
            )
            continue
        known, text = named.setdefault(path.shape, (index, route.path))
        if text != route.path:
            yield Problem(
                where,
                f"{route.path} is the same path as {text} of api.routes[{known}], with other parameter names",
                f"write {text!r}: one path has one set of names",
            )


def _ways(where: str, api: Api, route: Route) -> Iterator[Problem]:
    if route.auth is None and api.auth is None:
        fix = "give the route or the Api an auth; to leave the route open, say auth=Public()"
        yield Problem(f"{where}.auth", f"{route.method} {route.path} says nothing of who may call it", fix)
    elif route.auth is not None:
        yield from _auth(f"{where}.auth", as_tuple(route.auth))


def _auth(where: str, ways: tuple[Auth, ...]) -> Iterator[Problem]:
    if not ways:
        yield Problem(where, "an empty list lets nobody in", "name a way in, or say Public()")
    for index, way in enumerate(ways):
        if isinstance(way, Jwt):
            yield from _token(where if len(ways) == 1 else f"{where}[{index}]", way)


def _token(where: str, jwt: Jwt) -> Iterator[Problem]:
    yield from _https(f"{where}.issuer", jwt.issuer)
    for field in ("jwks_uri", "authorization_url", "token_url"):
        if (url := getattr(jwt, field, None)) is not None:
            yield from _https(f"{where}.{field}", url)
    audiences = as_tuple(jwt.audience)
    if not audiences or "" in audiences:
        fix = "name the audience that the issuer puts into tokens for this Api"
        yield Problem(f"{where}.audience", "a token for any other service would do", fix)
    if not jwt.algorithms:
        yield Problem(f"{where}.algorithms", "no signature would do", "write algorithms=['RS256']")
    for algorithm in jwt.algorithms:
        if algorithm not in ALGORITHMS:
            fix = f"use one of {', '.join(ALGORITHMS)}"
            yield Problem(f"{where}.algorithms", f"{algorithm!r} is no signature that is accepted", fix)
        elif algorithm.startswith("HS") and jwt.key is None:
            fix = "give key=Secret(…), or use an algorithm with a public key, as RS256"
            yield Problem(f"{where}.algorithms", f"{algorithm} needs a key that both sides hold", fix)
    if not 0 <= jwt.leeway <= 300:
        yield Problem(f"{where}.leeway", f"{jwt.leeway} s is not from 0 to 300", "clocks differ by seconds: use 30")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", jwt.scheme):
        yield Problem(f"{where}.scheme", f"{jwt.scheme!r} is no authentication scheme", "leave it out for Bearer")


def _https(where: str, url: object) -> Iterator[Problem]:
    if is_output(url) or not isinstance(url, str):
        return
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" and bool(parts.hostname) and not parts.fragment and "@" not in parts.netloc
    except ValueError:
        good = False
    if not good and not is_loopback(url):
        yield Problem(where, f"{url!r} is no https URL", "write it as 'https://id.example.com/'")


def _scopes(where: str, api: Api, route: Route) -> Iterator[Problem]:
    ways = as_tuple(route.auth if route.auth is not None else api.auth)
    if route.scopes and ways and not any(isinstance(way, Jwt) for way in ways):
        fix = "give the route auth=Jwt(…) or OAuth2(…), or leave scopes out"
        yield Problem(f"{where}.scopes", "nobody who can call it has scopes", fix)
    if route.scopes and any(isinstance(way, Public) for way in ways) and len(ways) > 1:
        fix = "leave Public() out, or leave scopes out"
        yield Problem(f"{where}.scopes", "a caller without a token has no scopes, yet is let in", fix)
    for index, scope in enumerate(route.scopes):
        here = f"{where}.scopes[{index}]"
        if not SCOPE.fullmatch(scope):
            yield Problem(
                here, f"{scope!r} is no scope (RFC 6749)", "use printable ASCII without spaces, quotes or '\\'"
            )
            continue
        for way in ways:
            if isinstance(way, OAuth2) and way.scopes and scope not in way.scopes:
                close = get_close_matches(scope, list(way.scopes), n=1)
                known = ", ".join(way.scopes)
                fix = (
                    f"did you mean {close[0]!r}?"
                    if close
                    else f"describe it in OAuth2(scopes=…), or use one of {known}"
                )
                yield Problem(here, f"{scope!r} is none of the scopes that OAuth2 describes", fix)


def _limit(where: str, limit: RateLimit) -> Iterator[Problem]:
    if limit.requests < 1:
        fix = "use at least 1; a route that nobody may call is left out"
        yield Problem(f"{where}.requests", f"{limit.requests} requests let nobody in", fix)
    if limit.burst is not None and limit.burst < 1:
        yield Problem(f"{where}.burst", f"a burst of {limit.burst} lets nobody in", "use at least 1, or leave it out")
    if limit.per not in SECONDS:
        yield Problem(f"{where}.per", f"{limit.per!r} is no window", f"use one of {', '.join(SECONDS)}")
    if limit.by not in ("route", "client", "ip"):
        yield Problem(f"{where}.by", f"{limit.by!r} can't be counted by", "use 'route', 'client' or 'ip'")


def _schemas(where: str, route: Route) -> Iterator[Problem]:
    if route.request is None:
        return
    if route.method in ("GET", "HEAD", "OPTIONS"):
        yield Problem(
            f"{where}.request", f"a {route.method} has no body to check", "leave it out; `query` describes a query"
        )
    from ..runtime import schema  # for those who check bodies; others needn't wait for it

    keywords = schema.unsupported(cast("dict[str, Any]", route.request))
    if keywords:
        fix = "leave them out of the schema, and check them in the handler"
        yield Problem(f"{where}.request", f"the schema's {', '.join(keywords)} can't be checked", fix)


def _operation_ids(api: Api) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, route in enumerate(api.routes):
        name = route.operation_id
        if name is None:
            continue
        where = f"api.routes[{index}].operation_id"
        if not OPERATION_ID.fullmatch(name):
            yield Problem(where, f"{name!r} is no operation id", "use letters, digits, '_', '.' and '-'")
        elif first.setdefault(name, index) != index:
            yield Problem(where, f"{name!r} is api.routes[{first[name]}]'s too", "give each route its own")
