"""Queues, topics, buckets, tables and what they start, on the real engine, by literal commands."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from typing import Any

import pytest

from sls_infra.runtime.links.local.buckets import Bucket
from sls_infra.runtime.links.local.queues import Queue
from sls_infra.runtime.links.local.topics import Topic
from tests.engine.callers import kill
from tests.engine.harness import Workspace
from tests.engine.local.shop import Make, daemon, left
from tests.local.harness import eventually

pytestmark = pytest.mark.engine

PROGRAM = """
import pulumi
from sls_infra import *

config = pulumi.Config()
orders = Table("orders", ttl=config.get("ttl"))
receipts = Bucket("receipts")
emails = Queue("emails", fifo=config.get_bool("fifo") or False)
placed = Topic("placed")
out = {"OUT": config.require("out")}
links = [orders.read_write(), emails.send(), placed.publish(), receipts.write()]
shop = Function("shop", code="shop", env=out, links=links)
desk = Function("desk", code="desk", env=out, links=[orders.read()])
api = ServerlessApi(Api("orders", events=[
    OnMessage(emails, shop, handler="shop:mail", max_attempts=1),
    OnMessage(placed, desk, handler="desk:heard", attributes={"lang": [config.get("lang") or "de"]}),
    OnUpload(receipts, desk, handler="desk:scan", suffix=".pdf"),
    OnChange(orders, desk, handler="desk:changed"),
    OnSchedule("yearly", desk, handler="desk:heard", cron="0 0 29 2 *"),
]))
for name in ("queues", "topics", "buckets", "tables"):
    pulumi.export(name, getattr(api, name))
pulumi.export("has_url", hasattr(api, "url"))
"""
SHOP_CODE = """
from sls_infra.runtime import links

def mail(message):
    if message.body == "bad":
        raise ValueError("no such address")
    links.table("orders").put({"id": message.body})
    links.topic("placed").publish(message.body, attributes={"lang": "de"})
    links.topic("placed").publish(message.body, attributes={"lang": "fr"})
    links.bucket("receipts").put(message.body + ".pdf", b"%PDF", content_type="application/pdf")
"""
DESK_CODE = """
import json, os

def note(*what):
    with open(os.environ["OUT"], "a") as file:
        file.write(json.dumps([1, *what]) + "\\n")

def heard(message): note("heard", message.body, message.attributes["lang"])
def scan(upload): note("scan", upload.key, upload.open().read().decode())
def changed(change): note("changed", change.kind, change.new)
"""
OTHER = """
import pulumi
from sls_infra import *

