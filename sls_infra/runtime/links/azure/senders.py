"""Sending to Service Bus: to a queue or a topic, which take the same messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock
from uuid import uuid4

from . import clients
from .failures import told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


class Sender:
    """One queue's or topic's. `open` makes the library's sender of a ServiceBusClient: it keeps a connection, opens
    another where that is lost, and sends one message at a time."""

    def __init__(self, what: str, address: Mapping[str, str], open: Callable[[Any], Any]) -> None:
        self._what = what
        self._namespace = address["namespace"]
        self._open = open
        self._lock = Lock()
        self._sender: Any = None

    def send(self, body: str, attributes: Mapping[str, str], delay: int = 0, group: str | None = None) -> str:
        """Sends it; its id. The message is text in UTF-8, with the attributes as its application properties, and the
        group as its session."""
        from azure.servicebus import ServiceBusMessage

        id = uuid4().hex
        more: dict[str, Any] = {"application_properties": dict(attributes)}
        if delay:
            more["scheduled_enqueue_time_utc"] = datetime.now(UTC) + timedelta(seconds=delay)
        if group is not None:
            more["session_id"] = group
        message = ServiceBusMessage(body, message_id=id, **more)
        with told(self._what), self._lock:
            if self._sender is None:
                self._sender = self._open(clients.bus(self._namespace))
            self._sender.send_messages(message)
        return id
