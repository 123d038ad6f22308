"""What holds for orders beyond the shape of a body: which changes are allowed, and what follows from what."""

from __future__ import annotations

from typing import Any

from sls_infra.runtime import HttpError

from .store import Order

NEXT = {"open": ("paid", "cancelled"), "paid": ("shipped", "cancelled"), "shipped": (), "cancelled": ()}
"""Status → those that may follow."""


def fields(body: dict[str, Any]) -> Order:
    """What a caller decides of an order, and the total. Raises HttpError 400 for an article named twice."""
    items = body["items"]
    seen: set[str] = set()
    errors = []
    for position, item in enumerate(items):
        if item["sku"] in seen:
            errors.append({"pointer": f"/items/{position}/sku", "message": "is named before: add them up"})
        seen.add(item["sku"])
    if errors:
        raise HttpError(400, "the order names an article twice", errors=errors)
    # JSON has one kind of number, and a schema takes 2.0 for an integer.
    items = [
        {"sku": item["sku"], "quantity": int(item["quantity"]), "unit_price": int(item["unit_price"])} for item in items
    ]
    return {
        "customer": body["customer"],
        "currency": body["currency"],
        "items": items,
        "note": body.get("note", ""),
        "total": sum(item["quantity"] * item["unit_price"] for item in items),
    }


def check_change(order: Order, wanted: Order, status: str) -> None:
    """Raises HttpError 409 for a change that its status does not allow."""
    now = order["status"]
    if status != now and status not in NEXT[now]:
        after = " or ".join(NEXT[now]) or "nothing: that is final"
        raise HttpError(409, f"the order is {now}; after that comes {after}, not {status}")
    changed = [name for name in ("customer", "currency", "items") if wanted[name] != order[name]]
    if changed and now != "open":
        raise HttpError(409, f"the order is {now}: its {' and '.join(changed)} can't change any more")


def check_removal(order: Order) -> None:
    """Raises HttpError 409 for an order that the books still need."""
    if order["status"] not in ("open", "cancelled"):
        raise HttpError(409, f"the order is {order['status']}: only open and cancelled ones can be deleted")
