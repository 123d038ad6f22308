"""What a Plan makes of events, resources and links; what it tells a bundle of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sls_infra import Api, Bucket, Function, OnChange, OnMessage, OnSchedule, OnUpload, Queue, Table, Topic
from sls_infra.plan.manifest import as_bytes, manifest
from sls_infra.plan.manifest_events import reached
from sls_infra.plan.model import LinkPlan, Plan
from sls_infra.plan.resolve import resolve

from .specs import code

emails, placed = Queue("emails", fifo=True), Topic("placed")
orders = Table("orders", sort_key="at", ttl="until", indexes={"by-user": ["user"]})
receipts, thumbnails = Bucket("receipts"), Bucket("thumbnails", versioned=True)
dead = Queue("dead")


@pytest.fixture
def planned(tmp_path: Path) -> Plan:
    links = [orders.read(), orders.write(), emails.send(), placed.publish(), thumbnails.write()]
    worker = Function("worker", code=code(tmp_path), handler="app:read", links=links)
    return resolve(
        Api(
            "o",
            events=[
                OnMessage(emails, worker, max_attempts=5),
                OnMessage(placed, worker, attributes={"kind": ["a"]}, dead_letter=dead),
                OnUpload(receipts, worker, handler="pkg.api:write", suffix=".pdf"),
                OnChange(orders, worker, kinds=["delete", "insert"], dead_letter=dead),
                OnSchedule("nightly", worker, cron=" 0  3 * * mon", timezone="Europe/Berlin"),
            ],
        )
    )


def test_every_source_has_dead_letters(planned: Plan) -> None:
    assert [event.dead_letter for event in planned.events] == [
        "emails-worker-dead-letters", "dead", "receipts-worker-dead-letters", "dead", "nightly-dead-letters"
    ]  # fmt: skip
    made = {queue.name: (queue.fifo, queue.dead_letters_of) for queue in planned.queues}
    assert made == {
        "emails": (True, None),
        "dead": (False, None),
        "emails-worker-dead-letters": (True, "emails-worker"),
        "receipts-worker-dead-letters": (False, "receipts-worker"),
        "nightly-dead-letters": (False, "nightly"),
    }
    assert all(queue.retention == 14 * 86400 for queue in planned.queues if queue.dead_letters_of)


def test_rights_on_one_resource_are_one_link(planned: Plan) -> None:
    assert planned.functions[0].links == (
        LinkPlan("table", "orders", True, True),
        LinkPlan("queue", "emails", False, True),
        LinkPlan("topic", "placed", False, True),
        LinkPlan("bucket", "thumbnails", False, True),
    )


def test_a_function_reaches_its_links_and_what_its_uploads_are_in(planned: Plan) -> None:
    assert reached(planned, planned.functions[0]) == {
        "table": ["orders"], "queue": ["emails"], "topic": ["placed"], "bucket": ["thumbnails", "receipts"]
    }  # fmt: skip


def test_the_manifest_says_what_no_deployment_changes(planned: Plan) -> None:
    known = json.loads(as_bytes(manifest(planned, planned.functions[0])))
    table = {"key": "id", "sort_key": "at", "ttl": "until", "indexes": {"by-user": ["user"]}}
    assert known["links"] == {
        "table": {"orders": {"access": "rw", **table}},
        "queue": {"emails": {"access": "w", "fifo": True}},
        "topic": {"placed": {"access": "w"}},
        "bucket": {"thumbnails": {"access": "w"}},
    }
    events = known["events"]
    assert events["nightly"]["cron"] == "0 3 * * MON"
    assert events["orders-worker"]["kinds"] == ["insert", "delete"]
    assert events["orders-worker"]["table"] == table
    assert events["emails-worker"]["fifo"] is True
    assert events["receipts-worker"]["handler"] == "pkg.api:write"
    assert events["placed-worker"]["attributes"] == {"kind": ["a"]}


def test_a_change_of_one_handler_changes_one_manifest(tmp_path: Path) -> None:
    one, two = (Function(name, code=code(tmp_path), handler="app:read") for name in ("one", "two"))

    def manifests(handler: str) -> list[bytes]:
        events = [OnMessage(Queue("a"), one, handler=handler), OnMessage(Queue("b"), two)]
        plan = resolve(Api("o", events=events))
        return [as_bytes(manifest(plan, function)) for function in plan.functions]

    before, after = manifests("app:read"), manifests("app:write")
    assert before[0] != after[0]
    assert before[1] == after[1]
