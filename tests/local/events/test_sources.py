"""Each kind of event source, through a real daemon and real workers."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.local.events.harness import CODE, World, emptied
from tests.local.harness import eventually


def test_a_message_of_a_queue_reaches_its_handler(world: World) -> None:
    world.make("queue", "emails")
    world.on("queue", "emails", "app:send")
    world.deploy(CODE + "def send(m): note([m.id, m.json(), dict(m.attributes), m.attempt])")
    id = world.queue("emails").send('{"to": "a@b.c"}', {"lang": "de"}, 0, None)
    assert world.come(1) == [[id, {"to": "a@b.c"}, {"lang": "de"}, 1]]
    emptied(world.queue("emails"))
    assert world.dead("emails") == []


def test_one_that_fails_comes_again_alone_and_dies_with_its_reason(world: World) -> None:
    world.make("queue", "emails")
    world.on("queue", "emails", "app:send", batch_size=10, max_attempts=2)
    code = "def send(m):\n    note([m.body, m.attempt])\n    if m.body == 'bad': raise ValueError('no such address')"
    for body in ("good", "bad", "fine"):
        world.queue("emails").send(body, {"kind": body}, 0, None)
    world.deploy(CODE + code)
    emptied(world.queue("emails"))
    assert sorted(world.out()) == [["bad", 1], ["bad", 2], ["fine", 1], ["good", 1]]
    [letter] = world.dead("emails")
    assert (letter.body, letter.attributes["kind"]) == ("bad", "bad")
    assert world.reasons("emails") == ["ValueError: no such address"]


def test_a_topic_tells_each_subscriber_what_it_wants(world: World) -> None:
    world.make("topic", "placed")
    world.on("topic", "placed", "app:all", name="all")
    world.on("topic", "placed", "app:german", name="german", attributes={"lang": ["de", "at"]})
    world.deploy(CODE + "def all(m): note(m.body, 'all')\ndef german(m): note(m.body, 'german')")
    for lang in ("de", "fr", "at"):
        world.topic("placed").publish(lang, {"lang": lang})
    assert sorted(world.come(3, "all")) == ["at", "de", "fr"]
    assert sorted(world.come(2, "german")) == ["at", "de"]


def test_an_upload_by_a_handler_or_by_hand_starts_the_handler(world: World) -> None:
    world.make("bucket", "receipts")
    world.on("upload", "receipts", "app:scan", prefix="in/", suffix=".pdf")
    code = "def scan(u):\n    with u.open() as f: note([u.bucket, u.key, u.size, u.content_type, f.read().decode()])"
    world.deploy(CODE + code)
    bucket = world.bucket("receipts")
    bucket.put("in/a.pdf", b"abc", "application/pdf")
    bucket.put("in/a.txt", b"abc", "text/plain")
    bucket.put("out/a.pdf", b"abc", "application/pdf")
    assert world.come(1) == [["receipts", "in/a.pdf", 3, "application/pdf", "abc"]]
    by_hand = Path(world.paths["bucket receipts"]) / "files" / "in"
    (by_hand / "dropped.pdf").write_bytes(b"dropped")
    found = world.come(2)
    assert found[1][1:3] + found[1][4:] == ["in/dropped.pdf", 7, "dropped"]


def test_changes_of_an_item_come_in_their_order(world: World) -> None:
    world.make("table", "orders", sort_key="line")
    world.on("change", "orders", "app:index", batch_size=5)
    world.deploy(CODE + "def index(c): note([c.table, c.kind, c.key, c.old and c.old['n'], c.new and c.new['n']])")
    table = world.table("orders")
    for n in range(20):
        table.put({"id": "a", "line": "1", "n": n}, False, None)
    table.delete(("a", "1"), None)
    key = {"id": "a", "line": "1"}
    expected = [["orders", "insert", key, None, 0]]
    expected += [["orders", "update", key, n - 1, n] for n in range(1, 20)]
    expected += [["orders", "delete", key, 19, None]]
    assert world.come(21) == expected


def test_addresses_of_objects_are_served_for_a_while(world: World) -> None:
    world.make("bucket", "receipts")
    deployed = world.deploy(CODE)
    bucket = world.bucket("receipts")
    url = bucket.url("a b/ü.pdf", 60, "PUT", "application/pdf")
    assert url.startswith(deployed.url)
    with httpx.Client(verify=False) as client:
        assert client.put(url, content=b"no", headers={"content-type": "text/html"}).status_code == 403
        assert client.put(url, content=b"yes", headers={"content-type": "application/pdf"}).status_code == 200
        assert client.get(url).status_code == 403
        good = bucket.url("a b/ü.pdf", 60, "GET", "")
        answer = client.get(good)
        assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"yes", "application/pdf")
        assert client.head(good).headers["content-length"] == "3"
        assert client.get(good.replace("a%20b", "a%20c")).status_code == 403
        assert client.get(bucket.url("gone", 60, "GET", "")).status_code == 404
        late = bucket.url("a b/ü.pdf", 1, "GET", "")
        eventually(lambda: client.get(late).status_code == 403)
        assert client.get(f"{deployed.url}/_sls/buckets/other/x?signature=00&expires=99999999999").status_code == 403


def test_items_that_have_expired_go_and_that_is_a_change(world: World) -> None:
    world.make("table", "sessions", ttl="until")
    world.on("change", "sessions", "app:gone", kinds=["delete"])
    world.table("sessions").put({"id": "a", "until": 1}, False, None)
    world.deploy(CODE + "def gone(c): note([c.kind, c.old])")
    assert world.come(1) == [["delete", {"id": "a", "until": 1}]]
