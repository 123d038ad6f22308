"""Queues, judged by ElasticMQ and by moto's server; topics by the latter."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import boto3  # type: ignore[import-untyped]
import pytest

from sls_infra.runtime.errors import NotFound, ServiceError, TooLarge
from sls_infra.runtime.links.aws.queues import Queue, url_of
from sls_infra.runtime.links.aws.topics import Topic
from tests.runtime.links.aws.conftest import REGION

BODY = 'ü <&> "\U0001f600"\n\t\r'


def made(sqs: Any, fifo: bool = False, **settings: str) -> tuple[str, Queue]:
    """The URL of a new queue, and its driver."""
    name = f"q-{uuid4().hex[:12]}{'.fifo' if fifo else ''}"
    settings |= {"FifoQueue": "true"} if fifo else {}
    url = sqs.create_queue(QueueName=name, Attributes=settings)["QueueUrl"]
    return url, Queue("emails", f"arn:aws:sqs:{REGION}:{url.split('/')[-2]}:{name}", {})


def received(sqs: Any, url: str, count: int = 10) -> list[dict[str, Any]]:
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=count, MessageAttributeNames=["All"], AttributeNames=["All"]
    )
    return list(answer.get("Messages", []))


def texts(message: dict[str, Any]) -> dict[str, str]:
    assert all(each["DataType"] == "String" for each in message.get("MessageAttributes", {}).values())
    return {name: each["StringValue"] for name, each in message.get("MessageAttributes", {}).items()}


def test_a_message_arrives_as_it_was_sent(sqs: Any) -> None:
    url, queue = made(sqs)
    attributes = {"type": "order.placed", "who": "ü"}
    id = queue.send(BODY, attributes, 0, None)
    (message,) = received(sqs, url)
    assert (message["MessageId"], message["Body"], texts(message)) == (id, BODY, attributes)


def test_the_largest_message(sqs: Any) -> None:
    url, queue = made(sqs)
    queue.send("x" * 240 * 1024, {}, 0, None)
    assert len(received(sqs, url)[0]["Body"]) == 240 * 1024


def test_a_delayed_message_is_not_there_yet(sqs: Any) -> None:
    url, queue = made(sqs)
    queue.send("later", {}, 900, None)
    assert received(sqs, url) == []
    known = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesDelayed"])
    assert known["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "1"


def test_a_fifo_queue_keeps_the_order_of_a_group_and_takes_like_messages(sqs: Any) -> None:
    url, queue = made(sqs, fifo=True)
    sent = [queue.send(body, {}, 0, "a") for body in ("same", "same", "other")]
    assert len(set(sent)) == 3
    found = []
    for _ in range(3):
        (message,) = received(sqs, url, 1)
        found.append((message["MessageId"], message["Body"], message["Attributes"]["MessageGroupId"]))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert found == list(zip(sent, ("same", "same", "other"), "aaa", strict=True))


def test_a_queue_that_is_not_there(sqs: Any) -> None:
    with pytest.raises(NotFound, match='queue "emails": '):
        Queue("emails", f"arn:aws:sqs:{REGION}:123456789012:gone", {}).send("x", {}, 0, None)


def test_a_queue_with_a_limit_of_its_own(account: pytest.MonkeyPatch, moto: str) -> None:
    account.setenv("AWS_ENDPOINT_URL_SQS", moto)
    _, queue = made(boto3.client("sqs", region_name=REGION), MaximumMessageSize="1024")
    with pytest.raises(TooLarge, match="must be shorter than 1024"):
        queue.send("x" * 1025, {}, 0, None)


@pytest.mark.parametrize(
    ("arn", "endpoint", "url"),
    [
        ("arn:aws:sqs:eu-west-1:1:q.fifo", "https://sqs.eu-west-1.amazonaws.com", "https://sqs.eu-west-1.amazonaws.com/1/q.fifo"),
        ("arn:aws:sqs:eu-west-1:1:q", "http://127.0.0.1:1/", "http://127.0.0.1:1/1/q"),
    ],
)  # fmt: skip
def test_the_url_of_a_queue(arn: str, endpoint: str, url: str) -> None:
    assert url_of(arn, endpoint) == url


@pytest.fixture
def sns(account: pytest.MonkeyPatch, moto: str) -> Any:
    account.setenv("AWS_ENDPOINT_URL", moto)
    return boto3.client("sns", region_name=REGION)


def test_subscribers_get_what_is_published_and_fits_their_filter(sns: Any) -> None:
    sqs = boto3.client("sqs", region_name=REGION)
    arn = sns.create_topic(Name="placed")["TopicArn"]
    urls = []
    for policy in ({}, {"type": ["a", "b"]}, {"type": ["c"]}):
        url, queue = made(sqs)
        settings = {"RawMessageDelivery": "true", **({"FilterPolicy": json.dumps(policy)} if policy else {})}
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue._arn, Attributes=settings)
        urls.append(url)
    assert Topic("placed", arn, {}).publish(BODY, {"type": "b", "who": "ü"})
    found = [[(each["Body"], texts(each)) for each in received(sqs, url)] for url in urls]
    assert found == [[(BODY, {"type": "b", "who": "ü"})], [(BODY, {"type": "b", "who": "ü"})], []]


def test_a_topic_that_is_not_there(sns: Any) -> None:
    with pytest.raises(NotFound, match='topic "placed": NotFound'):
        Topic("placed", f"arn:aws:sns:{REGION}:123456789012:gone", {}).publish("x", {})


def test_what_a_service_says_stays_within_bounds(sns: Any) -> None:
    with pytest.raises((ServiceError, TooLarge)) as caught:
        Topic("placed", sns.create_topic(Name="big")["TopicArn"], {}).publish("x" * 270_000, {})
    assert len(str(caught.value)) < 400
