"""What AWS adds to queues, topics, buckets, tables and event sources: a part of the stand-in provider's table."""

from __future__ import annotations

from typing import Any

from tests.engine.aws_kind import ACCOUNT, REGION, code, kind, named
from tests.engine.kinds import Made, Values


def _queue_name(made: Made) -> str:
    name = str(made["name"])
    return f"{name}.fifo" if made["fifoQueue"] and not name.endswith(".fifo") else name


def _url(made: Made) -> str:
    return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{_queue_name(made)}"


def _of_queue(made: Made) -> str:
    return str(made["queueUrl"])


def _of_bucket(made: Made) -> str:
    return str(made["bucket"])


def _topic(made: Made) -> str:
    return made.arn("sns", str(made["name"]))


def _subscription(made: Made) -> str:
    return f"{made['topic']}:{made.token(36)}"


def _table(made: Made) -> Values:
    arn = made.arn("dynamodb", f"table/{made['name']}")
    label = "2026-01-31T00:00:00.000"
    streamed = {"streamArn": f"{arn}/stream/{label}", "streamLabel": label}
    return {"arn": arn, **(streamed if made["streamEnabled"] else {})}


def _mapping(made: Made) -> Values:
    return {
        "arn": made.arn("lambda", f"event-source-mapping:{made.token(36)}"),
        "functionArn": made["functionName"],
        "uuid": made.token(36),
        "state": "Enabled",
    }


def _target(made: Made) -> Values:
    return {} if made["targetId"] else {"targetId": f"terraform-{made.token(26)}"}


def _bucket_part(*replace: str) -> Any:
    return kind(_of_bucket, replace=("bucket", *replace))


def _queue_part() -> Any:
    return kind(_of_queue, replace=("queueUrl",))


EVENT_KINDS = {
    "aws:sqs/queue:Queue": kind(
        _url,
        lambda made: {"arn": made.arn("sqs", _queue_name(made)), "url": _url(made)},
        name="name",
        replace=("fifoQueue",),
    ),
    "aws:sqs/queuePolicy:QueuePolicy": _queue_part(),
    "aws:sqs/redrivePolicy:RedrivePolicy": _queue_part(),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": _queue_part(),
    "aws:sns/topic:Topic": kind(
        _topic, lambda made: {"arn": _topic(made), "owner": ACCOUNT}, name="name", replace=("fifoTopic",)
    ),
    "aws:sns/topicPolicy:TopicPolicy": kind(
        lambda made: str(made["arn"]), lambda made: {"owner": ACCOUNT}, replace=("arn",)
    ),
    "aws:sns/topicSubscription:TopicSubscription": kind(
        _subscription,
        lambda made: {"arn": _subscription(made), "ownerId": ACCOUNT},
        replace=("endpoint", "protocol", "topic"),
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _bucket_part(),
    "aws:s3/bucketPolicy:BucketPolicy": _bucket_part(),
    "aws:s3/bucketNotification:BucketNotification": _bucket_part(),
    "aws:s3/bucketVersioning:BucketVersioning": _bucket_part(),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _bucket_part(),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _bucket_part(),
    "aws:dynamodb/table:Table": kind(named, _table, name="name", replace=("hashKey", "rangeKey")),
    "aws:scheduler/schedule:Schedule": kind(
        lambda made: f"default/{made['name']}",
        lambda made: {"arn": made.arn("scheduler", f"schedule/default/{made['name']}")},
        name="name",
        replace=("groupName",),
    ),
    "aws:cloudwatch/eventRule:EventRule": kind(
        named,
        lambda made: {"arn": made.arn("events", f"rule/{made['name']}")},
        name="name",
        replace=("eventBusName",),
    ),
    "aws:cloudwatch/eventTarget:EventTarget": kind(
        lambda made: f"{made['rule']}-{made['targetId'] or _target(made)['targetId']}",
        _target,
        replace=("rule", "eventBusName"),
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": kind(
        code, _mapping, replace=("eventSourceArn", "startingPosition")
    ),
}


def existing_table(asked: Values) -> Values:
    """A table that is there already; it has a stream if its name says so."""
    name = str(asked.get("name"))
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
    if not name.endswith("-streamed"):
        return {"id": name, "name": name, "arn": arn, "streamArn": "", "streamEnabled": False, "streamViewType": ""}
    stream = f"{arn}/stream/2026-01-31T00:00:00.000"
    known = {"id": name, "name": name, "arn": arn, "streamArn": stream, "streamEnabled": True}
    return {**known, "streamViewType": "NEW_AND_OLD_IMAGES"}
