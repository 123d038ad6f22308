"""The runtime's entries, in this process: each called as its gateway calls it, for routes that the runtime verifies.

The gateway lets all of these routes through, and says of a path that fits none that it has matched the one aimed at.
"""

from __future__ import annotations

import json
import os
import sys
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sls_infra.plan.check import look
from sls_infra.plan.manifest import manifest
from sls_infra.plan.model import ApiKeyPlan, CustomPlan, FunctionPlan, JwtPlan, Plan
from sls_infra.runtime import deployed, services
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.ways import custom

from .api import CODE, api
from .model import Answer, Headers, Shot
from .world import World, digest

OPEN = "GET /open/{path+}"
KEYRING = "keyring"
COURT = "court"


class Platform:
    """Stands in for the platform that the runtime asks: secrets by name, and the authorizer's function."""

    fresh = 60.0
    fresh_environment = 300.0

    def __init__(self, world: World, court: Dispatcher) -> None:
        keyring = {digest(key): client for client, key in world.keys.items()}
        self._secrets = {**world.hooks, "shared": world.shared, KEYRING: json.dumps(keyring)}
        self._court = court

    def secret(self, ref: str) -> str:
        return self._secrets[ref]

    def dead_letter(self, address: object, letter: object) -> None:
        raise AssertionError("nothing here has events")

    def call_authorizer(self, target: str, payload: bytes) -> bytes:
        assert target == COURT
        return custom.answer(self._court, payload)


class EntryTarget:
    """One entry. Each has a Dispatcher of its own, so that none remembers what another was sent."""

    name: str
    handler = "vault:show"
    manifest: Mapping[str, bool] = {}
    """What this cloud's bundles ask of the runtime besides: see `plan.manifest`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.plan: Plan
        self.dispatcher: Dispatcher
        self.runs: Path
        self._platform: Platform

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        self.runs = folder / "runs"
        self.world.keys.update(mobile="m0b1le-" + "k" * 33, web="w3b-" + "K" * 36)
        self.plan, problems = look(api(self.world, self.runs, self.handler))
        assert not problems
        vault, court = (self._function(name) for name in ("vault", COURT))
        with ExitStack() as stack:
            stack.callback(_restore, dict(os.environ), list(sys.path))
            os.environ["ATTACKS_RUNS"] = str(self.runs)
            sys.path.insert(0, str(CODE))
            stack.callback(deployed.use, None)
            deployed.use(self._known())
            self.dispatcher = stack.enter_context(_closing(self._dispatcher(vault, **self.manifest)))
            self._platform = Platform(self.world, stack.enter_context(_closing(self._dispatcher(court))))
            with self._in_use():
                self.dispatcher.warm()
                self.prepare()
            yield

    def send(self, shot: Shot) -> Answer:
        """The worst of what may come of it: where the path is another's, the gateway is wrong in either way."""
        found = self.dispatcher.match(shot.method, shot.path)
        with self._in_use():
            if found is not None or not shot.route:
                return self.call(shot, found[0].route if found else "")
            answer = self.call(shot, shot.route)
            return answer if answer.status < 400 else self.call(shot, OPEN)

    def prepare(self) -> None:
        """Once, before the first call."""

    @abstractmethod
    def call(self, shot: Shot, route: str) -> Answer:
        """The entry's answer where the gateway has matched this route."""

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        """The process is this target's for a while."""
        deployed.use(self._known())
        services.use(self.name, self._platform)
        yield

    def _known(self) -> dict[str, Any]:
        """What a deployment would tell the functions."""
        ways = {way.name: value for way in self.plan.ways if (value := _deployed(way)) is not None}
        return {"secrets": {name: name for name in [*self.world.hooks, "shared"]}, "ways": ways}

    def _dispatcher(self, function: FunctionPlan, **more: bool) -> Dispatcher:
        return Dispatcher(manifest(self.plan, function, by_runtime=lambda route: bool(route.ways), **more))

    def _function(self, name: str) -> FunctionPlan:
        return next(function for function in self.plan.functions if function.name == name)


def _deployed(way: object) -> dict[str, Any] | None:
    match way:
        case JwtPlan():
            return {"issuer": way.issuer, "audience": list(way.audience), "jwks_uri": way.jwks_uri}
        case ApiKeyPlan():
            return {"keyring": KEYRING}
        case CustomPlan():
            return {"target": COURT} if way.function == COURT else None
    return None


def _restore(environ: dict[str, str], path: list[str]) -> None:
    os.environ.clear()
    os.environ.update(environ)
    sys.path[:] = path
    sys.modules.pop("vault", None)


@contextmanager
def _closing(dispatcher: Dispatcher) -> Iterator[Dispatcher]:
    yield dispatcher
    dispatcher.close()


def octets(value: str) -> str:
    """What servers make of a header: a character an octet."""
    return value.encode().decode("latin-1")


def lowered(headers: Any) -> tuple[tuple[str, str], ...]:
    lines: Headers = [(name.lower(), value) for name, value in headers]
    return tuple(lines)
