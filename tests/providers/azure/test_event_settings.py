"""What triggers look for is what the deployment sets: the entry's own registrations, by Azure's library, against the
app settings; and its functions' names against the scale groups."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import azure.functions
import pytest

from sls_infra import Api, OnMessage, Queue, Scaling, Topic
from sls_infra.plan import check, manifest
from sls_infra.providers.azure.capabilities import FRONTS
from sls_infra.runtime import deployed, services
from sls_infra.runtime.entry import azure as entry
from sls_infra.testing.rendered import UNKNOWN, Rendered

from .backends import QUEUE, TOPIC, backend, every_kind, function, rendered, settings


def registered(api: Api, folder: Path, name: str = "worker") -> dict[str, dict[str, Any]]:
    """Function → its trigger's binding, as the worker is told."""
    planned, _ = check.fitting(api, FRONTS, None)
    known = next(each for each in planned.functions if each.name == name)
    (folder / manifest.FILE).write_bytes(manifest.as_bytes(manifest.manifest(planned, known)))
    app = azure.functions.FunctionApp()
    entry.register(app, azure.functions, str(folder))
    found: dict[str, dict[str, Any]] = {}
    for each in app.get_functions():
        bindings = json.loads(each.get_function_json())["bindings"]
        found[str(each.get_function_name())] = next(item for item in bindings if "rigger" in item["type"])
    return found


@pytest.fixture(autouse=True)
def _process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the entry does to its process is undone."""
    monkeypatch.setattr(services, "use", lambda name: None)
    yield
    deployed.use(None)


def missing(stack: Rendered, triggers: dict[str, dict[str, Any]]) -> set[str]:
    """What triggers look for, and no app setting says."""
    known = settings(stack)
    found = {name for each in triggers.values() for name in re.findall(r"%(.+?)%", json.dumps(each))}
    wanted = {"serviceBusTrigger": "fullyQualifiedNamespace", "queueTrigger": "queueServiceUri"}
    for each in triggers.values():
        if "connection" in each:
            where = wanted.get(each["type"], "accountEndpoint")
            found |= {f"{each['connection']}__{part}" for part in (where, "credential", "clientId")}
    return found - set(known)


def test_every_name_and_connection_is_set(tmp_path: Path) -> None:
    api = every_kind(tmp_path)
    stack, triggers = rendered(api), registered(api, tmp_path)
    assert len(triggers) == 5
    assert missing(stack, triggers) == set()
    known = settings(stack)
    assert known["SLS_EVENT_NIGHTLY"] == "0 0 1-2 * * *"
    assert known["SLS_BUS__fullyQualifiedNamespace"] == "orders0123abcd.servicebus.windows.net"
    assert known["SLS_UPLOADS__queueServiceUri"] == "https://orders0123abcd.queue.core.windows.net/"
    assert known["SLS_COSMOS_ORDERS__accountEndpoint"] == "https://orders0123abcd.documents.azure.com:443/"
    clients = {value for name, value in known.items() if name.endswith("__clientId")}
    assert clients == {known["AZURE_CLIENT_ID"]}


def test_scale_groups_are_the_functions_that_there_are(tmp_path: Path) -> None:
    jobs = Queue("jobs")
    api = backend(OnMessage(jobs, function(tmp_path, scaling=Scaling(min_instances=2))))
    (trigger,) = registered(api, tmp_path)
    scale = rendered(api).one("WebApp").inputs["functionAppConfig"]["scaleAndConcurrency"]
    assert scale["alwaysReady"] == [{"name": f"function:{trigger}", "instanceCount": 2}]


def test_the_runtime_is_told_addresses_and_where_dead_letters_go(tmp_path: Path) -> None:
    stack = rendered(every_kind(tmp_path))
    told = json.loads(settings(stack)["SLS_DEPLOYED"])
    bus = "orders0123abcd.servicebus.windows.net"
    dead = {name: {"dead_letter": {"namespace": bus, "name": f"{name}-dead-letters"}} for name in told["events"]}
    assert told["events"] == dead
    assert set(dead) == {"jobs-worker", "placed-worker", "nightly", "files-worker", "orders-worker"}
    (container,) = stack.all("BlobContainer", "files")
    assert told["bucket"]["files"] == {
        "account": f"https://{container.inputs['accountName']}.blob.core.windows.net",
        "container": container.inputs["containerName"],
    }, "what is uploaded is read"
    writer = json.loads(settings(stack, "writer")["SLS_DEPLOYED"])
    assert writer["queue"] == {"jobs": {"namespace": bus, "name": "jobs"}}
    assert writer["topic"] == {"placed": {"namespace": bus, "name": "placed.topic"}}
    assert writer["table"]["orders"]["database"] == "orders"
    assert set(writer["events"]) == {"hourly"}


@pytest.mark.parametrize("source", [Queue.existing("jobs", QUEUE), Topic.existing("jobs", TOPIC)])
def test_what_is_there_in_another_namespace_has_a_connection_of_its_own(tmp_path: Path, source: Any) -> None:
    own = Queue("own")
    api = backend(OnMessage(source, function(tmp_path)), OnMessage(own, function(tmp_path)))
    known = settings(rendered(api))
    assert known["SLS_BUS__fullyQualifiedNamespace"] == "orders0123abcd.servicebus.windows.net"
    assert known["SLS_BUS_JOBS_WORKER__fullyQualifiedNamespace"] == "others.servicebus.windows.net"
    assert json.loads(known["SLS_DEPLOYED"])["events"]["jobs-worker"]["connection"] == "SLS_BUS_JOBS_WORKER"
    assert "connection" not in json.loads(known["SLS_DEPLOYED"])["events"]["own-worker"]
    deployed.use(json.loads(known["SLS_DEPLOYED"]))
    triggers = registered(api, tmp_path)
    assert triggers["event_jobs_worker"]["connection"] == "SLS_BUS_JOBS_WORKER"
    assert triggers["event_own_worker"]["connection"] == "SLS_BUS"
    assert missing(rendered(api), triggers) == set()


def test_a_function_of_events_alone_has_no_gateway_and_no_key(tmp_path: Path) -> None:
    stack = rendered(every_kind(tmp_path))
    assert not [each for each in stack.resources if "apimanagement" in each.type]
    assert "url" not in stack.outputs
    assert "key-of-" not in str([each.inputs for each in stack.resources])


def test_a_preview_knows_as_many_resources_and_no_address(tmp_path: Path) -> None:
    api = every_kind(tmp_path)
    preview, real = rendered(api, preview=True), rendered(api)
    assert {each.urn for each in preview.resources} == {each.urn for each in real.resources}
    assert settings(preview)["SLS_EVENT_NIGHTLY"] == settings(real)["SLS_EVENT_NIGHTLY"]
    for kind in ("queues", "topics", "buckets", "tables"):
        assert preview.outputs[kind] is UNKNOWN
