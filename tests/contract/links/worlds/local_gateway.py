"""Serves signed URLs of local buckets by the gateway's own code, for the cases that fetch them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sls_infra.local.objects import Objects

METHODS = ["GET", "HEAD", "PUT", "DELETE"]


@contextmanager
def gateway(objects: Objects) -> Iterator[str]:
    """Its base URL."""

    async def serve(request: Request) -> Response:
        return await objects(request)

    app = Starlette(routes=[Route("/{path:path}", serve, methods=METHODS)])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        end = time.monotonic() + 20
        while not server.started and time.monotonic() < end:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
