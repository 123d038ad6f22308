"""Spec → Plan: every default written out, every reference followed. Mistakes are `check`'s to tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from ..spec.api import Api, Route
from ..spec.auth import ApiKey, Auth, Custom, Jwt, OAuth2, Public, Webhook
from ..spec.function import Function
from ..spec.limits import RateLimit
from ..spec.values import as_tuple
from .model import AuthPlan, CorsPlan, FunctionPlan, JwtPlan, LimitPlan, Plan, PublicPlan, RoutePlan
from .requirements import function_uses, requirements, sizes

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
ROUTE_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def resolve(api: Api) -> Plan:
    """The Plan of an Api. A spec with mistakes gives a Plan too, as far as it goes, so that all are told together."""
    tokens = _Tokens()
    operations = operation_ids(api)
    routes = tuple(_route(api, index, route, tokens, operations[index]) for index, route in enumerate(api.routes))
    return Plan(
        name=api.name,
        description=api.description,
        version=api.version,
        tags=api.tags,
        functions=tuple(_function(where, function) for where, function in functions(api)),
        routes=routes,
        cors=_cors(api),
        requirements=tuple(requirements(api)),
        sizes=tuple(sizes(api)),
    )


def functions(api: Api) -> Iterator[tuple[str, Function]]:
    """Each function an Api names, once, with the place where it comes first."""
    seen: set[str] = set()
    for where, function in function_uses(api):
        if function.name not in seen:
            seen.add(function.name)
            yield where, function


def ways_in(api: Api, route: Route) -> tuple[Auth, ...]:
    """The auth of a route, its own or the Api's."""
    return as_tuple(route.auth if route.auth is not None else api.auth)


def limits_of(api: Api, route: Route) -> tuple[RateLimit, ...]:
    """The rate limits of a route, its own or the Api's."""
    return as_tuple(route.rate_limit if route.rate_limit is not None else api.rate_limit)


def _route(api: Api, index: int, route: Route, tokens: _Tokens, operation_id: str) -> RoutePlan:
    return RoutePlan(
        where=f"api.routes[{index}]",
        method=route.method,
        path=route.path,
        function=route.function.name,
        handler=route.handler or route.function.handler or "",
        auth=tuple(way for way in map(tokens.plan, ways_in(api, route)) if way is not None),
        scopes=tuple(route.scopes),
        limit=_limit(limits_of(api, route)),
        request=_schema(route.request),
        response=_schema(route.response),
        query=_schema(route.query),
        summary=route.summary or "",
        operation_id=operation_id,
    )


def _schema(schema: object) -> Mapping[str, Any] | None:
    return cast("Mapping[str, Any] | None", schema)  # the spec has made models into schemas


def _limit(limits: tuple[RateLimit, ...]) -> LimitPlan | None:
    if not limits:
        return None
    limit = limits[0]
    return LimitPlan(
        requests=limit.requests,
        seconds=SECONDS.get(limit.per, 1),
        burst=limit.requests if limit.burst is None else limit.burst,
        burst_given=limit.burst is not None,
    )


class _Tokens:
    """Gives each distinct token one name, in the order of first use."""

    def __init__(self) -> None:
        self._seen: list[tuple[Jwt, JwtPlan]] = []

    def plan(self, way: Auth) -> AuthPlan | None:
        """The way in, resolved; None for those that a requirement refuses."""
        match way:
            case Public():
                return PublicPlan()
            case Jwt():
                return self._token(way)
            case ApiKey() | Webhook() | Custom():
                return None

    def _token(self, jwt: Jwt) -> JwtPlan:
        for known, planned in self._seen:
            if known == jwt:
                return planned
        number = len(self._seen) + 1
        described = jwt if isinstance(jwt, OAuth2) else None
        planned = JwtPlan(
            name="jwt" if number == 1 else f"jwt-{number}",
            issuer=jwt.issuer,
            audience=as_tuple(jwt.audience),
            jwks_uri=jwt.jwks_uri,
            algorithms=tuple(jwt.algorithms),
            leeway=jwt.leeway,
            scheme=jwt.scheme,
            described_scopes=described.scopes if described else None,
            authorization_url=described.authorization_url if described else None,
            token_url=described.token_url if described else None,
        )
        self._seen.append((jwt, planned))
        return planned


def _function(where: str, function: Function) -> FunctionPlan:
    return FunctionPlan(
        where=where,
        name=function.name,
        code=Path(function.code),
        python=function.runtime.removeprefix("python"),
        memory=function.memory,
        timeout=function.timeout,
        env=function.env,
        min_instances=function.scaling.min_instances,
        max_instances=function.scaling.max_instances,
        concurrency=function.scaling.concurrency,
        architecture=function.architecture,
        requirements=cast("Path | tuple[str, ...] | None", function.requirements),
        include=tuple(function.include),
        exclude=tuple(function.exclude),
    )


def _cors(api: Api) -> CorsPlan | None:
    cors = api.cors
    if cors is None:
        return None
    return CorsPlan(
        origins=tuple(cors.origins),
        methods=tuple(cors.methods) or _methods(api),
        headers=tuple(header.lower() for header in cors.headers),
        expose=tuple(header.lower() for header in cors.expose),
        credentials=cors.credentials,
        max_age=cors.max_age,
    )


def _methods(api: Api) -> tuple[str, ...]:
    used = {route.method for route in api.routes}
    if "ANY" in used:
        return ROUTE_METHODS
    return tuple(method for method in ROUTE_METHODS if method in used)


def operation_ids(api: Api) -> list[str]:
    """An operation id a route: its own, or made of method and path, as `getOrdersId`; unique and stable."""
    taken = {route.operation_id for route in api.routes if route.operation_id}
    made: list[str] = []
    for route in api.routes:
        if route.operation_id:
            made.append(route.operation_id)
            continue
        words = re.findall(r"[A-Za-z0-9]+", route.path)
        base = route.method.lower() + "".join(word[:1].upper() + word[1:] for word in words)
        name, number = base, 2
        while name in taken:
            name, number = f"{base}{number}", number + 1
        taken.add(name)
        made.append(name)
    return made
