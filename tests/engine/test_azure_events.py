"""Events and resources on Azure through the real engine: a provider stands in for azure-native."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.azure_outputs import LOCATION
from tests.engine.events_on_azure import program
from tests.engine.harness import Workspace
from tests.engine.local.shop import BIN
from tests.engine.publish import PublishEndpoint
from tests.engine.shop_on_azure import APP, CODE, has_its_code, unchanged
from tests.engine.stand_in import StandIn

pytestmark = pytest.mark.engine

NATIVE = "azure-native:"
TOPIC, SUBSCRIPTION = f"{NATIVE}eventgrid:SystemTopic", f"{NATIVE}eventgrid:SystemTopicEventSubscription"
CONTAINER, TABLE = f"{NATIVE}storage:BlobContainer", f"{NATIVE}cosmosdb:SqlResourceSqlContainer"
QUEUE, LOCK = f"{NATIVE}servicebus:Queue", f"{NATIVE}authorization:ManagementLockByScope"


@pytest.fixture
def ws(tmp_path: Path, azure: StandIn, site: PublishEndpoint) -> Iterator[Workspace]:
    config = {"azure-native:location": LOCATION}
    with Workspace(
        tmp_path, program(), providers=[azure], config=config, plugins={"sls": BIN}, env=site.env
    ) as workspace:
        yield workspace


def settings(azure: StandIn, function: str) -> dict[str, str]:
    app = azure.find(APP, f"orders-{function}").outputs
    return {each["name"]: each["value"] for each in app["siteConfig"]["appSettings"]}


def of(azure: StandIn, type: str) -> list[Any]:
    return [found for name, found in azure.live.items() if name.startswith(f"{type} ")]


def test_the_life_of_event_sources(ws: Workspace, azure: StandIn, site: PublishEndpoint) -> None:
    preview = ws.preview()
    assert azure.of("create") == []
    assert preview.warnings == preview.errors == []
    up = ws.up()
    assert up.created == preview.created
    assert up.warnings == []
    made = len(up.created)
    has_its_code(ws, azure, site, "resize", "index")
    assert len(unchanged(ws.up())) == len(unchanged(ws.preview())) == made
    _is_wired(ws, azure)
    _one_handler_changes(ws, azure, site)
    _a_subscriber_comes_and_goes(ws, azure)
    assert len(ws.destroy().deleted) == made
    assert azure.live == {}


def _is_wired(ws: Workspace, azure: StandIn) -> None:
    """Three subscribers of one bucket share one system topic, though one of them writes to it; triggers find what was
    made by the names that it has."""
    (topic,) = of(azure, TOPIC)
    assert len(of(azure, SUBSCRIPTION)) == 3
    assert {each.inputs["systemTopicName"] for each in of(azure, SUBSCRIPTION)} == {topic.outputs["name"]}
    assert not any("apimanagement" in name for name in azure.names())
    resize, index = settings(azure, "resize"), settings(azure, "index")
    assert index["SLS_EVENT_JOBS_INDEX"] == azure.find(QUEUE, "orders-jobs").outputs["name"]
    assert resize["SLS_EVENT_ITEMS_RESIZE_CONTAINER"] == azure.find(TABLE, "orders-items").outputs["name"]
    assert index["SLS_BUS__fullyQualifiedNamespace"].endswith(".servicebus.windows.net")
    told = ws.outputs()
    ids = {found.outputs.get("id") or name.partition(" ")[2] for name, found in azure.live.items()}
    for kind in ("functions", "queues", "topics", "buckets", "tables"):
        assert set(told[kind].values()) <= ids
        assert told[kind]


def _one_handler_changes(ws: Workspace, azure: StandIn, site: PublishEndpoint) -> None:
    site.published.clear()
    ws.write(program(version=2))
    azure.calls.clear()
    assert ws.up().updated == [f"{CODE} orders-resize"]
    assert azure.of("update") == azure.of("create") == azure.of("delete") == []
    has_its_code(ws, azure, site, "resize")


def _a_subscriber_comes_and_goes(ws: Workspace, azure: StandIn) -> None:
    before = sorted(azure.names())
    ws.write(program(version=2, more='OnUpload(files, index, name="more", prefix="more/"),'))
    added = ws.up()
    assert not [name for name in added.created if name.startswith((TOPIC + " ", CONTAINER + " "))]
    assert added.replaced == []
    assert set(added.updated) == {f"{APP} orders-index", f"{CODE} orders-index"}
    ws.write(program(version=2))
    assert ws.up().deleted == added.created
    assert sorted(azure.names()) == before


def test_what_is_protected_stays_until_the_program_says_otherwise(ws: Workspace, azure: StandIn) -> None:
    ws.write(program(protect=True))
    ws.up()
    assert len(of(azure, LOCK)) == 1
    refused = ws.destroy(check=False)
    assert refused.exit_code != 0
    assert "protect" in "\n".join(refused.errors)
    azure.find(TABLE, "orders-items")
    azure.find(CONTAINER, "orders-1-files")
    ws.up()  # puts back what the engine took away before it came to what it may not
    assert len(of(azure, LOCK)) == 1
    ws.write(program(protect=False))
    assert ws.up().deleted == [f"{LOCK} orders-items-lock"]
    ws.destroy()
    assert azure.live == {}
