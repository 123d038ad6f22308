"""Drivers on what stands in for AWS: each test of tables and queues runs on both servers that know them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import boto3  # type: ignore[import-untyped]
import pytest

from sls_infra.runtime.links.aws import clients
from sls_infra.runtime.links.aws.buckets import Bucket
from sls_infra.runtime.links.aws.tables import Table
from tests.runtime import aws_emulators
from tests.runtime.aws_emulators import DYNAMODB, QUEUES, Emulator, Missing

REGION = "eu-west-1"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "not-told", "AWS_SESSION_TOKEN": "nor-this"}

Made = Callable[..., Any]


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    with aws_emulators.moto() as url:
        yield url


def _started(emulator: Emulator) -> Iterator[str]:
    try:
        aws_emulators.fetched(emulator)
    except Missing as reason:
        pytest.skip(str(reason))
    with aws_emulators.running(emulator) as url:
        yield url


@pytest.fixture(scope="session")
def dynamodb_local() -> Iterator[str]:
    yield from _started(DYNAMODB)


@pytest.fixture(scope="session")
def elasticmq() -> Iterator[str]:
    yield from _started(QUEUES)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The environment that Lambda makes, and clients of no other one."""
    for name, value in {**KEYS, "AWS_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(clients, "ATTEMPTS", 1)
    clients.forget()
    yield monkeypatch
    clients.forget()


@pytest.fixture(params=["dynamodb_local", "moto"])
def dynamodb(request: pytest.FixtureRequest, account: pytest.MonkeyPatch) -> Any:
    """A client of a server of tables, which drivers call too."""
    account.setenv("AWS_ENDPOINT_URL_DYNAMODB", request.getfixturevalue(request.param))
    return boto3.client("dynamodb", region_name=REGION)


@pytest.fixture(params=["elasticmq", "moto"])
def sqs(request: pytest.FixtureRequest, account: pytest.MonkeyPatch) -> Any:
    """The same, of queues."""
    account.setenv("AWS_ENDPOINT_URL_SQS", request.getfixturevalue(request.param))
    return boto3.client("sqs", region_name=REGION)


@pytest.fixture
def s3(account: pytest.MonkeyPatch, moto: str) -> Any:
    account.setenv("AWS_ENDPOINT_URL_S3", moto)
    return boto3.client("s3", region_name=REGION)


@pytest.fixture
def bucket(s3: Any) -> Bucket:
    """An empty one."""
    name = f"bucket-{uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return Bucket("receipts", name, {})


@pytest.fixture
def table(dynamodb: Any) -> Made:
    """Makes a table, as a deployment does, and its driver."""

    def made(key: str = "id", sort_key: str | None = None, ttl: str | None = None, **indexes: list[str]) -> Table:
        return Table("orders", created(dynamodb, key, sort_key, indexes), described(key, sort_key, ttl, indexes))

    return made


def described(key: str, sort_key: str | None, ttl: str | None, indexes: dict[str, list[str]]) -> dict[str, Any]:
    return {"access": "rw", "key": key, "sort_key": sort_key, "ttl": ttl, "indexes": indexes}


def created(dynamodb: Any, key: str, sort_key: str | None, indexes: dict[str, list[str]]) -> str:
    """The ARN of a new table; its name, where that is all that the server takes, as DynamoDB Local (the service takes
    either: API reference, GetItem, "TableName")."""
    own = [key] if sort_key is None else [key, sort_key]
    more = [
        {"IndexName": name, "KeySchema": _schema(keys), "Projection": {"ProjectionType": "ALL"}}
        for name, keys in indexes.items()
    ]
    attributes = dict.fromkeys([*own, *(name for keys in indexes.values() for name in keys)])
    answer = dynamodb.create_table(
        TableName=f"orders-{uuid4().hex[:12]}",
        KeySchema=_schema(own),
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in attributes],
        BillingMode="PAY_PER_REQUEST",
        **({"GlobalSecondaryIndexes": more} if more else {}),
    )
    told = answer["TableDescription"]
    try:
        dynamodb.describe_table(TableName=told["TableArn"])
    except dynamodb.exceptions.ClientError:
        return str(told["TableName"])
    return str(told["TableArn"])


def _schema(names: list[str]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)]
