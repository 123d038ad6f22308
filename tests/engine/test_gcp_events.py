"""Event sources on Google Cloud through the real engine: one notification a bucket, no cycles, little for little."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.gcp_event_outputs import agent
from tests.engine.gcp_kind import PROJECT, REGION
from tests.engine.harness import Workspace
from tests.engine.stand_in import StandIn

pytestmark = pytest.mark.engine

FUNCTION, OBJECT = "gcp:cloudfunctionsv2/function:Function", "gcp:storage/bucketObject:BucketObject"
NOTIFICATION, BUCKET = "gcp:storage/notification:Notification", "gcp:storage/bucket:Bucket"
SUBSCRIPTION, TOPIC = "gcp:pubsub/subscription:Subscription", "gcp:pubsub/topic:Topic"
TRIGGER, DATABASE = "gcp:eventarc/trigger:Trigger", "gcp:firestore/database:Database"
HANDLER = "def run(event):\n    pass\n"
PROGRAM = """
import pulumi
from sls_infra import (
    Api, Bucket, Function, OnChange, OnMessage, OnSchedule, OnUpload, Queue, ServerlessApi, Table, Topic,
)

box, orders = Bucket("box", protect=False), Table("orders", sort_key="at", ttl="gone", protect=PROTECT)
emails, placed = Queue("emails"), Topic("placed")
worker = Function("worker", code="src", handler="work:run", links=[box.read_write(), orders.write(), emails.send()])
mailer = Function("mailer", code="mail", handler="mail:run", timeout=TIMEOUT)
api = Api(
    "orders",
    events=[
        OnUpload(box, worker, name="in", prefix="in/"),
        OnUpload(box, worker, name="out", prefix="out/", suffix=".pdf"),
        OnUpload(box, mailer, name="logs"),
        OnMessage(placed, worker, attributes={"type": ["paid"]}),
        OnSchedule("nightly", mailer, cron="0 3 * * *", timezone="Europe/Berlin"),
        OnChange(orders, worker),
        MORE
    ],
)
made = ServerlessApi(api, "gcp")
pulumi.export("queues", made.queues)
pulumi.export("buckets", made.buckets)
pulumi.export("tables", made.tables)
"""
CONSUMER = "OnMessage(emails, mailer),"


def program(more: str = CONSUMER, handler: str = HANDLER, timeout: int = 30, protect: bool = False) -> dict[str, str]:
    text = PROGRAM.replace("MORE", more).replace("TIMEOUT", str(timeout)).replace("PROTECT", str(protect))
    return {"__main__.py": text, "src/work.py": handler, "mail/mail.py": HANDLER}


@pytest.fixture
def ws(tmp_path: Path, gcp: StandIn) -> Iterator[Workspace]:
    config = {"gcp:project": PROJECT, "gcp:region": REGION}
    with Workspace(tmp_path, program(), providers=[gcp], config=config) as workspace:
        yield workspace


def test_the_life_of_event_sources(ws: Workspace, gcp: StandIn) -> None:
    preview = ws.preview()
    assert gcp.of("create") == [], "a preview makes nothing"
    up = ws.up()
    assert up.created == preview.created
    assert up.warnings == preview.warnings == []
    assert ws.up().counts == ws.preview().counts == {"same": len(up.created)}
    assert set(ws.up("--refresh").summary) == {"same"}
    _is_wired(ws, gcp)
    _one_handler_changes_one_function(ws)
    _a_longer_time_out_changes_its_subscriptions(ws)
    _a_subscriber_comes_and_goes(ws, gcp)
    _a_consumer_goes_and_what_waits_stays(ws, gcp)
    ws.destroy()
    assert ws.resources() == []
    assert gcp.live == {}


def id_of(gcp: StandIn, type: str, name: str) -> str:
    return next(key.split()[-1] for key, each in gcp.live.items() if (each.type, each.name) == (type, name))


def known(gcp: StandIn, function: str) -> dict[str, Any]:
    service = gcp.find(FUNCTION, f"orders-{function}").outputs["serviceConfig"]
    found: dict[str, Any] = json.loads(service["environmentVariables"]["SLS_DEPLOYED"])
    return found


def _is_wired(ws: Workspace, gcp: StandIn) -> None:
    """One notification for three subscribers, each pushed to its own path; a function may write to its own bucket."""
    (notification,) = [each for each in gcp.live.values() if each.type == NOTIFICATION]
    uploads = id_of(gcp, TOPIC, "orders-box.uploads")
    assert notification.outputs["topic"] == uploads
    for name, function in (("in", "worker"), ("out", "worker"), ("logs", "mailer")):
        subscription = gcp.find(SUBSCRIPTION, f"orders-{name}").outputs
        uri = gcp.find(FUNCTION, f"orders-{function}").outputs["serviceConfig"]["uri"]
        assert subscription["topic"] == uploads
        assert subscription["pushConfig"]["pushEndpoint"] == f"{uri}/_sls/events/{name}"
        assert subscription["pushConfig"]["oidcToken"]["audience"] == uri
        source = known(gcp, function)["events"][name]["source"]
        account = gcp.find("gcp:serviceaccount/account:Account", f"orders-{name}.event").outputs
        assert (source, account["email"]) == (
            account["uniqueId"], subscription["pushConfig"]["oidcToken"]["serviceAccountEmail"]
        )  # fmt: skip
    assert known(gcp, "worker")["bucket"] == {"box": gcp.find(BUCKET, "orders-box").outputs["name"]}
    assert ws.outputs()["tables"] == {"orders": id_of(gcp, DATABASE, "orders-orders")}
    trigger = gcp.find(TRIGGER, "orders-orders-worker").outputs
    run = gcp.find(FUNCTION, "orders-worker").outputs["serviceConfig"]["service"].rpartition("/")[2]
    assert trigger["destination"]["cloudRunService"]["service"] == run
    members = {each.outputs["member"] for each in gcp.live.values() if each.type.endswith(":SubscriptionIAMMember")}
    assert members == {f"serviceAccount:{agent('pubsub')}"}


def _one_handler_changes_one_function(ws: Workspace) -> None:
    ws.write(program(handler=HANDLER + "# changed\n"))
    changed = ws.up()
    assert changed.updated == [f"{FUNCTION} orders-worker"]
    assert changed.replaced == [f"{OBJECT} orders-worker"]
    assert changed.created == changed.deleted == []


def _a_longer_time_out_changes_its_subscriptions(ws: Workspace) -> None:
    ws.write(program(handler=HANDLER + "# changed\n", timeout=60))
    subscriptions = [f"{SUBSCRIPTION} orders-{name}" for name in ("emails.queue", "logs", "nightly")]
    changed = ws.up()
    assert changed.updated == sorted([f"{FUNCTION} orders-mailer", *subscriptions])
    assert changed.replaced == []


def _a_subscriber_comes_and_goes(ws: Workspace, gcp: StandIn) -> None:
    """The bucket's notification is not touched, nor is anybody else's subscription."""
    more = CONSUMER + 'OnUpload(box, mailer, name="fourth", prefix="fourth/"),'
    ws.write(program(more=more, handler=HANDLER + "# changed\n", timeout=60))
    added = ws.up()
    assert added.updated == [f"{FUNCTION} orders-mailer"]
    assert added.replaced == [f"{OBJECT} orders-mailer"]
    assert f"{SUBSCRIPTION} orders-fourth" in added.created
    ws.write(program(handler=HANDLER + "# changed\n", timeout=60))
    removed = ws.up()
    assert removed.deleted == added.created
    assert removed.updated == added.updated


def _a_consumer_goes_and_what_waits_stays(ws: Workspace, gcp: StandIn) -> None:
    """The queue's subscription is changed in place: pushed to nobody, it keeps what it has."""
    before = id_of(gcp, SUBSCRIPTION, "orders-emails.queue")
    ws.write(program(more="", handler=HANDLER + "# changed\n", timeout=60))
    gone = ws.up()
    assert f"{SUBSCRIPTION} orders-emails.queue" in gone.updated
    kept = gcp.find(SUBSCRIPTION, "orders-emails.queue")
    assert id_of(gcp, SUBSCRIPTION, "orders-emails.queue") == before
    assert not kept.outputs.get("pushConfig")
    assert not kept.outputs.get("deadLetterPolicy")


