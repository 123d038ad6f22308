"""What Azure can do of event sources, resources and links, with either front: data only."""

from __future__ import annotations

from ...plan.capabilities import Bound, Meeting, Native, Refused, Runtime

_ONE = "one event a call: what fails comes again by itself"
_AT_ONCE = "a message that failed comes again at once: Service Bus waits for nothing"
_SCALED = "instances come by what the host peeks at: to count what waits takes a role that may change the queue"
_MEMORY = "the host counts in memory: where an instance ends, the count begins anew"
_BURIED = "written by the runtime at the last attempt, with its reason"
_SUBQUEUE = (
    "what crashes or runs out of time each time, so that nobody can write it, Service Bus forwards to the dead-letter "
    "queue in the Standard tier; in Basic, and of FIFO queues, it lies in the entity's own dead-letter subqueue"
)
_POISON = "what crashes or runs out of time each time lies in the storage queue that ends in -poison"
_LOST = "of an event whose call crashes or runs out of time at the last attempt there is none, but a line in the log"
_BASIC = (
    "Service Bus Basic costs nothing while idle; topics and FIFO queues take the Standard tier: about 10 USD a month "
    "for the namespace, used or not (figure of 2025)"
)
_RULED = (
    "the limits of an app are an instance's: how many instances there are Azure decides, and may go over the number "
    "that an app is to have at the most"
)
_NO_CONCURRENCY = Refused(
    f"nothing there says how many calls there are at once in all: {_RULED}",
    "leave concurrency out (a FIFO queue takes the messages of a group one by one), or use aws, gcp or local",
)
_WINDOWS = Runtime("nothing waits", "each message comes as soon as it is there")


def _attempts(note: str) -> Native:
    return Native("the runtime counts by the service's own number of deliveries", note)


EVENTS: dict[str, Meeting] = {
    "event.schedule": Native("timer trigger", "what was missed while Azure was away is made up for, once"),
    "event.schedule.max_attempts": Native("retry policy of the trigger", f"two seconds apart; {_MEMORY}"),
    "event.schedule.timezone": Runtime(
        "the timer runs in UTC at each time that may be it, the runtime lets the right ones through",
        "the calls that it lets pass by are paid for",
    ),
    "event.schedule.either_day": Runtime(
        "the timer runs on every day, the runtime lets the right ones through", "those calls are paid for"
    ),
    "event.queue": Native("Service Bus trigger", f"{_ONE}; {_SCALED}"),
    "event.queue.max_attempts": _attempts(_AT_ONCE),
    "event.queue.batch": Runtime("one message a call", _ONE),
    "event.queue.batch_window": _WINDOWS,
    "event.queue.concurrency": _NO_CONCURRENCY,
    "event.queue.attributes": Runtime("attributes", "a message that does not fit is taken off the queue, and done"),
    "event.topic": Native("subscription and Service Bus trigger", f"{_ONE}; {_SCALED}"),
    "event.topic.max_attempts": _attempts(_AT_ONCE),
    "event.topic.batch": Runtime("one message a call", _ONE),
    "event.topic.batch_window": _WINDOWS,
    "event.topic.concurrency": _NO_CONCURRENCY,
    "event.topic.attributes": Native(
        "rule of the subscription", "the runtime looks again; a condition over 1,024 characters is the runtime's alone"
    ),
    "event.upload": Native(
        "Event Grid, a storage queue and its trigger",
        "within seconds, up to five more while nothing else comes; an object that is copied or replaced is told too",
    ),
    "event.upload.max_attempts": _attempts("ten seconds apart"),
    "event.upload.filter": Native("filter of the event subscription", "case counts; the runtime looks again"),
    "event.change": Native(
        "change feed of Cosmos DB",
        "every change comes as an update, without `old`; deletes do not come; of several changes of an item the last "
        "alone may come; begins with what changes after the first deployment",
    ),
    "event.change.max_attempts": Native("retry policy of the trigger", f"two seconds apart; {_MEMORY}"),
    "event.change.kinds": Runtime("every change comes as an update", "inserts and updates are taken together, or not"),
    "event.change.batch": Native("most items of a call of the trigger", "one that fails alone is tried again"),
}
for _kind, _backstop in {
    "schedule": _LOST, "queue": _SUBQUEUE, "topic": _SUBQUEUE, "upload": _POISON, "change": _LOST
}.items():  # fmt: skip
    for _which in ("dead_letter", "dead_letter.named"):
        EVENTS[f"event.{_kind}.{_which}"] = Native("Service Bus queue", f"{_BURIED}; {_backstop}")

