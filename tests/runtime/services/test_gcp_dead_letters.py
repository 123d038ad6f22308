"""What is published of a dead letter, read by Google's own protocol buffers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from google.protobuf import json_format
from google.pubsub_v1 import PublishRequest

from sls_infra.runtime.errors import ServiceError
from sls_infra.runtime.events.delivery import REASON, DeadLetter
from sls_infra.runtime.services.gcp import Services
from tests.runtime.services.fakes import Answer, Asked, Fake, serving

TOPIC = "projects/p/topics/emails-worker-dead-letters-1a2b3c4"
LETTER = DeadLetter("grüße", {"type": "a", REASON: '{"source": "emails-worker"}'}, None)


class PubSub:
    """Metadata server and Pub/Sub: takes what Google's own description of a request takes."""

    def __init__(self) -> None:
        self.published: list[PublishRequest] = []
        self.refusing = 0

    def answer(self, asked: Asked) -> Answer:
        if asked.path.startswith("/computeMetadata/"):
            return 200, {"Metadata-Flavor": "Google"}, b'{"access_token": "t", "expires_in": 3600}'
        if self.refusing:
            return self.refusing, {}, b'{"error": {"status": "NOT_FOUND", "message": "Resource not found"}}'
        assert asked.method == "POST"
        assert asked.headers["authorization"] == "Bearer t"
        topic, _, method = asked.path.removeprefix("/v1/").partition(":")
        assert method == "publish"
        request = PublishRequest(topic=topic)
        json_format.Parse(asked.body, PublishRequest.pb(request))
        self.published.append(request)
        return 200, {}, b'{"messageIds": ["1"]}'


@contextmanager
def pubsub() -> Iterator[tuple[PubSub, Services]]:
    cloud = PubSub()
    with serving(cloud.answer) as fake:
        yield cloud, _services(fake)


def _services(fake: Fake) -> Services:
    return Services({"GCE_METADATA_HOST": fake.host}, pubsub=f"http://{fake.host}")


def test_a_letter_comes_as_it_was_with_its_reason() -> None:
    with pubsub() as (cloud, ours):
        ours.dead_letter(TOPIC, LETTER)
        ours.dead_letter(TOPIC, DeadLetter("2", {REASON: "{}"}, "customer-7"))
    first, second = (request.messages[0] for request in cloud.published)
    assert cloud.published[0].topic == TOPIC
    assert (first.data.decode(), dict(first.attributes), first.ordering_key) == ("grüße", dict(LETTER.attributes), "")
    assert (second.data, second.ordering_key) == (b"2", "customer-7")


def test_a_letter_that_is_not_taken_is_told() -> None:
    with pubsub() as (cloud, ours):
        cloud.refusing = 404
        with pytest.raises(
            ServiceError, match=rf"dead-letter topic {TOPIC}: status 404, NOT_FOUND: Resource not found"
        ):
            ours.dead_letter(TOPIC, LETTER)
