"""AWS: tables on DynamoDB Local, queues on ElasticMQ, buckets and topics on moto's server, and what of the first two is
not to be had on moto's too. What topics are given is read from a queue that subscribes with raw delivery, as they are
deployed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import boto3  # type: ignore[import-untyped]

from sls_infra.runtime.links.aws import clients
from tests.runtime import aws_emulators
from tests.runtime.aws_emulators import DYNAMODB, QUEUES, Emulator, Missing

from .world import Kind, Made, Read

REGION = "eu-west-1"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "session"}


class Reader(NamedTuple):
    """A queue, and the client of the server that it is on."""

    sqs: Any
    url: str
    enveloped: bool = False


class World:
    """Servers on this machine."""

    platform = "aws"
    lacking: Mapping[str, str] = {"signature": "moto's server takes any signature"}

    def __init__(self) -> None:
        self.environment: Mapping[str, str] = {}
        self._endpoints: dict[str, str] = {}

    def missing(self, kind: Kind) -> str | None:
        """Never: there is moto's."""
        return None

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        """All of them."""
        with ExitStack() as stack:
            moto = stack.enter_context(aws_emulators.moto())
            self._endpoints = {
                "dynamodb": self._either(stack, DYNAMODB, moto),
                "sqs": self._either(stack, QUEUES, moto),
                "s3": moto,
                "sns": moto,
                "moto": moto,
            }
            named = {f"AWS_ENDPOINT_URL_{name.upper()}": url for name, url in self._endpoints.items() if name != "moto"}
            self.environment = {**KEYS, **named, "AWS_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true"}
            clients.forget()
            yield
            clients.forget()

    def make(self, kind: Kind, name: str, described: Mapping[str, Any]) -> Made:
        """By AWS's own API."""
        match kind:
            case "table":
                return Made(self._table(name, described))
            case "bucket":
                s3 = self._client("s3")
                s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
                return Made(name)
            case "queue":
                return self._queue(self._client("sqs"), name, described["fifo"])
            case "topic":
                return self._topic(name)

    def nowhere(self, kind: Kind) -> Any:
        """Of that account and region. (DynamoDB Local takes names alone.)"""
        service = {"queue": "sqs", "topic": "sns"}.get(kind)
        return "nowhere-at-all" if service is None else f"arn:aws:{service}:{REGION}:123456789012:nowhere-at-all"

    def read(self, made: Made, count: int, timeout: float = 5.0) -> list[Read]:
        """Receives and deletes."""
        sqs, url, enveloped = made.reader
        found: list[Read] = []
        end = time.monotonic() + timeout
        while len(found) < count and time.monotonic() < end:
            answer = sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=1, MessageAttributeNames=["All"], AttributeNames=["All"]
            )
            for message in answer.get("Messages", ()):
                found.append(_unwrapped(message) if enveloped else _plain(message))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            if "Messages" not in answer:
                time.sleep(0.02)
        return found

    def _either(self, stack: ExitStack, emulator: Emulator, moto: str) -> str:
        try:
            return stack.enter_context(aws_emulators.running(emulator))
        except Missing:
            return moto

    def _client(self, service: str, endpoint: str = "") -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self._endpoints[endpoint or service],
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        )

    def _table(self, name: str, described: Mapping[str, Any]) -> str:
        indexes: Mapping[str, list[str]] = described["indexes"]
        own = [described["key"], described["sort_key"]] if described["sort_key"] else [described["key"]]
        named = dict.fromkeys([*own, *(key for keys in indexes.values() for key in keys)])
        more = [
            {"IndexName": index, "KeySchema": _schema(keys), "Projection": {"ProjectionType": "ALL"}}
            for index, keys in indexes.items()
        ]
        self._client("dynamodb").create_table(
            TableName=name,
            KeySchema=_schema(own),
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in named],
            BillingMode="PAY_PER_REQUEST",
            **({"GlobalSecondaryIndexes": more} if more else {}),
        )
        return name

    def _queue(self, sqs: Any, name: str, fifo: bool) -> Made:
        settings = {"FifoQueue": "true"} if fifo else {}
        url = sqs.create_queue(QueueName=f"{name}.fifo" if fifo else name, Attributes=settings)["QueueUrl"]
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        parts = told.split(":")
        parts[3] = REGION  # ElasticMQ has one of its own
        return Made(":".join(parts), Reader(sqs, url))

    def _topic(self, name: str) -> Made:
        sns = self._client("sns")
        arn = sns.create_topic(Name=name)["TopicArn"]
        subscriber = self._queue(self._client("sqs", "moto"), f"{name}-reader", False)
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=subscriber.address)
        return Made(arn, subscriber.reader._replace(enveloped=True))


def _plain(message: dict[str, Any]) -> Read:
    attributes = {name: each["StringValue"] for name, each in message.get("MessageAttributes", {}).items()}
    return Read(message["MessageId"], message["Body"], attributes, message["Attributes"].get("MessageGroupId"))


def _unwrapped(message: dict[str, Any]) -> Read:
    told = json.loads(message["Body"])
    attributes = {name: each["Value"] for name, each in told.get("MessageAttributes", {}).items()}
    return Read(told["MessageId"], told["Message"], attributes)


def _schema(names: list[str]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)]
