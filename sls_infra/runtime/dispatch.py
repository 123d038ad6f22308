"""From a request to the handler of its route, and from what the handler does to a response."""

from __future__ import annotations

from . import auth, links, log
from .errors import HandlerError, HttpError, ManifestError
from .http import Response, problem, sendable, to_response
from .paths import Matcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from typing import Any

    from .asgi import App
    from .cors import Cors
    from .environment import Environment
    from .http import Request

MANIFEST_VERSION = 1
MANIFEST_NAME = "sls_manifest.json"
"""The manifest's file, in the root of every bundle."""

MAX_ERRORS = 50
"""So many places of a body that does not fit its schema are named in one answer."""


class Endpoint:
    """One route of the manifest, with its handler once that is imported."""

    __slots__ = (
        "_entries", "_path", "anonymous", "app", "call", "check", "handler", "public", "route", "schema", "scopes",
    )  # fmt: skip

    def __init__(self, entry: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> None:
        ways = tuple(entry.get("auth") or ())
        self._path: str = entry["path"]
        self._entries = entries
        self.route = f"{entry['method']} {entry['path']}"
        self.handler: str | None = entry["handler"]
        """None: answered with 204 here, for a gateway that sends a browser's preflight on."""
        self.public = ways == ("public",)
        self.anonymous = "public" in ways
        """Whether a caller without a token is let in. A route that names no way in lets nobody in without one."""
        self.scopes = tuple(entry.get("scopes") or ())
        self.schema = entry.get("request")
        self.check: Callable[[Any], list[tuple[str, str]]] | None = None
        self.call: Callable[[Request], object] | None = None
        self.app: App | None = None
        """What `call` is too, where the handler is an ASGI app."""

    def load(self) -> Callable[[Request], object]:
        """Imports the handler. Raises HandlerError, with the cause, where that fails; a later call tries again."""
        import sys

        if self.handler is None:
            self.call = _nothing
            return self.call
        module_name, _, attribute = self.handler.partition(":")
        try:
            __import__(module_name)
            call: Any = sys.modules[module_name]
            for name in attribute.split("."):
                call = getattr(call, name)
        except BaseException as error:  # SystemExit too: a module that exits must not take the other routes with it
            message = f"the handler {self.handler!r} of {self.route} can't be imported: {type(error).__name__}: {error}"
            raise HandlerError(message) from error
        if not callable(call):
            raise HandlerError(f"the handler {self.handler!r} of {self.route} can't be called: it is {call!r}"[:500])
        code = getattr(call, "__code__", None)
        if code is None or code.co_argcount != 1 or code.co_flags & _VARARGS:  # others take a Request and nothing else
            call = self._wrapped(call)
        if self.schema is not None:
            from .schema import compile

            try:
                self.check = compile(self.schema)
            except ValueError as error:
                raise HandlerError(f"the request schema of {self.route} can't be used: {error}") from error
        self.call = call
        return self.call

    def _wrapped(self, call: Any) -> Callable[[Request], object]:
        """The handler itself, or the ASGI app that it is as a handler."""
        from . import callables

        try:
            if callables.kind(call) == "handler":
                return call  # type: ignore[no-any-return]
        except TypeError as error:
            raise HandlerError(f"the handler {self.handler!r} of {self.route} can't be called: {error}") from error
        from . import asgi

        paths = [entry["path"] for entry in self._entries if entry["handler"] == self.handler]
        self.app = asgi.App(call, str(self.handler), asgi.depth(self._path, paths))
        return self.app


_VARARGS = 0x04
"""The flag of a code object that takes `*args`."""


def _cors(known: Mapping[str, Any] | None) -> Cors | None:
    if known is None:
        return None
    from .cors import Cors

    return Cors(**known)


def _nothing(request: Request) -> None:
    """A route without a handler: the gateway adds its CORS headers to the empty answer."""


class Dispatcher:
    """Answers requests by the handlers of a manifest.

    The manifest: `{"version": 1, "api": "orders", "function": "shop", "routes": [{"method": "GET",
    "path": "/orders/{id}", "handler": "shop.api:read", "auth": ["jwt"], "scopes": ["orders:read"], "request": null,
    "id": "r0a1b2c3d4e5"}], "cors": null}`; with `cors` it answers preflights, and lets pages read its answers.
    Raises ManifestError for one that it can't read. Handlers are imported by `warm`, else by their first call.
    """

    def __init__(self, manifest: Mapping[str, Any]) -> None:
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
            self._ids = {entry.get("id"): f"{entry['method']} {entry['path']}" for entry in manifest["routes"]}
            self._cors = _cors(manifest.get("cors"))
            self._environment: Environment | None = None
        except ManifestError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ManifestError(f"the manifest can't be read: {type(error).__name__}: {error}") from error

    @classmethod
    def of_bundle(cls, root: str) -> Dispatcher:
        """The dispatcher of the bundle unpacked at `root`. Raises ManifestError where its manifest can't be read."""
        from json import load

        try:
            with open(f"{root}/{MANIFEST_NAME}", encoding="utf-8") as file:
                manifest = load(file)
        except (OSError, ValueError) as error:
            raise ManifestError(f"no manifest can be read in {root}: {error}") from error
        dispatcher = cls(manifest)
        dispatcher.fill(manifest.get("env"))
        links.serve(manifest.get("function", ""))
        return dispatcher

    def fill(self, env: Mapping[str, str] | None) -> None:
        """Has these environment variables (variable → secret's name) filled before any handler is imported, by `warm`
        or the first request, and kept current. While that fails, routes answer 503."""
        if env:
            from .environment import Environment

            self._environment = Environment(env)

    def warm(self, *, start: bool = True) -> None:
        """Imports every handler, and starts each ASGI app once. Raises one HandlerError that names each handler that
        can't be imported, or started, and why; the others can be called nevertheless. SecretsMissing, with nothing
        imported, where secrets of the environment can't be had.

        `start`: without it, an app starts with its first request: for a process that forks before it serves.
        """
        if self._environment is not None:
            self._environment.fill()
        failures = []
        apps = {}
        for endpoint in self.endpoints:
            try:
                endpoint.load()
            except HandlerError as error:
                failures.append(error)
            if endpoint.app is not None:
                apps[endpoint.app.identity] = endpoint.app
        for app in apps.values() if start else ():
            try:
                app.start()
            except HandlerError as error:
                failures.append(error)
        if failures:
            raise HandlerError("\n".join(map(str, failures))) from failures[0].__cause__

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
        try:
            endpoint = self._admit(request, route, verified)
            result = (endpoint.call or endpoint.load())(request)
            if result.__class__ is not Response and hasattr(result, "__await__"):
                result = run(result)
            response = sendable(to_response(result), request.method)
        except BaseException as error:  # SystemExit too: one call must not end the process that serves others
            response = failed(request, error)
        return response if self._cors is None else self._cors.shared(response, request)

    async def handle_async(self, request: Request, *, route: str | None = None, verified: bool = True) -> Response:
        """As `handle`, on the running loop. A handler that is not async is called in place and holds the loop up.
        Raises CancelledError when the calling task is cancelled, nothing else."""
        if self._cors is not None and (preflight := self._cors.answer(request)) is not None:
            return preflight
        try:
            endpoint = self._admit(request, route, verified)
            call = endpoint.call or endpoint.load()
            result = call(request) if endpoint.app is None else endpoint.app.awaited(request)
            if result.__class__ is not Response and hasattr(result, "__await__"):
                result = await result
            response = sendable(to_response(result), request.method)
        except BaseException as error:
            if isinstance(error, GeneratorExit) or _is_cancelled(error):
                raise
            response = failed(request, error)
        return response if self._cors is None else self._cors.shared(response, request)

    def _admit(self, request: Request, route: str | None, verified: bool) -> Endpoint:
        """The endpoint that may answer this request. Raises HttpError where none may."""
        found = self._matcher.match(request.method, request.raw_path)
        if found is None:
            raise HttpError(404, "there is nothing at this path for this method")
        endpoint, request.path_params = found
        if route is not None and route != endpoint.route:
            raise HttpError(404, "there is nothing at this path for this method")
        request.route = endpoint.route
        if endpoint.public or not verified:
            request.claims, request.authenticated = {}, False
        if not request.authenticated and (endpoint.scopes or not endpoint.anonymous):
            raise HttpError(401, "a token is needed", headers=[auth.challenge()])
        if endpoint.scopes and not auth.grants(request.claims, endpoint.scopes):
            raise HttpError(
                403, f"needs the scopes {' '.join(endpoint.scopes)}",
                headers=[auth.challenge("insufficient_scope", endpoint.scopes)],
            )  # fmt: skip
        if self._environment is not None:
            self._environment.check()  # before anything that imports the handler
        if endpoint.schema is not None:
            if endpoint.check is None:
                endpoint.load()
            assert endpoint.check is not None
            errors = endpoint.check(request.json())
            if errors:
                places = [{"pointer": pointer, "message": message} for pointer, message in errors[:MAX_ERRORS]]
                raise HttpError(400, "the body does not fit what this route takes", errors=places)
        return endpoint


def failed(request: Request, error: BaseException) -> Response:
    """The answer to a request whose handling raised: the one that an HttpError describes, else a 500 that says nothing
    of the cause, which goes to the log."""
    if isinstance(error, HttpError):
        try:
            refusal = problem(error.status, error.detail, request_id=request.id, headers=error.headers, **error.members)
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


def _is_cancelled(error: BaseException) -> bool:
    """Whether it is the running task's own cancellation, rather than one that a handler raised or awaited."""
    from asyncio import CancelledError, current_task

    task = current_task()
    return isinstance(error, CancelledError) and task is not None and task.cancelling() > 0
