"""Any event sources and links: what is rendered hangs together, whatever they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sls_infra import Bucket, Function, OnChange, OnMessage, OnSchedule, OnUpload, Queue, Table, Topic
from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered

from ...plan.specs import code
from .event_specs import BUCKET, QUEUE, TABLE, TOPIC, api, policy, told

RESOURCES: list[Any] = [
    Queue("q1"), Queue("q2", fifo=True), Queue.existing("q3", QUEUE), Topic("t1"), Topic.existing("t2", TOPIC),
    Bucket("b1"), Bucket.existing("b2", BUCKET), Table("d1", indexes={"by-x": ["x"]}), Table.existing("d2", TABLE),
]  # fmt: skip
DEAD = [None, Queue("dead")]


def _links(resource: Any) -> list[Any]:
    words = ("send", "publish", "read", "write", "read_write")
    return [getattr(resource, word)() for word in words if hasattr(resource, word)]


@st.composite
def specs(draw: st.DrawFn) -> Callable[[Path], Any]:
    """An Api of a few functions, started by any of the sources; each queue and table by one."""
    links = [
        draw(st.lists(st.sampled_from([link for each in RESOURCES for link in _links(each)]), max_size=5))
        for _ in range(2)
    ]
    sources = draw(st.lists(st.sampled_from([*range(len(RESOURCES)), None]), min_size=1, max_size=6, unique=True))
    chosen = [(source, draw(st.integers(0, 1)), draw(st.sampled_from(DEAD))) for source in sources]

    def spec(folder: Path) -> Any:
        functions = [
            Function(f"f{number}", code=code(folder), handler="app:read", links=own) for number, own in enumerate(links)
        ]
        return api(*(_event(source, functions[which], dead) for source, which, dead in chosen))

    return spec


def _event(source: int | None, function: Function, dead: Queue | None) -> Any:
    if source is None:
        return OnSchedule("tick", function, cron="*/5 * * * *", dead_letter=dead)
    match RESOURCES[source]:
        case Queue(fifo=True) as queue:
            return OnMessage(queue, function)
        case Queue() | Topic() as messages:
            return OnMessage(messages, function, dead_letter=dead)
        case Bucket() as bucket:
            return OnUpload(bucket, function, suffix=".x", dead_letter=dead)
        case table:
            return OnChange(table, function, dead_letter=dead)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("code")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spec=specs())
def test_what_is_rendered_hangs_together(folder: Path, spec: Callable[[Path], Any]) -> None:
    stack = render(spec(folder), "aws")  # which raises where two resources would have one name
    mappings = stack.all("EventSourceMapping")
    told_of: set[str] = set()
    for function in stack.all("aws:lambda/function:Function"):
        events = told(stack, function.name).get("events", {})
        _may_poll_and_bury(stack, function.name, events)
        told_of |= {known["source"] for known in events.values()}
    assert {mapping.inputs["eventSourceArn"] for mapping in mappings} == told_of
    queues = {each.logical_name for each in stack.all("sqs/queue:Queue")}
    assert {each.logical_name for each in stack.all("QueuePolicy")} == queues, "each is TLS only"
    assert len(stack.all("BucketNotification")) <= 1


def _may_poll_and_bury(stack: Rendered, function: str, events: dict[str, dict[str, str]]) -> None:
    """It may do so with the queues and streams of its own events, and with no others."""
    on: dict[str, set[str]] = {}
    for statement in policy(stack, function)["Statement"]:
        for action in statement["Action"]:
            on.setdefault(action, set()).update(statement["Resource"])
    sources = {known["source"] for known in events.values()}
    assert on.get("sqs:ReceiveMessage", set()) | on.get("dynamodb:GetRecords", set()) == sources
    linked = set(told(stack, function).get("queue", {}).values())
    assert on.get("sqs:SendMessage", set()) == linked | {known["dead_letter"] for known in events.values()}
    assert "*" not in json.dumps(sorted(on)), "no action is a pattern"
    assert not any(resource == "*" for resources in on.values() for resource in resources)
