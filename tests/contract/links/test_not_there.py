"""A resource that is not there, as after it was removed from the spec and the function still runs: NotFound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sls_infra.runtime.errors import NotFound

from .making import Making
from .worlds.world import Kind, Unavailable

TABLE = {"key": "id", "sort_key": None, "ttl": "ends", "indexes": {"by-owner": ["owner"]}}
CALLS: dict[Kind, dict[str, Callable[[Any], Any]]] = {
    "table": {
        "get": lambda table: table.get("k"),
        "put": lambda table: table.put({"id": "k"}),
        "put if absent": lambda table: table.put({"id": "k"}, if_absent=True),
        "update": lambda table: table.update("k", {"a": 1}),
        "delete": lambda table: table.delete("k"),
        "query": lambda table: table.query("k"),
        "query of an index": lambda table: table.query("k", index="by-owner"),
        "batch": lambda table: table.batch(put=[{"id": "k"}]),
    },
    "bucket": {
        "get": lambda bucket: bucket.get("k"),
        "put": lambda bucket: bucket.put("k", b"x"),
        "put of a file": lambda bucket: bucket.put("k", _file()),
        "delete": lambda bucket: bucket.delete("k"),
        "list": lambda bucket: list(bucket.list()),
        "open": lambda bucket: bucket.open("k"),
    },
    "queue": {"send": lambda queue: queue.send("x", attributes={"a": "b"})},
    "topic": {"publish": lambda topic: topic.publish("x")},
}


def _file() -> Any:
    from io import BytesIO

    return BytesIO(b"x")


@pytest.mark.parametrize(("kind", "call"), [(kind, call) for kind, calls in CALLS.items() for call in calls])
def test_every_call_says_that_it_is_not_there(making: Making, kind: Kind, call: str) -> None:
    reason = making.world.missing(kind)
    if reason is not None:
        pytest.skip(f"{making.world.platform}: {reason}")
    described = {**(TABLE if kind == "table" else {"fifo": False}), "access": "rw"}
    try:
        address = making.world.nowhere(kind)
    except Unavailable as error:
        pytest.skip(f"{making.world.platform}: {error}")
    link = making.link(kind, "nowhere", address, described)
    with pytest.raises(NotFound):
        CALLS[kind][call](link)
