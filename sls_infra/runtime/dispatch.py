"""From a request to the handler of its route, and from what the handler does to a response."""

from __future__ import annotations

from . import auth, links, log
from .endpoints import Endpoint as Endpoint
from .endpoints import imported
from .errors import HandlerError, HttpError, ManifestError
from .http import Response, problem, sendable, to_response
from .paths import Matcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Any

    from .asgi import App
    from .cors import Cors
    from .environment import Environment
    from .events.consumer import Consumer
    from .http import Request
    from .ways.guard import Guard
    from .ways.way import Way

MANIFEST_VERSION = 1
MANIFEST_NAME = "sls_manifest.json"
"""The manifest's file, in the root of every bundle."""

MAX_ERRORS = 50
"""So many places of a body that does not fit its schema are named in one answer."""


def read_manifest(root: str) -> Any:
    """The manifest of the bundle unpacked at `root`. Raises ManifestError where it can't be read."""
    from json import load

    try:
        with open(f"{root}/{MANIFEST_NAME}", encoding="utf-8") as file:
            return load(file)
    except (OSError, ValueError) as error:
        raise ManifestError(f"no manifest can be read in {root}: {error}") from error


def _cors(known: Mapping[str, Any] | None) -> Cors | None:
    if known is None:
        return None
    from .cors import Cors

    return Cors(**known)


