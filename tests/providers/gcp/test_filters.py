"""Filters, schedules and subscriptions, as others read them: Google's own fake of Pub/Sub above all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.pubsub_v1 import PublisherClient, PubsubMessage, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from grpc import insecure_channel
from hypothesis import given
from hypothesis import strategies as st

from sls_infra.plan.model import MessagePlan, UploadPlan
from sls_infra.providers.gcp.crons import unix_cron
from sls_infra.providers.gcp.filters import LONGEST, filter_of
from sls_infra.runtime.cron import Cron, parse
from sls_infra.testing import render

from ...contract.links.worlds.google import obtaining, processes
from ...contract.links.worlds.world import Unavailable
from .eventful import everything

FAKES = 7 * 86400
"""Seconds for which the fake lets a message be kept; Pub/Sub itself does for 31 days (`pubsub.proto`)."""
TOPIC = "projects/project-1234/topics/filters"
WHERE = {"where": "api.events[0]", "function": "f", "handler": "a:b", "max_attempts": 3, "dead_letter": "d"}


def in_order(attributes: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(attributes, key=lambda each: sorted(each.items()))


class Fake:
    """Google's fake of Pub/Sub."""

    def __init__(self, address: str) -> None:
        channel = insecure_channel(address)
        self.publisher = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
        self.subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        self.publisher.create_topic(name=TOPIC)
        self._made = 0

    def passed(self, filter: str, *attributes: dict[str, str]) -> list[dict[str, str]]:
        """Those of the messages that a subscription with the filter gets."""
        self._made += 1
        name = f"projects/project-1234/subscriptions/s{self._made}"
        self.subscriber.create_subscription(request={"name": name, "topic": TOPIC, "filter": filter})
        messages = [PubsubMessage(data=b"x", attributes=each) for each in attributes]
        self.publisher.publish(topic=TOPIC, messages=messages)
        pulled = self.subscriber.pull(subscription=name, max_messages=100, timeout=10)
        self.subscriber.delete_subscription(subscription=name)
        return in_order([dict(each.message.attributes) for each in pulled.received_messages])


@pytest.fixture(scope="module")
def fake() -> Iterator[Fake]:
    try:
        program = obtaining.pstest()
    except Unavailable as error:
        pytest.skip(str(error))
    with processes.telling([str(program)]) as address:
        yield Fake(address)


def listening(attributes: dict[str, tuple[str, ...]], kind: str = "topic") -> MessagePlan:
    more = {"batch_size": 1, "batch_window": 0, "concurrency": None}
    return MessagePlan(**WHERE, **more, name="e", kind=kind, source="s", attributes=attributes)  # type: ignore[arg-type]


def uploading(prefix: str) -> UploadPlan:
    return UploadPlan(**WHERE, name="e", source="s", prefix=prefix, suffix=".pdf")  # type: ignore[arg-type]


ODD = ['"', "\\", '\\"', "' OR \"", "a b", "é", "(", "NOT", "*", "a.b-c_d", "\u2028", "x" * 20]


@pytest.mark.parametrize("value", ODD)
def test_a_filter_passes_what_it_names_and_nothing_else(fake: Fake, value: str) -> None:
    text = filter_of(listening({"kind": (value, "new"), "a_b": ("c",), "c.d-e": ("left to the runtime",)}))
    assert text is not None
    wanted = [{"kind": value, "a_b": "c"}, {"kind": "new", "a_b": "c", "more": "1"}]
    others = [{"kind": value}, {"a_b": "c"}, {"kind": "old", "a_b": "c"}, {"kind": value, "a_b": "d"}, {}]
    assert fake.passed(text, *wanted, *others) == in_order(wanted)
    text = filter_of(uploading(value))
    assert text is not None
    keys = [{"objectId": f"{value}.pdf"}, {"objectId": value}]
    assert fake.passed(text, *keys, {"objectId": f"~{value}"}, {}) == in_order(keys)


