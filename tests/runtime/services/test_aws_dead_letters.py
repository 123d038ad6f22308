"""Dead letters, as ElasticMQ and moto's server take them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from unittest import mock
from uuid import uuid4

import boto3  # type: ignore[import-untyped]
import botocore.auth  # type: ignore[import-untyped]
import pytest
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]

from sls_infra.runtime.errors import ServiceError
from sls_infra.runtime.events.delivery import REASON, DeadLetter
from sls_infra.runtime.services.aws import Services
from tests.runtime import aws_emulators
from tests.runtime.aws_emulators import QUEUES, Missing
from tests.runtime.services.fakes import Asked, serving

REGION = "eu-west-1"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "not-told", "AWS_SESSION_TOKEN": "nor-this"}
TOLD = '{"source":"emails-worker","attempts":5,"reason":"ValueError: \\u00fc","failed_at":"2026-01-01T00:00:00Z"}'


@pytest.fixture(scope="module", params=["elasticmq", "moto"])
def sqs(request: pytest.FixtureRequest) -> Iterator[Any]:
    try:
        server = aws_emulators.moto() if request.param == "moto" else aws_emulators.running(QUEUES)
        with server as url:
            yield boto3.client(
                "sqs", region_name=REGION, endpoint_url=url, aws_access_key_id="a", aws_secret_access_key="b"
            )
    except Missing as reason:
        pytest.skip(str(reason))


def on(url: str) -> Services:
    return Services({**KEYS, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_SQS": url})


def made(sqs: Any, fifo: bool = False) -> tuple[str, str]:
    """The URL and ARN of a new queue."""
    name = f"q-{uuid4().hex[:12]}{'.fifo' if fifo else ''}"
    url = sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"} if fifo else {})["QueueUrl"]
    return url, f"arn:aws:sqs:{REGION}:{url.split('/')[-2]}:{name}"


def received(sqs: Any, url: str) -> list[tuple[str, dict[str, str], str | None]]:
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
    )
    return [
        (
            each["Body"],
            {name: value["StringValue"] for name, value in each.get("MessageAttributes", {}).items()},
            each["Attributes"].get("MessageGroupId"),
        )
        for each in answer.get("Messages", [])
    ]


def test_a_letter_arrives_as_it_was_written(sqs: Any) -> None:
    url, arn = made(sqs)
    letter = DeadLetter('ü "\U0001f600"\n', {"type": "order", REASON: TOLD}, None)
    on(sqs.meta.endpoint_url).dead_letter(arn, letter)
    assert received(sqs, url) == [(letter.body, letter.attributes, None)]


def test_like_letters_of_a_fifo_queue_are_all_kept(sqs: Any) -> None:
    url, arn = made(sqs, fifo=True)
    services = on(sqs.meta.endpoint_url)
    for group in ("g", "g", None):
        services.dead_letter(arn, DeadLetter("same", {REASON: TOLD}, group))
    found = []
    for _ in range(3):
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1, AttributeNames=["All"])
        for each in answer.get("Messages", []):
            found.append((each["Body"], each["Attributes"]["MessageGroupId"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    assert sorted(found) == [("same", "default"), ("same", "g"), ("same", "g")]


def test_attributes_beyond_those_that_sqs_takes_are_named_in_the_log(
    sqs: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    url, arn = made(sqs)
    attributes = {f"a{number}": "x" for number in range(10)} | {REASON: TOLD}
    on(sqs.meta.endpoint_url).dead_letter(arn, DeadLetter("x", attributes, None))
    ((_, came, _),) = received(sqs, url)
    assert came == {REASON: TOLD, **{f"a{number}": "x" for number in range(9)}}
    assert json.loads(capsys.readouterr().err)["lost"] == ["a9"]


def test_a_queue_that_is_not_there_is_told(sqs: Any) -> None:
    with pytest.raises(ServiceError, match=f"dead letters arn:aws:sqs:{REGION}:123456789012:gone: status 4"):
        on(sqs.meta.endpoint_url).dead_letter(f"arn:aws:sqs:{REGION}:123456789012:gone", DeadLetter("x", {}, None))


def by_botocore(asked: Asked, url: str) -> str:
    """How botocore signs the same call."""
    names = ("content-type", "x-amz-target")
    request = AWSRequest("POST", f"{url}/", {name: asked.headers[name] for name in names}, asked.body)
    moment = datetime.strptime(asked.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    with mock.patch.object(botocore.auth, "get_current_datetime", return_value=moment):
        keys = Credentials(KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"], KEYS["AWS_SESSION_TOKEN"])
        botocore.auth.SigV4Auth(keys, "sqs", REGION).add_auth(request)
    return str(request.headers["Authorization"])


def test_what_is_asked_of_sqs() -> None:
    with serving(lambda asked: (200, {}, b'{"MessageId": "1"}')) as fake:
        fake.failing.append((500, {}, b""))
        on(fake.url).dead_letter("arn:aws:sqs:eu-west-1:123456789012:q.fifo", DeadLetter("x", {REASON: "{}"}, "g"))
        first, second = fake.asked
    assert first.headers["x-amz-target"] == "AmazonSQS.SendMessage"
    assert first.headers["content-type"] == "application/x-amz-json-1.0"
    assert first.headers["authorization"] == by_botocore(first, fake.url)
    sent = json.loads(first.body)
    assert sent["QueueUrl"] == f"{fake.url}/123456789012/q.fifo"
    assert (sent["MessageGroupId"], sent["MessageBody"]) == ("g", "x")
    assert first.body == second.body  # a repeated call is the same message to a FIFO queue
