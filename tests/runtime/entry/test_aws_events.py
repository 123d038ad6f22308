"""What Lambda's pollers bring: documented batches, odd ones, and what they are answered."""

from __future__ import annotations

import copy
import json
import sys
import types
from datetime import UTC, datetime
from typing import Any

import pytest

from sls_infra.runtime import services
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.entry import aws_messages
from sls_infra.runtime.entry.aws_events import Events
from sls_infra.runtime.entry.http_api import EventError
from sls_infra.runtime.events.delivery import DeadLetter

from .conftest import event

QUEUE = "arn:aws:sqs:us-east-2:123456789012:my-queue"
FIFO = "arn:aws:sqs:us-east-2:123456789012:fifo.fifo"
STREAM = "arn:aws:dynamodb:us-west-2:111122223333:table/TestTable/stream/2015-05-11T21:21:33.291"
TABLE: dict[str, Any] = {"key": "Id", "sort_key": None, "ttl": None, "indexes": {}}
DESCRIBED: dict[str, dict[str, Any]] = {
    "emails": {"kind": "queue", "source": "mails", "fifo": False, "attributes": {}},
    "ordered": {"kind": "queue", "source": "orders", "fifo": True, "attributes": {}},
    "placed": {"kind": "topic", "source": "placed", "fifo": False, "attributes": {"type": ["a"]}},
    "scan": {"kind": "upload", "source": "receipts", "prefix": "in/", "suffix": ""},
    "nightly": {"kind": "schedule", "cron": "0 3 * * *", "timezone": "Europe/Berlin"},
    "index": {"kind": "change", "source": "orders", "kinds": ["insert", "update", "delete"], "table": TABLE},
}
SOURCES = {"emails": QUEUE, "ordered": FIFO, "index": STREAM} | {
    name: f"arn:aws:sqs:us-east-2:123456789012:{name}" for name in ("placed", "scan", "nightly")
}


