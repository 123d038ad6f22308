"""Handlers of events, and what they reach."""

from __future__ import annotations

from sls_infra.runtime import Change, Conflict, Message, Tick, Upload, idempotent, links


def told(message: Message) -> str:
    """What makes two messages one."""
    id: str = message.json()["id"]
    return id


@idempotent(key=told, table="seen", ttl=3600)
def enter(message: Message) -> None:
    """Enters a message in the books."""
    orders = links.table("orders")
    order = orders.get(message.id)
    if order is None:
        try:
            version: str = orders.put({"id": message.id, "state": "new"}, if_absent=True)
        except Conflict:
            return
        orders.update(message.id, {"state": "known"}, remove=["old"], if_version=version)
    else:
        orders.delete(message.id, if_version=order.version)
    orders.batch(put=[{"id": "1"}], delete=["2", ("3", "4")])


@idempotent(table="seen")
async def scan(upload: Upload) -> None:
    """Reads an upload."""
    with upload.open() as file:
        content: bytes = file.read()
    bucket = links.bucket("receipts")
    bucket.put(upload.key, content, content_type=upload.content_type)
    with open(__file__, "rb") as source:
        bucket.put("file", source)
    found = bucket.head(upload.key)
    size: int = found.size if found is not None else 0
    keys: list[str] = list(bucket.list("in/"))
    links.topic("scanned").publish({"key": upload.key, "size": size, "keys": keys}, attributes={"type": "pdf"})
    url: str = bucket.url(upload.key, method="PUT", expires=60)
    links.queue("emails").send(url, delay=60)


def index(change: Change) -> None:
    """Follows a table."""
    page = links.table("orders").query("1", index="by-day", begins_with="2026", limit=10, reverse=True)
    while page.cursor is not None:
        versions: list[str] = [item.version for item in page]
        page = links.table("orders").query(versions[0], cursor=page.cursor)
    if change.new is not None and change.kind == "update":
        links.table("orders").put(change.new)


def nightly(tick: Tick) -> str:
    """Tells when it was due."""
    return tick.scheduled_at.isoformat()


async def by_hand() -> None:
    """Decorated handlers are called as they are written."""
    enter(Message("1", "{}"))
    await scan(Upload("receipts", "a", 1))
