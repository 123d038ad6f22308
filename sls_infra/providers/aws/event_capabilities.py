"""What AWS can do for event sources, resources and links, whatever the front: data only, no SDK is imported."""

from __future__ import annotations

from collections.abc import Mapping

from ...plan.capabilities import Bound, Meeting, Native, Refused, Runtime

_SQS, _LAMBDA, _DYNAMODB = "SQS quotas", "Lambda: event source mappings", "DynamoDB quotas"
_POLLED = "Lambda polls the queue also while it is empty: beyond the free million calls, about 0.25 USD a month"
_LETTER = "the runtime writes them with their reason; crashes and time-outs by the redrive policy, without one"
_BACK = "put them back by `aws sqs start-message-move-task --source-arn <theirs> --destination-arn <the source's>`"
_AGAIN = "what failed comes again after six time-outs of the function"
_ATTEMPTS = Runtime("counted by SQS, buried by the runtime", f"{_AGAIN}; calls that Lambda throttles count too")
_DEAD = Native("SQS queue", f"{_LETTER}; {_BACK}")
_THERE = "its own settings and policy stay; one encrypted by a key of your own: let the role use it"

RESOURCES: Mapping[str, Meeting] = {
    "queue": Native("SQS queue", "encrypted by SQS, TLS only; comes at least once"),
    "queue.existing": Native("SQS queue, by its ARN", _THERE),
    "queue.fifo": Native("FIFO queue", "high throughput: order and limits are per group"),
    "queue.retention": Native("message retention period"),
    "topic": Native(
        "SNS topic", "encrypted by the account's own key for SNS: no other account and no AWS service sends"
    ),
    "topic.existing": Native("SNS topic, by its ARN", f"{_THERE}; of another account: its policy must let you in"),
    "bucket": Native(
        "S3 bucket",
        "private, encrypted by S3, TLS only; parts of unfinished uploads go after 7 days; tells EventBridge too, which"
        " may charge 1 USD a million events",
    ),
    "bucket.existing": Native(
        "S3 bucket, by its ARN or name",
        f"{_THERE}; OnUpload takes one of the same account and region whose owner turns EventBridge on for it, as"
        " buckets that are made here have it: S3 takes some five minutes to begin",
    ),
    "bucket.versioned": Native("versioning", "older versions stay, and cost, until expire_after is past once more"),
    "bucket.expire_after": Native("lifecycle rule", "once a day; so it may take a day longer"),
    "table": Native(
        "DynamoDB table on demand", "where protect is on, point-in-time recovery costs 0.20 USD a GB and month"
    ),
    "table.existing": Native("DynamoDB table, by its ARN", f"{_THERE}; key, sort_key, ttl and indexes are as you say"),
    "table.sort_key": Native("sort key"),
    "table.ttl": Native("time to live", "removed within days; the runtime hides what has expired at once"),
    "table.indexes": Native(
        "global secondary indexes", "read a moment later than written; each is written, and paid, too"
    ),
    "link.table": Native("the role's policy", "GetItem, Query; PutItem, UpdateItem, DeleteItem, BatchWriteItem"),
    "link.bucket": Native(
        "the role's policy",
        "GetObject, and ListBucket, without which S3 answers 403 to a key that is not there; PutObject, DeleteObject",
    ),
    "link.queue": Native("the role's policy", "SendMessage"),
    "link.topic": Native("the role's policy", "Publish"),
}

