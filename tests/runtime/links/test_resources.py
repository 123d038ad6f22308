"""From a name to a driver of the platform: what is linked, where it is, and who reaches it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sls_infra.runtime import NotLinked, deployed, links, services
from sls_infra.runtime.errors import ServiceError
from sls_infra.runtime.links.local import tables
from tests.runtime.services.test_services import Platform

from .conftest import Noted

LINKS: dict[str, dict[str, dict[str, Any]]] = {
    "table": {"orders": {"access": "rw", "key": "id", "sort_key": None, "ttl": None, "indexes": {}}},
    "queue": {"emails": {"access": "w", "fifo": True}}, "topic": {"placed": {"access": "w"}},
    "bucket": {"receipts": {"access": "r"}},
}  # fmt: skip


class Bringing(Platform):
    """A platform that brings its own drivers."""

    def __init__(self) -> None:
        super().__init__({})
        self.made: list[tuple[Any, ...]] = []

    def link(self, *given: Any) -> Noted:
        self.made.append(given)
        return Noted(send="1", publish="1")


def test_a_resource_is_made_once_and_made_anew_for_another_function() -> None:
    platform = Bringing()
    services.use("nimbus", platform)
    deployed.use({"queue": {"emails": {"name": "q"}}, "topic": {"placed": "arn"}})
    links.serve("shop", LINKS)
    queue = links.queue("emails")
    assert links.queue("emails") is queue
    assert links.queue("emails") is queue  # as a function still, after its module was imported
    assert (queue.send("x"), links.topic("placed").publish("x")) == ("1", "1")
    links.serve("shop", LINKS)
    assert links.queue("emails") is not queue
    assert platform.made == [
        ("queue", "emails", {"name": "q"}, LINKS["queue"]["emails"]), ("topic", "placed", "arn", {"access": "w"}),
        ("queue", "emails", {"name": "q"}, LINKS["queue"]["emails"]),
    ]  # fmt: skip


def test_what_the_deployment_did_not_tell_of_is_not_reached() -> None:
    services.use("nimbus", Bringing())
    deployed.use({"queue": {"others": "x"}})
    links.serve("shop", LINKS)
    for call in (lambda: links.queue("emails"), lambda: links.table("orders"), lambda: links.of_event("bucket", "b")):
        with pytest.raises(NotLinked, match="deploy it again"):
            call()


@pytest.mark.parametrize("platform", ["local", "memory"])
def test_on_this_machine(tmp_path: Path, platform: str) -> None:
    path = str(tmp_path / "orders")
    tables.create(path, LINKS["table"]["orders"])
    services.use(platform, Platform({}) if platform == "memory" else None)
    deployed.use({"table": {"orders": path}})
    links.serve("shop", LINKS)
    version = links.table("orders").put({"id": "1", "n": 1.5})
    item = links.table("orders").get("1")
    assert item is not None
    assert (item, item.version) == ({"id": "1", "n": 1.5}, version)


def test_without_a_platform_nothing_is_reached() -> None:
    services.use("nimbus", Platform({}))
    deployed.use({"queue": {"emails": "x"}})
    links.serve("shop", LINKS)
    with pytest.raises(ServiceError, match="not known on which platform"):
        links.queue("emails")


def test_the_bucket_of_an_upload_may_be_read_and_no_more() -> None:
    platform = Bringing()
    services.use("nimbus", platform)
    deployed.use({"bucket": {"uploads": "b"}})
    links.serve("shop")
    bucket = links.of_event("bucket", "uploads")
    assert links.of_event("bucket", "uploads") is bucket
    assert platform.made == [("bucket", "uploads", "b", {"access": "r"})]
    with pytest.raises(NotLinked, match=r'Function\("shop"'):
        bucket.delete("a")
