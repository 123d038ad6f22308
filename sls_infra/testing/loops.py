"""Event loops for Pulumi's mocks, which need one in every thread they run in, and leave it open."""

from __future__ import annotations

import asyncio
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


class _QuietLoop(asyncio.SelectorEventLoop):
    """Closes itself, without a ResourceWarning, once nobody holds it: `asyncio.run` drops the one that was current."""

    def __del__(self) -> None:
        if not self.is_closed():
            self.close()


def current_loop() -> asyncio.AbstractEventLoop:
    """The thread's event loop, to which Outputs made before belong; where there is none, a new one that stays."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        policy = asyncio.get_event_loop_policy()
    loop: asyncio.AbstractEventLoop | None = getattr(getattr(policy, "_local", None), "_loop", None)
    if loop is None or loop.is_closed():
        loop = _QuietLoop()
        asyncio.set_event_loop(loop)
    return loop


@contextmanager
def loop_of_its_own() -> Iterator[None]:
    """A loop for one call of the mock monitor, closed after; nothing in the main thread, which has one already."""
    if threading.current_thread() is threading.main_thread():
        yield
        return
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        asyncio.set_event_loop(None)
        loop.close()
