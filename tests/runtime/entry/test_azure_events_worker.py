"""Every event source on Microsoft's own Python worker: the very zip, with what its triggers give it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.services.azure_cloud import CLIENT, HEADER
from tests.runtime.services.fakes import Answer, Asked, Fake, Tls, serving

from .. import azure_worker
from ..azure_worker import AzureWorker, Failed
from . import azure_apps, azure_zip
from .azure_apps import bus_message, json_of, queue_message, recorded

TOKEN = {"access_token": "a-token", "expires_on": "4102444800"}


@dataclass
class App:
    """A running one, its dead letters, and what its handlers saw."""

    worker: AzureWorker
    seen_in: Path
    bus: Fake
    _read: int = field(default=0)

    def seen(self) -> list[dict[str, Any]]:
        """Since the last time."""
        lines = self.seen_in.read_text().splitlines()
        new, self._read = lines[self._read :], len(lines)
        return [json.loads(line) for line in new]

    def letters(self) -> list[dict[str, Any]]:
        """Those that were sent since the last time."""
        found = [json.loads(asked.body)[0] for asked in self.bus.asked]
        self.bus.asked.clear()
        return found


def accept(asked: Asked) -> Answer:
    return (201, {}, b"") if asked.headers.get("authorization") == "Bearer a-token" else (401, {}, b"")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    try:
        azure_worker.python()
    except azure_worker.Missing as reason:
        pytest.skip(str(reason))
    root = tmp_path_factory.mktemp("app")
    tls = Tls.made(root)
    seen = root / "seen"
    seen.touch()
    with (
        serving(lambda asked: (200, {}, json.dumps(TOKEN).encode())) as identity,
        serving(accept, tls.server) as bus,
    ):
        dead = {"namespace": bus.host, "name": "dead"}
        env = {
            "SEEN": str(seen),
            "SSL_CERT_FILE": str(tls.authority),
            "IDENTITY_ENDPOINT": f"{identity.url}/msi/token",
            "IDENTITY_HEADER": HEADER,
            "AZURE_CLIENT_ID": CLIENT,
            "SLS_DEPLOYED": json.dumps({"events": {name: {"dead_letter": dead} for name in azure_apps.SOURCES}}),
        }
        with AzureWorker(azure_zip.unpacked(root), env=env) as worker:
            yield App(worker, seen, bus)


@pytest.fixture(autouse=True)
def _nothing_yet(app: App) -> None:
    app.seen()
    app.letters()


def test_a_function_a_source_and_none_for_requests(app: App) -> None:
    bindings = {each["name"]: json.loads(each["bindings"][0]) for each in app.worker.functions}
    assert {name: known["type"] for name, known in bindings.items()} == {
        "event_emails_worker": "serviceBusTrigger",
        "event_steps_worker": "serviceBusTrigger",
        "event_placed_worker": "serviceBusTrigger",
        "event_receipts_worker": "queueTrigger",
        "event_nightly": "timerTrigger",
        "event_minutely": "timerTrigger",
        "event_elsewhen": "timerTrigger",
        "event_orders_worker": "cosmosDBTrigger",
    }
    assert bindings["event_steps_worker"]["isSessionsEnabled"] is True
    assert bindings["event_emails_worker"]["queueName"] == "%SLS_EVENT_EMAILS_WORKER%"
    assert bindings["event_placed_worker"]["subscriptionName"] == "%SLS_EVENT_PLACED_WORKER_SUBSCRIPTION%"
    assert bindings["event_orders_worker"]["connection"] == "SLS_COSMOS_ORDERS"
    assert bindings["event_orders_worker"]["maxItemsPerInvocation"] == 7


@pytest.mark.parametrize("body", ["plain", '{"json": [1, 2]}', "grüße 😀", "0"])
def test_a_message_comes_as_it_was_sent(app: App, body: str) -> None:
    app.worker.trigger("event_emails_worker", bus_message(body, DeliveryCount=2))
    known = {"kind": "message", "id": "c0ffee", "body": body, "attributes": {"type": "a"}, "attempt": 2}
    assert app.seen() == [known]


def test_the_libraries_of_links_are_in_the_zip_and_work_beside_the_workers_own(app: App) -> None:
    app.worker.trigger("event_emails_worker", bus_message("libraries"))
    assert app.seen()[0]["found"] == ["CosmosClient", "ManagedIdentityCredential", "BlobServiceClient"]


def test_a_message_that_fails_goes_back_and_the_last_time_it_is_buried(app: App) -> None:
    for attempt in (1, 2):
        with pytest.raises(Failed, match=r"EventFailed.*ValueError: as it was asked to"):
            app.worker.trigger("event_emails_worker", bus_message("fail", DeliveryCount=attempt))
        assert app.letters() == []
    app.worker.trigger("event_emails_worker", bus_message("fail", DeliveryCount=3))
    (letter,) = app.letters()
    assert letter["Body"] == "fail"
    assert letter["UserProperties"]["type"] == "a"
    reason = json.loads(letter["UserProperties"]["sls-dead-letter"])
    assert (reason["source"], reason["attempts"]) == ("emails-worker", 3)


def test_a_dead_letter_that_can_not_be_written_leaves_the_message_where_it_is(app: App) -> None:
    app.bus.failing += [(503, {}, b""), (503, {}, b"")]
    with pytest.raises(Failed):
        app.worker.trigger("event_emails_worker", bus_message("fail", DeliveryCount=3))


def test_the_dead_letter_of_a_group_is_of_that_group(app: App) -> None:
    app.worker.trigger("event_steps_worker", bus_message("fail", DeliveryCount=3, SessionId="g1"))
    (letter,) = app.letters()
    assert letter["BrokerProperties"]["SessionId"] == "g1"


def test_what_the_filter_leaves_out_is_done(app: App) -> None:
    app.worker.trigger("event_placed_worker", bus_message("x", ApplicationProperties={"type": "c"}))
    app.worker.trigger("event_placed_worker", bus_message("y", ApplicationProperties={"type": "b"}))
    assert [known["body"] for known in app.seen()] == ["y"]


def created(name: str, key: str) -> str:
    told = recorded(name)
    quoted = key.replace("%", "%25").replace(" ", "%20").replace("ü", "%C3%BC")
    told["subject"] = f"/blobServices/default/containers/receipts/blobs/{key}"
    told["data"]["url"] = f"https://acct.blob.core.windows.net/receipts/{quoted}"
    return json.dumps(told)


@pytest.mark.parametrize("schema", ["blob-created-documented", "blob-created-cloudevent-documented"])
@pytest.mark.parametrize("key", ["in/new-file.txt", "in/a b%20ü.txt"])
def test_an_upload(app: App, schema: str, key: str) -> None:
    app.worker.trigger("event_receipts_worker", queue_message(created(schema, key)))
    known = {"kind": "upload", "bucket": "receipts", "key": key, "size": 524288, "type": "text/plain"}
    assert app.seen() == [{**known, "etag": "0x8D4BCC2E4835CD0"}]


def test_an_upload_still_in_base64_and_one_beside_the_filter(app: App) -> None:
    text = base64.b64encode(created("blob-created-documented", "in/a.txt").encode()).decode()
    app.worker.trigger("event_receipts_worker", queue_message(text))
    app.worker.trigger("event_receipts_worker", queue_message(created("blob-created-documented", "out/a.txt")))
    assert [known["key"] for known in app.seen()] == ["in/a.txt"]


def test_an_upload_that_fails_for_the_last_time(app: App) -> None:
    text = created("blob-created-documented", "in/fail.txt")
    with pytest.raises(Failed):
        app.worker.trigger("event_receipts_worker", queue_message(text, dequeued=2))
    app.worker.trigger("event_receipts_worker", queue_message(text, dequeued=3))
    (letter,) = app.letters()
    assert json.loads(letter["Body"])["key"] == "in/fail.txt"


def test_what_event_grid_never_says_fails(app: App) -> None:
    for text in ("{", "[1]", "not base64"):
        with pytest.raises(Failed):
            app.worker.trigger("event_receipts_worker", queue_message(text))
    assert app.seen() == []


def timer(due: datetime) -> dict[str, Any]:
    told = recorded("timer-captured")
    told["ScheduleStatus"]["Next"] = due.isoformat()
    return json_of(told)


def test_a_timer_tells_the_minute_that_was_due(app: App) -> None:
    due = datetime.now(UTC).replace(second=0, microsecond=0)
    app.worker.trigger("event_minutely", timer(due))
    assert app.seen() == [{"kind": "tick", "name": "minutely", "at": due.isoformat()}]


def test_a_missed_time_is_made_up_for_as_it_was_due(app: App) -> None:
    missed = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=2)
    app.worker.trigger("event_minutely", timer(missed))
    assert [known["at"] for known in app.seen()] == [missed.isoformat()]


def test_a_timer_lets_through_what_is_due_in_its_own_time_zone_alone(app: App) -> None:
    app.worker.trigger("event_nightly", timer(datetime(2026, 1, 10, 1, 0, tzinfo=UTC)))  # 02:00 in Berlin
    (known,) = app.seen()
    assert known["at"] == "2026-01-10T02:00:00+00:00"  # missed since then: 03:00 there
    app.worker.trigger("event_elsewhen", timer(datetime.now(UTC).replace(second=0, microsecond=0)))
    assert app.seen() == []


def test_the_hosts_own_words_of_a_timer(app: App) -> None:
    app.worker.trigger("event_minutely", json_of(recorded("timer-captured")))
    assert len(app.seen()) == 1


def change(id: str, etag: str = "1", **item: Any) -> dict[str, Any]:
    (told,) = recorded("change-feed-documented")
    return {**told, "id": f"digest-{id}", "key": id, "_etag": f'"{etag}"', "item": {"id": id, **item}}


def test_changes_are_told_as_they_are_now(app: App) -> None:
    app.worker.trigger("event_orders_worker", json_of(recorded("change-feed-documented")))
    new = {"id": "7", "ttl": "the user's own", "total": 3}
    known = {"kind": "change", "change": "update", "table": "orders", "key": {"id": "7"}, "old": None, "new": new}
    assert app.seen() == [known]


def test_of_changes_that_come_again_those_that_failed_alone_are_tried(app: App) -> None:
    given = json_of([change("a", "batch"), change("b", "batch", does="fail"), change("c", "batch")])
    for retries, tried in ((0, ["a", "b", "c"]), (1, ["b"])):
        with pytest.raises(Failed, match="1 of"):
            app.worker.trigger("event_orders_worker", given, retries)
        assert [known["key"]["id"] for known in app.seen()] == tried
    app.worker.trigger("event_orders_worker", given, 2)
    assert [known["key"]["id"] for known in app.seen()] == ["b"]
    (letter,) = app.letters()
    assert json.loads(letter["Body"])["key"] == {"id": "b"}
