"""Event sources on AWS through the real engine: one notification a bucket, no cycles, and little changes for little."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine.aws_outputs import AWS
from tests.engine.harness import Workspace
from tests.engine.stand_in import StandIn

pytestmark = pytest.mark.engine

FUNCTION, NOTIFICATION = "aws:lambda/function:Function", "aws:s3/bucketNotification:BucketNotification"
MAPPING, QUEUE = "aws:lambda/eventSourceMapping:EventSourceMapping", "aws:sqs/queue:Queue"
BUCKET, TABLE = "aws:s3/bucket:Bucket", "aws:dynamodb/table:Table"
HANDLER = "def run(event):\n    pass\n"
PROGRAM = """
import pulumi
from sls_infra import (
    Api, Bucket, Function, OnChange, OnMessage, OnSchedule, OnUpload, Queue, ServerlessApi, Table, Topic,
)

box, orders = Bucket("box", protect=False), Table("orders", protect=PROTECT)
emails, placed = Queue("emails"), Topic("placed")
worker = Function("worker", code="src", handler="work:run", links=[box.read_write(), orders.write(), emails.send()])
mailer = Function("mailer", code="mail", handler="mail:run", timeout=TIMEOUT)
api = Api(
    "orders",
    events=[
        OnUpload(box, worker, name="in", prefix="in/"),
        OnUpload(box, worker, name="out", prefix="out/", suffix=".pdf"),
        OnUpload(box, mailer, name="logs", prefix="logs/"),
        OnMessage(emails, mailer),
        OnMessage(placed, worker, attributes={"type": ["paid"]}),
        OnSchedule("nightly", mailer, cron="0 3 * * *", timezone="Europe/Berlin"),
        OnChange(orders, worker),
        MORE
    ],
)
made = ServerlessApi(api, "aws")
pulumi.export("queues", made.queues)
pulumi.export("buckets", made.buckets)
"""


def program(more: str = "", handler: str = HANDLER, timeout: int = 30, protect: bool = False) -> dict[str, str]:
    text = PROGRAM.replace("MORE", more).replace("TIMEOUT", str(timeout)).replace("PROTECT", str(protect))
    return {"__main__.py": text, "src/work.py": handler, "mail/mail.py": HANDLER}


def workspace(folder: Path, aws: StandIn, **more: bool) -> Workspace:
    return Workspace(folder, program(**more), providers=[aws], config={"aws:region": "eu-west-1"})  # type: ignore[arg-type]


def test_the_life_of_event_sources(tmp_path: Path) -> None:
    with StandIn(AWS) as aws, workspace(tmp_path, aws) as ws:
        preview = ws.preview()
        assert aws.of("create") == [], "a preview makes nothing"
        up = ws.up()
        assert set(up.created) == set(preview.created)
        assert ws.up().counts == {"same": len(up.created)}
        assert set(ws.refresh().counts) <= {"refresh", "same"}
        assert ws.up().counts == {"same": len(up.created)}
        _is_wired(ws, aws)
        _one_handler_changes_one_function(ws)
        _a_longer_time_out_changes_its_queues(ws)
        _a_subscriber_comes_and_goes(ws, aws)
        ws.destroy()
        assert ws.resources() == []
        assert aws.live == {}


def _is_wired(ws: Workspace, aws: StandIn) -> None:
    """One notification for three subscribers, to queues that are there; a function may write to its own bucket."""
    assert len([each for each in ws.resources() if each["type"] == NOTIFICATION]) == 1
    notification = aws.find(NOTIFICATION, "orders-box").outputs
    queues = {f"orders-{name}-events": aws.find(QUEUE, f"orders-{name}-events").outputs["arn"] for name in
              ("in", "out", "logs")}  # fmt: skip
    assert [each["queueArn"] for each in notification["queues"]] == list(queues.values())
    told = json.loads(aws.find(FUNCTION, "orders-worker").outputs["environment"]["variables"]["SLS_DEPLOYED"])
    assert told["bucket"] == {"box": aws.find(BUCKET, "orders-box").outputs["bucket"]}
    assert told["events"]["in"]["source"] == queues["orders-in-events"]
    assert told["events"]["orders-worker"]["source"] == aws.find(TABLE, "orders-orders").outputs["streamArn"]
    for name, known in told["events"].items():
        mapping = aws.find(MAPPING, f"orders-{name}").outputs
        assert mapping["eventSourceArn"] == known["source"]
        assert mapping["functionName"] == aws.find(FUNCTION, "orders-worker").outputs["arn"]
    assert ws.outputs()["queues"]["emails"] == aws.find(QUEUE, "orders-emails").outputs["arn"]


def _one_handler_changes_one_function(ws: Workspace) -> None:
    ws.write(program(handler=HANDLER + "# changed\n"))
    changed = ws.up()
    assert changed.updated == [f"{FUNCTION} orders-worker"]
    assert set(changed.counts) == {"same", "update"}


def _a_longer_time_out_changes_its_queues(ws: Workspace) -> None:
    ws.write(program(handler=HANDLER + "# changed\n", timeout=60))
    queues = [f"{QUEUE} orders-{name}" for name in ("emails", "logs-events", "nightly-events")]
    assert ws.up().updated == sorted([f"{FUNCTION} orders-mailer", *queues])


def _a_subscriber_comes_and_goes(ws: Workspace, aws: StandIn) -> None:
    """The notification is changed in place, and nobody else's queue is touched."""
    more = 'OnUpload(box, mailer, name="fourth", prefix="fourth/"),'
    ws.write(program(more=more, handler=HANDLER + "# changed\n", timeout=60))
    added = ws.up()
    mailer = {f"{FUNCTION} orders-mailer", "aws:iam/rolePolicy:RolePolicy orders-mailer"}
    assert set(added.updated) == {f"{NOTIFICATION} orders-box", *mailer}
    assert len(aws.find(NOTIFICATION, "orders-box").outputs["queues"]) == 4
    ws.write(program(handler=HANDLER + "# changed\n", timeout=60))
    removed = ws.up()
    assert sorted(removed.deleted) == sorted(added.created)
    assert len(aws.find(NOTIFICATION, "orders-box").outputs["queues"]) == 3


