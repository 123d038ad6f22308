"""Specs with events and resources that tests of Google Cloud share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sls_infra import (
    Api,
    Bucket,
    Domain,
    Function,
    OnChange,
    OnMessage,
    OnSchedule,
    OnUpload,
    Public,
    Queue,
    Route,
    Table,
    Topic,
)
from sls_infra.spec.events import Event

from ...plan.specs import code

ORDERS = Table(
    "orders", key="id", sort_key="at", ttl="gone", indexes={"by-customer": ("customer", "placed"), "by-city": ("city",)}
)
RECEIPTS = Bucket("receipts", versioned=True, expire_after=30)
EMAILS, ORDERED = Queue("emails", retention=3600), Queue("ordered", fifo=True)
PLACED = Topic("placed")


def everything(folder: Path, *more: Event, balanced: bool = False) -> Api:
    """Every kind of event, resource and link; the shop has routes and events, and writes to the bucket that starts
    it."""
    links = [ORDERS.read_write(), RECEIPTS.read_write(), EMAILS.send(), PLACED.publish()]
    shop = Function("shop", code=code(folder), handler="app:read", links=links)
    worker = Function("worker", code=code(folder), handler="app:read", links=[ORDERS.read()], timeout=100)
    return Api(
        "orders",
        auth=Public(),
        routes=[Route("GET", "/orders/{id}", shop)],
        events=[
            OnMessage(EMAILS, worker, max_attempts=7),
            OnMessage(ORDERED, worker),
            OnMessage(PLACED, shop, attributes={"kind": ["new", "changed"], "a.b": ["c"]}),
            OnSchedule("nightly", worker, cron="0 3 * * MON-FRI", timezone="Europe/Berlin"),
            OnUpload(RECEIPTS, worker, prefix="in/", suffix=".pdf"),
            OnUpload(RECEIPTS, shop, name="second"),
            OnUpload(RECEIPTS, shop, name="third", max_attempts=2),
            OnChange(ORDERS, worker),
            *more,
        ],
        domain=Domain("api.example.com") if balanced else None,
    )


def one_event(folder: Path, event: Event | None = None, *links: Any, **more: Any) -> Api:
    """An Api of one function, with an event or a route."""
    shop = Function("shop", code=code(folder), handler="app:read", links=links, **more)
    if event is None:
        return Api("orders", auth=Public(), routes=[Route("GET", "/a", shop)])
    return Api("orders", events=[event])


def function(folder: Path, **more: Any) -> Function:
    return Function("shop", code=code(folder), handler="app:read", **more)
