"""Where a spec names what: functions, ways in, secrets. Each use with its place."""

from __future__ import annotations

from collections.abc import Iterator

from ..spec.api import Api
from ..spec.auth import Auth, Custom, Jwt, Webhook
from ..spec.function import Function
from ..spec.resources import Secret
from ..spec.values import as_tuple


def function_uses(api: Api) -> Iterator[tuple[str, Function]]:
    """Each place of an Api that names a function."""
    for index, route in enumerate(api.routes):
        yield f"api.routes[{index}].function", route.function
    for index, event in enumerate(api.events):
        yield f"api.events[{index}].function", event.function
    for where, way in auth_uses(api):
        if isinstance(way, Custom):
            yield f"{where}.function", way.function


def auth_uses(api: Api) -> Iterator[tuple[str, Auth]]:
    """Each way in that a route has, where it is written: the Api's own first, if any route takes it."""
    if api.auth is not None and any(route.auth is None for route in api.routes):
        yield from _each("api.auth", api.auth)
    for index, route in enumerate(api.routes):
        if route.auth is not None:
            yield from _each(f"api.routes[{index}].auth", route.auth)


def secret_uses(api: Api) -> Iterator[tuple[str, Secret]]:
    """Each place of an Api that names a secret."""
    for where, function in function_uses(api):
        for index, link in enumerate(function.links):
            if isinstance(link.resource, Secret):
                yield f"{where}.links[{index}]", link.resource
        for name, value in function.env.items():
            if isinstance(value, Secret):
                yield f"{where}.env.{name}", value
    for where, way in auth_uses(api):
        if isinstance(way, Webhook):
            yield f"{where}.secret", way.secret
        elif isinstance(way, Jwt) and way.key is not None:
            yield f"{where}.key", way.key


def _each(where: str, value: object) -> Iterator[tuple[str, Auth]]:
    ways = as_tuple(value)
    for index, way in enumerate(ways):
        yield (where if len(ways) == 1 else f"{where}[{index}]"), way
