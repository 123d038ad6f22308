"""What `sls-infra invoke` makes of its options: the event that a handler is given."""

from __future__ import annotations

import argparse
import json
import mimetypes
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from ..errors import SlsError
from ..plan.model import ChangePlan, EventPlan, MessagePlan, Plan, SchedulePlan, TablePlan, UploadPlan
from ..runtime.events.consumer import wanted as fits
from ..runtime.events.shapes import Change, Message, Upload
from ..runtime.links.local.buckets import Bucket
from .world import Refs, subscribers_of

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "message": ("body", "attribute"),
    "upload": ("key", "file"),
    "change": ("old", "new"),
    "schedule": ("at",),
    "route": ("body", "header", "claims"),
}
"""What each kind of occasion takes."""


def delivery(planned: Plan, event: EventPlan, refs: Refs, args: argparse.Namespace) -> dict[str, Any]:
    """The event as a worker is sent it."""
    known: dict[str, Any] = {"id": uuid4().hex, "attempt": 1, "group": None}
    match event:
        case MessagePlan():
            only(args, event.name, "message")
            body = text_of(args.body if args.body is not None else "", "--body")
            return {
                **known,
                "body": body,
                "attributes": dict(_pair(each, "=", "--attribute") for each in args.attribute),
            }
        case UploadPlan():
            only(args, event.name, "upload", "an upload")
            return {**known, **_uploaded(planned, event, refs, args)}
        case ChangePlan():
            only(args, event.name, "change")
            return {**known, **_changed(planned, event, args)}
        case SchedulePlan():
            only(args, event.name, "schedule")
            return {**known, "scheduled_at": _moment(args.at)}


def wanted(known: Mapping[str, Any], delivery: Mapping[str, Any]) -> bool:
    """Whether the event source, as the manifest describes it, would be started by this."""
    match known["kind"]:
        case "queue" | "topic":
            return fits(known, Message(delivery["id"], delivery["body"], delivery["attributes"]))
        case "upload":
            return fits(known, Upload(known["source"], delivery["key"], delivery["size"]))
        case "change":
            return fits(known, Change(delivery["kind"], delivery["key"], delivery["old"], delivery["new"]))
        case _:
            return True


def text_of(given: str, option: str) -> str:
    """The option's text; that of a file where it is `@<file>`."""
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise SlsError(f"{option}: {given[1:]} can't be read: {error}") from None


def object_of(given: str, option: str) -> dict[str, Any]:
    """The option's JSON object."""
    try:
        found = json.loads(text_of(given, option))
    except ValueError as error:
        raise SlsError(f"{option} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise SlsError(f"{option} is no JSON object")
    return found


def headers(given: Sequence[str]) -> list[tuple[str, str]]:
    """Headers, as `name: value`."""
    pairs = [_pair(each, ":", "--header") for each in given]
    for name, value in pairs:
        if not (name + value).isprintable() or not (name + value).isascii():
            raise SlsError(f"--header {name!r} can't be sent: use printable ASCII")
    return [(name.lower(), value.strip()) for name, value in pairs]


def only(args: argparse.Namespace, name: str, kind: str, what: str = "") -> None:
    """Raises SlsError for options that this kind of occasion does not take."""
    others = {option for options in OPTIONS.values() for option in options} - set(OPTIONS[kind])
    given = sorted(option for option in others if getattr(args, option) not in (None, []))
    if given:
        takes = ", ".join(f"--{option}" for option in OPTIONS[kind])
        raise SlsError(f"{name!r} is started by {what or f'a {kind}'}, which has no --{given[0]}; it takes {takes}")


def _pair(text: str, mark: str, option: str) -> tuple[str, str]:
    name, found, value = text.partition(mark)
    if not found or not name.strip():
        raise SlsError(f"{option} {text!r} is not of the form name{mark}value")
    return name.strip(), value


def _uploaded(planned: Plan, event: UploadPlan, refs: Refs, args: argparse.Namespace) -> dict[str, Any]:
    if not args.key:
        raise SlsError(f"{event.name} is started by an upload: say its --key, and --file for its content")
    bucket = Bucket(event.source, refs["bucket"][event.source], {})
    if args.file is not None:
        lane = bucket.subscription(subscribers_of(planned)[event.name])
        before = {message.id for message in lane.peek(1_000_000)}
        content_type = mimetypes.guess_type(args.key)[0] or "application/octet-stream"
        try:
            bucket.put(args.key, Path(args.file).read_bytes(), content_type)
        except OSError as error:
            raise SlsError(f"--file {args.file} can't be put there: {error}") from None
        # It is delivered here: the next `dev` need not do it again.
        told = [m.id for m in lane.peek(1_000_000) if m.id not in before and json.loads(m.body)["key"] == args.key]
        with bucket.store.writing() as connection:
            sql = "DELETE FROM messages WHERE lane = ? AND id = ? AND receipt IS NULL"
            connection.executemany(sql, [(lane.lane, id) for id in told])
    found = bucket.head(args.key)
    if found is None:
        raise SlsError(f"the bucket {event.source!r} of sls-infra dev has no object {args.key!r}: give its --file")
    return {"key": args.key, "size": found.size, "content_type": found.content_type, "etag": found.etag}


def _changed(planned: Plan, event: ChangePlan, args: argparse.Namespace) -> dict[str, Any]:
    table = planned.resource("table", event.source)
    assert isinstance(table, TablePlan)
    old = None if args.old is None else object_of(args.old, "--old")
    new = None if args.new is None else object_of(args.new, "--new")
    item = new if new is not None else old
    if item is None:
        raise SlsError(f"{event.name} is started by a change: say --new, --old, or both, as JSON")
    names = [name for name in (table.key, table.sort_key) if name is not None]
    for name in names:
        if not isinstance(item.get(name), str) or (old is not None and old.get(name) != item[name]):
            raise SlsError(f"--old and --new need the key's attribute {name!r}, a text, and the same in both")
    kind = "insert" if old is None else "delete" if new is None else "update"
    return {"kind": kind, "key": {name: item[name] for name in names}, "old": old, "new": new}


def _moment(given: str | None) -> str:
    try:
        moment = datetime.now(UTC).replace(second=0) if given is None else datetime.fromisoformat(given)
    except ValueError:
        raise SlsError(f"--at {given!r} is no time: write it as 2026-03-29T03:00:00Z") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
