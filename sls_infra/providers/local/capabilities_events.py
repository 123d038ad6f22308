"""What the local target can do of events, resources and links: data only."""

from __future__ import annotations

from ...plan.capabilities import Bound, Meeting, Native, Runtime

_DAEMON = "the local gateway"
_SOURCES = ("schedule", "queue", "topic", "upload", "change")
_COUNTS = Native("attempts counted by the gateway", "again after 0.5 s, then twice as long each time, up to a minute")
_BURIES = Native("queue of dead letters", "`sls-infra redrive` lists them and puts them back")
_SIZE = Bound(1, 10_000, "", _DAEMON)


def _source(kind: str, by: Native) -> dict[str, Meeting]:
    source = f"event.{kind}"
    buried = {f"{source}.dead_letter": _BURIES, f"{source}.dead_letter.named": _BURIES}
    return {source: by, f"{source}.max_attempts": _COUNTS, **buried}


def _messages(kind: str, filtered: Meeting) -> dict[str, Meeting]:
    source = f"event.{kind}"
    return {
        f"{source}.batch": Native("calls with several messages"),
        f"{source}.batch_window": Native("the gateway waits for a full batch"),
        f"{source}.concurrency": Native("calls at once, counted by the gateway"),
        f"{source}.attributes": filtered,
    }


MEETS: dict[str, Meeting] = {
    **_source(
        "schedule",
        Native(
            "clock of the gateway",
            "of ticks missed while it did not run, the newest is run late, if within an hour; the log tells of others",
        ),
    ),
    "event.schedule.timezone": Native("time zones of this machine's own database"),
    "event.schedule.either_day": Native("clock of the gateway"),
    **_source("queue", Native("queue, consumed by the gateway")),
    **_messages("queue", Runtime("filter", "what does not fit is taken off the queue")),
    **_source("topic", Native("subscription, consumed by the gateway")),
    **_messages("topic", Native("filter of the subscription")),
    **_source(
        "upload", Native("subscription to the bucket", "files that are put into its folder by hand are uploads too")
    ),
    "event.upload.filter": Native("filter of the subscription"),
    **_source("change", Native("subscription to the table, in order for each key")),
    "event.change.kinds": Native("filter of the subscription"),
    "event.change.batch": Native("calls with several changes"),
    "queue": Native("SQLite file", "what was accepted survives a kill, not always a power failure"),
    "queue.fifo": Native("order by group"),
    "queue.retention": Native("SQLite file"),
    "topic": Native("SQLite file, a copy of each message for each subscriber"),
    "bucket": Native("folder of plain files", "addresses that it signs are those of the gateway, on this machine"),
    "bucket.versioned": Native("folder of older versions"),
    "bucket.expire_after": Native("the gateway deletes them", "as long as it runs"),
    "table": Native("SQLite file"),
    "table.sort_key": Native("SQLite file"),
    "table.ttl": Native("the gateway deletes them", "within seconds, as long as it runs"),
    "table.indexes": Native("SQLite file"),
    **{
        f"{kind}.existing": Native(f"{kind} of another stack on this machine", "known by the path of its folder")
        for kind in ("queue", "topic", "bucket", "table")
    },
    **{
        f"link.{kind}": Native(
            "opened by the function's own process", "rights are checked by the runtime: all processes are one user's"
        )
        for kind in ("queue", "topic", "bucket", "table")
    },
}

BOUNDS: dict[str, Bound] = {
    "function.event_timeout": Bound(None, 900, "s", _DAEMON),
    **{f"{kind}.batch_size": _SIZE for kind in ("queue", "topic", "change")},
    **{
        f"{kind}.max_attempts": Bound(1, 1000, "", _DAEMON)
        for kind in ("schedule", "queue", "topic", "upload", "change")
    },
    **{f"{kind}.batch_window": Bound(0, 300, "s", _DAEMON) for kind in ("queue", "topic")},
    **{f"{kind}.concurrency": Bound(1, 1000, "", _DAEMON) for kind in ("queue", "topic")},
    "queue.retention": Bound(60, 1_209_600, "s", _DAEMON),
    "bucket.expire_after": Bound(1, None, "days", _DAEMON),
    "table.indexes": Bound(0, 20, "", "as many as DynamoDB takes, so that a table can move there"),
}