EVENTS: Mapping[str, Meeting] = {
    "event.schedule": Native(
        "EventBridge Scheduler, through an SQS queue", f"at least once, within the minute; {_POLLED}"
    ),
    "event.schedule.max_attempts": _ATTEMPTS,
    "event.schedule.dead_letter": _DEAD,
    "event.schedule.dead_letter.named": _DEAD,
    "event.schedule.timezone": Native(
        "the schedule's time zone", "a time skipped in spring is skipped, one shown twice comes once"
    ),
    "event.schedule.either_day": Refused(
        "EventBridge takes a day of the month or a day of the week, not either of both",
        "write two schedules, one with '*' for the day of the month and one with '*' for the day of the week",
    ),
    "event.queue": Native("event source mapping of the SQS queue", f"at least once; {_POLLED}"),
    "event.queue.max_attempts": Runtime(
        "counted by SQS, buried by the runtime",
        f"{_AGAIN}; calls that Lambda throttles count too; a queue that is there already keeps its own redrive policy;"
        " SQS itself buries a FIFO queue's message after three times as many receives",
    ),
    "event.queue.dead_letter": _DEAD,
    "event.queue.dead_letter.named": _DEAD,
    "event.queue.batch": Native("batch size", "at the most; fewer come where fewer are there"),
    "event.queue.batch_window": Native("batching window"),
    "event.queue.concurrency": Native(
        "maximum concurrency of the mapping", "never over the function's max_instances, but at least 2"
    ),
    "event.queue.attributes": Runtime(
        "the attributes that are named",
        "others are taken off the queue by a call: mappings of SQS filter by body alone",
    ),
    "event.topic": Native("subscription of an SQS queue of its own", f"at least once, raw; {_POLLED}"),
    "event.topic.max_attempts": _ATTEMPTS,
    "event.topic.dead_letter": _DEAD,
    "event.topic.dead_letter.named": _DEAD,
    "event.topic.batch": Native("batch size", "at the most; fewer come where fewer are there"),
    "event.topic.batch_window": Native("batching window"),
    "event.topic.concurrency": Native(
        "maximum concurrency of the mapping", "never over the function's max_instances, but at least 2"
    ),
    "event.topic.attributes": Native("filter policy of the subscription", "a change takes up to 15 minutes"),
    "event.upload": Native(
        "the bucket's notification, through an SQS queue",
        f"at least once, in seconds; of a bucket that is there already, by a rule of EventBridge; {_POLLED}",
    ),
    "event.upload.max_attempts": _ATTEMPTS,
    "event.upload.dead_letter": _DEAD,
    "event.upload.dead_letter.named": _DEAD,
    "event.upload.filter": Native(
        "prefix and suffix of the notification or rule",
        "no two may overlap in both, but of a bucket that is there already",
    ),
    "event.change": Native(
        "event source mapping of the table's stream",
        "at least once, in order by item; at most two a table; of one that is there already, from the deployment on",
    ),
    "event.change.max_attempts": Runtime(
        "counted in memory, buried by the runtime",
        "a new instance counts anew; what crashes is given up after max_attempts for each of a batch, at least 3, or"
        " after 23 hours, and its dead letter tells where in the stream it is",
    ),
    "event.change.dead_letter": Native(
        "SQS queue", "written by the runtime; of crashes, where in the stream the change is"
    ),
    "event.change.dead_letter.named": Native(
        "SQS queue", "written by the runtime; of crashes, where in the stream the change is"
    ),
    "event.change.kinds": Native("filter of the mapping", "what has expired comes as a delete"),
    "event.change.batch": Native("batch size", "at the most; one that fails holds up those behind it"),
}

BOUNDS: Mapping[str, Bound] = {
    "function.event_timeout": Bound(1, 900, "s", "Lambda quotas: function timeout"),
    **{
        f"{kind}.max_attempts": Bound(1, 1000, "calls", f"{_SQS}: maxReceiveCount")
        for kind in ("schedule", "queue", "topic", "upload")
    },
    "change.max_attempts": Bound(1, 10_000, "calls", f"{_LAMBDA}: maximum retry attempts"),
    **{
        f"{kind}.batch_size": Bound(1, 10_000, "messages", f"{_LAMBDA}: batch size")
        for kind in ("queue", "topic", "change")
    },
    **{f"{kind}.batch_window": Bound(0, 300, "s", f"{_LAMBDA}: batching window") for kind in ("queue", "topic")},
    **{
        f"{kind}.concurrency": Bound(2, 1000, "calls at once", f"{_LAMBDA}: maximum concurrency")
        for kind in ("queue", "topic")
    },
    "queue.retention": Bound(60, 1_209_600, "s", f"{_SQS}: message retention"),
    "bucket.expire_after": Bound(1, 2_147_483_647, "days", "S3: lifecycle configuration"),
    "table.indexes": Bound(0, 20, "indexes", f"{_DYNAMODB}: global secondary indexes per table"),
}
