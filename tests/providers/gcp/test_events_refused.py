"""What Google Cloud can't do with events and resources is told when it is planned, with the way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sls_infra import (
    Api,
    Bucket,
    OnChange,
    OnMessage,
    OnSchedule,
    OnUpload,
    Public,
    Queue,
    Route,
    SpecError,
    Table,
    Topic,
)
from sls_infra.errors import Problem
from sls_infra.plan import check
from sls_infra.plan.capabilities import Capabilities, Refused
from sls_infra.providers.gcp.capabilities import CAPABILITIES, FRONTS
from sls_infra.testing import render

from .eventful import everything, function, one_event

EMAILS, PLACED, FILES, ROWS = Queue("emails"), Topic("placed"), Bucket("files"), Table("rows")


def problems(api: Api, front: Capabilities = CAPABILITIES) -> list[Problem]:
    with pytest.raises(SpecError) as caught:
        check.plan(api, front)
    return list(caught.value.problems)


@pytest.mark.parametrize("front", FRONTS, ids=lambda front: str(front.front_name))
def test_everything_that_is_asked_for_is_in_the_table(tmp_path: Path, front: Capabilities) -> None:
    shop = function(tmp_path)
    letters = Queue("letters")
    more: list[Any] = [
        OnMessage(PLACED, shop, name="batched", batch_size=10, batch_window=5, attributes={"a": ["b"]}),
        OnMessage(
            EMAILS, shop, name="all", batch_size=10, batch_window=5, attributes={"a": ["b"]}, dead_letter=letters
        ),
        OnMessage(Queue("others"), shop, dead_letter=letters),
        OnSchedule("either", shop, cron="0 0 1 * MON", dead_letter=letters),
        OnChange(ROWS, shop, kinds=["delete"], batch_size=5, dead_letter=letters),
        OnUpload(FILES, shop, dead_letter=letters),
        OnMessage(Topic.existing("t", "projects/p/topics/t01"), shop, dead_letter=letters),
    ]
    for api in (everything(tmp_path), Api("more", events=more)):
        planned, _ = check.look(api, front)
        kinds = {each.kind for each in planned.requirements}
        assert kinds <= set(front.meets)
        assert not [kind for kind in kinds if isinstance(front.meets[kind], Refused)]
        assert not [each for each in check.against(planned, front) if "domain" not in each.path]


@pytest.mark.parametrize("source", [EMAILS, PLACED], ids=["queue", "topic"])
def test_a_number_of_calls_at_once_is_the_functions(tmp_path: Path, source: Any) -> None:
    (problem,) = problems(one_event(tmp_path, OnMessage(source, function(tmp_path), concurrency=3)))
    assert problem.path == "api.events[0].concurrency"
    assert "max_instances" in problem.fix


@pytest.mark.parametrize("front", FRONTS, ids=lambda front: str(front.front_name))
def test_more_attempts_than_pubsub_counts(tmp_path: Path, front: Capabilities) -> None:
    shop = function(tmp_path)
    events: list[Any] = [
        OnMessage(EMAILS, shop, max_attempts=101),
        OnMessage(PLACED, shop, max_attempts=101),
        OnUpload(FILES, shop, max_attempts=101),
        OnSchedule("tick", shop, cron="0 * * * *", max_attempts=101),
        OnChange(ROWS, shop, max_attempts=101),
    ]
    found = problems(Api("orders", events=events), front)
    assert [each.path for each in found] == [f"api.events[{index}].max_attempts" for index in range(4)]
    assert all("at most 100" in each.fix for each in found)


def test_a_function_that_takes_longer_than_an_event_may(tmp_path: Path) -> None:
    slow = function(tmp_path, timeout=541)
    (problem,) = problems(one_event(tmp_path, OnMessage(EMAILS, slow)))
    assert "540" in problem.message
    routed = Api("orders", auth=Public(), routes=[Route("GET", "/a", slow)], events=[OnMessage(EMAILS, slow)])
    (problem,) = problems(routed)
    assert (problem.path.endswith(".timeout"), "function of their own" in problem.fix) == (True, True)
    ready = function(tmp_path, timeout=540)
    stack = render(one_event(tmp_path, OnMessage(EMAILS, ready)), "gcp")
    assert stack.one("pubsub/subscription:Subscription", "emails").inputs["ackDeadlineSeconds"] == 570


def test_a_message_can_be_kept_for_ten_minutes_at_the_least(tmp_path: Path) -> None:
    shop = function(tmp_path)
    (problem,) = problems(one_event(tmp_path, OnMessage(Queue("short", retention=60), shop)))
    assert (problem.path, problem.fix) == ("api.events[0].source.retention", "use at least 600 s")


def test_indexes_are_two_each(tmp_path: Path) -> None:
    rows = Table("rows", indexes={f"i{number}": ("a", f"b{number}") for number in range(100)})
    (problem,) = problems(one_event(tmp_path, OnChange(rows, function(tmp_path))))
    assert problem.path == "api.events[0].source.indexes"


def test_what_is_different_is_told_by_the_plan(tmp_path: Path) -> None:
    notes = {kind: getattr(meeting, "note", "") for kind, meeting in CAPABILITIES.meets.items()}
    for kind, words in {
        "event.queue": "one message a call",
        "event.queue.batch": "one message a call",
        "event.change.max_attempts": "memory",
        "event.schedule.timezone": "twice",
        "queue": "send(delay=…) raises",
        "link.bucket": "names",
        "link.table": "read too",
        "table": "one a table",
    }.items():
        assert words in notes[kind], kind
    assert "made twice" in " ".join(FRONTS[1].gateway_notes)
