"""An ASGI app as the dispatcher calls it: a Request goes in, a Response comes out."""

from __future__ import annotations

import asyncio

from .. import log
from .exchange import Exchange
from .loop import current, identity
from .scope import http_scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..http import Request, Response
    from .loop import Loop


class App:
    """An app behind one route. `depth` is how many segments of a request's path are its mount's: see `mounts`."""

    def __init__(self, app: Any, name: str, depth: int) -> None:
        self._app = app
        self._name = name
        self._depth = depth

    @property
    def identity(self) -> object:
        """The same for every route of one app."""
        return identity(self._app)

    def __call__(self, request: Request) -> Response:
        """The app's answer. Raises what the app raised before it had answered."""
        loop = current()
        future = loop.submit(self._answered(loop, request))
        try:
            return _outcome(future.result())
        except BaseException:
            future.cancel()
            raise

    async def awaited(self, request: Request) -> Response:
        """As a call, without holding up the loop that it is awaited on; that of the apps is another one."""
        loop = current()
        return _outcome(await asyncio.wrap_future(loop.submit(self._answered(loop, request))))

    def start(self) -> None:
        """Begins the app's lifespan, and returns when that has begun. Raises HandlerError where it fails."""
        loop = current()
        loop.submit(loop.lifespan(self._app, self._name)).result()

    @staticmethod
    def end(apps: Iterable[App], seconds: float) -> None:
        """Ends the lifespans of these."""
        current().end([app._app for app in apps], seconds)

    async def _answered(self, loop: Loop, request: Request) -> Response | BaseException:
        """The answer, or what the app raised: SystemExit, raised on the loop, would end it."""
        lifespan = await loop.lifespan(self._app, self._name)
        exchange = Exchange(request.body)
        try:
            await self._app(http_scope(request, self._depth, lifespan.state), exchange.receive, exchange.send)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            if not exchange.is_complete:
                return error
            log.failure("the app failed after its answer", error, request_id=request.id, route=request.route)
        return exchange.response()


def _outcome(outcome: Response | BaseException) -> Response:
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome
