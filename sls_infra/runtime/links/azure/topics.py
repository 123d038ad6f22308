"""Topics on Azure: of Service Bus."""

from __future__ import annotations

from .senders import Sender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Topic:
    """One topic."""

    def __init__(self, name: str, address: Mapping[str, str], described: Mapping[str, Any]) -> None:
        self._sender = Sender(f'topic "{name}"', address, lambda bus: bus.get_topic_sender(address["name"]))

    def publish(self, body: str, attributes: Mapping[str, str]) -> str:
        return self._sender.send(body, attributes)
