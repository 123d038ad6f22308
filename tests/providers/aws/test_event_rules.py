"""What AWS can't say of event sources and resources is told before anything is made, with what to write instead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sls_infra import Bucket, Function, OnChange, OnMessage, OnSchedule, OnUpload, Queue, Scaling, Table, Topic
from sls_infra.plan.model import UploadPlan
from sls_infra.providers.aws.capabilities import FRONTS
from sls_infra.providers.aws.event_rules import overlap
from sls_infra.testing import render

from .event_specs import BUCKET, QUEUE, TABLE, TOPIC, api, every_source, policy, told, worker
from .specs import refused


def upload(prefix: str = "", suffix: str = "") -> UploadPlan:
    return UploadPlan(
        where="api.events[0]", name="n", function="f", handler="h", max_attempts=1, dead_letter="d", source="b",
        prefix=prefix, suffix=suffix,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (("", ""), ("", ""), True),
        (("", ".pdf"), ("", ".png"), False),
        (("in/", ""), ("out/", ""), False),
        (("in/", ""), ("in/box/", ""), True),
        (("in/", ".pdf"), ("in/box/", ".png"), False),
        (("in/", ".pdf"), ("in/box/", "x.pdf"), True),
        (("in", ".jpg"), ("out", ".jpg"), False),
        (("", ".gz"), ("logs/", ""), True),
        (("", "gz"), ("", ".tar.gz"), True),
    ],
)
def test_what_s3_calls_overlapping(one: tuple[str, str], other: tuple[str, str], both: bool) -> None:
    assert overlap(upload(*one), upload(*other)) is both
    assert overlap(upload(*other), upload(*one)) is both


TEXT = st.text("ab/", max_size=4)


@given(TEXT, TEXT, TEXT, TEXT, st.text("ab/", max_size=9))
def test_where_two_take_one_key_they_overlap(p1: str, s1: str, p2: str, s2: str, key: str) -> None:
    taken = all(key.startswith(prefix) and key.endswith(suffix) for prefix, suffix in ((p1, s1), (p2, s2)))
    assert not taken or overlap(upload(p1, s1), upload(p2, s2))


def test_two_subscribers_that_overlap_are_refused_with_a_fix(tmp_path: Path) -> None:
    box = Bucket("box")
    one, two = worker(tmp_path, "one"), worker(tmp_path, "two")
    (problem,) = refused(api(OnUpload(box, one, prefix="in/"), OnUpload(box, two, suffix=".pdf")))
    assert problem.path == "api.events[1]"
    assert "in/*" in problem.message
    assert "prefix" in problem.fix
    render(api(OnUpload(box, one, prefix="in/"), OnUpload(box, two, prefix="out/")), "aws")


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"batch_size": 11}, "batch_window"),
        ({"batch_size": 10_001, "batch_window": 1}, "batch_size"),
        ({"batch_window": 301}, "batch_window"),
        ({"concurrency": 1}, "concurrency"),
        ({"concurrency": 1001}, "concurrency"),
    ],
)
def test_batches_and_concurrency_that_lambda_does_not_take(
    tmp_path: Path, settings: dict[str, Any], field: str
) -> None:
    for source in (Queue("emails"), Topic("placed")):
        problems = refused(api(OnMessage(source, worker(tmp_path), **settings)))
        assert {problem.path for problem in problems} == {f"api.events[0].{field}"}


def test_fifo_queues_have_small_batches_and_no_window(tmp_path: Path) -> None:
    problems = refused(api(OnMessage(Queue("q", fifo=True), worker(tmp_path), batch_size=11, batch_window=1)))
    assert [problem.path for problem in problems] == ["api.events[0].batch_size", "api.events[0].batch_window"]
    render(api(OnMessage(Queue("q", fifo=True), worker(tmp_path), batch_size=10)), "aws")


def test_a_subscription_filters_by_few_attributes(tmp_path: Path) -> None:
    many = {f"a{index}": ["x"] for index in range(6)}
    (problem,) = refused(api(OnMessage(Topic("t"), worker(tmp_path), attributes=many)))
    assert problem.path == "api.events[0].attributes"
    wide = {name: [str(value) for value in range(13)] for name in ("a", "b")}
    assert "169 combinations" in refused(api(OnMessage(Topic("t"), worker(tmp_path), attributes=wide)))[0].fix
    render(api(OnMessage(Queue("q"), worker(tmp_path), attributes=many)), "aws")


def test_either_of_two_days_is_refused_with_two_schedules(tmp_path: Path) -> None:
    (problem,) = refused(api(OnSchedule("s", worker(tmp_path), cron="0 0 13 * FRI")))
    assert problem.path == "api.events[0].cron"
    assert "two schedules" in problem.fix


def test_a_table_has_two_readers_at_the_most_and_no_function_twice(tmp_path: Path) -> None:
    orders = Table("orders")
    three = [OnChange(orders, worker(tmp_path, name)) for name in ("a", "b", "c")]
    (problem,) = refused(api(*three))
    assert problem.path == "api.events[2]"
    render(api(*three[:2]), "aws")
    own = worker(tmp_path)
    (twice,) = refused(api(OnChange(orders, own, name="x"), OnChange(orders, own, name="y", kinds=["delete"])))
    assert "same stream" in twice.message


def test_an_index_has_a_name_of_some_length(tmp_path: Path) -> None:
    table = Table("t", indexes={"by": ["x"], "by-x": ["x"]})
    (problem,) = refused(api(OnChange(table, worker(tmp_path))))
    assert (problem.path, problem.fix) == ("api.events[0].source.indexes", "write a longer one, as 'by-by'")


def test_a_schedules_dead_letters_are_in_no_order(tmp_path: Path) -> None:
    problems = refused(api(OnSchedule("s", worker(tmp_path), cron="* * * * *", dead_letter=Queue("d", fifo=True))))
    assert {problem.path for problem in problems} == {"api.events[0].dead_letter"}


AZURE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a"
URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/theirs"


@pytest.mark.parametrize("ref", [TOPIC, BUCKET, TABLE, AZURE, URL, "projects/p/topics/t", "theirs"])
def test_refs_of_queues_that_are_no_queues(tmp_path: Path, ref: str) -> None:
    (problem,) = refused(api(OnMessage(Queue.existing("q", ref), worker(tmp_path))))
    assert problem.path.endswith(".ref")
    assert "arn:aws:sqs:" in problem.fix


@pytest.mark.parametrize(
    "resource",
    [
        Topic.existing("r", QUEUE).publish(),
        Bucket.existing("r", QUEUE).read(),
        Bucket.existing("r", "gs://theirs").read(),
        Bucket.existing("r", "Theirs").read(),
        Table.existing("r", "theirs").read(),
        Table.existing("r", f"{TABLE}/stream/2026").read(),
        Queue.existing("r", f"{QUEUE}.fifo").send(),
        Queue.existing("r", QUEUE, fifo=True).send(),
    ],
    ids=lambda link: str(link.resource.ref),
)
def test_refs_that_no_policy_could_name(tmp_path: Path, resource: Any) -> None:
    own = worker(tmp_path, links=[resource])
    (problem,) = refused(api(OnSchedule("s", own, cron="* * * * *")))
    assert problem.path == "api.events[0].function.links[0].ref"


def test_nothing_is_published_to_a_fifo_topic_but_it_may_be_listened_to(tmp_path: Path) -> None:
    theirs = Topic.existing("t", f"{TOPIC}.fifo")
    (problem,) = refused(api(OnSchedule("s", worker(tmp_path, links=[theirs.publish()]), cron="* * * * *")))
    assert problem.path == "api.events[0].function.links"
    render(api(OnMessage(theirs, worker(tmp_path))), "aws")


def test_a_ref_of_another_deployment_is_taken_as_it_comes(tmp_path: Path, current_loop: None) -> None:
    ref: Any = pulumi.Output.from_input(TOPIC)
    render(api(OnMessage(Topic.existing("t", ref), worker(tmp_path))), "aws")


def test_names_of_what_is_made_for_event_sources_are_taken(tmp_path: Path) -> None:
    own = worker(tmp_path, "nightly-schedule", links=[Queue("nightly-events").send()])
    problems = refused(api(OnSchedule("nightly", own, cron="0 3 * * *")))
    assert sorted(problem.path for problem in problems) == [
        "api.events[0].function.links[0].name",
        "api.events[0].function.name",
    ]


def test_what_no_roles_policy_holds_is_told(tmp_path: Path) -> None:
    links = [Table(f"a-table-with-a-rather-long-name-{index}").read_write() for index in range(60)]
    problems = refused(api(OnSchedule("s", worker(tmp_path, links=links), cron="* * * * *")))
    assert any("role's policy" in problem.message for problem in problems)
    assert any("variables" in problem.message for problem in problems), "nor does the environment"


def test_what_is_foreseen_of_sizes_is_at_least_what_they_become(tmp_path: Path) -> None:
    """The rules look before anything is made: they may be too careful, and never the other way."""
    from sls_infra.plan.resolve import resolve
    from sls_infra.providers.aws.size_rules import likely_policy, told_of

    for spec in (every_source(tmp_path), api(OnUpload(Bucket("a" * 60), worker(tmp_path, "w" * 60), name="n" * 64))):
        plan, stack = resolve(spec), render(spec, "aws")
        for function in plan.functions:
            made = json.dumps(policy(stack, function.name), separators=(",", ":"))
            assert len(made) <= len(likely_policy(plan, function)) <= len(made) + 1500
            variable = json.dumps(told(stack, function.name))
            assert len(variable) <= 40 + told_of(plan, function) <= len(variable) + 700


def test_functions_of_events_may_take_a_quarter_of_an_hour(tmp_path: Path) -> None:
    render(api(OnSchedule("s", worker(tmp_path, timeout=900), cron="* * * * *")), "aws")
    (problem,) = refused(api(OnSchedule("s", worker(tmp_path, timeout=901), cron="* * * * *")))
    assert problem.path == "api.events[0].function.timeout"


def test_each_front_says_how_it_meets_each_requirement(tmp_path: Path) -> None:
    """Nothing that event sources and resources may ask for is left to the default, which refuses."""
    queue = Queue("q", fifo=True, retention=60)
    table = Table("t", key="a", sort_key="b", ttl="c", indexes={"by-b": ["b"]})
    bucket = Bucket("b", versioned=True, expire_after=1)
    links = [queue.send(), table.read_write(), bucket.read(), Topic("t").publish()]
    links += [
        Queue.existing("q2", QUEUE).send(), Topic.existing("t2", TOPIC).publish(),
        Bucket.existing("b2", BUCKET).read(), Table.existing("t3", TABLE).read(),
    ]  # fmt: skip
    own = Function("f", code=tmp_path, handler="app:read", links=links, scaling=Scaling(max_instances=3))
    dead = Queue("dead")
    asked: dict[str, Any] = {"batch_size": 2, "batch_window": 1, "concurrency": 2, "attributes": {"a": ["b"]}}
    events: list[Any] = []
    ways: list[dict[str, Any]] = [{}, {"dead_letter": dead}]
    for more in ways:
        tail = "-named" if more else ""
        events += [
            OnSchedule(f"s{tail}", own, cron="0 0 1 * FRI", timezone="Europe/Berlin", **more),
            OnMessage(Queue(f"q{tail}-in"), own, **asked, **more),
            OnMessage(Topic("t"), own, name=f"t{tail}", **asked, **more),
            OnUpload(bucket, own, name=f"b{tail}", prefix="a", **more),
            OnChange(table, own, name=f"c{tail}", kinds=["delete"], batch_size=2, **more),
        ]
    from sls_infra.plan.resolve import resolve

    plan = resolve(api(*events))
    kinds = {requirement.kind for requirement in plan.requirements}
    assert {"event.change.kinds", "event.upload.filter", "table.indexes", "queue.existing", "link.topic"} <= kinds
    for front in FRONTS:
        assert kinds <= set(front.meets), kinds - set(front.meets)
        bounded = {size.kind for size in plan.sizes if not size.kind.startswith(("api.", "function.", "route."))}
        assert bounded <= set(front.bounds), bounded - set(front.bounds)