class Dispatcher:
    """Answers requests by the handlers of a manifest.

    The manifest: `{"version": 1, "api": "orders", "function": "shop", "routes": [{"method": "GET",
    "path": "/orders/{id}", "handler": "shop.api:read", "auth": ["jwt"], "scopes": ["orders:read"], "request": null,
    "id": "r0a1b2c3d4e5"}], "cors": null}`; with `cors` it answers preflights, and lets pages read its answers. A route
    with "ways" is one whose callers it verifies itself: the manifest's own "ways" describes them, and `deployed`
    (default: `deployed.values()`) what the deployment says of them. Raises ManifestError for a manifest that it can't
    read. Handlers are imported by `warm`, else by their first call.
    """

    def __init__(self, manifest: Mapping[str, Any], deployed: Mapping[str, Any] | None = None) -> None:
        try:
            version = manifest["version"]
            if version != MANIFEST_VERSION:
                raise ManifestError(
                    f"the manifest has version {version!r}, this runtime reads {MANIFEST_VERSION}: bundle again"
                )
            self.endpoints = [Endpoint(entry, manifest["routes"]) for entry in manifest["routes"]]
            self._matcher = Matcher(
                (entry["method"], entry["path"], endpoint)
                for entry, endpoint in zip(manifest["routes"], self.endpoints, strict=True)
            )
            self.keyed = frozenset(endpoint.route for endpoint in self.endpoints if endpoint.keyed)
            """The routes that take a key and nothing else: where a gateway names the client, and verified no token."""
            self._ids = {entry.get("id"): f"{entry['method']} {entry['path']}" for entry in manifest["routes"]}
            self._cors = _cors(manifest.get("cors"))
            self._environment: Environment | None = None
            self._authorizers: Mapping[str, Mapping[str, Any]] = manifest.get("authorizers") or {}
            self._events: Mapping[str, Mapping[str, Any]] = dict(manifest.get("events") or {})
            self._consumer: Consumer | None = None
            self._deployed = deployed
            self._guard = self._guarded(manifest, deployed)
        except ManifestError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ManifestError(f"the manifest can't be read: {type(error).__name__}: {error}") from error

    @classmethod
    def of_bundle(cls, root: str) -> Dispatcher:
        """The dispatcher of the bundle unpacked at `root`. Raises ManifestError where its manifest can't be read."""
        manifest = read_manifest(root)
        dispatcher = cls(manifest)
        dispatcher.fill(manifest.get("env"))
        links.serve(manifest.get("function", ""), manifest.get("links"))
        return dispatcher

    def fill(self, env: Mapping[str, str] | None) -> None:
        """Has these environment variables (variable → secret's name) filled before any handler is imported, by `warm`
        or the first request, and kept current. While that fails, routes answer 503."""
        if env:
            from .environment import Environment

            self._environment = Environment(env)

    def warm(self, *, start: bool = True) -> None:
        """Imports every handler, of events too, and every authorizer, and starts each ASGI app once. Raises one
        HandlerError that names each that can't be imported, or started, and why; the others can be called nevertheless.
        SecretsMissing, with nothing imported, where secrets of the environment can't be had.

        `start`: without it, an app starts with its first request: for a process that forks before it serves.
        """
        if self._environment is not None:
            self._environment.fill()
        failures: list[Exception] = []
        apps = {}
        for endpoint in self.endpoints:
            try:
                endpoint.load()
            except HandlerError as error:
                failures.append(error)
            if endpoint.app is not None:
                apps[endpoint.app.identity] = endpoint.app
        failures += self._warm_others()
        for app in apps.values() if start else ():
            try:
                app.start()
            except HandlerError as error:
                failures.append(error)
        if failures:
            raise HandlerError("\n".join(map(str, failures))) from failures[0].__cause__

    def _warm_others(self) -> list[Exception]:
        """Imports authorizers and handlers of events; what went wrong."""
        failures: list[Exception] = []
        for name in self._authorizers:
            try:
                self.authorizer(name)
            except HandlerError as error:
                failures.append(error)
        return failures if self.consumer is None else failures + self.consumer.warm()

    def authorizer(self, name: str) -> Callable[[Request], Any]:
        """The handler of one of this function's own authorizers, by the name of the way in. Raises KeyError where it
        has none of that name, HandlerError where it can't be imported."""
        handler: Callable[[Request], Any] = self._import(self._authorizers[name]["handler"], f"the authorizer {name!r}")
        return handler

    @property
    def consumer(self) -> Consumer | None:
        """What calls the handlers of this function's event sources; None where it has none. On this machine the daemon
        counts attempts and buries what failed; elsewhere that is done here, where the deployment says."""
        if self._consumer is None and self._events:
            from . import services
            from .events.consumer import Consumer

            bury = None
            if services.name() not in services.LOCAL:
                from .events.dead_letters import bury_by

                bury = bury_by(self._deployed)
            self._consumer = Consumer(self._events, imported, bury, self._check)
        return self._consumer

    def _import(self, handler: str, what: str) -> Any:
        self._check()
        return imported(handler, what)

    def _check(self) -> None:
        """Raises HttpError, 503, while the environment is not filled."""
        if self._environment is not None:
            self._environment.check()

    def _guarded(self, manifest: Mapping[str, Any], known: Mapping[str, Any] | None) -> Guard | None:
        """Who verifies the ways into the endpoints, where the manifest says that it is not the gateway alone."""
        if all(endpoint.names is None for endpoint in self.endpoints):
            return None
        from .ways.guard import Guard

        if known is None:
            from .deployed import values

            known = values()
        guard = Guard(manifest, known, self._import)
        for endpoint in self.endpoints:
            endpoint.ways = guard.of(endpoint.names or ())
        return guard

    @property
    def apps(self) -> list[App]:
        """The ASGI apps among the handlers that are imported by now, one a route."""
        return [endpoint.app for endpoint in self.endpoints if endpoint.app is not None]

    def close(self, seconds: float = 5.0) -> None:
        """Shuts the ASGI apps down, within so many seconds. A call that comes later starts its app anew. Without it,
        they are shut down as the process ends."""
        if apps := self.apps:
            apps[0].end(apps, seconds)

    def match(self, method: str, raw_path: str) -> tuple[Endpoint, dict[str, str]] | None:
        """The endpoint of a path as on the wire, with its parameters; None where there is none."""
        return self._matcher.match(method, raw_path)

    def route_of(self, id: str | None) -> str:
        """The route ("GET /orders/{id}") that a gateway has matched, by the id it knows it by; "", which is no route,
        for any other."""
        return self._ids.get(id, "")

    def handle(self, request: Request, *, route: str | None = None, verified: bool = True) -> Response:
        """The answer to a request. Never raises; whatever goes wrong becomes a response.

        `route` is the route that the gateway matched: where it is given and ours is another, the answer is 404.
        `verified` says whether the request's claims come from somebody who verified them; without it nobody is known.
        An async handler runs on a loop that is kept from call to call, one a thread: what it leaves running goes on
        when the next one runs. Not for use inside a running loop: see `handle_async`.
        """
        if self._cors is not None and (preflight := self._cors.answer(request)) is not None:
            return preflight
        way: Way | None = None
        try:
            endpoint = self._find(request, route)
            if self._guard is None or endpoint.names is None:
                _trusted(endpoint, request, verified)
            else:
                way = self._guard.admit(endpoint.ways, endpoint.anonymous, request)
            self._permit(endpoint, request)
            result = (endpoint.call or endpoint.load())(request)
            if result.__class__ is not Response and hasattr(result, "__await__"):
                result = run(result)
            response = sendable(to_response(result), request.method)
        except BaseException as error:  # SystemExit too: one call must not end the process that serves others
            response = failed(request, error)
        if way is not None:
            way.completed(request, response.status)
        return response if self._cors is None else self._cors.shared(response, request)

    async def handle_async(self, request: Request, *, route: str | None = None, verified: bool = True) -> Response:
        """As `handle`, on the running loop. A handler that is not async is called in place and holds the loop up.
        Raises CancelledError when the calling task is cancelled, nothing else."""
        if self._cors is not None and (preflight := self._cors.answer(request)) is not None:
            return preflight
        way: Way | None = None
        try:
            endpoint = self._find(request, route)
            if self._guard is None or endpoint.names is None:
                _trusted(endpoint, request, verified)
            else:
                way = await self._guard.admit_async(endpoint.ways, endpoint.anonymous, request)
            self._permit(endpoint, request)
            call = endpoint.call or endpoint.load()
            result = call(request) if endpoint.app is None else endpoint.app.awaited(request)
            if result.__class__ is not Response and hasattr(result, "__await__"):
                result = await result
            response = sendable(to_response(result), request.method)
        except BaseException as error:
            if isinstance(error, GeneratorExit) or is_cancelled(error):
                raise
            response = failed(request, error)
        if way is not None:
            way.completed(request, response.status)
        return response if self._cors is None else self._cors.shared(response, request)

    def _find(self, request: Request, route: str | None) -> Endpoint:
        """The endpoint of the request's path, before anything is known of the caller. Raises HttpError 404."""
        found = self._matcher.match(request.method, request.raw_path)
        if found is None:
            raise HttpError(404, "there is nothing at this path for this method")
        endpoint, request.path_params = found
        if route is not None and route != endpoint.route:
            raise HttpError(404, "there is nothing at this path for this method")
        request.route = endpoint.route
        if endpoint.names is not None:  # what a gateway that lets everybody through says of the caller is nobody's word
            request.claims, request.authenticated = {}, False
        return endpoint

    def _permit(self, endpoint: Endpoint, request: Request) -> None:
        """Raises Refusal where this caller may not call this endpoint, or not with this body."""
        if endpoint.scopes:
            auth.require(request, endpoint.scopes)
        if self._environment is not None:
            self._environment.check()  # before anything that imports the handler
        if endpoint.schema is not None:
            if endpoint.check is None:
                endpoint.load()
            assert endpoint.check is not None
            try:
                errors = endpoint.check(request.json())
            except HttpError as error:
                raise auth.refusal(error.status, error.detail, rule="request", why="the body is no JSON") from None
            if errors:
                places = [{"pointer": pointer, "message": message} for pointer, message in errors[:MAX_ERRORS]]
                why = f"{len(errors)} places of the body do not fit"
                detail = "the body does not fit what this route takes"
                raise auth.refusal(400, detail, rule="request", why=why, errors=places)


