"""Queues on Azure: of Service Bus; a FIFO one asks for sessions, of which each is in order."""

from __future__ import annotations

from .senders import Sender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Queue:
    """One queue."""

    def __init__(self, name: str, address: Mapping[str, str], described: Mapping[str, Any]) -> None:
        self._sender = Sender(f'queue "{name}"', address, lambda bus: bus.get_queue_sender(address["name"]))

    def send(self, body: str, attributes: Mapping[str, str], delay: int, group: str | None) -> str:
        return self._sender.send(body, attributes, delay, group)