def test_a_failed_create_is_told_and_the_next_up_finishes(tmp_path: Path) -> None:
    with StandIn(AWS) as aws, workspace(tmp_path, aws) as ws:
        aws.fail("create", type=NOTIFICATION, name="orders-box", message="Unable to validate the following destination")
        failed = ws.up(check=False)
        assert failed.exit_code != 0
        assert any("Unable to validate" in error for error in failed.errors)
        assert ws.up().summary.get("create", 0) > 0
        assert set(ws.up().counts) == {"same"}


def test_a_table_is_not_deleted_by_accident(tmp_path: Path) -> None:
    with StandIn(AWS) as aws, workspace(tmp_path, aws, protect=True) as ws:
        ws.up()
        refused = ws.destroy(check=False)
        assert refused.exit_code != 0
        assert "protect" in refused.text
        assert aws.find(TABLE, "orders-orders").outputs["deletionProtectionEnabled"] is True


EXISTING = """
from sls_infra import Api, Function, OnChange, ServerlessApi, Table

theirs = Table.existing("theirs", "arn:aws:dynamodb:eu-west-1:123456789012:table/theirsSTREAMED")
api = Api("orders", events=[OnChange(theirs, Function("worker", code="src", handler="work:run"))])
ServerlessApi(api, "aws")
"""


def test_a_table_without_a_stream_is_told_without_a_traceback(tmp_path: Path) -> None:
    with StandIn(AWS) as aws, workspace(tmp_path, aws) as ws:
        ws.write({"__main__.py": EXISTING.replace("STREAMED", "")})
        failed = ws.up(check=False)
        assert failed.exit_code != 0
        assert "it has no stream" in failed.text
        assert "aws dynamodb update-table --table-name theirs " in failed.text
        assert "Traceback" not in failed.text
        ws.write({"__main__.py": EXISTING.replace("STREAMED", "-streamed")})
        ws.up()
        stream = "arn:aws:dynamodb:eu-west-1:123456789012:table/theirs-streamed/stream/2026-01-31T00:00:00.000"
        assert aws.find(MAPPING, "orders-theirs-worker").outputs["eventSourceArn"] == stream
        assert [each for each in ws.resources() if each["type"] == TABLE] == []


UPLOADS = """
import pulumi
from sls_infra import Api, Bucket, Function, OnUpload, ServerlessApi

theirs = Bucket.existing("theirs", "arn:aws:s3:::theirs")
worker = Function("worker", code="src", handler="work:run")
events = [OnUpload(theirs, worker, prefix="in/"), OnUpload(theirs, worker, name="every")]
ServerlessApi(Api("orders", events=events), "aws")
"""


def test_uploads_to_a_bucket_that_is_there_already_touch_nothing_of_it(tmp_path: Path) -> None:
    with StandIn(AWS) as aws, workspace(tmp_path, aws) as ws:
        ws.write({"__main__.py": UPLOADS})
        up = ws.up()
        assert ws.up().counts == {"same": len(up.created)}
        assert [each for each in up.created if each.startswith("aws:s3/")] == []
        for name in ("theirs-worker", "every"):
            rule, target = (aws.find(f"aws:cloudwatch/{kind}", f"orders-{name}").outputs for kind in
                            ("eventRule:EventRule", "eventTarget:EventTarget"))  # fmt: skip
            queue = aws.find(QUEUE, f"orders-{name}-events").outputs
            assert (target["rule"], target["arn"]) == (rule["name"], queue["arn"])
            allow = json.loads(aws.find("aws:sqs/queuePolicy:QueuePolicy", f"orders-{name}-events").outputs["policy"])
            assert allow["Statement"][1]["Condition"] == {"ArnEquals": {"aws:SourceArn": rule["arn"]}}
        ws.write({"__main__.py": UPLOADS.replace('prefix="in/"', 'prefix="out/"')})
        changed = ws.up()
        assert [each for each in changed.updated if "events" in each or "event" in each.lower()] == [
            "aws:cloudwatch/eventRule:EventRule orders-theirs-worker"
        ]
        assert set(changed.counts) == {"same", "update"}
        ws.destroy()
        assert aws.live == {}
