"""A function that notes every event, as JSON lines in a file; `fail` raises after that."""

from __future__ import annotations

import json
import os
from typing import Any

from sls_infra.runtime import Change, Message, Request, Tick, Upload


def _note(kind: str, **known: Any) -> None:
    with open(os.environ["NOTES"], "a", encoding="utf-8") as file:
        file.write(json.dumps({"kind": kind, **known}) + "\n")


def message(what: Message) -> None:
    _note("message", id=what.id, body=what.body, attributes=dict(what.attributes), attempt=what.attempt)


async def upload(what: Upload) -> None:
    _note("upload", bucket=what.bucket, key=what.key, size=what.size, type=what.content_type, etag=what.etag)


def change(what: Change) -> None:
    _note("change", change=what.kind, key=what.key, old=what.old, new=what.new, table=what.table)


def tick(what: Tick) -> None:
    _note("tick", name=what.name, at=what.scheduled_at.isoformat())


def fail(what: Message) -> None:
    message(what)
    raise ValueError("no such address")


def read(request: Request) -> dict[str, str]:
    return {"path": request.path}
