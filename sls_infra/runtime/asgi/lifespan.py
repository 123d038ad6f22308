"""An app's lifespan: startup before its first request, shutdown after its last."""

from __future__ import annotations

import asyncio
import contextvars

from .. import log
from ..errors import HandlerError
from .scope import VERSIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

STARTUP = 50.0
"""Seconds that a startup may take."""

_LAST_WORDS = 1.0
"""Seconds in which an app that says that its startup failed also raises why."""


class Lifespan:
    """One run of an app's lifespan. Made, and used, on the loop of the apps only.

    An app that raises or returns before it has answered to its startup has no lifespan, as the protocol says.
    """

    def __init__(self, app: Any, name: str) -> None:
        self.state: dict[str, Any] = {}
        """What the startup leaves for requests, each of which gets a copy."""
        self._app = app
        self._name = name
        self._asked = False
        self._told = ""
        """What the app said of its failure."""
        self._failed = False
        self._started = False
        self._error: BaseException | None = None
        self._begun = asyncio.Event()
        self._ending = asyncio.Event()
        loop = asyncio.get_running_loop()
        # In a context of its own, rather than that of the request that happens to be the first.
        self._task = contextvars.Context().run(loop.create_task, self._run())
        self._timer = loop.call_later(STARTUP, self._too_late)

    async def begun(self) -> None:
        """Returns when requests may come. Raises HandlerError where the startup failed."""
        await self._begun.wait()
        if self._failed:
            error = self._error
            reason = f"{type(error).__name__}: {error}" if error else self._told
            raise HandlerError(f"the app {self._name!r} failed to start: {reason or 'it said no reason'}") from error

    async def end(self) -> None:
        """Asks the app to shut down, and returns when it has."""
        if not self._started:
            self._task.cancel()
        self._ending.set()
        await asyncio.wait([self._task])

    def cancel(self) -> None:
        """Ends it at once."""
        self._task.cancel()

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {**VERSIONS, "spec_version": "2.0"}, "state": self.state}
        try:
            await self._app(scope, self._receive, self._send)
        except BaseException as error:  # SystemExit too: it must not end the loop
            self._raised(error)
        finally:
            self._timer.cancel()
            self._begun.set()

    def _raised(self, error: BaseException) -> None:
        if self._failed:
            self._error = self._error or error
        elif isinstance(error, asyncio.CancelledError):
            pass
        elif self._started:
            log.failure(f"the lifespan of the app {self._name!r} ended with an error", error)
        elif self._asked:
            log.failure(f"the app {self._name!r} goes on without a lifespan: its startup raised", error)

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "lifespan.startup"}
        await self._ending.wait()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: Mapping[str, Any]) -> None:
        kind = message["type"]
        if kind == "lifespan.startup.complete" and not self._begun.is_set():
            self._started = True
            self._timer.cancel()
            self._begun.set()
        elif kind == "lifespan.startup.failed" and not self._begun.is_set():
            self._failed, self._told = True, message.get("message") or ""
            self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_later(_LAST_WORDS, self._begun.set)
        elif kind == "lifespan.shutdown.failed" and self._ending.is_set():
            log.failure(f"the app {self._name!r} failed to shut down", RuntimeError(message.get("message") or ""))
        elif kind != "lifespan.shutdown.complete" or not self._ending.is_set():
            raise RuntimeError(f"the app sent {kind!r}, which does not come next")

    def _too_late(self) -> None:
        self._failed = True
        self._error = TimeoutError(f"its startup took longer than {STARTUP:.0f} s")
        self._task.cancel()
        self._begun.set()
