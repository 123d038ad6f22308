"""Mistakes in routes: paths, methods, scopes, schemas, operation ids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, cast

from ..errors import Problem
from ..runtime import paths
from ..spec.api import Api, Route
from ..spec.auth import Custom, Jwt, OAuth2, Public
from ..spec.values import as_tuple
from .resolve import ROUTE_METHODS

METHODS = (*ROUTE_METHODS, "ANY")
SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749, 3.3
OPERATION_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def check_routes(api: Api) -> Iterator[Problem]:
    """Every mistake in the routes, but for who may call them and how often."""
    for index, route in enumerate(api.routes):
        where = f"api.routes[{index}]"
        yield from _method(where, str(route.method))
        yield from _scopes(where, api, route)
        yield from _schemas(where, route)
    yield from _paths(api)
    yield from _operation_ids(api)


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


def _scopes(where: str, api: Api, route: Route) -> Iterator[Problem]:
    ways = as_tuple(route.auth if route.auth is not None else api.auth)
    if route.scopes and ways and not any(isinstance(way, (Jwt, Custom)) for way in ways):
        fix = "give the route auth=Jwt(…), OAuth2(…) or Custom(…), or leave scopes out"
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
