"""What the tests of events share: a module of handlers, and a consumer of them."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sls_infra.runtime import Message, dispatch
from sls_infra.runtime.endpoints import imported
from sls_infra.runtime.events.consumer import Consumer
from sls_infra.runtime.events.delivery import DeadLetter, Delivery

HANDLER = "shop_handlers:handler"
QUEUE = {"kind": "queue", "handler": HANDLER, "source": "emails", "fifo": False, "max_attempts": 3, "attributes": {}}


class Graves:
    """Where dead letters go; `full` of them, it takes no more."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, DeadLetter]] = []
        self.full: BaseException | None = None

    def bury(self, name: str, letter: DeadLetter) -> None:
        if self.full is not None:
            raise self.full
        self.letters.append((name, letter))


@pytest.fixture
def graves() -> Graves:
    return Graves()


Consume = Callable[..., Consumer]


@pytest.fixture
def consuming(module: types.ModuleType, graves: Graves) -> Iterator[Consume]:
    """A consumer with one event source, "emails-worker", for one handler; what the manifest says of it by keyword."""

    def make(handler: Any, *, buries: bool = True, **event: Any) -> Consumer:
        module.handler = handler  # type: ignore[attr-defined]
        return Consumer({"emails-worker": {**QUEUE, **event}}, imported, graves.bury if buries else None)

    yield make
    dispatch.close()


def delivered(*bodies: str, attempt: int | None = 1, group: str | None = None, **more: Any) -> list[Delivery]:
    """Messages as a platform delivers them, whose ids are their bodies."""
    return [
        Delivery(
            body, Message(body, body, more.get("attributes"), attempt or 1),
            attempt=attempt, group=group, body=body, attributes=more.get("attributes"),
        )
        for body in bodies
    ]  # fmt: skip
