"""What starts a function on AWS besides requests: batches of an SQS queue or of a DynamoDB stream.

All but changes of tables comes through a queue, and each event source has one of its own: an upload is S3's
notification in a message, or EventBridge's where the bucket is somebody else's, a tick is the time that EventBridge
Scheduler put into one, a topic's message comes raw. So the ARN of the queue tells which source it is. Lambda's
asynchronous invocations, which S3, SNS and Scheduler would make otherwise, tell no attempt, make at most three of them,
and have one setting for a whole function.

A topic's messages are taken as they are, also one that looks like SNS's envelope: the subscription is always the
deployment's own, with raw delivery, and so that text is its publisher's.
"""

from __future__ import annotations

from . import aws_changes, aws_messages
from .http_api import EventError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from ..dispatch import Dispatcher
    from ..events.delivery import Delivery, Failure

    Record = Mapping[str, Any]


class Events:
    """Hands batches to a dispatcher's consumer.

    `described`: the manifest's "events"; `deployed`: what the deployment says of them, of which this needs "source":
    the ARN of the queue or stream that its events come from.
    """

    def __init__(
        self, dispatcher: Dispatcher, described: Mapping[str, Mapping[str, Any]], deployed: Mapping[str, Any]
    ) -> None:
        self._dispatcher = dispatcher
        self._described = described
        self._names = {known["source"]: name for name, known in deployed.items() if name in described}

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Which records are to come again (docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html,
        "Partial batch responses"; …/services-ddb-batchfailurereporting.html). Raises EventError, so that all of them
        do, where they are of a source that is not known."""
        by_source: dict[str, list[Record]] = {}  # Lambda sends those of one at once; nothing here depends on that
        for record in event["Records"]:
            by_source.setdefault(self._name_of(record), []).append(record)
        failed: list[str] = []
        for name, records in by_source.items():
            tried = self._changes if self._described[name]["kind"] == "change" else self._messages
            failed += tried(name, records)
        return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}

    def _name_of(self, record: Record) -> str:
        arn = record.get("eventSourceARN")
        name = self._names.get(arn) if isinstance(arn, str) else None
        if name is None:
            raise EventError(f"no event source of this function is {arn}: its events stay where they are, deploy again")
        return name

    def _messages(self, name: str, records: Sequence[Record]) -> Iterable[str]:
        """The ids of the messages that failed."""
        deliveries: list[Delivery] = []
        failed: dict[str, None] = {}
        for record in records:
            try:
                deliveries += aws_messages.deliveries(name, self._described[name], record)
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                aws_messages.unreadable(name, record, error)
                failed[record["messageId"]] = None
        failures = self._consumed(name, deliveries)
        failed |= dict.fromkeys(aws_messages.message_of(failure.id) for failure in failures)
        if records[0]["eventSourceARN"].endswith(aws_messages.FIFO):
            aws_messages.remember(deliveries, failed)
        return failed

    def _changes(self, name: str, records: Sequence[Record]) -> Iterable[str]:
        """The sequence number of the first change that failed: Lambda goes on from there, and those behind it come
        again with it, whatever became of them. So they are not tried: to the consumer, a shard's changes are one
        group."""
        deliveries = [aws_changes.delivery(self._described[name], record) for record in records]
        failed = {failure.id for failure in self._consumed(name, deliveries)}
        return [delivery.id for delivery in deliveries if delivery.id in failed][:1]

    def _consumed(self, name: str, deliveries: Sequence[Delivery]) -> Sequence[Failure]:
        consumer = self._dispatcher.consumer
        assert consumer is not None, "a manifest that describes events has a consumer of them"
        return consumer.consume(name, deliveries)
