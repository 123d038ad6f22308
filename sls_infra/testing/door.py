"""Who calls, where a gateway would tell: API keys, authorizers, and claims that stand in for a verified token."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from ..plan.model import ApiKeyPlan, CustomPlan, JwtPlan, RoutePlan
from ..runtime.dispatch import Dispatcher
from ..runtime.errors import HttpError
from ..runtime.http import Request
from ..runtime.ways import custom
from .world import World, digest

Claims = Mapping[str, Any]
Decider = Callable[[Request], Any]


class Deciders:
    """The handlers of authorizers, by the name of their way in."""

    def __init__(self) -> None:
        self._known: dict[str, Decider] = {}

    def add(self, name: str, decider: Decider) -> None:
        """Takes one in. It is kept as it was imported with its function."""
        self._known[name] = decider

    def authorizer(self, name: str) -> Decider:
        """What `custom.answer` asks a dispatcher for."""
        return self._known[name]


class Door:
    """Lets callers into the routes whose ways in the gateway verifies."""

    def __init__(self, world: World, deciders: Deciders) -> None:
        self._world = world
        self._deciders = cast(Dispatcher, deciders)

    def claims(self, route: RoutePlan, request: Request) -> Claims | None:
        """The claims of who calls; None for nobody. Raises HttpError 401 for a bad credential, and what an authorizer
        raises. What is in a token is not looked at: a token alone is a bad one, `claims=` is there for it."""
        refused = False
        for way in sorted(route.ways, key=lambda way: isinstance(way, CustomPlan)):
            match way:
                case ApiKeyPlan():
                    found, sent = self._by_key(way, request)
                case CustomPlan():
                    found, sent = self._by_authorizer(way, request)
                case JwtPlan():
                    start = f"{way.scheme} ".lower()
                    found, sent = None, (request.headers.get("authorization") or "").lower().startswith(start)
                case _:
                    continue
            if found is not None:
                return found
            refused = refused or sent
        if refused:
            raise HttpError(401, "the credential lets nobody in", headers=[("www-authenticate", "Bearer")])
        return None

    def _by_key(self, way: ApiKeyPlan, request: Request) -> tuple[Claims | None, bool]:
        keys = request.headers.get_all(way.header)
        owners = {digest(self._world.keys[client.name]): client.name for client in way.clients}
        client = owners.get(digest(keys[0])) if len(keys) == 1 else None
        return (None if client is None else {"sub": client, "client_id": client}), bool(keys)

    def _by_authorizer(self, way: CustomPlan, request: Request) -> tuple[Claims | None, bool]:
        said = json.loads(custom.answer(self._deciders, custom.payload_of(way.name, request)))
        if refused := said.get("refused"):
            raise HttpError(refused["status"], refused["detail"], headers=[tuple(each) for each in refused["headers"]])
        if said.get("failed"):
            raise HttpError(500, "the authorizer failed")
        return said["claims"], "authorization" in request.headers
