"""The rows of the capability table that are about events, resources and links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sls_infra import Api, Bucket, Function, OnChange, OnMessage, OnSchedule, OnUpload, Queue, Table, Topic
from sls_infra.spec.events import Event

from .apis import CODE

Found = tuple[str, str, tuple[str, ...], Api]
"""Family, name, kinds, Api: a row."""

_GROUP = "/subscriptions/01234567-89ab-cdef-0123-456789abcdef/resourceGroups/g/providers"
_BUS = f"{_GROUP}/Microsoft.ServiceBus/namespaces/shop-bus"
_ACCOUNT = f"{_GROUP}/Microsoft.Storage/storageAccounts/shopfiles"
REFS: Mapping[str, Mapping[str, str]] = {
    "aws": {
        "queue": "arn:aws:sqs:eu-west-1:123456789012:emails",
        "topic": "arn:aws:sns:eu-west-1:123456789012:placed",
        "bucket": "arn:aws:s3:::receipts",
        "table": "arn:aws:dynamodb:eu-west-1:123456789012:table/orders",
    },
    "azure": {
        "queue": f"{_BUS}/queues/emails",
        "topic": f"{_BUS}/topics/placed",
        "bucket": f"{_ACCOUNT}/blobServices/default/containers/receipts",
        "table": f"{_GROUP}/Microsoft.DocumentDB/databaseAccounts/shop-orders/sqlDatabases/d/containers/orders",
    },
    "gcp": {
        "queue": "projects/p/topics/emails",
        "topic": "projects/p/topics/placed",
        "bucket": "receipts",
        "table": "projects/p/databases/orders",
    },
    "local": {kind: f"/var/sls/other/dev/{kind}s/one" for kind in ("queue", "topic", "bucket", "table")},
}


def worker(**more: Any) -> Function:
    """The function that is started."""
    return Function("worker", code=CODE, handler="app:show", **more)


def on(*events: Event) -> Api:
    """An Api with these events."""
    return Api("table", events=events)


def linked(link: Any) -> Api:
    """An Api whose function has this link."""
    return on(OnSchedule("nightly", worker(links=[link]), cron="0 3 * * *"))


def event_rows(target: str) -> Iterator[Found]:
    """Each row of a target: refs are its own."""
    yield from _messages()
    yield from _others()
    yield from _resources()
    yield from _existing(REFS[target])
    yield from _links()


def _messages() -> Iterator[Found]:
    sources: tuple[tuple[str, Queue | Topic], ...] = (("queue", Queue("emails")), ("topic", Topic("placed")))
    for kind, source in sources:
        start = f"event.{kind}"

        def row(name: str, word: str, start: str = start, source: Any = source, **more: Any) -> Found:
            return "messages", name, (f"{start}{word}",), on(OnMessage(source, worker(), **more))

        yield row(f"of a {kind}", "")
        yield row(f"of a {kind}, 5 attempts", ".max_attempts", max_attempts=5)
        yield row(f"of a {kind}, dead letters", ".dead_letter")
        yield row(f"of a {kind}, dead letters in a queue of one's own", ".dead_letter.named", dead_letter=Queue("dead"))
        yield row(f"of a {kind}, batches of 10", ".batch", batch_size=10)
        yield row(f"of a {kind}, within 5 s", ".batch_window", batch_size=10, batch_window=5)
        yield row(f"of a {kind}, 10 calls at once", ".concurrency", concurrency=10)
        yield row(f"of a {kind}, by attributes", ".attributes", attributes={"type": ["a", "b"]})


def _others() -> Iterator[Found]:
    def schedule(name: str, word: str, cron: str = "0 3 * * *", **more: Any) -> Found:
        event = OnSchedule("nightly", worker(), cron=cron, **more)
        return "schedules", name, (f"event.schedule{word}",), on(event)

    yield schedule("cron, in UTC", "")
    yield schedule("in a time zone", ".timezone", timezone="Europe/Berlin")
    yield schedule("day of month or day of week", ".either_day", "0 3 13 * FRI")
    yield schedule("attempts of a schedule", ".max_attempts")
    yield schedule("dead letters of a schedule", ".dead_letter")
    yield schedule(
        "dead letters of a schedule, in a queue of one's own", ".dead_letter.named", dead_letter=Queue("dead")
    )

    def upload(name: str, word: str, **more: Any) -> Found:
        return "uploads", name, (f"event.upload{word}",), on(OnUpload(Bucket("receipts"), worker(), **more))

    yield upload("of any object", "")
    yield upload("by prefix and suffix", ".filter", prefix="in/", suffix=".pdf")
    yield upload("attempts of an upload", ".max_attempts")
    yield upload("dead letters of an upload", ".dead_letter")
    yield upload("dead letters of an upload, in a queue of one's own", ".dead_letter.named", dead_letter=Queue("dead"))

    def change(name: str, word: str, **more: Any) -> Found:
        return "changes", name, (f"event.change{word}",), on(OnChange(Table("orders"), worker(), **more))

    yield change("of any kind", "")
    yield change("inserts alone", ".kinds", kinds=["insert"])
    yield change("deletes alone", ".kinds", kinds=["delete"])
    yield change("batches of 10 changes", ".batch", batch_size=10)
    yield change("attempts of a change", ".max_attempts")
    yield change("dead letters of a change", ".dead_letter")
    yield change("dead letters of a change, in a queue of one's own", ".dead_letter.named", dead_letter=Queue("dead"))


def _resources() -> Iterator[Found]:
    family = "resources"
    yield family, "Queue", ("queue",), on(OnMessage(Queue("emails"), worker()))
    yield family, "Queue, FIFO", ("queue.fifo",), on(OnMessage(Queue("emails", fifo=True), worker()))
    yield (
        family,
        "Queue, kept for a week",
        ("queue.retention",),
        on(OnMessage(Queue("emails", retention=7 * 86400), worker())),
    )
    yield family, "Topic", ("topic",), on(OnMessage(Topic("placed"), worker()))
    yield family, "Bucket", ("bucket",), on(OnUpload(Bucket("receipts"), worker()))
    yield family, "Bucket, versioned", ("bucket.versioned",), on(OnUpload(Bucket("receipts", versioned=True), worker()))
    expiring = Bucket("receipts", expire_after=30)
    yield family, "Bucket, objects deleted after days", ("bucket.expire_after",), on(OnUpload(expiring, worker()))
    yield family, "Table", ("table",), on(OnChange(Table("orders"), worker()))
    yield family, "Table, with a sort key", ("table.sort_key",), on(OnChange(Table("orders", sort_key="at"), worker()))
    yield family, "Table, with an end of life", ("table.ttl",), on(OnChange(Table("orders", ttl="until"), worker()))
    indexed = Table("orders", indexes={"by-user": ["user", "at"]})
    yield family, "Table, with an index", ("table.indexes",), on(OnChange(indexed, worker()))


def _existing(refs: Mapping[str, str]) -> Iterator[Found]:
    made: dict[str, Any] = {
        "queue": Queue.existing("emails", refs["queue"]),
        "topic": Topic.existing("placed", refs["topic"]),
        "bucket": Bucket.existing("receipts", refs["bucket"]),
        "table": Table.existing("orders", refs["table"]),
    }
    links = {"queue": "send", "topic": "publish", "bucket": "read_write", "table": "read_write"}
    events: dict[str, Event] = {
        "queue": OnMessage(made["queue"], worker()),
        "topic": OnMessage(made["topic"], worker()),
        "bucket": OnUpload(made["bucket"], worker()),
        "table": OnChange(made["table"], worker()),
    }
    for kind, resource in made.items():
        kinds = (f"{kind}.existing",)
        yield "resources that are there already", f"{kind}, linked", kinds, linked(getattr(resource, links[kind])())
        yield "resources that are there already", f"{kind}, as a source of events", kinds, on(events[kind])


def _links() -> Iterator[Found]:
    table, bucket = Table("orders"), Bucket("receipts")
    for access in ("read", "write", "read_write"):
        words = access.replace("_", " and ")
        yield "links", f"Table, {words}", ("link.table",), linked(getattr(table, access)())
        yield "links", f"Bucket, {words}", ("link.bucket",), linked(getattr(bucket, access)())
    yield "links", "Queue, send", ("link.queue",), linked(Queue("emails").send())
    yield "links", "Topic, publish", ("link.topic",), linked(Topic("placed").publish())
