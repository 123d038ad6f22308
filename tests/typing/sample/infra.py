"""The contract's sample, whole: what users write must type-check, what is not built yet included."""

from __future__ import annotations

from pydantic import BaseModel

from sls_infra import (
    Api,
    Bucket,
    Cors,
    Function,
    Input,
    Jwt,
    OnChange,
    OnMessage,
    OnSchedule,
    OnUpload,
    Public,
    Queue,
    RateLimit,
    Route,
    Table,
)


class NewOrder(BaseModel):
    sku: str


orders = Table("orders", key="id")
receipts = Bucket("receipts")
emails = Queue("emails")

shop = Function("shop", code="src", memory=512, timeout=10, links=[orders.read_write(), emails.send()])
worker = Function("worker", code="src", links=[orders.read()])


def api(issuer: Input[str] = "https://id.example.com/") -> Api:
    return Api(
        "orders",
        auth=Jwt(issuer=issuer, audience="orders"),
        rate_limit=RateLimit(100, per="second", burst=200),
        cors=Cors(origins=["https://shop.example.com"]),
        routes=[
            Route("GET", "/orders/{id}", shop, handler="shop.api:read", scopes=["orders:read"]),
            Route(
                "POST",
                "/orders",
                shop,
                handler="shop.api:create",
                scopes=["orders:write"],
                rate_limit=RateLimit(10),
                request=NewOrder,
            ),
            Route("GET", "/health", shop, handler="shop.api:health", auth=Public()),
        ],
        events=[
            OnMessage(emails, worker, handler="shop.mail:send", batch_size=10, max_attempts=5),
            OnSchedule("nightly", worker, handler="shop.reports:nightly", cron="0 3 * * *", timezone="Europe/Berlin"),
            OnUpload(receipts, worker, handler="shop.receipts:scan", suffix=".pdf"),
            OnChange(orders, worker, handler="shop.search:index"),
        ],
    )
