"""What links write starts functions: what DynamoDB Local's streams, moto's S3 and SNS, and ElasticMQ make of it, handed
to the entry point as Lambda's pollers hand it on."""

from __future__ import annotations

import base64
import json
import sys
import time
import types
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3  # type: ignore[import-untyped]
import pytest

from sls_infra.runtime import deployed, links, services
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.entry.aws_events import Events
from sls_infra.runtime.links.aws.buckets import Bucket
from sls_infra.runtime.links.aws.queues import Queue
from sls_infra.runtime.links.aws.tables import Table
from sls_infra.runtime.links.aws.topics import Topic
from tests.runtime.links.aws.conftest import REGION, created, described

ITEM: dict[str, Any] = {"id": "1", "n": [1, 0.5, None, True], "deep": {"ü": {}}, "mail": 5, "size": 2}


class Function:
    """A function that notes its events."""

    def __init__(self, **described: Any) -> None:
        self.seen: list[Any] = []
        self.source = "arn:of:the:source"
        manifest = {"it": {"handler": "source_handlers:note", "max_attempts": 3, "attributes": {}, **described}}
        known = {"it": {"source": self.source, "dead_letter": "arn:aws:sqs:eu-west-1:1:dead"}}
        self._events = Events(Dispatcher({"version": 1, "routes": [], "events": manifest}), manifest, known)

    def take(self, records: list[dict[str, Any]]) -> list[Any]:
        """What it saw of these records."""
        sent = [{**record, "eventSourceARN": self.source} for record in records]
        assert self._events.answer(json.loads(json.dumps({"Records": sent}))) == {"batchItemFailures": []}
        return self.seen


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def made(**described: Any) -> Function:
        made = Function(**described)
        module = types.ModuleType("source_handlers")
        module.note = made.seen.append  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "source_handlers", module)
        return made

    monkeypatch.setattr(services, "_name", "aws")
    monkeypatch.setattr(services, "_platform", None)
    yield made
    deployed.use(None)
    links.serve("")


def polled(sqs: Any, url: str, count: int) -> list[dict[str, Any]]:
    """Messages as Lambda's poller passes them on (developer guide, "Using Lambda with Amazon SQS")."""
    found: list[dict[str, Any]] = []
    end = time.monotonic() + 10
    while len(found) < count and time.monotonic() < end:
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
        )
        found += [_record(message) for message in answer.get("Messages", [])]
    return found


def _record(message: dict[str, Any]) -> dict[str, Any]:
    attributes = {}
    for name, value in message.get("MessageAttributes", {}).items():
        attributes[name] = {"dataType": value["DataType"], "stringListValues": [], "binaryListValues": []}
        if "StringValue" in value:
            attributes[name]["stringValue"] = value["StringValue"]
        else:
            attributes[name]["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return {
        "messageId": message["MessageId"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": attributes,
        "eventSource": "aws:sqs",
    }


@pytest.mark.parametrize("dynamodb", ["dynamodb_local"], indirect=True)
def test_changes_of_a_table(dynamodb: Any, function: Any) -> None:
    indexes = {"by_mail": ["mail"]}
    name = created(dynamodb, "id", None, indexes)
    view = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    told = dynamodb.update_table(TableName=name, StreamSpecification=view)
    arn = told["TableDescription"]["LatestStreamArn"]
    table = Table("orders", name, described("id", None, None, indexes))
    table.put(ITEM, False, None)
    after = table.update(("1", None), {"mail": "a@x"}, ("size",), None).item
    table.delete(("1", None), None)
    table.put({"id": "2"}, True, None)
    assert [(each.kind, each.key, each.old, each.new) for each in function(
        kind="change", source="orders", kinds=["insert", "update", "delete"]
    ).take(_streamed(dynamodb.meta.endpoint_url, arn))] == [
        ("insert", {"id": "1"}, None, ITEM),
        ("update", {"id": "1"}, ITEM, after),
        ("delete", {"id": "1"}, after, None),
        ("insert", {"id": "2"}, None, {"id": "2"}),
    ]  # fmt: skip


def _streamed(url: str, arn: str) -> list[dict[str, Any]]:
    streams = boto3.client("dynamodbstreams", region_name=REGION, endpoint_url=url)
    found: list[dict[str, Any]] = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        at = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
        found += streams.get_records(ShardIterator=at["ShardIterator"])["Records"]
    for record in found:
        del record["dynamodb"]["ApproximateCreationDateTime"]  # seconds in what Lambda sends, a datetime here
    return found


def test_uploads_to_a_bucket(s3: Any, bucket: Bucket, function: Any, account: pytest.MonkeyPatch, moto: str) -> None:
    account.setenv("AWS_ENDPOINT_URL_SQS", moto)
    sqs = boto3.client("sqs", region_name=REGION)
    url = sqs.create_queue(QueueName=f"q-{uuid4().hex[:12]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    queues = [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]
    s3.put_bucket_notification_configuration(
        Bucket=bucket._bucket, NotificationConfiguration={"QueueConfigurations": queues}
    )
    keys = ["plain.txt", "a b+c%.txt", "ü/\U0001f600", "#?&="]
    for key in keys:
        bucket.put(key, key.encode(), "text/x-key")
    bucket.delete(keys[0])
    deployed.use({"bucket": {"receipts": bucket._bucket}})
    records = polled(sqs, url, len(keys) + 1)
    uploads = {each.key: each for each in function(kind="upload", source="receipts").take(records)}
    assert uploads.keys() == set(keys)
    for key in keys[1:]:
        with uploads[key].open() as file:
            assert file.read() == key.encode()
        assert (uploads[key].content_type, uploads[key].size) == ("text/x-key", len(key.encode()))
        found = bucket.head(key)
        assert found is not None
        assert uploads[key].etag == found.etag
    with pytest.raises(LookupError, match="no object"):
        uploads[keys[0]].open()
    with pytest.raises(LookupError, match="deleted since"):
        uploads[keys[0]].content_type  # noqa: B018


def test_messages_of_a_queue(sqs: Any, function: Any) -> None:
    url = sqs.create_queue(QueueName=f"q-{uuid4().hex[:12]}", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    queue = Queue("emails", f"arn:aws:sqs:{REGION}:{url.split('/')[-2]}:{url.split('/')[-1]}", {})
    id = queue.send("ü", {"type": "a"}, 0, None)
    made = function(kind="queue", source="emails")
    for attempt in (1, 2):
        assert [(each.id, each.body, each.attributes, each.attempt) for each in made.take(polled(sqs, url, 1))] == [
            (id, "ü", {"type": "a"}, attempt)
        ]
        made.seen.clear()


def test_messages_of_a_topic(account: pytest.MonkeyPatch, moto: str, function: Any) -> None:
    account.setenv("AWS_ENDPOINT_URL", moto)
    sqs, sns = boto3.client("sqs", region_name=REGION), boto3.client("sns", region_name=REGION)
    url = sqs.create_queue(QueueName=f"q-{uuid4().hex[:12]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="placed")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    Topic("placed", topic, {}).publish('{"n": 1}', {"type": "a"})
    (message,) = function(kind="topic", source="placed").take(polled(sqs, url, 1))
    assert (message.json(), message.attributes, message.attempt) == ({"n": 1}, {"type": "a"}, 1)
