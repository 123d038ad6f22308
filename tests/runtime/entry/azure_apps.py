"""An app with every kind of event source, unpacked, for Microsoft's worker: its handlers write down what they get."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sls_infra.runtime
from sls_infra.providers.azure.package import FUNCTION_APP

NOT_NOW = datetime.now(UTC) + timedelta(hours=12)
EVENTS = Path(__file__).parents[2] / "events" / "azure"
TABLE: dict[str, Any] = {"key": "id", "sort_key": None, "ttl": None, "indexes": {}}
SOURCES: dict[str, dict[str, Any]] = {
    "emails-worker": {"kind": "queue", "source": "emails", "fifo": False, "attributes": {}},
    "steps-worker": {"kind": "queue", "source": "steps", "fifo": True, "attributes": {}},
    "placed-worker": {"kind": "topic", "source": "placed", "fifo": False, "attributes": {"type": ["a", "b"]}},
    "receipts-worker": {"kind": "upload", "source": "receipts", "prefix": "in/", "suffix": ".txt"},
    "nightly": {"kind": "schedule", "cron": "0 3 * * *", "timezone": "Europe/Berlin"},
    "minutely": {"kind": "schedule", "cron": "* * * * *", "timezone": "UTC"},
    "elsewhen": {"kind": "schedule", "cron": f"{NOT_NOW.minute} {NOT_NOW.hour} * * *", "timezone": "UTC"},
    "orders-worker": {"kind": "change", "source": "orders", "kinds": ["update"], "batch_size": 7, "table": TABLE},
}  # fmt: skip
CODE = """
import asyncio, json, os
from sls_infra.runtime import links

def note(kind, **known):
    with open(os.environ["SEEN"], "a") as file:
        file.write(json.dumps({"kind": kind, **known}) + "\\n")
    if "fail" in json.dumps(known):
        raise ValueError("as it was asked to")

def message(message):
    if message.body == "libraries":
        from azure.cosmos import CosmosClient
        from azure.identity import ManagedIdentityCredential
        from azure.storage.blob import BlobServiceClient
        found = (CosmosClient, ManagedIdentityCredential, BlobServiceClient)
        return note("libraries", found=[each.__name__ for each in found])
    note("message", id=message.id, body=message.body, attributes=dict(message.attributes), attempt=message.attempt)

async def upload(upload):
    await asyncio.sleep(0)
    note("upload", bucket=upload.bucket, key=upload.key, size=upload.size, type=upload.content_type, etag=upload.etag)

def tick(tick):
    note("tick", name=tick.name, at=tick.scheduled_at.isoformat())

def change(change):
    note("change", change=change.kind, table=change.table, key=change.key, old=change.old, new=change.new)
"""
HANDLERS = {"queue": "message", "topic": "message", "upload": "upload", "schedule": "tick", "change": "change"}
MAX_ATTEMPTS = 3


def app(root: Path, routes: list[dict[str, Any]] | None = None) -> Path:
    """The app's folder, as it is deployed."""
    runtime = Path(sls_infra.runtime.__file__).parent
    shutil.copytree(runtime, root / "sls_infra" / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "sls_infra" / "__init__.py").touch()
    (root / "shop").mkdir()
    (root / "shop" / "work.py").write_text(CODE)
    (root / "function_app.py").write_bytes(FUNCTION_APP)
    events = {
        name: {**known, "handler": f"shop.work:{HANDLERS[known['kind']]}", "max_attempts": MAX_ATTEMPTS}
        for name, known in SOURCES.items()
    }
    known = {"version": 1, "api": "orders", "function": "worker", "routes": routes or [], "events": events}
    (root / "sls_manifest.json").write_text(json.dumps(known))
    return root


def recorded(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text("utf-8"))


def bus_message(body: str, **metadata: Any) -> dict[str, Any]:
    """What the Service Bus trigger gives."""
    known = recorded("service-bus-metadata-documented")
    for name, value in metadata.items():
        known[name] = {"string": value} if isinstance(value, str) else {"json": json.dumps(value)}
    return {"parameter": "given", "data": {"string": body}, "metadata": known}


def queue_message(text: str, dequeued: int = 1) -> dict[str, Any]:
    """What the storage queue's trigger gives."""
    metadata = {
        "Id": {"string": "5e2b"},
        "DequeueCount": {"json": str(dequeued)},
        "PopReceipt": {"string": "AgAAAAMAAAA"},
    }
    return {"parameter": "given", "data": {"string": text}, "metadata": metadata}


def json_of(value: Any) -> dict[str, Any]:
    """What the triggers of timers and change feeds give."""
    return {"parameter": "given", "data": {"json": json.dumps(value)}}