def _trusted(endpoint: Endpoint, request: Request, verified: bool) -> None:
    """Takes the gateway's word for who calls. Raises Refusal where the route needs somebody, and it is nobody."""
    if endpoint.public or not verified:
        request.claims, request.authenticated = {}, False
    if not request.authenticated and not endpoint.anonymous:
        raise auth.unknown()


def failed(request: Request, error: BaseException) -> Response:
    """The answer to a request whose handling raised: the one that an HttpError describes, else a 500 that says nothing
    of the cause, which goes to the log."""
    if isinstance(error, HttpError):
        try:
            refusal = problem(error.status, error.detail, request_id=request.id, headers=error.headers, **error.members)
            if hasattr(error, "refused"):
                error.refused(request)
            return sendable(refusal, request.method)
        except Exception as unsendable:
            error = unsendable
    log.failure("the handler failed", error, request_id=request.id, route=request.route)
    return sendable(problem(500, "the server failed to answer", request_id=request.id), request.method)


_loops: Any = None


def run(awaitable: Awaitable[object]) -> object:
    """Runs it to its end on this thread's own event loop, which is made on first use and kept."""
    global _loops
    import asyncio
    import atexit
    import threading

    if _loops is None:
        _loops = threading.local()
    loop = getattr(_loops, "loop", None)
    if loop is None or loop.is_closed():
        loop = _loops.loop = asyncio.new_event_loop()
        atexit.register(loop.close)
    return loop.run_until_complete(awaitable)


def close() -> None:
    """Closes this thread's event loop, if it has one. For tests and programs that end in good order."""
    loop = getattr(_loops, "loop", None)
    if loop is not None and not loop.is_closed():
        loop.close()


def is_cancelled(error: BaseException) -> bool:
    """Whether it is the running task's own cancellation, rather than one that a handler raised or awaited."""
    from asyncio import CancelledError, current_task

    task = current_task()
    return isinstance(error, CancelledError) and task is not None and task.cancelling() > 0
