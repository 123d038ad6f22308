"""What Google Cloud can do with events, and with what a backend keeps things in: data, no SDK."""

from __future__ import annotations

from collections.abc import Mapping

from ...plan.capabilities import Bound, Meeting, Native, Refused, Runtime

_PUSH = "push subscription of Pub/Sub"
_BURIED = "the runtime writes the dead letter; the subscription's own policy does after crashes"
_ATTEMPTS = (
    "counted by Pub/Sub, about, those that were refused too, as in the minutes until new rights hold; one that crashes "
    "or is too slow is tried five times at the least"
)
_IN_MEMORY = "attempts are counted in an instance's memory, anew after a restart; Eventarc gives up after 24 hours"
_ONE = "one message a call"
_NO_NUMBER = "a push subscription has no number of calls at once"
_SCALED = "give the function to this event alone, with scaling=Scaling(max_instances=…, concurrency=…)"
_LETTERS = "topic, and a subscription that keeps them"
_THERE = "must be of the same kind as one that this library makes"

EVENTS: Mapping[str, Meeting] = {
    "event.schedule": Native("job of Cloud Scheduler, by Pub/Sub", "the time is worked out from when it was published"),
    "event.schedule.timezone": Native(
        "time zone of the job", "an hour that the clock shows twice counts once, one that it skips not at all"
    ),
    "event.schedule.either_day": Runtime("it runs on each day, and the runtime lets through those that are due"),
    "event.queue": Native(_PUSH, f"{_ONE}; at least once; a message is tried again after 10 s to 10 minutes"),
    "event.topic": Native(_PUSH, f"{_ONE}; at least once, in no order; tried again after 10 s to 10 minutes"),
    "event.upload": Native("notification of Cloud Storage, by Pub/Sub", "at least once, in no order"),
    "event.upload.filter": Native(
        "filter of the subscription",
        "suffixes, and prefixes of more than about 220 bytes, by the runtime; with another "
        "prefix, what waits in between may be lost",
    ),
    "event.change": Native("trigger of Eventarc", "one change a call, in no order, seconds after it was made"),
    "event.change.kinds": Runtime("each change comes, and the runtime passes on those that are asked for"),
    "event.change.batch": Runtime("at the most", "one change a call"),
    "event.change.max_attempts": Runtime("counting", _IN_MEMORY),
    "event.change.dead_letter": Runtime("writing them", _IN_MEMORY),
    "event.change.dead_letter.named": Runtime("writing them", _IN_MEMORY),
    **{
        f"event.{kind}.{word}": Native(by, note)
        for kind in ("schedule", "queue", "topic", "upload")
        for word, by, note in (
            ("max_attempts", "Pub/Sub and the runtime", _ATTEMPTS),
            ("dead_letter", _LETTERS, _BURIED),
            ("dead_letter.named", "the queue named", _BURIED),
        )
    },
    **{
        f"event.{kind}.{word}": meeting
        for kind in ("queue", "topic")
        for word, meeting in (
            ("batch", Native("at the most", f"{_ONE}, whatever batch_size is")),
            ("batch_window", Native("at the most", f"{_ONE}, at once: nothing waits for a batch")),
            ("concurrency", Refused(_NO_NUMBER, _SCALED)),
        )
    },
    "event.queue.attributes": Runtime("the others are taken out of the queue, by a call each"),
    "event.topic.attributes": Native(
        "filter of the subscription",
        "by the runtime where it is over 256 bytes; with another filter, what waits in between may be lost",
    ),
    "queue": Native("topic of Pub/Sub and its one subscription", "delays are refused: send(delay=…) raises ValueError"),
    "queue.existing": Native(
        "topic of Pub/Sub", "`projects/…/topics/…`; a consumer here gets a subscription of its own"
    ),
    "queue.fifo": Native(
        "message ordering", "in order within a group; a message that fails holds its group up; duplicates are passed on"
    ),
    "queue.retention": Native("retention of the subscription"),
    "topic": Native("topic of Pub/Sub"),
    "topic.existing": Native("topic of Pub/Sub", "`projects/…/topics/…`"),
    "bucket": Native("bucket of Cloud Storage", "protected: what is deleted can be had back for seven days"),
    "bucket.existing": Native("bucket of Cloud Storage", "by its name; with uploads, one of the same project"),
    "bucket.versioned": Native("object versioning"),
    "bucket.expire_after": Native("lifecycle rule", "within about a day after it is due"),
    "table": Native(
        "database of Firestore",
        "one a table, since rights end there: a project has 100; items are kept as JSON text, "
        "and can be had back for seven days; not every region that has functions has Firestore",
    ),
    "table.existing": Native(
        "database of Firestore", f"`projects/…/databases/…`; {_THERE}; with changes, of this region"
    ),
    "table.sort_key": Native("composite index"),
    "table.ttl": Native("TTL policy", "links never show what has expired; it is deleted within about a day"),
    "table.indexes": Native("composite indexes", "two an index with a sort key; they take minutes to be built"),
    "link.table": Native("role on the database", "who may write may read too"),
    "link.bucket": Native("role on the bucket", "who may write may see the names of the objects in it"),
    "link.queue": Native("publisher of the topic", "delays are refused: send(delay=…) raises ValueError"),
    "link.topic": Native("publisher of the topic"),
}

_DELIVERIES = Bound(1, 100, "calls", "Pub/Sub: max delivery attempts of a dead-letter policy")
EVENT_TIMEOUT = 540
EVENT_BOUNDS: Mapping[str, Bound] = {
    **{f"{kind}.max_attempts": _DELIVERIES for kind in ("schedule", "queue", "topic", "upload")},
    "function.event_timeout": Bound(
        1, EVENT_TIMEOUT, "s", "Cloud Run functions: quotas, max duration of event-driven functions"
    ),
    "queue.retention": Bound(600, 31 * 86400, "s", "Pub/Sub: subscription properties, message retention"),
    "table.indexes": Bound(0, 99, "indexes", "Firestore: quotas, 200 composite indexes a database"),
}
