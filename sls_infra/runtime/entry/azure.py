"""Azure Functions behind API Management: the bundle's function_app.py calls `register`, in the v2 programming model.

One function takes every path, and one more each event source (see `azure_events`). Registering them is the cold
start: it reads the manifest in the bundle's root and imports every handler, while the worker lists its functions and
before a request waits for them. One that can't be imported is told in the log, and its routes answer 500; the others
work.

Handlers that are not async run in the worker's own pool of threads: one that blocks holds up no other call, and what
it shares with others must stand several threads. If one handler of the bundle is async or an ASGI app, all calls come
to the worker's loop: there async handlers run, all on this one loop, and apps are awaited; the other handlers are put
into threads from here.
"""

from __future__ import annotations

import os

from .. import log, services
from ..dispatch import Dispatcher, failed, read_manifest
from ..errors import HandlerError, HttpError
from ..http import Request
from .azure_answer import answers
from .azure_http import request_id, to_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from typing import Any

    from ..dispatch import Endpoint
    from ..http import Response

ROOT = os.path.abspath(os.path.join(__file__, *[os.path.pardir] * 4))
"""The bundle's root: the folder that holds `sls_infra`, and the manifest beside it."""
NAME = "api"
"""The function's name on Azure."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def register(app: Any, func: Any, root: str = ROOT) -> None:
    """Adds the functions to `app`, a FunctionApp of `func`: of the library, `azure.functions`. One that answers is
    among them unless there are events alone. Raises ManifestError outside a bundle."""
    services.use("azure")
    manifest = read_manifest(root)
    dispatcher = Dispatcher.of_bundle(root)
    try:
        dispatcher.warm()
    except HandlerError as error:
        log.failure("a handler can't be imported", error)
    events = manifest.get("events")
    if events:
        from .azure_events import register as register_events

        register_events(app, func, dispatcher, events)
    if not events or manifest["routes"] or manifest.get("authorizers"):
        _register_http(app, func, dispatcher)


def _register_http(app: Any, func: Any, dispatcher: Dispatcher) -> None:
    function = function_of(dispatcher, func)
    # The worker resolves annotations, and those here name what is imported for type checkers alone.
    function.__annotations__ = {}
    route = app.route(route="{*path}", methods=METHODS, auth_level=func.AuthLevel.FUNCTION)
    app.function_name(name=NAME)(route(function))


def function_of(dispatcher: Dispatcher, func: Any) -> Callable[..., Any]:
    """The function that answers requests: async where one of the handlers is."""
    blocking = frozenset(endpoint.route for endpoint in dispatcher.endpoints if not _is_async(endpoint))
    if len(blocking) == len(dispatcher.endpoints):
        return _in_threads(dispatcher, func)
    return _on_the_loop(dispatcher, func, blocking)


def _in_threads(dispatcher: Dispatcher, func: Any) -> Callable[[Any], Any]:
    handle, to_answer = dispatcher.handle, _safe(answers(func))

    def api(req: Any) -> Any:
        try:
            request, route = to_request(req, dispatcher)
        except HttpError as error:
            return to_answer(*_no_request(req, error, dispatcher))
        return to_answer(handle(request, route=route), request)

    return api


def _on_the_loop(dispatcher: Dispatcher, func: Any, blocking: frozenset[str]) -> Callable[[Any, Any], Any]:
    from asyncio import get_running_loop

    pool = _pool()
    to_answer = _safe(answers(func))

    def handle(context: Any, request: Request, route: str) -> Response:
        # By this the worker knows whose log lines a thread writes (Azure's reference of the context's attributes).
        context.thread_local_storage.invocation_id = context.invocation_id
        return dispatcher.handle(request, route=route)

    async def api(req: Any, context: Any) -> Any:
        try:
            request, route = to_request(req, dispatcher)
        except HttpError as error:
            return to_answer(*await get_running_loop().run_in_executor(pool, _no_request, req, error, dispatcher))
        if route in blocking:
            response = await get_running_loop().run_in_executor(pool, handle, context, request, route)
        else:
            response = await dispatcher.handle_async(request, route=route)
        return to_answer(response, request)

    return api


def _no_request(call: Any, error: HttpError, dispatcher: Dispatcher) -> tuple[Response, Request]:
    """The answer to what the gateway did not send: a question to an authorizer of this function, or nothing of ours."""
    from . import azure_authorize

    request = Request("", "", id=request_id(call))
    if azure_authorize.is_question(call):
        return azure_authorize.answer(call, dispatcher), request
    return failed(request, error), request


def _safe(to_answer: Callable[[Response], Any]) -> Callable[[Response, Request], Any]:
    """As `to_answer`; a response that can't go out as it is becomes a 500, and is told in the log."""

    def answer(response: Response, request: Request) -> Any:
        try:
            return to_answer(response)
        except Exception as error:
            return to_answer(failed(request, error))

    return answer


def _is_async(endpoint: Endpoint) -> bool:
    """Whether it is awaited. One that could not be imported is not: in a thread either kind can run."""
    from inspect import iscoroutinefunction  # loaded long since by the worker

    call = endpoint.call
    return endpoint.app is not None or iscoroutinefunction(call) or iscoroutinefunction(getattr(call, "__call__", None))  # noqa: B004


def _pool() -> Executor:
    """As many threads as the worker's own pool has (app setting PYTHON_THREADPOOL_THREAD_COUNT)."""
    from concurrent.futures import ThreadPoolExecutor

    count = os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT", "")
    return ThreadPoolExecutor(int(count) if count.isdecimal() and int(count) else None)
