"""Mistakes in the ways in: who may call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ..errors import Problem
from ..spec.api import Api
from ..spec.auth import ApiKey, Auth, Custom, Jwt, Public, Webhook
from ..spec.limits import Quota, RateLimit
from ..spec.values import as_tuple, is_output
from .check_limits import check_limit, check_quota
from .names import NAME, canonical
from .requirements import RSA, is_loopback
from .uses import auth_uses

SYMMETRIC = ("HS256", "HS384", "HS512")
ALGORITHMS = (*sorted(RSA), "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA", *SYMMETRIC)
HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
TAKEN_HEADERS = ("authorization", "cookie", "host", "origin", "content-type", "content-length", "x-request-id")
MAX_TTL = 3600


def check_auth(api: Api) -> Iterator[Problem]:
    """Every mistake in the ways in."""
    for index, route in enumerate(api.routes):
        if route.auth is None and api.auth is None:
            fix = "give the route or the Api an auth; to leave the route open, say auth=Public()"
            message = f"{route.method} {route.path} says nothing of who may call it"
            yield Problem(f"api.routes[{index}].auth", message, fix)
        elif route.auth is not None:
            yield from _several(f"api.routes[{index}].auth", as_tuple(route.auth))
    if api.auth is not None:
        yield from _several("api.auth", as_tuple(api.auth))
    seen: dict[str, tuple[str, ApiKey]] = {}
    for where, way in _written(api):
        match way:
            case Jwt():
                yield from _token(where, way)
            case ApiKey():
                yield from _api_key(where, way, seen)
            case Custom():
                if not 0 <= way.ttl <= MAX_TTL:
                    fix = "use 0 to 3600: an answer that is kept outlives what it was made of"
                    yield Problem(f"{where}.ttl", f"{way.ttl} s is not from 0 to {MAX_TTL}", fix)


def _written(api: Api) -> Iterator[tuple[str, Auth]]:
    """Each way in, also the Api's own where no route takes it."""
    told: set[str] = set()
    for where, way in auth_uses(api):
        told.add(where.partition("[")[0] if where.startswith("api.auth") else where)
        yield where, way
    if "api.auth" not in told:
        for way in as_tuple(api.auth):
            yield "api.auth", way


def _several(where: str, ways: tuple[Auth, ...]) -> Iterator[Problem]:
    if not ways:
        yield Problem(where, "an empty list lets nobody in", "name a way in, or say Public()")
    for kind in (ApiKey, Webhook, Custom, Public):
        if sum(isinstance(way, kind) for way in ways) > 1:
            fix = "keep one of them" if kind is not ApiKey else "name all clients in one ApiKey"
            yield Problem(where, f"a route takes one {kind.__name__}, and this one names several", fix)


def _api_key(where: str, way: ApiKey, seen: dict[str, tuple[str, ApiKey]]) -> Iterator[Problem]:
    if not way.clients:
        yield Problem(f"{where}.clients", "no client is named: nobody would have a key", "write clients={'mobile': []}")
    if not HEADER.fullmatch(way.header) or way.header.lower() in TAKEN_HEADERS:
        fix = "leave it out for x-api-key, or use letters, digits and '-'"
        yield Problem(f"{where}.header", f"{way.header!r} can't carry a key", fix)
    for name, limits in way.clients.items():
        here = f"{where}.clients.{name}"
        if not NAME.fullmatch(name) or len(name) > 40:
            fix = "use letters, digits, '-' and '_', starting with a letter, at most 40"
            yield Problem(here, f"{name!r} is no name of a client", fix)
        other, theirs = seen.setdefault(canonical(name), (name, way))
        fix = "give one of them another name: keys are told by their client's"
        if other != name:
            yield Problem(here, f"{name!r} and {other!r} are both {canonical(name)!r} on a cloud", fix)
        elif theirs != way:
            yield Problem(here, f"{name!r} is a client of another ApiKey too", fix)
        for limit in as_tuple(limits):
            if isinstance(limit, Quota):
                yield from check_quota(here, limit)
            else:
                yield from check_limit(here, limit)
                yield from _counted(here, limit)


def _counted(where: str, limit: RateLimit) -> Iterator[Problem]:
    if limit.by == "ip":
        fix = "leave `by` out: what stands with a client counts that client's calls"
        yield Problem(where, "a client's limit can't count by ip", fix)


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
        elif algorithm in SYMMETRIC and jwt.key is None:
            fix = "give key=Secret(…), or use an algorithm with a public key, as RS256"
            yield Problem(f"{where}.algorithms", f"{algorithm} needs a key that both sides hold", fix)
    yield from _key(where, jwt)
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


def _key(where: str, jwt: Jwt) -> Iterator[Problem]:
    if jwt.key is None:
        return
    if jwt.jwks_uri is not None:
        fix = "leave one of them out: with a key nothing is fetched"
        yield Problem(f"{where}.jwks_uri", "a token has both a key and a place of published keys", fix)
    shared = [algorithm for algorithm in jwt.algorithms if algorithm in SYMMETRIC]
    if shared and len(shared) != len(jwt.algorithms):
        fix = "use algorithms of one kind: one key can't be shared and public"
        yield Problem(f"{where}.algorithms", f"{', '.join(jwt.algorithms)} can't be verified by one key", fix)