def test_what_is_more_than_a_filter_says_is_left_to_the_runtime() -> None:
    for count in (1, 5, 50):
        text = filter_of(listening({"kind": tuple(f"value-{number}" for number in range(count))}))
        assert text is None or len(text.encode()) <= LONGEST
    assert text is None
    assert filter_of(uploading("é" * 120)) is None
    assert filter_of(uploading("")) is None
    assert filter_of(listening({})) is None
    assert filter_of(listening({"kind": ("new",)}, "queue")) is None


def test_pubsub_takes_each_topic_and_subscription(fake: Fake, tmp_path: Path) -> None:
    stack = render(everything(tmp_path), "gcp")
    for topic in stack.all("pubsub/topic:Topic"):
        policy = {"allowed_persistence_regions": topic.inputs["messageStoragePolicy"]["allowedPersistenceRegions"]}
        name = f"projects/project-1234/topics/{topic.logical_name}-0123abc"
        fake.publisher.create_topic(request={"name": name, "message_storage_policy": policy})
    found = stack.all("pubsub/subscription:Subscription")
    for each in found:
        inputs = each.inputs
        request = {
            "name": f"projects/project-1234/subscriptions/{each.logical_name}-0123abc",
            "topic": inputs["topic"],
            "ack_deadline_seconds": int(inputs["ackDeadlineSeconds"]),
            "message_retention_duration": {"seconds": min(int(inputs["messageRetentionDuration"].rstrip("s")), FAKES)},
            "enable_message_ordering": inputs["enableMessageOrdering"],
            "filter": inputs.get("filter", ""),
            "retry_policy": {
                bound: {"seconds": int(inputs["retryPolicy"][name].rstrip("s"))}
                for bound, name in (("minimum_backoff", "minimumBackoff"), ("maximum_backoff", "maximumBackoff"))
            },
        }
        if "deadLetterPolicy" in inputs:
            policy = inputs["deadLetterPolicy"]
            attempts = int(policy["maxDeliveryAttempts"])
            request["dead_letter_policy"] = {
                "dead_letter_topic": policy["deadLetterTopic"], "max_delivery_attempts": attempts
            }  # fmt: skip
        made = fake.subscriber.create_subscription(request=request)
        assert made.topic == inputs["topic"]
    assert len(found) == 15


FIELDS = ("0-59", "0-23", "1-31", "1-12", "0-7")


@st.composite
def crons(draw: st.DrawFn) -> Cron:
    words = []
    for field in FIELDS:
        low, high = map(int, field.split("-"))
        number = st.integers(low, high)
        span = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
        part = number.map(str) | span | span.map(lambda text: f"{text}/2") | st.just("*/3")
        words.append(draw(st.just("*") | st.lists(part, min_size=1, max_size=3).map(",".join)))
    try:
        return parse(" ".join(words))
    except ValueError:
        return parse("0 3 * * *")


@given(crons())
def test_what_scheduler_reads_is_what_was_written(cron: Cron) -> None:
    text = unix_cron(cron)
    assert len(text) <= 500
    read = parse(text)
    assert (read.minutes, read.hours, read.months) == (cron.minutes, cron.hours, cron.months)
    if cron.either_day:
        assert (read.any_day, read.any_weekday) == (True, True), "each day, and the runtime picks"
    else:
        assert (read.days, read.weekdays) == (cron.days, cron.weekdays)
        assert not read.either_day


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0 3 * * MON-FRI", "0 3 * * 1-5"),
        ("*/15 * * * *", "0,15,30,45 * * * *"),
        ("0 0 1,15 JAN-MAR *", "0 0 1,15 1-3 *"),
        ("0 0 * * 7", "0 0 * * 0"),
        ("0 0 1 * MON", "0 0 * * *"),
    ],
)
def test_crons(written: str, read: str) -> None:
    assert unix_cron(parse(written)) == read
