"""Mistakes in event sources and resources: each is told, with where it is and what to write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from sls_infra import (
    Api,
    Bucket,
    Function,
    Link,
    OnChange,
    OnMessage,
    OnSchedule,
    OnUpload,
    Queue,
    SpecError,
    Table,
    Topic,
)
from sls_infra.errors import Problem
from sls_infra.plan.check import within
from sls_infra.spec.events import Event

from .specs import code


@pytest.fixture
def worker(tmp_path: Path) -> Function:
    return Function("worker", code=code(tmp_path), handler="app:read")


def problems(*events: Event) -> list[Problem]:
    return list(within(Api("o", events=events)))


def only(*events: Event) -> Problem:
    found = problems(*events)
    assert len(found) == 1, found
    assert found[0].fix
    return found[0]


def test_sources_without_mistakes(worker: Function) -> None:
    emails = Queue("emails", retention=60)
    assert not problems(
        OnMessage(emails, worker, attributes={"kind": ["a", "b"]}, batch_size=10, batch_window=5, concurrency=2),
        OnMessage(Topic("placed"), worker, name="placed", dead_letter=Queue("dead")),
        OnMessage(Queue("steps", fifo=True), worker, dead_letter=Queue("steps-dead", fifo=True)),
        OnSchedule("nightly", worker, cron="0 3 * * MON-FRI", timezone="Europe/Berlin"),
        OnUpload(Bucket("receipts"), worker, prefix="in/", suffix=".pdf"),
        OnChange(Table("orders", sort_key="at", indexes={"by-user": ["user", "at"]}), worker, kinds=["insert"]),
    )


CRONS = {
    "0 3 * *": "has 4 fields, not 5",
    "0 3 * * * *": "has 6 fields, not 5",
    "61 * * * *": "the minute '61' is not within 0 to 59",
    "* 24 * * *": "the hour '24' is not within 0 to 23",
    "* * 0 * *": "the day of month '0' is not within 1 to 31",
    "* * * 13 *": "the month '13' is not within 1 to 12",
    "* * * * 8": "the day of week '8' is not within 0 to 7",
    "* * * * MONDAY": "is no number",
    "*/0 * * * *": "must be at least 1",
    "5/10 * * * *": "write 5-59/10",
    "30-10 * * * *": "ends before it starts",
    "* * L * *": "L, W, # and ? are not taken",
    "* * ? * 1": "L, W, # and ? are not taken",
    "0 0 30 2 *": "never due",
    "0 0 31 4,6,9,11 *": "never due",
    "@daily": "has 1 fields, not 5",
    "": "has 0 fields, not 5",
    "٣ * * * *": "is no number",
}


@pytest.mark.parametrize(("cron", "told"), CRONS.items())
def test_a_cron_that_is_none(worker: Function, cron: str, told: str) -> None:
    problem = only(OnSchedule("nightly", worker, cron=cron))
    assert problem.path == "api.events[0].cron"
    assert told in problem.message


@pytest.mark.parametrize(
    ("cron", "fix"),
    {
        "@daily": "write '0 0 * * *'",
        "0 3 * *": "write five fields",
        "0 0 L * *": "the handler decides",
        "61 * * * *": "correct that field",
    }.items(),
)
def test_what_to_write_for_a_cron_that_is_none(worker: Function, cron: str, fix: str) -> None:
    assert fix in only(OnSchedule("nightly", worker, cron=cron)).fix


@pytest.mark.parametrize("size", [0, 20_000])
def test_how_large_a_batch_may_be(worker: Function, size: int) -> None:
    assert "1 to 10,000" in only(OnMessage(Queue("emails"), worker, batch_size=size)).fix


@pytest.mark.parametrize("cron", ["0 0 29 2 *", "0 0 30 2 1", "*/5 0-6,22-23 1,15 JAN,jul 0-7", "59 23 31 12 7"])
def test_a_cron_that_is_one(worker: Function, cron: str) -> None:
    assert not problems(OnSchedule("nightly", worker, cron=cron))


@pytest.mark.parametrize(
    "zone", ["Berlin", "", "../../etc/passwd", "Europe", "europe/\0", "/etc/localtime", "x" * 9000]
)
def test_a_time_zone_that_is_none(worker: Function, zone: str) -> None:
    problem = only(OnSchedule("nightly", worker, cron="0 3 * * *", timezone=zone))
    assert problem.path == "api.events[0].timezone"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "attempts": ({"max_attempts": 0}, ".max_attempts"),
    "many attempts": ({"max_attempts": 1001}, ".max_attempts"),
    "batch": ({"batch_size": 0}, ".batch_size"),
    "large batch": ({"batch_size": 10_001}, ".batch_size"),
    "window": ({"batch_window": -1}, ".batch_window"),
    "long window": ({"batch_window": 301}, ".batch_window"),
    "concurrency": ({"concurrency": 0}, ".concurrency"),
    "attribute's name": ({"attributes": {"aws.kind": ["a"]}}, ".attributes"),
    "attribute that ends in a period": ({"attributes": {"kind.": ["a"]}}, ".attributes"),
    "attribute with periods in a row": ({"attributes": {"a..kind": ["a"]}}, ".attributes"),
    "attribute with blanks": ({"attributes": {"a b": ["a"]}}, ".attributes"),
    "attribute without values": ({"attributes": {"kind": []}}, ".attributes.kind"),
    "attribute that is empty": ({"attributes": {"kind": [""]}}, ".attributes.kind"),
    "attribute that is long": ({"attributes": {"kind": ["x" * 257]}}, ".attributes.kind"),
    "name": ({"name": "a b"}, ".name"),
    "dead letters to itself": ({"dead_letter": Queue("emails")}, ".dead_letter"),
    "dead letters in order": ({"dead_letter": Queue("dead", fifo=True)}, ".dead_letter"),
}


@pytest.mark.parametrize(("fields", "where"), WRONG.values(), ids=WRONG)
def test_a_consumer_with_a_mistake(worker: Function, fields: dict[str, Any], where: str) -> None:
    assert only(OnMessage(Queue("emails"), worker, **fields)).path == f"api.events[0]{where}"


def test_a_queue_has_one_consumer(worker: Function) -> None:
    emails = Queue("emails")
    found = only(OnMessage(emails, worker), OnMessage(emails, worker, name="other"))
    assert "has a consumer already, api.events[0]" in found.message
    assert "Topic" in found.fix


def test_a_topic_has_any_number_but_each_has_a_name(worker: Function) -> None:
    placed = Topic("placed")
    assert not problems(OnMessage(placed, worker), OnMessage(placed, worker, name="second"))
    assert only(OnMessage(placed, worker), OnMessage(placed, worker)).path == "api.events[1].name"


def test_a_made_name_that_is_too_long(worker: Function) -> None:
    found = only(OnMessage(Topic("t" * 60), worker))
    assert (found.path, found.fix) == ("api.events[0].name", "give it a name of its own: name=…")


def test_no_kind_of_change(worker: Function) -> None:
    assert only(OnChange(Table("orders"), worker, kinds=[])).path == "api.events[0].kinds"


TABLES: dict[str, tuple[dict[str, Any], str]] = {
    "key": ({"key": "a b"}, ".key"),
    "key of the cloud's own": ({"key": "_ts"}, ".key"),
    "one attribute twice": ({"key": "id", "sort_key": "id"}, ".sort_key"),
    "an end that is a key": ({"ttl": "id"}, ".ttl"),
    "an end that is a sort key": ({"sort_key": "at", "ttl": "at"}, ".ttl"),
    "an end that is an index's key": ({"ttl": "until", "indexes": {"by-end": ["until"]}}, ".ttl"),
    "an end that orders an index": ({"ttl": "until", "indexes": {"by-end": ["user", "until"]}}, ".ttl"),
    "index without keys": ({"indexes": {"by": []}}, ".indexes.by"),
    "index of three keys": ({"indexes": {"by": ["a", "b", "c"]}}, ".indexes.by"),
    "index of one key twice": ({"indexes": {"by": ["a", "a"]}}, ".indexes.by"),
    "index without a name": ({"indexes": {"": ["a"]}}, ".indexes"),
}


@pytest.mark.parametrize(("fields", "where"), TABLES.values(), ids=TABLES)
def test_a_table_with_a_mistake(worker: Function, fields: dict[str, Any], where: str) -> None:
    assert only(OnChange(Table("orders", **fields), worker)).path == f"api.events[0].source{where}"


def test_other_resources_with_mistakes(worker: Function) -> None:
    assert only(OnMessage(Queue("emails", retention=59), worker)).path == "api.events[0].source.retention"
    assert only(OnMessage(Queue("emails", retention=2**31), worker)).path == "api.events[0].source.retention"
    assert only(OnUpload(Bucket("in", expire_after=0), worker)).path == "api.events[0].source.expire_after"
    assert only(OnMessage(Queue.existing("emails", " "), worker)).path == "api.events[0].source.ref"


def test_two_of_a_kind_and_name_must_be_equal(worker: Function) -> None:
    assert not problems(OnUpload(Bucket("in"), worker, prefix="a"), OnUpload(Bucket("in"), worker, name="b"))
    found = only(OnUpload(Bucket("in"), worker), OnUpload(Bucket("in", versioned=True), worker, name="b"))
    assert "not the same as api.events[0].source" in found.message
    assert only(OnMessage(Topic("in_a"), worker), OnMessage(Topic("in-a"), worker, name="b")).path.endswith(".name")


def test_a_queue_of_the_name_that_is_made_for_dead_letters(worker: Function) -> None:
    taken = Queue("emails-worker-dead-letters")
    found = only(OnMessage(Queue("emails"), worker), OnMessage(taken, worker, name="mine", dead_letter=Queue("x")))
    assert found.path == "api.events[0].dead_letter"


def test_an_access_that_there_is_none_of(worker: Function, tmp_path: Path) -> None:
    linked = Function("linked", code=tmp_path, handler="app:read", links=[Link(Queue("emails"), access="read")])
    found = only(OnSchedule("nightly", linked, cron="0 3 * * *"))
    assert found.path == "api.events[0].function.links[0].access"
    assert "emails.send()" in found.fix


@pytest.mark.usefixtures("current_loop")
def test_an_output_that_decides_what_exists_is_told_at_its_line(worker: Function) -> None:
    with pytest.raises(SpecError, match=rf"{__name__.rpartition('.')[2]}.*can't be an Output"):
        OnSchedule("nightly", worker, cron=pulumi.Output.from_input("0 3 * * *"))  # type: ignore[arg-type]


@pytest.mark.usefixtures("current_loop")
def test_an_existing_one_may_be_known_to_the_deployment_alone(worker: Function) -> None:
    placed = Topic.existing("placed", pulumi.Output.from_input("arn:…"))
    assert not problems(OnMessage(placed, worker), OnMessage(placed, worker, name="again"))
    other = Topic.existing("placed", pulumi.Output.from_input("arn:…"))
    assert "not the same" in only(OnMessage(placed, worker), OnMessage(other, worker, name="again")).message


def test_dead_letters_that_would_go_round(worker: Function) -> None:
    a, b, c = Queue("a"), Queue("b"), Queue("c")
    chain = [OnMessage(a, worker, dead_letter=b), OnMessage(b, worker, dead_letter=c)]
    assert not problems(*chain)
    last = only(*chain, OnMessage(c, worker, dead_letter=a))
    assert last.path == "api.events[2].dead_letter"
    assert "would come back" in last.message
    assert only(OnMessage(a, worker, dead_letter=a)).path == "api.events[0].dead_letter"
