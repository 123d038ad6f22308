"""Queues on SQS."""

from __future__ import annotations

from .clients import client, translated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

SUFFIX = ".fifo"
"""How the name of a FIFO queue ends."""


class Queue:
    """A queue, by its ARN."""

    def __init__(self, name: str, address: str, described: Mapping[str, Any]) -> None:
        self._what = f'queue "{name}"'
        self._arn = address

    def send(self, body: str, attributes: Mapping[str, str], delay: int, group: str | None) -> str:
        """As `drivers.Queue.send`. In a FIFO queue each call is a message of its own, whatever its body: SQS takes for
        one what has the same deduplication id within five minutes, and only a repetition by the client has."""
        more: dict[str, Any] = {"MessageAttributes": texts(attributes)}
        if delay:
            more["DelaySeconds"] = delay
        if group is not None:
            from uuid import uuid4

            more |= {"MessageGroupId": group, "MessageDeduplicationId": uuid4().hex}
        sqs = client("sqs", self._arn)
        with translated(self._what):
            answer = sqs.send_message(QueueUrl=url_of(self._arn, sqs.meta.endpoint_url), MessageBody=body, **more)
        return str(answer["MessageId"])


def url_of(arn: str, endpoint: str) -> str:
    """The URL of the queue of that ARN (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/
    sqs-queue-message-identifiers.html)."""
    _, _, _, _, account, name = arn.split(":")
    return f"{endpoint.rstrip('/')}/{account}/{name}"


def texts(attributes: Mapping[str, str]) -> dict[str, Any]:
    """Message attributes as SQS and SNS take them."""
    return {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
