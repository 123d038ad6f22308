"""The same app on uvicorn: what any ASGI server would tell it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn


@contextmanager
def on_uvicorn(app: Any, root_path: str = "") -> Iterator[httpx.Client]:
    """A client of the app on uvicorn, on a port of its own."""
    config = uvicorn.Config(app, port=0, root_path=root_path, log_config=None, lifespan="auto", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < deadline, "uvicorn does not start"
            assert thread.is_alive(), "uvicorn has ended"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(20)
