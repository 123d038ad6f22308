"""The event loop that all ASGI apps of a process share, in a thread of its own."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from concurrent.futures import thread as _executors  # noqa: F401  # registers its own end first: ours comes before it

from .. import log
from .lifespan import Lifespan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable
    from concurrent.futures import Future
    from typing import Any, TypeVar

    T = TypeVar("T")

SHUTDOWN = 5.0
"""Seconds that the apps of a process have, all together, to shut down."""


class Loop:
    """A running loop, and the lifespans of the apps on it by `identity`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        # anyio keeps the threads of sync endpoints for as long as the loop's main task lives.
        self._main = self._loop.create_task(self._until_closed())
        self._lifespans: dict[object, Lifespan] = {}
        self._thread = threading.Thread(target=self._run, name="sls-asgi", daemon=True)
        self._thread.start()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Runs it on the loop. Raises RuntimeError on the loop's own thread, which could only wait for itself, and once
        the loop is closed."""
        try:
            if threading.current_thread() is self._thread:
                raise RuntimeError("an ASGI app that calls its own Api has to do so through the gateway")
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        except BaseException:
            coroutine.close()
            raise

    async def lifespan(self, app: Any, name: str) -> Lifespan:
        """The app's lifespan, once it has begun; one that has not been, or had failed, begins now. Raises HandlerError
        where it fails. For coroutines on this loop."""
        key = identity(app)
        lifespan = self._lifespans.get(key)
        if lifespan is None:
            lifespan = self._lifespans[key] = Lifespan(app, name)
        try:
            await lifespan.begun()
        except BaseException as error:
            if self._lifespans.get(key) is lifespan and not isinstance(error, asyncio.CancelledError):
                del self._lifespans[key]
            raise
        return lifespan

    def end(self, apps: Iterable[Any] | None, seconds: float) -> None:
        """Ends the lifespans of these apps, None for all, and returns when they have ended or the time is over."""
        keys = None if apps is None else [identity(app) for app in apps]
        self._wait_for(self._end(keys, seconds), seconds)

    def close(self, seconds: float) -> None:
        """Ends every lifespan, whatever tasks are left, and the thread."""
        self._wait_for(self._end(None, seconds), seconds)
        self._wait_for(self._cancel(), 1.0)
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(1.0)
        if not self._thread.is_alive():
            self._loop.close()

    def _run(self) -> None:
        while not self._main.done():
            try:
                self._loop.run_until_complete(self._main)
            except BaseException as error:  # SystemExit in a task would end the loop for all apps
                log.failure("a task of an ASGI app tried to end the process", error)

    async def _until_closed(self) -> None:
        await self._closing.wait()

    def _wait_for(self, coroutine: Coroutine[Any, Any, object], seconds: float) -> None:
        future = self.submit(coroutine)
        try:
            future.result(seconds + 0.5)
        except Exception as error:  # a loop that is held up can't be waited for
            future.cancel()
            log.failure("the ASGI apps did not end in good order", error)

    async def _end(self, keys: list[object] | None, seconds: float) -> None:
        ending = {}
        for key in list(self._lifespans) if keys is None else keys:
            lifespan = self._lifespans.pop(key, None)
            if lifespan is not None:
                ending[asyncio.ensure_future(lifespan.end())] = lifespan
        if not ending:
            return
        _, late = await asyncio.wait(ending, timeout=seconds)
        for task in late:
            log.failure("an ASGI app does not shut down", TimeoutError(f"not within {seconds:g} s"))
            ending[task].cancel()

    async def _cancel(self) -> None:
        own = {self._main, asyncio.current_task()}
        tasks = [task for task in asyncio.all_tasks() if task not in own]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=0.5)
        await self._loop.shutdown_asyncgens()


def identity(app: Any) -> object:
    """What tells one app from another: a method is a new object each time that it is looked up."""
    function = getattr(app, "__func__", None)
    return id(app) if function is None else (id(app.__self__), id(function))


_current: Loop | None = None
_lock = threading.Lock()
_left: list[Loop | None] = []
_is_registered = False


def current() -> Loop:
    """This process's loop, started on first use."""
    global _current, _is_registered
    loop = _current
    if loop is None:
        with _lock:
            loop = _current
            if loop is None:
                loop = _current = Loop()
                if not _is_registered:
                    _is_registered = True
                    # Before executors refuse work, which shutdowns may need: atexit's own functions come after that.
                    getattr(threading, "_register_atexit", atexit.register)(close)
    return loop


def close(seconds: float = SHUTDOWN) -> None:
    """Shuts every app down and ends the loop, if there is one: as the process ends in good order. A request that comes
    later starts anew."""
    global _current
    with _lock:
        loop, _current = _current, None
    if loop is not None:
        loop.close(seconds)


def close_on_sigterm() -> None:
    """Has SIGTERM shut the apps down before it ends the process. For entries that own their process: from the main
    thread, and only where nobody else has a say in it."""
    import signal

    def end(number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        close()
        os.kill(os.getpid(), signal.SIGTERM)

    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, end)


def _forked() -> None:
    """A child has none of its parent's threads: its apps start anew. The parent's loop is kept as it is, for closing it
    would take the parent's descriptors out of the kernel's set, which both share."""
    global _current, _lock
    _left.append(_current)
    _current, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
