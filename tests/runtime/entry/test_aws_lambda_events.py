"""Every kind of event on AWS's own runtime client, in the very zip that would be deployed, with the environment that it
would have. What handlers reach and what fails goes to moto's server, by the bundle's links and dead letters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest

from sls_infra import Api, Bucket, Function, OnChange, OnMessage, OnSchedule, OnUpload, Queue, Table, Topic
from sls_infra.testing import render
from tests.contract.unpacking import unpacked
from tests.runtime import aws_emulators
from tests.runtime.entry.conftest import event
from tests.runtime.runtime_api import Failed, Running, running_on_awslambdaric

REGION = "eu-west-1"
CODE = """
from sls_infra.runtime import links

def note(*what):
    links.table("seen").put({"id": str(what[0]), "what": list(map(str, what[1:]))})

def message(message):
    if message.body == "bad":
        raise ValueError("no such address")
    note(message.id, message.body, message.attempt, message.attributes.get("type"))

async def upload(upload):
    with upload.open() as file:
        note(upload.key, upload.bucket, upload.size, upload.content_type, file.read().decode())
    links.bucket("receipts").put("done/" + upload.key, "x")
    links.topic("placed").publish({"key": upload.key})

def change(change):
    if change.kind == "update":
        raise ValueError("not this one")
    note(change.id, change.kind, change.key, change.new)

def tick(tick):
    note(tick.name, tick.scheduled_at.isoformat())
    links.queue("outbox").send(tick.name, attributes={"type": "tick"})
"""


def api(code: Path) -> Api:
    seen, receipts, placed = Table("seen"), Bucket("receipts"), Topic("placed")
    emails, outbox, ordered = Queue("emails"), Queue("outbox"), Queue("ordered", fifo=True)
    links = [seen.write(), receipts.write(), placed.publish(), outbox.send()]
    worker = Function("worker", code=code, links=links, timeout=20)
    return Api(
        "orders",
        routes=[],
        events=[
            OnMessage(emails, worker, handler="work:message", name="emails", max_attempts=2),
            OnMessage(ordered, worker, handler="work:message", name="ordered"),
            OnMessage(placed, worker, handler="work:message", name="placed", attributes={"type": ["a"]}),
            OnUpload(receipts, worker, handler="work:upload", name="scan", prefix="in/"),
            OnSchedule("nightly", worker, handler="work:tick", cron="0 3 * * *", timezone="Europe/Berlin"),
            OnChange(seen, worker, handler="work:change", name="index", max_attempts=2),
        ],
    )


class Cloud:
    """moto's server, with what the function is told of by its deployment."""

    def __init__(self, url: str, env: dict[str, str]) -> None:
        keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c"}
        self.env = {**env, **keys, "AWS_ENDPOINT_URL": url}
        self.told = json.loads(env["SLS_DEPLOYED"])
        own = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": REGION, "endpoint_url": url}
        self.sqs, self.sns, self.s3, self.dynamodb = (
            boto3.client(name, **own) for name in ("sqs", "sns", "s3", "dynamodb")
        )
        self.table = self.told["table"]["seen"].partition("/")[2]
        self.bucket = self.told["bucket"]["receipts"]
        self.dynamodb.create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.sns.create_topic(Name=self.told["topic"]["placed"].rpartition(":")[2])
        for arn in (self.told["queue"]["outbox"], *(known["dead_letter"] for known in self.told["events"].values())):
            settings = {"FifoQueue": "true"} if arn.endswith(".fifo") else {}
            self.sqs.create_queue(QueueName=arn.rpartition(":")[2], Attributes=settings)

    def batch(self, name: str, *bodies: str, attempt: int = 1) -> dict[str, Any]:
        """A documented batch with other messages, of an event source."""
        (record, *_) = event("sqs-documented")["Records"]
        attributes = {**record["attributes"], "ApproximateReceiveCount": str(attempt), "MessageGroupId": "g"}
        more = {"eventSourceARN": self.told["events"][name]["source"], "attributes": attributes}
        return {"Records": [{**record, **more, "messageId": f"m{at}", "body": body} for at, body in enumerate(bodies)]}

    def seen(self) -> dict[str, list[str]]:
        """What handlers noted, and nothing of it again."""
        items = self.dynamodb.scan(TableName=self.table, ConsistentRead=True)["Items"]
        for item in items:
            self.dynamodb.delete_item(TableName=self.table, Key={"id": item["id"]})
        return {item["id"]["S"]: [each["S"] for each in item["what"]["L"]] for item in items}

    def received(self, arn: str) -> list[dict[str, Any]]:
        """What lies in a queue, and nothing of it again."""
        url = self.sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
        answer = self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=600
        )
        return list(answer.get("Messages", []))

    def buried(self, name: str) -> list[dict[str, Any]]:
        """The dead letters of an event source."""
        return self.received(self.told["events"][name]["dead_letter"])


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("code")
    (folder / "work.py").write_text(CODE)
    return folder


@pytest.fixture(scope="module")
def cloud(code: Path) -> Iterator[Cloud]:
    function = render(api(code), target="aws").one("aws:lambda/function:Function", name="worker")
    with aws_emulators.moto() as url:
        yield Cloud(url, function.inputs["environment"]["variables"])


