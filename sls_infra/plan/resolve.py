"""Spec → Plan: every default written out, every reference followed. Mistakes are `check`'s to tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from ..spec.api import Api, Route
from ..spec.auth import Auth
from ..spec.function import Function
from ..spec.resources import Secret
from ..spec.values import as_tuple
from .events import events
from .model import CorsPlan, DomainPlan, FunctionPlan, Plan, RoutePlan, SecretPlan
from .requirements import requirements, sizes
from .resources import buckets, links_of, queues, tables, topics
from .uses import function_uses, secret_uses
from .ways import SECONDS, Ways, merged

__all__ = ["ROUTE_METHODS", "SECONDS", "functions", "operation_ids", "resolve", "secrets", "ways_in"]
ROUTE_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def resolve(api: Api) -> Plan:
    """The Plan of an Api. A spec with mistakes gives a Plan too, as far as it goes, so that all are told together."""
    ways = Ways()
    operations = operation_ids(api)
    routes = tuple(_route(api, index, route, ways, operations[index]) for index, route in enumerate(api.routes))
    return Plan(
        name=api.name,
        description=api.description,
        version=api.version,
        tags=api.tags,
        functions=tuple(_function(where, function) for where, function in functions(api)),
        routes=routes,
        cors=_cors(api),
        secrets=tuple(secrets(api)),
        queues=tuple(queues(api)),
        topics=tuple(topics(api)),
        buckets=tuple(buckets(api)),
        tables=tuple(tables(api)),
        events=tuple(events(api)),
        domain=_domain(api),
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


def secrets(api: Api) -> Iterator[SecretPlan]:
    """Each secret an Api names, once, with the place where it comes first."""
    seen: set[str] = set()
    for where, secret in secret_uses(api):
        if secret.name not in seen:
            seen.add(secret.name)
            yield SecretPlan(where, secret.name, secret.value, secret.ref)


def ways_in(api: Api, route: Route) -> tuple[Auth, ...]:
    """The auth of a route, its own or the Api's."""
    return as_tuple(route.auth if route.auth is not None else api.auth)


def _route(api: Api, index: int, route: Route, ways: Ways, operation_id: str) -> RoutePlan:
    return RoutePlan(
        where=f"api.routes[{index}]",
        method=route.method,
        path=route.path,
        function=route.function.name,
        handler=route.handler or route.function.handler or "",
        auth=tuple(map(ways.plan, ways_in(api, route))),
        scopes=tuple(route.scopes),
        limits=merged(None if route.rate_limit is None else as_tuple(route.rate_limit), as_tuple(api.rate_limit)),
        request=_schema(route.request),
        response=_schema(route.response),
        query=_schema(route.query),
        summary=route.summary or "",
        operation_id=operation_id,
    )


def _schema(schema: object) -> Mapping[str, Any] | None:
    return cast("Mapping[str, Any] | None", schema)  # the spec has made models into schemas


def _function(where: str, function: Function) -> FunctionPlan:
    secret_env = {name: value.name for name, value in function.env.items() if isinstance(value, Secret)}
    linked = (link.resource.name for link in function.links if isinstance(link.resource, Secret))
    return FunctionPlan(
        where=where,
        name=function.name,
        code=Path(function.code),
        python=function.runtime.removeprefix("python"),
        memory=function.memory,
        timeout=function.timeout,
        env={name: value for name, value in function.env.items() if not isinstance(value, Secret)},
        secret_env=secret_env,
        secrets=tuple(dict.fromkeys((*linked, *secret_env.values()))),
        links=tuple(links_of(function)),
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


def _domain(api: Api) -> DomainPlan | None:
    domain = api.domain
    return None if domain is None else DomainPlan(domain.name.lower(), domain.certificate, domain.zone)


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
