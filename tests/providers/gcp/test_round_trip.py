"""What a link sends, through Google's own fake of Pub/Sub, as a push wraps it, is what a handler gets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from google.cloud.storage import Client  # type: ignore[import-untyped]
from google.protobuf.json_format import MessageToDict
from google.pubsub_v1 import PubsubMessage, SubscriberClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from grpc import insecure_channel

from sls_infra.runtime.entry.gcp_messages import delivery
from sls_infra.runtime.events.shapes import Message, Upload
from sls_infra.runtime.links.gcp import buckets, queues, topics

from ...contract.links.worlds.google import obtaining, processes
from ...contract.links.worlds.google.signing import Signer
from ...contract.links.worlds.world import Unavailable

TOPIC, UPLOADS = "projects/p/topics/emails", "projects/p/topics/uploads"


class Wire:
    """A queue's topic and a bucket's, each with a subscription."""

    def __init__(self, address: str) -> None:
        channel = insecure_channel(address)
        self._subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        for topic in (TOPIC, UPLOADS):
            topics.client().create_topic(name=topic)
            name = topic.replace("topics", "subscriptions")
            self._subscriber.create_subscription(
                request={"name": name, "topic": topic, "enable_message_ordering": True}
            )

    def pushed(self, topic: str = TOPIC) -> dict[str, Any]:
        """The next message, as its protocol buffer is written in JSON: what a push wraps."""
        name = topic.replace("topics", "subscriptions")
        (received,) = self._subscriber.pull(subscription=name, max_messages=1, timeout=10).received_messages
        self._subscriber.acknowledge(subscription=name, ack_ids=[received.ack_id])
        message: dict[str, Any] = MessageToDict(PubsubMessage.pb(received.message))
        return {"message": json.loads(json.dumps(message)), "subscription": name, "deliveryAttempt": 2}


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


@pytest.fixture(scope="module")
def bucket(wire: Wire, tmp_path_factory: pytest.TempPathFactory) -> Iterator[buckets.Bucket]:
    """A bucket of fake-gcs-server, which tells the topic of what is put into it."""
    folder = tmp_path_factory.mktemp("storage")
    try:
        program = obtaining.storage()
    except Unavailable as error:
        pytest.skip(str(error))
    telling = folder / "telling"
    telling.write_text(f'#!/bin/sh\nexec {program} "$@" -event.pubsub-project-id p -event.pubsub-topic uploads\n')
    telling.chmod(0o755)
    with processes.storage(telling, folder / "log") as url, pytest.MonkeyPatch.context() as patch:
        client = Client("p", Signer(), client_options={"api_endpoint": url})
        patch.setattr(buckets, "_made", [client])
        client.create_bucket("their-receipts")
        yield buckets.Bucket("receipts", "their-receipts", {})


@pytest.mark.parametrize("key", ["in/a.pdf", "gr\u00fc\u00dfe/b c+%2F#?.txt"])
def test_an_upload_is_told_as_it_is(wire: Wire, bucket: buckets.Bucket, key: str) -> None:
    bucket.put(key, b"content", "text/x-own")
    found = delivery({"kind": "upload", "source": "receipts"}, "receipts-worker", wire.pushed(UPLOADS))
    assert found is not None
    upload = found.event
    assert isinstance(upload, Upload)
    there = bucket.head(key)
    assert there is not None
    assert (upload.bucket, upload.key, upload.size) == ("receipts", key, 7)
    assert (upload.content_type, upload.size) == (there.content_type, there.size)
    assert upload.content_type == "text/x-own"
