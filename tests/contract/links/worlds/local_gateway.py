"""Serves signed URLs of local buckets, as the gateway does, for the cases that fetch them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sls_infra.runtime.links.local import buckets, signing


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder: Path

    def do_GET(self) -> None:
        granted = self._granted("GET")
        if granted is None:
            return
        bucket, grant = granted
        found, content = bucket.head(grant.key), bucket.get(grant.key)
        if found is None or content is None:
            self._answer(404)
        else:
            self._answer(200, content, found.content_type)

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers.get("content-length", 0)))
        granted = self._granted("PUT")
        if granted is None:
            return
        bucket, grant = granted
        if self.headers.get("content-type", "") != grant.content_type:
            self._answer(403)
            return
        bucket.put(grant.key, content, grant.content_type)
        self._answer(200)

    def _granted(self, method: str) -> tuple[buckets.Bucket, signing.Grant] | None:
        name = signing.bucket_of(self.path)
        path = str(self.folder / name)
        grant = signing.verify(path, self.path, time.time()) if name else None
        if grant is None or grant.method != method:
            self._answer(403)
            return None
        return buckets.Bucket(name, path, {}), grant

    def _answer(self, status: int, content: bytes = b"", content_type: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def gateway(folder: Path) -> Iterator[str]:
    """Its base URL. Buckets are in `folder`, by their names."""
    handler = type("Handler", (_Handler,), {"folder": folder})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
