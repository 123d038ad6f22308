"""What an app of events holds: the host's settings, and SDKs where a link takes one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

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
    Scaling,
    Table,
    Topic,
)
from sls_infra.bundle.spec import BundleSpec
from sls_infra.plan import check
from sls_infra.plan.capabilities import Refused
from sls_infra.plan.check import look
from sls_infra.providers.azure import package
from sls_infra.providers.azure.capabilities import CAPABILITIES, FRONTS, FULL
from sls_infra.providers.local.capabilities import CAPABILITIES as LOCAL

from ...plan.specs import code
from .backends import backend, every_kind, function


def spec(api: Api, name: str = "worker") -> BundleSpec:
    planned, front = check.fitting(api, FRONTS, None)
    return package.bundle_spec(planned, next(each for each in planned.functions if each.name == name), front)


def host(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(spec(api).files["host.json"])
    return found


def libraries(api: Api, name: str = "worker") -> set[str]:
    """Names of what is installed beyond the worker's own."""
    named = {re.split(r"[<>=\[]", each)[0] for each in spec(api, name).platform_requirements}
    return named - {"azure-functions"}


def nightly(worker: Function, zone: str = "UTC") -> OnSchedule:
    return OnSchedule("nightly", worker, cron="0 3 * * *", timezone=zone)


def test_extensions_come_with_triggers_that_take_them(tmp_path: Path) -> None:
    timer = host(backend(nightly(function(tmp_path))))
    assert "extensionBundle" not in timer
    assert set(timer["extensions"]) == {"http"}
    found = host(every_kind(tmp_path))
    assert found["extensionBundle"] == {
        "id": "Microsoft.Azure.Functions.ExtensionBundle",
        "version": "[4.*, 5.0.0)",
    }
    assert set(found["extensions"]) == {"http", "serviceBus", "queues"}


def test_one_event_a_call_and_as_many_calls_as_the_spec_says(tmp_path: Path) -> None:
    for asked, at_once, batch in ((None, 1, 1), (8, 8, 8), (100, 100, 32)):
        worker = function(tmp_path, timeout=90, scaling=Scaling(concurrency=asked))
        events = [
            OnMessage(Queue("jobs"), worker, batch_size=10), OnUpload(Bucket("a"), worker, max_attempts=3),
            OnUpload(Bucket("b"), worker, max_attempts=7),
        ]  # fmt: skip
        found = host(backend(*events))
        bus, queues = found["extensions"]["serviceBus"], found["extensions"]["queues"]
        assert (bus["maxConcurrentCalls"], bus["maxConcurrentSessions"]) == (at_once, at_once)
        assert bus["autoCompleteMessages"] is True
        assert bus["prefetchCount"] == 0, "what waits in an instance is locked, and not done"
        assert bus["maxAutoLockRenewalDuration"] == found["functionTimeout"] == "00:01:30"
        assert (queues["batchSize"], queues["newBatchThreshold"]) == (batch, 0)
        assert queues["maxDequeueCount"] == 8, "the most of all sources, and one more"


def test_sdks_are_there_where_a_link_takes_one(tmp_path: Path) -> None:
    def linked(*links: Any) -> set[str]:
        return libraries(backend(nightly(function(tmp_path, links=list(links)))))

    assert linked() == set()
    assert linked(Table("items", key="id").read()) == {"azure-cosmos", "azure-identity"}
    assert linked(Bucket("files").write()) == {"azure-storage-blob", "azure-identity"}
    assert linked(Queue("jobs").send()) == {"azure-servicebus", "azure-identity"}
    assert linked(Topic("placed").publish(), Queue("jobs").send()) == {"azure-servicebus", "azure-identity"}
    assert libraries(backend(OnUpload(Bucket("files"), function(tmp_path)))) == {"azure-storage-blob", "azure-identity"}
    changed = backend(OnChange(Table("items", key="id"), function(tmp_path)), OnMessage(Queue("q"), function(tmp_path)))
    assert libraries(changed) == set(), "triggers are the host's, and dead letters go by the standard library"


def test_time_zones_are_there_where_one_is_used(tmp_path: Path) -> None:
    assert libraries(backend(nightly(function(tmp_path), "Europe/Berlin"))) == {"tzdata"}
    assert libraries(backend(nightly(function(tmp_path)))) == set()


def test_every_kind_is_met_or_refused_for_a_reason_on_both_fronts(tmp_path: Path) -> None:
    wanted = {
        f"event.{kind}{more}"
        for kind in ("schedule", "queue", "topic", "upload", "change")
        for more in ("", ".max_attempts", ".dead_letter", ".dead_letter.named")
    } | {
        "event.schedule.timezone", "event.schedule.either_day", "event.upload.filter", "event.change.kinds",
        "event.change.batch", "queue.fifo", "queue.retention", "bucket.versioned", "bucket.expire_after",
        "table.sort_key", "table.ttl", "table.indexes",
    } | {
        f"event.{kind}.{what}"
        for kind in ("queue", "topic")
        for what in ("batch", "batch_window", "concurrency", "attributes")
    } | {
        text for kind in ("queue", "topic", "bucket", "table") for text in (kind, f"{kind}.existing", f"link.{kind}")
    }  # fmt: skip
    wanted |= {
        kind for kind in LOCAL.meets if kind.split(".")[0] in ("event", "queue", "topic", "bucket", "table", "link")
    }
    for front in (CAPABILITIES, FULL):
        assert wanted <= set(front.meets)
        refused = {kind for kind in wanted if isinstance(front.meets[kind], Refused)}
        assert refused == {"event.queue.concurrency", "event.topic.concurrency"}


def test_concurrency_is_refused_with_the_way_out(tmp_path: Path) -> None:
    api = backend(OnMessage(Queue("jobs"), function(tmp_path), concurrency=2))
    (problem,) = look(api, CAPABILITIES)[1]
    assert problem.path == "api.events[0].concurrency"
    assert "how many calls there are at once in all" in problem.message
    assert "FIFO" in problem.fix


def test_a_call_of_an_event_may_last_longer_than_one_of_a_route(tmp_path: Path) -> None:
    long = function(tmp_path, timeout=3600)
    assert host(backend(OnMessage(Queue("jobs"), long)))["functionTimeout"] == "01:00:00"
    for timeout, event in ((3601, True), (31, False)):
        worker = Function("worker", code=code(tmp_path), handler="app:read", timeout=timeout)
        api = (
            backend(OnMessage(Queue("jobs"), worker))
            if event
            else Api(
                "orders", auth=Public(), routes=[Route("GET", "/", worker)], events=[OnMessage(Queue("jobs"), worker)]
            )
        )
        assert [problem for problem in look(api, CAPABILITIES)[1] if "timeout" in problem.path]


@pytest.mark.parametrize("text", ["0 3 13 * FRI", "*/7 0-5,22 1-7 1,6 SUN"])
def test_either_day_is_met(tmp_path: Path, text: str) -> None:
    api = backend(OnSchedule("nightly", function(tmp_path), cron=text))
    assert not look(api, CAPABILITIES)[1]
