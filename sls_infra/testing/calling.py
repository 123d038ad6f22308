"""Calling an Api's handlers in process: the same runtime that ships with them, no gateway, no process."""

from __future__ import annotations

import json as jsonlib
import os
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from ..errors import SlsError
from ..plan import check
from ..plan.manifest import manifest
from ..plan.model import ApiKeyPlan, EventPlan, FunctionPlan, Plan, RoutePlan, WebhookPlan
from ..providers.local.capabilities import CAPABILITIES
from ..providers.local.rules import by_runtime
from ..runtime import deployed, links
from ..runtime.dispatch import Dispatcher
from ..runtime.errors import HttpError
from ..runtime.events.delivery import Delivery, Failure
from ..runtime.http import Request, Response, problem
from ..runtime.paths import Matcher
from ..spec.api import Api
from ..spec.resources import Bucket, Queue, Topic
from .door import Deciders, Door
from .events import Events, Letter
from .resources import Links
from .signing import signature
from .world import World


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller gets."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """Names as sent, repeated where there are several."""
    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()

    def json(self) -> Any:
        """The body as JSON."""
        return jsonlib.loads(self.body)

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Client:
    """Calls the handlers of an Api as its gateway would: paths, ways in, scopes, validation, then the handler.

    Limits and CORS are the gateway's, and not applied. Nor are tokens verified: `claims` stands in for a verified
    caller. Keys, signatures of webhooks and authorizers are what they are when deployed.
    """

    def __init__(self, plan: Plan, functions: Mapping[str, Served], world: World, door: Door) -> None:
        self._functions = functions
        self._world = world
        self._door = door
        self._events = Events(plan, world.resources, world.links, self._consume)
        self._matcher = Matcher((route.method, route.path, route) for route in plan.routes)

    @property
    def api_keys(self) -> Mapping[str, str]:
        """Client of an `ApiKey` → its key, made for this client."""
        return dict(self._world.keys)

    @property
    def secrets(self) -> dict[str, str]:
        """Secret → value; a change is seen as a rotation is, after some seconds at most."""
        return self._world.secrets

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        claims: Mapping[str, Any] | None = None,
        client: str | None = None,
        signed: bool | str = False,
    ) -> Answer:
        """One call. `path` may have a query, and is percent-encoded where it is not ASCII; `claims` are those of a
        verified caller; `client` sends the key of that client of an `ApiKey`; `signed=True` signs as the route's
        `Webhook` does, and a text signs with that secret."""
        sent = list((headers or {}).items())
        if json is not None:
            body = jsonlib.dumps(json).encode()
            sent.append(("content-type", "application/json"))
        path = quote(path, safe=_ASCII)
        raw_path, _, query = path.partition("?")
        id = uuid.uuid4().hex
        found = self._matcher.match(method, raw_path)
        if found is None:
            return _answer(problem(404, "there is nothing at this path for this method", request_id=id))
        route = found[0]
        if client is not None:
            sent.append((_key_header(route), self._key(client)))
        if signed:
            sent += self._signature(route, signed, body)
        url = f"http://testserver{path}"
        request = Request(method, raw_path, query, sent, body, client_ip="127.0.0.1", id=id, url=url)
        try:
            known = self._claims(route, request, claims)
        except HttpError as refused:
            return _answer(problem(refused.status, refused.detail, request_id=id, headers=refused.headers))
        if known is not None:
            request.claims, request.authenticated = dict(known), True
        return _answer(self._functions[route.function].in_turn().handle(request, route=route.key))

    @property
    def links(self) -> Links:
        """The Api's resources, by the interface that handlers have, and with every right: `links.table("orders")`."""
        return self._world.links

    def send(
        self,
        to: str | Queue | Topic,
        body: object,
        *,
        attributes: Mapping[str, str] | None = None,
        delay: int = 0,
        group: str | None = None,
    ) -> str:
        """Sends a message to a queue, or publishes it to a topic, of the Api; returns its id. As `links` do: `body` is
        text or JSON, `delay` in seconds and `group` are a queue's."""
        return self._events.send(to, body, attributes, delay, group)

    def upload(
        self, bucket: str | Bucket, key: str, content: bytes | str | BinaryIO, *, content_type: str | None = None
    ) -> None:
        """Puts an object into a bucket of the Api, as `links` do."""
        self._events.upload(bucket, key, content, content_type)

    def tick(self, name: str, at: datetime | None = None) -> None:
        """Has a schedule of the Api due, whatever its cron expression says. `at`: when, with a time zone; default: this
        minute."""
        self._events.tick(name, at)

    def run(self, *, limit: int = 10_000) -> int:
        """Calls the handlers of events until nothing is queued, also of what they cause themselves; returns how many
        events they were called with, repeated ones counted each time.

        Nothing is waited for: what failed comes again at once, after the others, `max_attempts` times in all; delayed
        messages come, in the order of their times, when nothing else is left. Raises `SlsError` after `limit` calls.
        """
        return self._events.run(limit)

    def dead_letters(self, queue: str | Queue) -> list[Letter]:
        """What is in a queue for dead letters, each with its `reason`. One that is made for an event source is called
        `<event source>-dead-letters`."""
        return self._events.dead_letters(queue)

    def _consume(self, event: EventPlan, deliveries: list[Delivery]) -> list[Failure]:
        consumer = self._functions[event.function].in_turn().consumer
        assert consumer is not None
        return consumer.consume(event.name, deliveries)

    def _claims(self, route: RoutePlan, request: Request, claims: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        if not by_runtime(route):
            return self._door.claims(route, request) if claims is None else claims
        if claims is not None:
            raise SlsError(f"{route.key}: claims can't stand in for a webhook's caller: send signed=True")
        return None

    def _key(self, client: str) -> str:
        if client not in self._world.keys:
            raise SlsError(f"there is no client {client!r}: the spec names {', '.join(self._world.keys) or 'none'}")
        return self._world.keys[client]

    def _signature(self, route: RoutePlan, signed: bool | str, body: bytes) -> list[tuple[str, str]]:
        for way in route.ways:
            if isinstance(way, WebhookPlan):
                secret = signed if isinstance(signed, str) else self._world.secrets[way.secret]
                return list(signature(way.scheme, secret, body).items())
        raise SlsError(f"{route.key} takes no webhook: there is nothing to sign by")

    def get(self, path: str, **more: Any) -> Answer:
        """GET; see `request`."""
        return self.request("GET", path, **more)

    def head(self, path: str, **more: Any) -> Answer:
        """HEAD; see `request`."""
        return self.request("HEAD", path, **more)

    def post(self, path: str, **more: Any) -> Answer:
        """POST; see `request`."""
        return self.request("POST", path, **more)

    def put(self, path: str, **more: Any) -> Answer:
        """PUT; see `request`."""
        return self.request("PUT", path, **more)

    def patch(self, path: str, **more: Any) -> Answer:
        """PATCH; see `request`."""
        return self.request("PATCH", path, **more)

    def delete(self, path: str, **more: Any) -> Answer:
        """DELETE; see `request`."""
        return self.request("DELETE", path, **more)

    def options(self, path: str, **more: Any) -> Answer:
        """OPTIONS; see `request`."""
        return self.request("OPTIONS", path, **more)


_ASCII = "".join(map(chr, range(128)))


def _answer(response: Response) -> Answer:
    return Answer(response.status, tuple(response.headers), response.body)


def _key_header(route: RoutePlan) -> str:
    for way in route.ways:
        if isinstance(way, ApiKeyPlan):
            return way.header
    raise SlsError(f"{route.key} takes no API key")


@contextmanager
def client(api: Api, *, secrets: Mapping[str, str] | None = None) -> Iterator[Client]:
    """A client of an Api's handlers, which are imported afresh and forgotten after; ASGI apps start and shut down.

    `secrets`: values by name; one that is given none, here or in the spec, is made up. Raises `SpecError` for a spec
    with mistakes. Queues, topics, buckets and tables are this machine's, in a folder that is removed after.
    """
    planned = check.plan(api, CAPABILITIES)
    world, deciders = World(planned, secrets or {}), Deciders()
    with _importable(planned), _environment(planned), world.in_use():
        functions: dict[str, Served] = {}
        try:
            for function in planned.functions:
                _forget(_others(planned, function.code))
                sys.path.insert(0, str(function.code))
                functions[function.name] = _served(planned, function, world, deciders)
            yield Client(planned, functions, world, Door(world, deciders))
        finally:
            for served in functions.values():
                served.dispatcher.close()
            links.serve("")


@dataclass(frozen=True, slots=True)
class Served:
    """A function, and what it knows of itself."""

    name: str
    dispatcher: Dispatcher
    deployed: Mapping[str, object]
    links: Mapping[str, Any] | None

    def in_turn(self) -> Dispatcher:
        """Its dispatcher, to be called now: what handlers ask for is this function's."""
        deployed.use(self.deployed)
        links.serve(self.name, self.links)
        return self.dispatcher

    def deciding(self, handler: Callable[[Request], Any]) -> Callable[[Request], Any]:
        """An authorizer of it, which is asked in its turn."""

        def decide(request: Request) -> Any:
            self.in_turn()
            return handler(request)

        return decide


def _served(planned: Plan, function: FunctionPlan, world: World, deciders: Deciders) -> Served:
    known = world.deployed(function)
    described = manifest(planned, function, by_runtime=by_runtime)
    served = Served(function.name, Dispatcher(described, known), known, described.get("links"))
    dispatcher = served.in_turn()
    dispatcher.fill(described.get("env"))
    dispatcher.warm()
    for name in described.get("authorizers", ()):
        deciders.add(name, served.deciding(dispatcher.authorizer(name)))
    return served


def _others(planned: Plan, code: Path) -> list[Path]:
    return [function.code for function in planned.functions if function.code != code]


@contextmanager
def _importable(planned: Plan) -> Iterator[None]:
    """Puts sys.path and sys.modules back as they were: another Api may have modules of the same names."""
    path, known = list(sys.path), set(sys.modules)
    try:
        yield
    finally:
        sys.path[:] = path
        _forget([function.code for function in planned.functions], keep=known)


def _forget(folders: list[Path], keep: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and name not in keep and any(Path(file).is_relative_to(folder) for folder in folders):
            del sys.modules[name]


@contextmanager
def _environment(planned: Plan) -> Iterator[None]:
    before = dict(os.environ)
    for function in planned.functions:
        os.environ.update({key: value for key, value in function.env.items() if isinstance(value, str)})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
