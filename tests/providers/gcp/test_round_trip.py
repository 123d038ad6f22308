"""What a link sends, through Google's own fake of Pub/Sub, as a push wraps it, is what a handler gets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from google.pubsub_v1 import PubsubMessage, SubscriberClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from grpc import insecure_channel

from sls_infra.runtime.entry.gcp_messages import delivery
from sls_infra.runtime.events.shapes import Message
from sls_infra.runtime.links.gcp import queues, topics

from ...contract.links.worlds.google import obtaining, processes
from ...contract.links.worlds.world import Unavailable

TOPIC, SUBSCRIPTION = "projects/p/topics/emails", "projects/p/subscriptions/emails"


class Wire:
    """A queue, and its one subscription."""

    def __init__(self, address: str) -> None:
        channel = insecure_channel(address)
        self._subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        topics.client().create_topic(name=TOPIC)
        self._subscriber.create_subscription(
            request={"name": SUBSCRIPTION, "topic": TOPIC, "enable_message_ordering": True}
        )

    def pushed(self) -> dict[str, Any]:
        """The next message, as its protocol buffer is written in JSON: what a push wraps."""
        (received,) = self._subscriber.pull(subscription=SUBSCRIPTION, max_messages=1, timeout=10).received_messages
        self._subscriber.acknowledge(subscription=SUBSCRIPTION, ack_ids=[received.ack_id])
        message: dict[str, Any] = MessageToDict(PubsubMessage.pb(received.message))
        return {"message": json.loads(json.dumps(message)), "subscription": SUBSCRIPTION, "deliveryAttempt": 2}


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with pytest.MonkeyPatch.context() as patch:
        try:
            program = obtaining.pstest()
        except Unavailable as error:
            pytest.skip(str(error))
        with processes.telling([str(program)]) as address:
            patch.setenv("PUBSUB_EMULATOR_HOST", address)
            patch.setattr(topics, "_made", [])
            yield Wire(address)


@pytest.mark.parametrize("body", ["", "héllo\n\u2028😀", json.dumps({"id": "7", "n": [1, 2.5, None]}), "x" * 240_000])
@pytest.mark.parametrize("group", [None, "customer-7"])
def test_a_message_comes_as_it_was_sent(wire: Wire, body: str, group: str | None) -> None:
    attributes = {"kind": "näw", "a.b-c_d": "1"}
    id = queues.Queue("emails", TOPIC, {"fifo": True}).send(body, attributes, 0, group)
    found = delivery({"kind": "queue", "source": "emails"}, "emails-worker", wire.pushed())
    assert found is not None
    assert isinstance(found.event, Message)
    assert (found.event.id, found.event.body, found.event.attributes) == (id, body, attributes)
    assert (found.event.attempt, found.attempt, found.group) == (2, 2, group)
    assert (found.id, found.body, found.attributes) == (id, body, attributes), "as a dead letter carries it"
