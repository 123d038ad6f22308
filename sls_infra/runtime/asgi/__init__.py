"""ASGI applications as handlers: FastAPI, Starlette, Django and whatever else speaks ASGI 3, unchanged.

A whole app is two routes with one handler, `/` and `/{path+}`; below a prefix `/shop` and `/shop/{path+}`, and then its
`root_path` is "/shop", so that it serves its own "/" there. More routes of that handler below (to leave `/shop/docs`
open, say) belong to the same mount. An app that no greedy route leads to is at the root.

- All apps of a process share one event loop, in a thread of its own. Each has its lifespan: its startup is part of
  the cold start, else of its first request; its shutdown comes as the process ends in good order, and has a few
  seconds. Where a platform ends instances by SIGKILL there is none, as everywhere where machines fail.
- A request's body is there as a whole, and the answer goes out as a whole: streams are collected until the app's
  coroutine has ended, background tasks included, for some platforms freeze a process between its requests. A stream
  without an end runs into the function's timeout. There are no WebSockets, and no `http.response` extensions.
- The caller's claims, the id and the parameters of the route are in `scope["sls.request"]`, the runtime's `Request`.
- What an app raises is a 500 and a line in the log, unless it has answered before, as with servers.

Imported only where a handler is an app: other cold starts don't pay for asyncio and threads.
"""

from __future__ import annotations

from .app import App
from .loop import close, close_on_sigterm
from .mounts import depth

__all__ = ["App", "close", "close_on_sigterm", "depth"]
