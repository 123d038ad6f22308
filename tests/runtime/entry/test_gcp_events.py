"""What Pub/Sub and Eventarc bring, as Flask has it: documented, odd, and brought by others."""

from __future__ import annotations

import base64
import json
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from sls_infra.runtime import services
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.entry.gcp_events import Events

from .test_gcp import event, flask_request

if TYPE_CHECKING:
    from sls_infra.runtime.events.delivery import DeadLetter

SOURCE = "112233445566778899001"
"""Whose token the documented requests carry."""
TABLE: dict[str, Any] = {"key": "id", "sort_key": None, "ttl": None, "indexes": {}}
EVENTS: dict[str, dict[str, Any]] = {
    "queue": {"kind": "queue", "source": "emails", "fifo": True, "attributes": {}},
    "topic": {"kind": "topic", "source": "placed", "fifo": False, "attributes": {"key": ["value"]}},
    "upload": {"kind": "upload", "source": "receipts", "prefix": "", "suffix": ""},
    "nightly": {"kind": "schedule", "cron": "0 3 * * *", "timezone": "Europe/Berlin"},
    "change": {"kind": "change", "source": "orders", "kinds": ["insert", "update", "delete"], "table": TABLE},
}


class World:
    """Events of which every one is noted, by a handler that can be told to fail."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.buried: list[tuple[str, DeadLetter]] = []
        self.failing: BaseException | None = None
        manifest = {name: {**each, "handler": "gcp_handlers:note", "max_attempts": 5} for name, each in EVENTS.items()}
        known = {name: {"source": SOURCE, "dead_letter": f"projects/p/topics/{name}"} for name in EVENTS}
        dispatcher = Dispatcher({"version": 1, "routes": [], "events": manifest}, {"events": known})
        self._events = Events(dispatcher, manifest, known)

    def note(self, what: Any) -> None:
        self.seen.append(what)
        if self.failing is not None:
            raise self.failing

    def dead_letter(self, address: str, letter: DeadLetter) -> None:
        self.buried.append((address, letter))

    def bring(self, name: str, file: str, *, path: str = "", headers: Any = None, body: Any = None, **more: Any) -> int:
        """The status that a documented request gets, or one with other headers or another body."""
        known = event(file)
        content = known["body"] if body is None else body
        sent = content if isinstance(content, bytes) else json.dumps(content).encode()
        method = more.pop("method", known["method"])
        request = flask_request(path or f"/_sls/events/{name}", headers or known["headers"], method, sent, **more)
        assert self._events.is_brought(request)
        content, status, fields = self._events.answer(request)
        assert (content, fields) == (b"", [])
        return status


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    module = types.ModuleType("gcp_handlers")
    monkeypatch.setitem(sys.modules, "gcp_handlers", module)
    monkeypatch.setattr(services, "name", lambda: "gcp")
    made = World()
    monkeypatch.setattr(services, "platform", lambda: made)
    module.note = made.note  # type: ignore[attr-defined]
    return made


def without(name: str, file: str = "push-documented") -> list[list[str]]:
    return [header for header in event(file)["headers"] if header[0] != name]


def test_a_message(world: World) -> None:
    for name in ("queue", "topic"):
        assert world.bring(name, "push-documented") == 204
    for seen in world.seen:
        assert (seen.id, seen.body) == ("2070443601311540", "Hello Cloud Pub/Sub! Here is my message!")
        assert (seen.attributes, seen.attempt) == ({"key": "value"}, 5)
    assert len(world.seen) == 2


def test_what_the_filter_leaves_out_is_done(world: World) -> None:
    body = event("push-documented")["body"]
    body["message"]["attributes"] = {"key": "another"}
    assert world.bring("topic", "push-documented", body=body) == 204
    del body["message"]["attributes"]
    assert world.bring("topic", "push-documented", body=body) == 204
    assert world.seen == []


def test_an_upload(world: World) -> None:
    assert world.bring("upload", "upload-documented") == 204
    (seen,) = world.seen
    assert (seen.bucket, seen.key, seen.size) == ("receipts", "MyFile", 352)
    assert (seen.content_type, seen.etag) == ("text/plain", "COu8mb3Dn+kCEAE=")


def test_an_object_that_was_deleted_is_no_upload(world: World) -> None:
    body = event("upload-documented")["body"]
    body["message"]["attributes"]["eventType"] = "OBJECT_DELETE"
    assert world.bring("upload", "upload-documented", body=body) == 204
    assert world.seen == []


def test_a_tick(world: World) -> None:
    assert world.bring("nightly", "schedule-documented") == 204
    (seen,) = world.seen
    assert (seen.name, seen.scheduled_at.isoformat()) == ("nightly", "2026-03-28T02:00:00+00:00")


def test_a_document_that_no_link_has_written_is_no_change(world: World) -> None:
    assert world.bring("change", "change-documented") == 204
    assert world.seen == []


def test_what_fails_comes_again_until_it_is_buried(world: World) -> None:
    world.failing = ValueError("no such address")
    body = event("push-documented")["body"]
    for attempt in (1, 4):
        body["deliveryAttempt"] = attempt
        assert world.bring("queue", "push-documented", body=body) == 500
    assert world.buried == []
    body["deliveryAttempt"] = 5
    assert world.bring("queue", "push-documented", body=body) == 204
    ((address, letter),) = world.buried
    assert address == "projects/p/topics/queue"
    assert (letter.body, letter.group) == ("Hello Cloud Pub/Sub! Here is my message!", "key")
    assert letter.attributes["key"] == "value"
    told = json.loads(letter.attributes["sls-dead-letter"])
    assert (told["source"], told["attempts"], told["reason"]) == ("queue", 5, "ValueError: no such address")


def test_a_change_is_counted_in_memory(world: World) -> None:
    world.failing = SystemExit(1)
    item = {"stringValue": json.dumps({"id": "7"})}
    body = {"value": {"name": "projects/p/databases/d/documents/items/x", "fields": {"item": item}}}
    assert [world.bring("change", "change-documented", body=body) for _ in range(5)] == [500] * 4 + [204]
    ((address, letter),) = world.buried
    assert address == "projects/p/topics/change"
    assert json.loads(letter.body)["new"] == {"id": "7"}


def test_only_the_events_own_account_brings_it(world: World) -> None:
    stranger = base64.urlsafe_b64encode(json.dumps({"sub": "999"}).encode()).decode().rstrip("=")
    for headers in (
        without("Authorization"),
        [*without("Authorization"), ["Authorization", f"Bearer e30.{stranger}.SIGNATURE_REMOVED_BY_GOOGLE"]],
        [*without("Authorization"), ["Authorization", "Bearer nonsense"]],
        [*event("push-documented")["headers"], ["X-Serverless-Authorization", "Bearer e30.e30.x"]],
    ):
        assert world.bring("queue", "push-documented", headers=headers) == 404
    assert world.seen == []


def test_other_paths_and_methods_are_not_there(world: World) -> None:
    for path in ("/_sls/events/", "/_sls/events/other", "/_sls/events/queue/", "/_sls/events/que%75e"):
        assert world.bring("queue", "push-documented", path=path) == 404
    assert world.bring("queue", "push-documented", method="GET") == 404
    assert world.seen == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        {},
        {"message": None},
        {"message": {"data": ""}},
        {"message": {"data": "%%%", "messageId": "1"}},
        {"message": {"messageId": "1", "attributes": ["a"]}},
        {"message": {"messageId": "1"}, "deliveryAttempt": "five"},
        {"message": {"messageId": "1"}, "deliveryAttempt": 0},
    ],
)
def test_what_is_none_of_pubsubs_is_refused_and_comes_again(world: World, body: Any) -> None:
    assert world.bring("queue", "push-documented", body=body) == 400
    assert world.seen == []


@pytest.mark.parametrize("data", ["", "bm8ganNvbg==", "W10=", "e30=", "eyJzaXplIjogIngifQ=="])
def test_an_upload_without_its_object_is_refused(world: World, data: str) -> None:
    body = event("upload-documented")["body"]
    body["message"]["data"] = data
    assert world.bring("upload", "upload-documented", body=body) == 400


@pytest.mark.parametrize("body", [{}, {"value": {}, "oldValue": {}}, {"value": 7}, {"value": {"fields": [1]}}])
def test_a_change_that_tells_nothing_is_refused_or_none(world: World, body: Any) -> None:
    assert world.bring("change", "change-documented", body=body) in (400, 204)
    assert world.seen == []


def test_an_event_of_another_type_is_no_change(world: World) -> None:
    headers = [*without("ce-type", "change-documented"), ["ce-type", "google.cloud.datastore.entity.v1.written"]]
    assert world.bring("change", "change-documented", headers=headers) == 400
    assert world.bring("change", "push-documented") == 400


def test_a_message_that_is_no_text_is_handed_on_as_far_as_it_is(world: World) -> None:
    body = event("push-documented")["body"]
    body["message"]["data"] = base64.b64encode(b"a\xffb").decode()
    assert world.bring("queue", "push-documented", body=body) == 204
    assert world.seen[0].body == "a\ufffdb"
