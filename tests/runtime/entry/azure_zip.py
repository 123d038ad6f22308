"""The same app as the very zip that would be deployed: planned from a spec, bundled, unpacked."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from pathlib import Path
from typing import Any

from sls_infra import Api, Bucket, Function, OnChange, OnMessage, OnSchedule, OnUpload, Queue, Table, Topic
from sls_infra.bundle import build
from sls_infra.plan import resolve
from sls_infra.providers.azure.capabilities import CAPABILITIES
from sls_infra.providers.azure.package import bundle_spec

from .azure_apps import CODE, MAX_ATTEMPTS, SOURCES


def api(code: Path) -> Api:
    """Its spec: the event sources are those of `azure_apps.SOURCES`."""
    orders = Table("orders", key="id")
    worker = Function("worker", code=code, links=[orders.read_write()])
    emails, steps, placed = Queue("emails"), Queue("steps", fifo=True), Topic("placed")
    timers = {name: known for name, known in SOURCES.items() if known["kind"] == "schedule"}
    kept: dict[str, Any] = {"max_attempts": MAX_ATTEMPTS}
    return Api(
        "orders",
        events=[
            OnMessage(emails, worker, handler="shop.work:message", **kept),
            OnMessage(steps, worker, handler="shop.work:message", **kept),
            OnMessage(placed, worker, handler="shop.work:message", attributes={"type": ["a", "b"]}, **kept),
            OnUpload(Bucket("receipts"), worker, handler="shop.work:upload", prefix="in/", suffix=".txt", **kept),
            *(
                OnSchedule(name, worker, handler="shop.work:tick", cron=each["cron"], timezone=each["timezone"], **kept)
                for name, each in timers.items()
            ),
            OnChange(orders, worker, handler="shop.work:change", batch_size=7, **kept),
        ],
    )


def unpacked(root: Path) -> Path:
    """The zip's folder."""
    code = root / "code"
    (code / "shop").mkdir(parents=True)
    (code / "shop" / "work.py").write_text(CODE)
    plan = resolve.resolve(api(code))
    function = dataclasses.replace(plan.functions[0], python="3.13")  # what the worker library runs on
    bundle = build(bundle_spec(plan, function, CAPABILITIES), cache=root / "cache")
    with zipfile.ZipFile(bundle.path) as archive:
        archive.extractall(root / "unpacked")
    manifest = json.loads((root / "unpacked" / "sls_manifest.json").read_text())
    assert manifest["events"].keys() == SOURCES.keys()
    return root / "unpacked"
