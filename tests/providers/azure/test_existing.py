"""Resource ids of Azure: taken apart, and told from what is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sls_infra import Bucket, OnMessage, OnSchedule, Queue, SpecError, Table, Topic
from sls_infra.providers.azure.existing import place

from .backends import BUCKET, QUEUE, TABLE, TOPIC, backend, every_kind, function, rendered


def test_places() -> None:
    assert place("queue", QUEUE).address == {"namespace": "others.servicebus.windows.net", "name": "jobs"}
    assert place("topic", TOPIC).address == {"namespace": "others.servicebus.windows.net", "name": "placed.topic"}
    assert place("bucket", BUCKET).address == {
        "account": "https://othersdata.blob.core.windows.net",
        "container": "files",
    }
    table = place("table", TABLE)
    assert table.address == {
        "endpoint": "https://others.documents.azure.com:443/",
        "database": "shop",
        "container": "items",
    }
    assert table.home_id == TABLE.partition("/sqlDatabases")[0]
    assert table.data_scope == f"{table.home_id}/dbs/shop/colls/items"
    assert {table.group, place("queue", QUEUE).group} == {"Others"}
    assert place("queue", QUEUE.replace("jobs", "a~b")).name == "a/b"
    assert place("bucket", BUCKET.replace("resourceGroups", "resourcegroups")).name == "files"


@pytest.mark.parametrize("kind", ["queue", "topic", "bucket", "table"])
@pytest.mark.parametrize("id", [QUEUE, TOPIC, BUCKET, TABLE])
def test_one_kind_is_not_another(kind: Any, id: str) -> None:
    if f"/{kind}s/" in id or (kind, id) in (("bucket", BUCKET), ("table", TABLE)):
        assert place(kind, id).id == id
    else:
        with pytest.raises(ValueError, match=f"no id of a {kind} on Azure"):
            place(kind, id)


REFS = [
    ("arn:aws:sqs:eu-west-1:123456789012:jobs", "is Amazon's"),
    ("projects/p/topics/jobs", "is Google's"),
    ("https://others.servicebus.windows.net/jobs", "is an address"),
    ("/var/lib/sls/queues/jobs", "is no id"),
    (QUEUE + "/", "is no id"),
    (QUEUE + "?x=1", "is no id"),
    (QUEUE + "\n", "is no id"),
    (" " + QUEUE, "is no id"),
    (QUEUE.replace("/subscriptions", ""), "is no id"),
]


@pytest.mark.parametrize(("ref", "said"), REFS)
def test_what_is_no_id_is_told_before_anything_is_made(tmp_path: Path, ref: str, said: str) -> None:
    with pytest.raises(SpecError) as told:
        rendered(backend(OnMessage(Queue.existing("jobs", ref), function(tmp_path))))
    (problem,) = told.value.problems
    assert problem.path == "api.events[0].source.ref"
    assert said in problem.message
    assert "Microsoft.ServiceBus/namespaces/<namespace>/queues/<queue>" in problem.message


@pytest.mark.parametrize(
    "make",
    [
        lambda ref: Topic.existing("x", ref).publish(),
        lambda ref: Bucket.existing("x", ref).read(),
        lambda ref: Table.existing("x", ref, key="id").read(),
    ],
)
def test_a_link_to_another_targets_resource(tmp_path: Path, make: Any) -> None:
    worker = function(tmp_path, links=[make("arn:aws:s3:::files")])
    with pytest.raises(SpecError, match="is Amazon's, and no id of a"):
        rendered(backend(OnSchedule("nightly", worker, cron="0 3 * * *")))


def test_outputs_are_what_existing_takes(tmp_path: Path) -> None:
    told = rendered(every_kind(tmp_path)).outputs
    makers: dict[str, Any] = {
        "queues": lambda name, id: Queue.existing(name, id).send(),
        "topics": lambda name, id: Topic.existing(name, id).publish(),
        "buckets": lambda name, id: Bucket.existing(name, id).read(),
        "tables": lambda name, id: Table.existing(name, id, key="id").read(),
    }
    links = [make(name, id) for kind, make in makers.items() for name, id in told[kind].items()]
    assert len(links) >= 4
    other = rendered(backend(OnSchedule("other", function(tmp_path, links=links), cron="0 3 * * *")))
    for kind in makers:
        assert told[kind].items() <= other.outputs[kind].items()


@given(st.text(max_size=80))
def test_no_text_is_more_than_refused(text: str) -> None:
    kinds: tuple[Any, ...] = ("queue", "topic", "bucket", "table")
    for kind in kinds:
        with pytest.raises(ValueError, match="no id"):
            place(kind, f"/subscriptions/{text}")
