"""Topics: each subscriber has its own line."""

from __future__ import annotations

from pathlib import Path

import pytest

from sls_infra.runtime.errors import NotFound
from sls_infra.runtime.links.local import topics

from .clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def topic(tmp_path: Path, clock: Clock) -> topics.Topic:
    topics.create(str(tmp_path / "placed"))
    return topics.Topic("placed", str(tmp_path / "placed"), {}, clock=clock)


def test_every_subscriber_gets_what_comes_after_it_subscribed(topic: topics.Topic) -> None:
    first = topic.subscribe("first")
    one = topic.publish("1", {"a": "b"})
    second = topic.subscribe("second")
    two = topic.publish("2", {})
    assert [(m.id, m.body, m.attributes) for m in first.receive()] == [(one, "1", {"a": "b"}), (two, "2", {})]
    assert [(m.id, m.body) for m in second.receive()] == [(two, "2")]
    assert topic.subscribers() == {"first": {}, "second": {}}


def test_one_done_leaves_the_others_alone(topic: topics.Topic) -> None:
    first, second = topic.subscribe("first"), topic.subscribe("second")
    topic.publish("x", {})
    first.delete(first.receive()[0].receipt)
    assert first.counts().all == 0
    assert second.counts().visible == 1
    topic.unsubscribe("second")
    topic.unsubscribe("second")
    assert second.counts().all == 0
    topic.publish("y", {})
    assert [message.body for message in first.receive()] == ["y"]
    assert second.receive() == []


@pytest.mark.parametrize(
    ("attributes", "fits"),
    [
        ({"type": "a", "to": "de"}, True),
        ({"type": "b", "to": "de", "more": "x"}, True),
        ({"type": "c", "to": "de"}, False),
        ({"type": "a"}, False),
        ({"type": "A", "to": "de"}, False),
        ({}, False),
    ],
)
def test_a_filter_asks_for_every_attribute(topic: topics.Topic, attributes: dict[str, str], fits: bool) -> None:
    lane = topic.subscribe("s", {"type": ("a", "b"), "to": ["de"]})
    topic.publish("x", attributes)
    assert len(lane.receive()) == fits


def test_subscribing_again_changes_the_filter_and_keeps_what_waits(topic: topics.Topic) -> None:
    lane = topic.subscribe("s")
    topic.publish("before", {})
    assert topics.create(topic.store.folder) == []  # as each deployment does
    topic.subscribe("s", {"type": ["a"]})
    topic.publish("not this", {})
    topic.publish("this", {"type": "a"})
    assert [message.body for message in lane.receive()] == ["before", "this"]


def test_a_message_waits_four_days_for_its_subscriber(topic: topics.Topic, clock: Clock) -> None:
    lane = topic.subscribe("s")
    topic.publish("x", {})
    clock.pass_(4 * 86400 - 1)
    assert lane.counts().visible == 1
    clock.pass_(1)
    assert lane.receive() == []


def test_a_subscriber_of_another_process_is_told(topic: topics.Topic) -> None:
    other = topics.Topic("known by another name", topic.store.folder, {})
    lane = other.subscribe("other-stack/worker")
    topic.publish("x", {})
    assert [message.body for message in lane.receive()] == []  # in its clock, which is behind, it is yet to come
    assert lane.counts().delayed == 1


def test_nobody_publishes_to_what_is_removed(topic: topics.Topic) -> None:
    topics.remove(topic.store.folder)
    with pytest.raises(NotFound, match="placed"):
        topic.publish("x", {})
