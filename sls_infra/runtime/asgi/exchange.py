"""One request and its answer, message by message."""

from __future__ import annotations

import asyncio

from ..http import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Exchange:
    """What an app receives and sends for one request; `receive` and `send` are the protocol's."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._parts: list[bytes] = []
        self._status: int | None = None
        self._headers: list[tuple[str, str]] = []
        self._complete = asyncio.Event()

    @property
    def is_complete(self) -> bool:
        """Whether the answer has come to its end."""
        return self._complete.is_set()

    async def receive(self) -> dict[str, Any]:
        """The body, whole; then, once the answer is complete, the end. A caller who leaves is known to no gateway."""
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._complete.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Mapping[str, Any]) -> None:
        """Takes the start and then the parts of the answer. Raises RuntimeError for any other order, and leaves what
        comes after the end."""
        kind = message["type"]
        if self.is_complete:
            return
        if kind == "http.response.start" and self._status is None:
            self._headers = [(_text(name), _text(value)) for name, value in message.get("headers") or ()]
            self._status = message["status"]
        elif kind == "http.response.body" and self._status is not None:
            self._parts.append(bytes(message.get("body") or b""))
            if message.get("more_body"):
                await asyncio.sleep(0)  # a stream that never waits must not hold up other requests
            else:
                self._complete.set()
        else:
            expected = "http.response.start" if self._status is None else "http.response.body"
            raise RuntimeError(f"the app sent {kind!r} where {expected!r} comes next")

    def response(self) -> Response:
        """The answer. Raises RuntimeError where it is missing or has no end, ValueError for a status that can't be
        sent."""
        if self._status is None:
            raise RuntimeError("the app ended without an answer")
        if not self.is_complete:
            raise RuntimeError("the app ended before its answer did: the last http.response.body had more_body")
        response = Response(status=self._status)
        response.headers = self._headers
        response.body = b"".join(self._parts)
        if response.body and not any(name.lower() == "content-type" for name, _ in self._headers):
            response.headers.append(("content-type", "application/octet-stream"))
        return response


def _text(field: bytes) -> str:
    return bytes(field).decode("latin-1")
