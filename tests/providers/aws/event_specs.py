"""Specs that tests of AWS's event sources and resources share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sls_infra import (
    Api,
    Bucket,
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
from sls_infra.testing.rendered import Rendered

from ...plan.specs import code

WHERE = "eu-west-1:123456789012"
QUEUE, TOPIC = f"arn:aws:sqs:{WHERE}:theirs", f"arn:aws:sns:{WHERE}:theirs"
BUCKET, TABLE = "arn:aws:s3:::theirs", f"arn:aws:dynamodb:{WHERE}:table/theirs"


def worker(folder: Path, name: str = "worker", **more: Any) -> Function:
    return Function(name, code=code(folder), handler="app:read", **more)


def api(*events: Any, **more: Any) -> Api:
    """An Api of event sources alone."""
    return Api("orders", events=list(events), **more)


def every_source(folder: Path) -> Api:
    """A function with a route, and one that is started by a source of each kind."""
    orders = Table("orders", key="id", sort_key="at", ttl="until", indexes={"by-customer": ("customer", "at")})
    receipts, emails, placed = Bucket("receipts", versioned=True, expire_after=30), Queue("emails"), Topic("placed")
    shop = worker(folder, "shop", links=[orders.read_write(), emails.send(), placed.publish(), receipts.read_write()])
    own = worker(folder, timeout=20, links=[orders.read()])
    return api(
        OnMessage(emails, own, batch_size=20, batch_window=5, max_attempts=5, concurrency=4),
        OnMessage(placed, own, attributes={"type": ["paid", "sent"], "country": ["de"]}),
        OnSchedule("nightly", own, cron="30 3 * * MON-FRI", timezone="Europe/Berlin"),
        OnUpload(receipts, own, prefix="in box/", suffix=".pdf"),
        OnChange(orders, own, kinds=["insert", "delete"], batch_size=50, max_attempts=4),
        routes=[Route("GET", "/orders", shop, auth=Public())],
    )


def policy(stack: Rendered, function: str = "worker") -> dict[str, Any]:
    """What a function's role may do."""
    found: dict[str, Any] = json.loads(stack.one("aws:iam/rolePolicy:RolePolicy", function).inputs["policy"])
    return found


def told(stack: Rendered, function: str = "worker") -> dict[str, Any]:
    """What a function is told of its deployment."""
    variables = stack.one("aws:lambda/function:Function", function).inputs["environment"]["variables"]
    found: dict[str, Any] = json.loads(variables["SLS_DEPLOYED"])
    return found
