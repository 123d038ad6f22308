"""The books: each payment once, however often the provider or the queue tells of it."""

from __future__ import annotations

from typing import Any

from sls_infra.runtime import HttpError, Message, Request, idempotent, links


def told(message: Message) -> str:
    """What an event is known by: the provider's own id, the same when it sends one again."""
    id: str = message.json()["id"]
    return id


@idempotent(key=told, table="seen")
def enter(message: Message) -> None:
    """Enters a payment, and tells who listens."""
    event = message.json()
    payment = event["data"]["object"]
    entry: dict[str, Any] = {
        "id": payment["id"],
        "order": payment["metadata"]["order"],
        "amount": payment["amount"],
        "currency": payment["currency"],
        "state": "paid" if event["type"] == "payment_intent.succeeded" else "failed",
    }
    links.table("payments").put(entry)
    if entry["state"] == "paid":
        links.topic("paid").publish(entry, attributes={"currency": entry["currency"]})


def read(request: Request) -> dict[str, object]:
    """A payment, as the books have it."""
    payment = links.table("payments").get(request.path_params["id"])
    if payment is None:
        raise HttpError(404, "no such payment")
    return payment
