"""Topics of Pub/Sub, which queues are too."""

from __future__ import annotations

from os import environ

from .errors import translated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

TIMEOUT = 10.0
"""Seconds of one call, with what it is tried again."""
EMULATOR = "PUBSUB_EMULATOR_HOST"
"""The environment variable by which Google's libraries find an emulator."""

_made: list[Any] = []


def client() -> Any:
    """The client, one for the process: threads share it. It sends each message at once: one that is kept back to be
    sent with others would be lost where the instance is frozen after its answer."""
    if not _made:
        from google.pubsub_v1 import PublisherClient

        with translated("the client of Pub/Sub"):
            _made.append(PublisherClient(**_options()))
    return _made[0]


def _options() -> dict[str, Any]:
    host = environ.get(EMULATOR)
    if not host:
        return {}
    from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
    from grpc import insecure_channel

    return {"transport": PublisherGrpcTransport(channel=insecure_channel(host))}


class Topic:
    """A topic, by its name: `projects/<project>/topics/<topic>`."""

    def __init__(self, name: str, address: str, described: Mapping[str, Any]) -> None:
        self._what = f'topic "{name}"'
        self._topic = address

    def publish(self, body: str, attributes: Mapping[str, str]) -> str:
        """As `drivers.Topic.publish`."""
        return published(self._what, self._topic, body, attributes)


def published(what: str, topic: str, body: str, attributes: Mapping[str, str], group: str | None = None) -> str:
    """Publishes a message; its id. Messages of one group are delivered in the order in which Pub/Sub took them."""
    from google.pubsub_v1 import PubsubMessage

    message = PubsubMessage(data=body.encode(), attributes=dict(attributes), ordering_key=group or "")
    with translated(what):
        answer = client().publish(topic=topic, messages=[message], timeout=TIMEOUT)
    return str(answer.message_ids[0])
