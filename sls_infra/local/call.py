"""One request on its way to a worker, and what became of it."""

from __future__ import annotations

import asyncio


class Answer:
    """What a worker sent back, headers as they go out."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class Lost(Exception):
    """No answer came: the worker crashed (502), took too long (504), or none was free in time (503)."""

    def __init__(self, status: int, detail: str, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after


class Call:
    """A request for a function: its frame's head and body, and a future for its answer."""

    __slots__ = ("answer", "body", "head", "patient", "since", "started")

    def __init__(
        self, head: bytes, body: bytes, answer: asyncio.Future[Answer], since: float, patient: bool = False
    ) -> None:
        self.head = head
        self.body = body
        self.answer = answer
        self.patient = patient
        """Whether it waits for a worker as long as it takes."""
        self.since = since
        """When it came, by the loop's clock."""
        self.started = since
        """When it was given to a worker."""

    def finish(self, answer: Answer) -> None:
        """Hands the answer to who waits for it, if anybody still does."""
        if not self.answer.done():
            self.answer.set_result(answer)

    def fail(self, lost: Lost) -> None:
        """Tells who waits that no answer will come."""
        if not self.answer.done():
            self.answer.set_exception(lost)