def test_another_filter_is_another_subscription_made_before_the_old_one_goes(ws: Workspace, gcp: StandIn) -> None:
    ws.up()
    gcp.calls.clear()
    files = program()
    files["__main__.py"] = files["__main__.py"].replace('["paid"]', '["paid", "sent"]')
    ws.write(files)
    changed = ws.up()
    assert f"{SUBSCRIPTION} orders-placed-worker" in changed.replaced
    done = [call.op for call in gcp.calls if call.type == SUBSCRIPTION and call.op in ("create", "delete")]
    assert done == ["create", "delete"]


def test_failed_creates_are_told_and_the_next_up_finishes(ws: Workspace, gcp: StandIn) -> None:
    for type, name in ((NOTIFICATION, "box"), (TRIGGER, "orders-worker"), (SUBSCRIPTION, "nightly")):
        gcp.fail("create", type=type, name=f"orders-{name}", message="Permission denied while using the agent")
    failed = ws.up(check=False)
    assert failed.exit_code != 0
    assert any("Permission denied" in error for error in failed.errors)
    for _ in range(3):
        if ws.up(check=False).exit_code == 0:
            break
    assert set(ws.up().counts) == {"same"}


def test_a_table_is_not_deleted_by_accident(ws: Workspace, gcp: StandIn) -> None:
    ws.write(program(protect=True))
    ws.up()
    refused = ws.destroy(check=False)
    assert refused.exit_code != 0
    assert "protect" in refused.text
    assert gcp.find(DATABASE, "orders-orders").outputs["deleteProtectionState"] == "DELETE_PROTECTION_ENABLED"


EXISTING = """
import pulumi
from sls_infra import Api, Function, OnChange, ServerlessApi, Table

ref = pulumi.Config().require("ref")
theirs = Table.existing("theirs", pulumi.Output.from_input(ref))
api = Api("orders", events=[OnChange(theirs, Function("worker", code="src", handler="work:run"))])
ServerlessApi(api, "gcp")
"""


def test_a_ref_of_another_target_that_only_the_deployment_knows(ws: Workspace, gcp: StandIn) -> None:
    ws.write({"__main__.py": EXISTING, "src/work.py": HANDLER})
    ws.set_config("ref", "arn:aws:dynamodb:eu-west-1:123456789012:table/orders")
    refused = ws.up(check=False)
    assert refused.exit_code != 0
    told = "\n".join(refused.errors)
    assert "is no table of Google Cloud" in told
    assert "projects/…/databases/…" in told
    assert not [each for each in gcp.live.values() if each.type == TRIGGER]
