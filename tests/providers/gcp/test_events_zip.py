"""The very zip that would be deployed, unpacked, on Google's functions-framework, brought every kind of event."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.events.cloud.firestore_v1 import DocumentEventData
from google.protobuf.json_format import MessageToJson

from sls_infra import (
    Api,
    Bucket,
    Function,
    OnChange,
    OnMessage,
    OnSchedule,
    OnUpload,
    Public,
    Queue,
    Route,
    Table,
    Topic,
)
from sls_infra.plan import check
from sls_infra.plan.model import Plan
from sls_infra.providers.gcp.capabilities import CAPABILITIES

from ...runtime.entry.test_gcp import event
from ...runtime.functions_framework import FunctionsFramework
from .gateway import Gateway, unpack

SOURCE = "112233445566778899001"
"""Whose token the documented requests carry."""


class Running:
    """The function, and what its handlers have noted."""

    def __init__(self, planned: Plan, function: FunctionsFramework, notes: Path) -> None:
        self.gateway = Gateway(planned, function)
        self.function = function
        self._notes = notes

    def bring(self, name: str, file: str, body: Any = None, headers: Any = None) -> int:
        known = event(file)
        sent = [(key, value) for key, value in headers or known["headers"] if key not in ("Host", "Content-Length")]
        content = json.dumps(known["body"] if body is None else body).encode()
        status, _, answer = self.function.call("POST", f"/_sls/events/{name}", sent, content)
        assert answer == b""
        return status

    def noted(self) -> list[dict[str, Any]]:
        """What was noted since this was last asked."""
        lines = self._notes.read_text("utf-8").splitlines() if self._notes.exists() else []
        self._notes.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("events")
    worker = Function("worker", code=Path(__file__).parent / "code", handler="happen:message")
    planned = check.plan(
        Api(
            "orders",
            auth=Public(),
            routes=[Route("GET", "/read", worker, handler="happen:read")],
            events=[
                OnMessage(Queue("emails"), worker),
                OnMessage(Topic("placed"), worker, attributes={"key": ["another"]}),
                OnMessage(Queue("failing"), worker, handler="happen:fail", max_attempts=5),
                OnUpload(Bucket("receipts"), worker, handler="happen:upload", prefix="My"),
                OnSchedule("nightly", worker, handler="happen:tick", cron="0 3 * * *", timezone="Europe/Berlin"),
                OnChange(Table("orders"), worker, handler="happen:change"),
            ],
        ),
        CAPABILITIES,
    )
    known = {each.name: {"source": SOURCE, "dead_letter": "projects/p/topics/none"} for each in planned.events}
    notes = folder / "notes.jsonl"
    # No metadata server: dead letters can't be written.
    env = {"SLS_DEPLOYED": json.dumps({"events": known}), "NOTES": str(notes), "GCE_METADATA_HOST": "127.0.0.1:1"}
    with FunctionsFramework(unpack(planned, folder), env=env) as function:
        yield Running(planned, function, notes)


def test_a_message(running: Running) -> None:
    assert running.bring("emails-worker", "push-documented") == 204
    assert running.noted() == [
        {"kind": "message", "id": "2070443601311540", "body": "Hello Cloud Pub/Sub! Here is my message!",
         "attributes": {"key": "value"}, "attempt": 5}
    ]  # fmt: skip
    assert running.bring("placed-worker", "push-documented") == 204
    assert running.noted() == [], "its filter leaves it out"


def test_an_upload(running: Running) -> None:
    assert running.bring("receipts-worker", "upload-documented") == 204
    assert running.noted() == [
        {"kind": "upload", "bucket": "receipts", "key": "MyFile", "size": 352, "type": "text/plain",
         "etag": "COu8mb3Dn+kCEAE="}
    ]  # fmt: skip


def test_a_tick(running: Running) -> None:
    assert running.bring("nightly", "schedule-documented") == 204
    assert running.noted() == [{"kind": "tick", "name": "nightly", "at": "2026-03-28T02:00:00+00:00"}]


def test_a_change(running: Running) -> None:
    item = {"id": "7", "n": [[1.0, 2]]}
    fields = {"key": {"string_value": "7"}, "item": {"string_value": json.dumps(item)}}
    data = DocumentEventData(value={"name": "projects/p/databases/d/documents/items/x", "fields": fields})
    assert (
        running.bring("orders-worker", "change-documented", json.loads(MessageToJson(DocumentEventData.pb(data))))
        == 204
    )
    assert running.noted() == [
        {"kind": "change", "change": "insert", "key": {"id": "7"}, "old": None, "new": item, "table": "orders"}
    ]
    assert running.bring("orders-worker", "change-documented") == 204
    assert running.noted() == [], "no link has written it"


def test_what_fails_comes_again_and_is_kept_where_it_cannot_be_buried(running: Running) -> None:
    for attempt in (1, 5):
        body = event("push-documented")["body"] | {"deliveryAttempt": attempt}
        assert running.bring("failing-worker", "push-documented", body) == 500
    assert [each["attempt"] for each in running.noted()] == [1, 5]


def test_strangers_and_the_gateway_bring_nothing(running: Running) -> None:
    anonymous = [header for header in event("push-documented")["headers"] if header[0] != "Authorization"]
    assert running.bring("emails-worker", "push-documented", headers=anonymous) == 404
    assert running.bring("nothing", "push-documented") == 404
    body = json.dumps(event("push-documented")["body"]).encode()
    for id in ("-", running.gateway.ids["GET /read"]):
        path = f"/_sls/http/{id}/_sls/events/emails-worker"
        sent = [header for header in map(tuple, event("push-documented")["headers"]) if header[0] != "Host"]
        assert running.function.call("POST", path, sent, body)[0] == 404
    assert running.noted() == []


def test_routes_are_answered_beside(running: Running) -> None:
    status, _, body = running.gateway.call("GET /read", "/read")
    assert (status, json.loads(body)) == (200, {"path": "/read"})
