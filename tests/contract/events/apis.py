"""An Api with every kind of event source, and what its rendering tells its function."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from sls_infra import Api, Bucket, Function, OnChange, OnMessage, OnSchedule, OnUpload, Queue, Table, Topic
from sls_infra.plan.model import FunctionPlan, Plan
from sls_infra.testing import Rendered, render

from .. import unpacking
from .worlds.process import MODULE

HANDLER = f"{MODULE}:handle"


class Deployed(NamedTuple):
    """What a world is given of a deployment."""

    plan: Plan
    function: FunctionPlan
    told: dict[str, Any]
    """SLS_DEPLOYED."""


def api(code: Path, kinds: tuple[str, ...] | None = None) -> Api:
    """`kinds`: another source of changes, "some", of these alone."""
    orders = Table("orders", key="id")
    worker = Function("worker", code=code, handler=HANDLER, links=[Table("handled", key="id").read_write()])
    some = [OnChange(Table("others", key="id"), worker, name="some", kinds=kinds)] if kinds else []  # type: ignore[arg-type]
    return Api(
        "events",
        events=[
            OnMessage(Queue("emails"), worker, name="messages", batch_size=10),
            OnMessage(Queue("once"), worker, name="once", max_attempts=1),
            OnMessage(Queue("steps", fifo=True), worker, name="ordered", batch_size=10),
            OnMessage(Topic("placed"), worker, name="published", batch_size=10, attributes={"type": ["a", "b"]}),
            OnUpload(Bucket("receipts"), worker, name="uploads", prefix="in/", suffix=".txt"),
            OnChange(orders, worker, name="changes", batch_size=10),
            OnSchedule("nightly", worker, cron="0 3 * * *", timezone="Europe/Berlin"),
            *some,
        ],
    )


@lru_cache
def deployed(platform: str, code: Path, kinds: tuple[str, ...] | None = None) -> Deployed:
    """The Api on that target: planned, checked against what it can do, and rendered."""
    made = api(code, kinds)
    plan = unpacking.planned(made, platform)
    return Deployed(plan, plan.functions[0], _told(render(made, platform)))


def _told(rendered: Rendered) -> dict[str, Any]:
    """SLS_DEPLOYED of the one function, wherever the target keeps a function's environment."""
    (text,) = (value for resource in rendered.resources for value in _variables(resource.inputs))
    known: dict[str, Any] = json.loads(text)
    return known


def _variables(value: Any) -> list[str]:
    if isinstance(value, dict):
        if value.get("name") == "SLS_DEPLOYED":
            return [value["value"]]
        own = [each for name, each in value.items() if name == "SLS_DEPLOYED"]
        return own + [found for each in value.values() for found in _variables(each)]
    return [found for each in value for found in _variables(each)] if isinstance(value, list) else []