@pytest.fixture(scope="module")
def worker(cloud: Cloud, code: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    bundle = unpacked(api(code), "aws", tmp_path_factory.mktemp("lambda"))["worker"].folder
    assert not (bundle / "boto3").exists()
    with running_on_awslambdaric(bundle, env=cloud.env, boto3=True) as running:
        yield running


def again(*ids: str) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": id} for id in ids]}


def test_messages_of_a_queue(worker: Running, cloud: Cloud) -> None:
    assert worker.invoke(cloud.batch("emails", "a", "bad", "b")) == again("m1")
    assert cloud.seen() == {"m0": ["a", "1", "None"], "m2": ["b", "1", "None"]}
    assert worker.invoke(cloud.batch("emails", "bad", attempt=2)) == again()
    (letter,) = cloud.buried("emails")
    assert letter["Body"] == "bad"
    told = json.loads(letter["MessageAttributes"]["sls-dead-letter"]["StringValue"])
    assert (told["source"], told["attempts"], told["reason"]) == ("emails", 2, "ValueError: no such address")


def test_messages_of_a_fifo_queue(worker: Running, cloud: Cloud) -> None:
    assert worker.invoke(cloud.batch("ordered", "a", "bad", "b")) == again("m1", "m2")
    assert cloud.seen().keys() == {"m0"}


def test_messages_of_a_topic(worker: Running, cloud: Cloud) -> None:
    sent = cloud.batch("placed", "a", "b")
    for record, value in zip(sent["Records"], "ab", strict=True):
        record["messageAttributes"] = {"type": {"stringValue": value, "dataType": "String"}}
    assert worker.invoke(sent) == again()
    assert cloud.seen() == {"m0": ["a", "1", "a"]}


def test_uploads(worker: Running, cloud: Cloud) -> None:
    cloud.s3.put_object(Bucket=cloud.bucket, Key="in/ü +.txt", Body=b"content", ContentType="text/x-receipt")
    told = event("s3-notification-documented")
    del told["_source"]
    told["Records"][0]["s3"]["object"] |= {"key": "in/%C3%BC+%2B.txt", "size": 7}
    test = json.dumps(event("s3-test-documented"))
    assert worker.invoke(cloud.batch("scan", test, json.dumps(told))) == again()
    assert cloud.seen() == {"in/ü +.txt": ["receipts", "7", "text/x-receipt", "content"]}
    assert cloud.s3.get_object(Bucket=cloud.bucket, Key="done/in/ü +.txt")["Body"].read() == b"x"


def test_uploads_to_a_bucket_of_another_stack(worker: Running, cloud: Cloud) -> None:
    cloud.s3.put_object(Bucket=cloud.bucket, Key="in/%C3%BC +.txt", Body=b"content", ContentType="text/x-receipt")
    told = event("eventbridge-s3-documented")
    del told["_source"]
    told["detail"]["object"] |= {"key": "in/%C3%BC +.txt", "size": 7}
    assert worker.invoke(cloud.batch("scan", json.dumps(told))) == again()
    assert cloud.seen() == {"in/%C3%BC +.txt": ["receipts", "7", "text/x-receipt", "content"]}


def test_an_upload_that_is_gone_comes_again(worker: Running, cloud: Cloud) -> None:
    told = event("s3-notification-documented")
    told["Records"][0]["s3"]["object"]["key"] = "in/gone"
    assert worker.invoke(cloud.batch("scan", json.dumps(told))) == again("m0")


def test_schedules(worker: Running, cloud: Cloud) -> None:
    assert worker.invoke(cloud.batch("nightly", "2022-03-22T02:00:00Z")) == again()
    assert cloud.seen() == {"nightly": ["2022-03-22T02:00:00+00:00"]}
    (message,) = cloud.received(cloud.told["queue"]["outbox"])
    assert (message["Body"], message["MessageAttributes"]["type"]["StringValue"]) == ("nightly", "tick")


def test_changes(worker: Running, cloud: Cloud) -> None:
    documented = event("dynamodb-stream-documented")
    for record in documented["Records"]:
        record["eventSourceARN"] = cloud.told["events"]["index"]["source"]
    assert worker.invoke(documented) == again("222")
    assert cloud.seen() == {"111": ["insert", "{'Id': 101}", "{'Message': 'New item!', 'Id': 101}"]}
    documented["Records"] = documented["Records"][1:]
    assert worker.invoke(documented) == again()
    assert cloud.seen() == {"333": ["delete", "{'Id': 101}", "None"]}
    (letter,) = cloud.buried("index")
    told = json.loads(letter["Body"])
    assert (told["change"], told["new"]) == ("update", {"Message": "This item has changed", "Id": 101})


def test_a_source_of_somebody_else_fails_and_nothing_is_lost(worker: Running) -> None:
    failed = worker.invoke(event("sqs-documented"))
    assert isinstance(failed, Failed)
    assert failed.error["errorType"] == "EventError"
    assert "arn:aws:sqs:us-east-2:123456789012:my-queue" in failed.error["errorMessage"]