_OTHERS = "never made nor deleted; whoever deploys must be allowed to give roles on it"
RESOURCES: dict[str, Meeting] = {
    "queue": Native("Service Bus queue", _BASIC),
    "queue.existing": Native(
        "Service Bus queue",
        f"{_OTHERS}; its own count of deliveries, if it is below max_attempts, ends what is tried",
    ),
    "queue.fifo": Native("sessions of the queue", "takes the Standard tier; a group is a session"),
    "queue.retention": Native("time to live of the queue's messages"),
    "topic": Native("Service Bus topic", _BASIC),
    "topic.existing": Native("Service Bus topic", f"{_OTHERS}; subscriptions are made within its namespace"),
    "bucket": Native(
        "container of a storage account of its own",
        "a subscription takes 250 accounts in a region; deleted containers and objects can be had back for 7 days; "
        "protect is Pulumi's alone, since a lock would keep Azure from taking roles back too",
    ),
    "bucket.existing": Native(
        "container of a storage account",
        f"{_OTHERS}; for uploads its account must be in the same subscription, and have no Event Grid system topic "
        "yet: Azure has one an account",
    ),
    "bucket.versioned": Native("versions of blobs"),
    "bucket.expire_after": Native("lifecycle rule of the account", "runs once a day; older versions go likewise"),
    "table": Native(
        "container of a serverless Cosmos DB account",
        "nothing while idle but what is stored; strongly consistent, so that a read counts twice; the last 7 days can "
        "be had back; with protect a lock stands on it, to make which takes Owner or User Access Administrator",
    ),
    "table.existing": Native(
        "container of a Cosmos DB account", f"{_OTHERS}; it must be one that sls-infra made; leases stand beside it"
    ),
    "table.sort_key": Runtime("property of the document"),
    "table.ttl": Native("time to live of the document", "the runtime gives no expired item, removed or not"),
    "table.indexes": Runtime("indexed properties of the document", "a query through one asks all partitions"),
    "link.queue": Native("role on the queue: Service Bus Data Sender"),
    "link.topic": Native("role on the topic: Service Bus Data Sender"),
    "link.bucket": Native(
        "role on the container: Storage Blob Data Reader or Contributor",
        "and Storage Blob Delegator on the account, for signed urls; write() is Contributor on condition that nothing "
        "is read, which may still delete the container itself",
    ),
    "link.table": Native(
        "role within Cosmos DB, on the container",
        "write() may also read an item by its key: what is there decides on if_version and update",
    ),
}

BOUNDS: dict[str, Bound] = {
    "function.event_timeout": Bound(1, 3600, "s", "Azure Functions: scale and hosting, scale-in grace period"),
    "queue.retention": Bound(60, 14 * 86400, "s", "Service Bus quotas: message time to live of the Basic tier"),
    "bucket.expire_after": Bound(1, 99_999, "days", "Azure Blob Storage: lifecycle management policies"),
    **{
        f"{kind}.max_attempts": Bound(1, 1999, "attempts", "Service Bus quotas: 2,000 deliveries")
        for kind in ("queue", "topic")
    },
}
NOTES = (
    "event functions without routes have no gateway, and are paid for by the call alone",
    "events come at least once, and in no order but within a group of a FIFO queue",
)
"""What holds where there are events."""
