"""What drivers ask AWS for is what a link's policy allows, by the actions that it is made of."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest

from sls_infra.providers.aws import grants
from sls_infra.runtime.links.aws import clients
from sls_infra.runtime.links.aws.buckets import Bucket
from sls_infra.runtime.links.aws.queues import Queue
from sls_infra.runtime.links.aws.tables import Table
from sls_infra.runtime.links.aws.topics import Topic
from tests.runtime.links.aws.conftest import REGION, created, described

S3 = {
    "HeadObject": "s3:GetObject", "ListObjectsV2": "s3:ListBucket", "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject", "CompleteMultipartUpload": "s3:PutObject",
}  # fmt: skip
"""Operations of S3 that have no action of their own (Service Authorization Reference, "Amazon S3")."""


@pytest.fixture
def world(account: pytest.MonkeyPatch, moto: str) -> str:
    account.setenv("AWS_ENDPOINT_URL", moto)
    return moto


@contextlib.contextmanager
def asked(service: str) -> Iterator[set[str]]:
    """The actions of the calls that are made meanwhile."""
    found: set[str] = set()

    def note(model: Any, **_: Any) -> None:
        found.add(S3.get(model.name, f"{service}:{model.name}"))

    events = clients.client(service, "").meta.events
    events.register("before-call", note)
    yield found
    events.unregister("before-call", note)


def table() -> Table:
    indexes = {"by_mail": ["mail"]}
    address = created(boto3.client("dynamodb", region_name=REGION), "id", None, indexes)
    return Table("orders", address, described("id", None, "ends", indexes))


def test_reading_a_table(world: str) -> None:
    orders = table()
    with asked("dynamodb") as actions:
        orders.get(("1", None))
        orders.query("1", None, "", 5, None, False)
        orders.query("a", "by_mail", "", 5, None, True)
    assert actions == set(grants.TABLE_READ)


def test_writing_a_table(world: str) -> None:
    orders = table()
    with asked("dynamodb") as actions:
        version = orders.put({"id": "1"}, True, None)
        version = orders.update(("1", None), {"n": 1}, (), version).version
        for condition in (True, False):
            with contextlib.suppress(RuntimeError, LookupError):
                orders.put({"id": "1"}, condition, None if condition else "other")
                orders.update(("none", None), {"n": 1}, (), None)
        orders.delete(("1", None), version)
        orders.write([{"id": str(number)} for number in range(30)], [("2-gone", None)])
    assert actions == set(grants.TABLE_WRITE)


def bucket() -> Bucket:
    s3 = boto3.client("s3", region_name=REGION)
    name = "bucket-of-rights"
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return Bucket("receipts", name, {})


class Broken(io.BytesIO):
    """A file whose disk is gone behind its first 9 MiB."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= 9 << 20:
            raise OSError("the disk is gone")
        return super().read(size)


def test_reading_a_bucket(world: str) -> None:
    receipts = bucket()
    with asked("s3") as actions:
        assert receipts.get("none") is None
        assert receipts.head("none") is None
        list(receipts.list(""))
        receipts.url("a", 60, "GET", "")
    assert actions == {*grants.OBJECT_READ, *grants.OBJECT_LIST}


def test_writing_a_bucket(world: str) -> None:
    receipts = bucket()
    with asked("s3") as actions:
        receipts.put("a", b"x", "a/b")
        receipts.put("large", io.BytesIO(b"x" * (9 << 20)), "a/b")
        with pytest.raises(OSError, match="gone"):
            receipts.put("broken", Broken(b"x" * (20 << 20)), "a/b")
        receipts.url("a", 60, "PUT", "a/b")
        receipts.delete("a")
    assert actions == set(grants.OBJECT_WRITE)


def test_sending_and_publishing(world: str) -> None:
    boto3.client("sqs", region_name=REGION).create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})
    topic = boto3.client("sns", region_name=REGION).create_topic(Name="placed")["TopicArn"]
    with asked("sqs") as actions:
        Queue("q", f"arn:aws:sqs:{REGION}:123456789012:q.fifo", {}).send("x", {"a": "b"}, 0, "g")
    assert actions == set(grants.SEND)
    with asked("sns") as actions:
        Topic("placed", topic, {}).publish("x", {})
    assert actions == set(grants.PUBLISH)