class World:
    """Events of which every one is noted, by a handler that can be told to fail."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.buried: list[tuple[str, DeadLetter]] = []
        self.failing: set[Any] = set()
        """Bodies, keys and kinds whose events fail."""
        manifest = {
            name: {**each, "handler": "aws_handlers:note", "max_attempts": 3} for name, each in DESCRIBED.items()
        }
        known = {name: {"source": arn, "dead_letter": f"{arn}-dead"} for name, arn in SOURCES.items()}
        dispatcher = Dispatcher({"version": 1, "routes": [], "events": manifest}, {"events": known})
        self.events = Events(dispatcher, manifest, known)

    def note(self, what: Any) -> None:
        self.seen.append(what)
        for name in ("body", "key", "kind", "name"):
            if str(getattr(what, name, None)) in self.failing:
                raise RuntimeError(f"{name} fails")

    def dead_letter(self, address: str, letter: DeadLetter) -> None:
        self.buried.append((address, letter))

    def failed(self, batch: dict[str, Any]) -> list[str]:
        """What is to come again."""
        answered = self.events.answer(json.loads(json.dumps(batch)))
        assert list(answered) == ["batchItemFailures"]
        assert all(list(each) == ["itemIdentifier"] for each in answered["batchItemFailures"])
        return [each["itemIdentifier"] for each in answered["batchItemFailures"]]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    module = types.ModuleType("aws_handlers")
    monkeypatch.setitem(sys.modules, "aws_handlers", module)
    monkeypatch.setattr(services, "name", lambda: "aws")
    monkeypatch.setattr(aws_messages, "_skipped", {})
    made = World()
    monkeypatch.setattr(services, "platform", lambda: made)
    module.note = made.note  # type: ignore[attr-defined]
    return made


def messages(name: str, *bodies: str, attempt: int = 1, groups: str = "") -> dict[str, Any]:
    """A documented batch with other messages, of one of SOURCES."""
    (record,) = event("sqs-fifo-documented" if groups else "sqs-documented")["Records"][:1]
    found = []
    for number, body in enumerate(bodies):
        each = copy.deepcopy(record)
        each |= {"messageId": f"m{number}", "body": body, "eventSourceARN": SOURCES[name]}
        each["attributes"]["ApproximateReceiveCount"] = str(attempt)
        if groups:
            each["attributes"]["MessageGroupId"] = groups[number]
        found.append(each)
    return {"Records": found}


def notification(*keys: str, name: str = "ObjectCreated:Put") -> str:
    told = event("s3-notification-documented")
    (record,) = told["Records"]
    records = []
    for key in keys:
        each = copy.deepcopy(record)
        each["s3"]["object"]["key"] = key
        records.append({**each, "eventName": name})
    return json.dumps({"Records": records})


def test_a_documented_batch_of_a_queue(world: World) -> None:
    assert world.failed(event("sqs-documented")) == []
    first, second = world.seen
    assert (first.id, first.body, first.attributes, first.attempt) == (
        "059f36b4-87a3-44ab-83d2-661975830a7d",
        "Test message.",
        {"myAttribute": "myValue"},
        1,
    )
    assert second.attributes == {}


def test_one_that_fails_comes_again_alone_and_is_buried_in_the_end(world: World) -> None:
    world.failing = {"bad"}
    for attempt in (1, 2):
        assert world.failed(messages("emails", "good", "bad", "good", attempt=attempt)) == ["m1"]
    assert world.buried == []
    batch = messages("emails", "good", "bad", "good", attempt=3)
    batch["Records"][1]["messageAttributes"] = {"n": {"stringValue": "7", "dataType": "Number"}}
    assert world.failed(batch) == []
    ((address, letter),) = world.buried
    assert (address, letter.body, letter.group) == (f"{QUEUE}-dead", "bad", None)
    reason = json.loads(letter.attributes["sls-dead-letter"])
    assert (reason["source"], reason["attempts"], reason["reason"]) == ("emails", 3, "RuntimeError: body fails")
    assert letter.attributes["n"] == "7"


def test_a_documented_message_of_a_fifo_queue(world: World) -> None:
    world.failing = {"Test message."}
    assert world.failed(event("sqs-fifo-documented")) == ["11d6ee51-4cc7-4302-9e22-7cd8afdaadf5"]


def test_after_one_that_fails_its_group_waits(world: World) -> None:
    world.failing = {"bad"}
    batch = messages("ordered", "a1", "bad", "b1", "a3", "b2", groups="aabab")
    assert world.failed(batch) == ["m1", "m3"]
    assert [each.body for each in world.seen] == ["a1", "bad", "b1", "b2"]


def test_what_waits_is_not_given_up_the_sooner(world: World) -> None:
    world.failing = {"bad", "next"}
    for attempt in (1, 2):
        assert world.failed(messages("ordered", "bad", "next", attempt=attempt, groups="aa")) == ["m0", "m1"]
    assert world.failed(messages("ordered", "bad", "next", attempt=3, groups="aa")) == ["m1"]
    assert [(letter.body, letter.group) for _, letter in world.buried] == [("bad", "a")]
    assert [each.attempt for each in world.seen if each.body == "next"] == [1]
    fourth = messages("ordered", "next", attempt=4, groups="a")
    fourth["Records"][0]["messageId"] = "m1"
    assert world.failed(fourth) == ["m1"]
    assert [each.attempt for each in world.seen if each.body == "next"] == [1, 2]


def test_a_group_of_a_queue_without_order_means_nothing(world: World) -> None:
    world.failing = {"bad"}
    batch = messages("emails", "bad", "good", groups="aa")
    assert world.failed(batch) == ["m0"]


def test_a_topic_s_message_is_taken_as_it_is_and_filtered_again(world: World) -> None:
    envelope = json.dumps({"Type": "Notification", "Message": "inner", "TopicArn": "arn:aws:sns:eu-west-1:1:t"})
    batch = messages("placed", envelope, "other")
    for record, value in zip(batch["Records"], "ab", strict=True):
        record["messageAttributes"] = {
            "type": {"stringValue": value, "dataType": "String"},
            "raw": {"binaryValue": "AAE=", "dataType": "Binary", "stringListValues": [], "binaryListValues": []},
        }
    assert world.failed(batch) == []
    (message,) = world.seen
    assert (message.body, message.attributes) == (envelope, {"type": "a", "raw": "AAE="})


@pytest.mark.parametrize("body", ["2022-03-22T18:59:43Z", "2022-03-22T19:59:43+01:00", '"2022-03-22T18:59:43Z"'])
def test_a_tick_is_of_the_time_that_it_was_due(world: World, body: str) -> None:
    assert world.failed(messages("nightly", body, attempt=2)) == []
    (tick,) = world.seen
    assert (tick.name, tick.scheduled_at) == ("nightly", datetime(2022, 3, 22, 18, 59, 43, tzinfo=UTC))
    assert tick.scheduled_at.tzinfo is UTC


def test_a_documented_upload(world: World) -> None:
    body = notification("in/HappyFace.jpg")
    assert world.failed(messages("scan", body)) == []
    (upload,) = world.seen
    assert (upload.bucket, upload.key, upload.size) == ("receipts", "in/HappyFace.jpg", 1024)
    assert upload.etag == "d41d8cd98f00b204e9800998ecf8427e"


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("in/red+flower.jpg", "in/red flower.jpg"),
        ("in/a%2Bb%25.pdf", "in/a+b%.pdf"),
        ("in/%C3%BC%F0%9F%98%80", "in/ü\U0001f600"),
        ("in/plain", "in/plain"),
    ],
)
def test_keys_come_as_in_a_form(world: World, given: str, key: str) -> None:
    world.failed(messages("scan", notification(given)))
    assert [upload.key for upload in world.seen] == [key]


def test_what_is_no_upload_is_done(world: World) -> None:
    test = json.dumps({k: v for k, v in event("s3-test-documented").items() if k != "_source"})
    removed = notification("in/a", name="ObjectRemoved:Delete")
    assert world.failed(messages("scan", test, removed, notification("out/a"))) == []
    assert world.seen == []


def test_several_uploads_of_one_message(world: World) -> None:
    world.failing = {"in/bad"}
    body = notification("in/a", "in/bad", "in/c")
    assert world.failed(messages("scan", body)) == ["m0"]
    assert [upload.key for upload in world.seen] == ["in/a", "in/bad", "in/c"]
    assert world.failed(messages("scan", body, attempt=3)) == []
    ((_, letter),) = world.buried
    (record,) = json.loads(letter.body)["Records"]
    assert record["s3"]["object"]["key"] == "in/bad"  # put back, it brings that one alone
    world.seen.clear()
    world.failed(messages("scan", letter.body))
    assert [upload.key for upload in world.seen] == ["in/bad"]


def test_one_upload_s_dead_letter_is_the_message_as_it_came(world: World) -> None:
    world.failing = {"in/bad"}
    body = notification("in/bad")
    assert world.failed(messages("scan", body, attempt=3)) == []
    assert [letter.body for _, letter in world.buried] == [body]


def bridged(key: str, **more: object) -> str:
    told = {name: value for name, value in event("eventbridge-s3-documented").items() if name != "_source"}
    told["detail"]["object"]["key"] = key
    return json.dumps({**told, **more})


def test_a_documented_upload_by_eventbridge(world: World) -> None:
    """Keys come as they are: what looks encoded is none."""
    assert world.failed(messages("scan", bridged("in/a+b%20ü"), bridged("out/a"))) == []
    (upload,) = world.seen
    assert (upload.bucket, upload.key, upload.size) == ("receipts", "in/a+b%20ü", 5)
    assert upload.etag == "b1946ac92492d2347c6235b4d2611184"


def test_what_eventbridge_tells_besides_is_done(world: World) -> None:
    assert world.failed(messages("scan", bridged("in/a", **{"detail-type": "Object Deleted"}))) == []
    assert world.seen == []


def test_an_upload_by_eventbridge_is_buried_as_it_came(world: World) -> None:
    world.failing = {"in/bad"}
    body = bridged("in/bad")
    assert world.failed(messages("scan", body, attempt=2)) == ["m0"]
    assert world.failed(messages("scan", body, attempt=3)) == []
    assert [letter.body for _, letter in world.buried] == [body]


NO_UPLOADS = (
    "no json", "[]", "null", '{"Records": [{}]}', '{"Records": 5}', '{"x": 1}',
    '{"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": 5}}}]}',
    '{"detail-type": "Object Created"}', '{"detail-type": "Object Created", "detail": {"object": {"key": 5}}}',
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "body"),
    [*(("scan", body) for body in NO_UPLOADS), *(("nightly", body) for body in ("tomorrow", "", "{}"))],
)
def test_what_can_t_be_read_fails_alone_and_is_told(
    world: World, name: str, body: str, capsys: pytest.CaptureFixture[str]
) -> None:
    good = notification("in/a") if name == "scan" else "2022-03-22T18:59:43Z"
    assert world.failed(messages(name, good, body, good)) == ["m1"]
    assert len(world.seen) == 2
    assert f"a message to {name} can't be read: m1" in capsys.readouterr().err


def test_documented_changes(world: World) -> None:
    assert world.failed(event("dynamodb-stream-documented")) == []
    new, changed = {"Id": 101, "Message": "New item!"}, {"Id": 101, "Message": "This item has changed"}
    seen = [(each.kind, each.key, each.old, each.new, each.table, each.id) for each in world.seen]
    assert seen == [
        ("insert", {"Id": 101}, None, new, "orders", "111"),
        ("update", {"Id": 101}, new, changed, "orders", "222"),
        ("delete", {"Id": 101}, changed, None, "orders", "333"),
    ]


def test_what_drivers_keep_in_an_item_is_not_told(world: World) -> None:
    batch = event("dynamodb-stream-documented")
    batch["Records"] = batch["Records"][:1]
    image = batch["Records"][0]["dynamodb"]["NewImage"]
    image |= {"_version": {"S": "5f"}, "_unindexed:mail": {"NULL": True}, "tags": {"SS": ["a"]}, "f": {"N": "0.5"}}
    world.failed(batch)
    assert world.seen[0].new == {"Id": 101, "Message": "New item!", "mail": None, "tags": ["a"], "f": 0.5}


def test_of_changes_only_the_first_that_failed_is_answered_and_what_follows_is_not_tried(world: World) -> None:
    world.failing = {"update"}
    for _ in range(2):
        world.seen.clear()
        assert world.failed(event("dynamodb-stream-documented")) == ["222"]
        assert [each.kind for each in world.seen] == ["insert", "update"]
    assert world.failed(event("dynamodb-stream-documented")) == []  # the third time it is buried, and all goes on
    ((address, letter),) = world.buried
    told = json.loads(letter.body)
    assert (address, told["change"], told["key"]) == (f"{STREAM}-dead", "update", {"Id": 101})
    assert world.seen[-1].kind == "delete"


def test_a_source_that_is_not_known_fails_as_a_whole(world: World) -> None:
    batch = event("sqs-documented")
    batch["Records"][1]["eventSourceARN"] = "arn:aws:sqs:us-east-2:123456789012:other"
    with pytest.raises(
        EventError, match="no event source of this function is arn:aws:sqs:us-east-2:123456789012:other"
    ):
        world.events.answer(batch)
    assert world.seen == []
    with pytest.raises(EventError):
        world.events.answer({"Records": [{"EventSource": "aws:sns", "Sns": {}}]})


def test_what_another_process_forgot_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_messages, "REMEMBERED", 5)
    world.failing = {"bad"}
    for number in range(10):
        batch = messages("ordered", "bad", "next", groups="aa")
        batch["Records"][1]["messageId"] = f"n{number}"
        world.failed(batch)
    assert list(aws_messages._skipped) == [f"n{number}" for number in range(5, 10)]