placed = Topic.existing("placed", pulumi.Config().require("topic"))
desk = Function("desk", code="desk", env={"OUT": pulumi.Config().require("out")})
ServerlessApi(Api("mailing", events=[OnMessage(placed, desk, handler="desk:heard")]))
"""


def out(workspace: Workspace) -> list[list[Any]]:
    """What the desk has noted, sorted."""
    path = workspace.folder / "out"
    return sorted(json.loads(line) for line in path.read_text().splitlines()) if path.exists() else []


def come(workspace: Workspace, count: int) -> list[list[Any]]:
    eventually(lambda: len(out(workspace)) >= count, 20)
    return out(workspace)


def workspace_of(make: Make, name: str = "one", program: str = PROGRAM, **config: str) -> Workspace:
    workspace = make(name, program, config={f"demo:{key}": value for key, value in config.items()})
    workspace.write({"shop/shop.py": SHOP_CODE, "desk/desk.py": DESK_CODE})
    workspace.set_config("out", str(workspace.folder / "out"))
    return workspace


def dead_letters(outputs: Mapping[str, Any], name: str) -> Queue:
    return Queue(name, outputs["queues"][name], {})


def test_what_is_sent_sets_everything_in_motion_and_destroy_leaves_nothing(make: Make) -> None:
    workspace = workspace_of(make)
    up = workspace.up()
    assert len(up.created) == 16, up.created
    assert workspace.up().counts["same"] == 16
    outputs = workspace.outputs()
    assert not outputs["has_url"]
    emails = Queue("emails", outputs["queues"]["emails"], {})
    emails.send("7", {}, 0, None)
    expected = [[1, "changed", "insert", {"id": "7"}], [1, "heard", "7", "de"], [1, "scan", "7.pdf", "%PDF"]]
    assert come(workspace, 3) == expected
    emails.send("bad", {}, 0, None)
    dead = dead_letters(outputs, "emails-shop-dead-letters")
    eventually(lambda: dead.counts().all)
    assert [letter.body for letter in dead.peek()] == ["bad"]

    # Another version of one handler touches its function alone.
    workspace.write({"desk/desk.py": DESK_CODE.replace("[1, *what]", "[2, *what]")})
    assert workspace.up().updated == ["sls:local:Function orders-desk"]
    # Another filter, and another setting of a table, keep what is there; their subscribers, queues and data go on.
    workspace.set_config("lang", "fr")
    workspace.set_config("ttl", "until")
    changed = workspace.up()
    assert not changed.created
    assert not changed.replaced
    emails.send("8", {}, 0, None)
    assert come(workspace, 6)[3:] == [
        [2, "changed", "insert", {"id": "8"}], [2, "heard", "8", "fr"], [2, "scan", "8.pdf", "%PDF"]
    ]  # fmt: skip
    assert [letter.body for letter in dead.peek()] == ["bad"]
    assert sorted(Bucket("receipts", outputs["buckets"]["receipts"], {}).list("")) == ["7.pdf", "8.pdf"]

    workspace.destroy()
    assert left(workspace) == ["out"]


def test_what_was_killed_or_lost_comes_back_by_a_plain_up_with_all_that_waits(make: Make) -> None:
    workspace = workspace_of(make)
    workspace.up()
    outputs = workspace.outputs()
    kill(daemon(workspace))
    Queue("emails", outputs["queues"]["emails"], {}).send("7", {}, 0, None)
    Topic("placed", outputs["topics"]["placed"], {}).publish("while it was away", {"lang": "de"})
    shutil.rmtree(outputs["buckets"]["receipts"])
    workspace.up()
    assert workspace.outputs()["queues"] == outputs["queues"]
    found = come(workspace, 4)
    assert [line[1:3] for line in found] == [
        ["changed", "insert"], ["heard", "7"], ["heard", "while it was away"], ["scan", "7.pdf"]
    ]  # fmt: skip


def test_a_queue_that_must_be_another_is_replaced_and_goes_on_being_consumed(make: Make) -> None:
    workspace = workspace_of(make)
    workspace.up()
    workspace.set_config("fifo", "true")
    replaced = workspace.up().replaced
    assert sorted(replaced) == ["sls:local:Queue orders-emails", "sls:local:Queue orders-emails-shop-dead-letters"]
    Queue("emails", workspace.outputs()["queues"]["emails"], {}).send("7", {}, 0, "a")
    assert len(come(workspace, 3)) == 3


def test_a_topic_of_one_stack_is_heard_by_another_until_that_is_gone(make: Make) -> None:
    shop, mailing = workspace_of(make), workspace_of(make, "two", OTHER)
    shop.up()
    topic = shop.outputs()["topics"]["placed"]
    refused = workspace_of(make, "three", OTHER, topic="arn:aws:sns:eu-west-1:123456789012:placed").up(check=False)
    assert refused.exit_code != 0
    assert "Amazon's name of a resource, and this is the local target" in refused.text
    mailing.set_config("topic", topic)
    mailing.up()
    published = Topic("placed", topic, {})
    assert len(published.subscribers()) == 2
    published.publish("hello", {"lang": "de"})
    assert come(shop, 1) == come(mailing, 1) == [[1, "heard", "hello", "de"]]
    mailing.destroy()
    assert len(published.subscribers()) == 1
    published.publish("again", {"lang": "de"})
    assert len(come(shop, 2)) == 2
    assert len(out(mailing)) == 1
