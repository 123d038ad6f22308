"""Events of an Api whose handlers are called in process, and what they cause."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from textwrap import dedent

import pytest

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
    Secret,
    Table,
    Topic,
)
from sls_infra.errors import SlsError
from sls_infra.runtime.errors import NotLinked
from sls_infra.testing import Client, client

CODE = """
from sls_infra.runtime import Change, HttpError, Message, Request, Tick, Upload, links

def place(request: Request) -> dict:
    order = request.json()
    links.table("orders").put(order)
    links.queue("emails").send({"order": order["id"]}, attributes={"type": "placed"}, delay=order.get("delay", 0))
    return order

def read(request: Request):
    order = links.table("orders").get(request.path_params["id"])
    if order is None:
        raise HttpError(404)
    return order

def sneak(request: Request):
    links.bucket("receipts").put("x", b"")

def mail(message: Message) -> None:
    if "bad" in message.body:
        raise ValueError(f"no such order, at attempt {message.attempt}")
    links.bucket("receipts").put(f"{message.json()['order']}.txt", message.body, content_type="text/plain")

async def scan(upload: Upload) -> None:
    with upload.open() as file:
        size = len(file.read())
    links.table("orders").update(upload.key.removesuffix(".txt"), {"receipt": [upload.size, size, upload.content_type]})

def index(change: Change) -> None:
    links.topic("changes").publish({"kind": change.kind, "key": change.key, "named": bool(change.id),
                                    "old": change.old, "new": change.new}, attributes={"kind": change.kind})

def note(message: Message) -> None:
    links.table("notes").put({"id": "change", **message.json()})

def nightly(tick: Tick) -> None:
    links.table("notes").put({"id": tick.name, "at": tick.scheduled_at.isoformat()})

def again(message: Message) -> None:
    links.queue("loop").send(message.body)

seen = []
def order(message: Message) -> None:
    seen.append(message.body)
    if message.body == "a1" and message.attempt < 3:
        raise ValueError("not yet")
"""


@contextmanager
def shop(tmp_path: Path) -> Iterator[Client]:
    (tmp_path / "shop.py").write_text(dedent(CODE))
    orders, notes = Table("orders"), Table("notes", key="id", protect=False)
    receipts, emails, changes, loop = Bucket("receipts"), Queue("emails"), Topic("changes"), Queue("loop")
    lines, dead = Queue("lines", fifo=True), Queue("dead", fifo=True)
    front = Function("front", code=tmp_path, links=[orders.read_write(), emails.send()])
    worker = Function(
        "worker", code=tmp_path,
        links=[orders.read_write(), notes.read_write(), receipts.write(), changes.publish(), loop.send()],
    )  # fmt: skip
    api = Api(
        "shop",
        auth=Public(),
        routes=[
            Route("POST", "/orders", front, handler="shop:place"),
            Route("GET", "/orders/{id}", front, handler="shop:read"),
            Route("GET", "/sneak", front, handler="shop:sneak"),
        ],
        events=[
            OnMessage(emails, worker, handler="shop:mail", batch_size=10, max_attempts=2),
            OnUpload(receipts, worker, handler="shop:scan", suffix=".txt"),
            OnChange(orders, worker, handler="shop:index", kinds=("insert", "update")),
            OnMessage(changes, worker, handler="shop:note", attributes={"kind": ["update"]}),
            OnMessage(changes, front, handler="shop:read", name="broken", attributes={"kind": ["never"]}),
            OnSchedule("nightly", worker, handler="shop:nightly", cron="0 3 * * *", timezone="Europe/Berlin"),
            OnMessage(loop, worker, handler="shop:again"),
            OnMessage(lines, worker, handler="shop:order", batch_size=10, dead_letter=dead),
        ],
    )
    with client(api) as c:
        yield c


def test_what_a_call_causes_is_handled_to_its_end(tmp_path: Path) -> None:
    with shop(tmp_path) as c:
        assert c.post("/orders", json={"id": "7"}).status == 200
        assert "receipt" not in c.get("/orders/7").json()
        assert c.run() == 5  # the message, the upload, two changes of the order, and one of them as told to the topic
        assert c.get("/orders/7").json() == {"id": "7", "receipt": [13, 13, "text/plain"]}
        (note,) = c.links.table("notes").query("change")
        assert note["kind"] == "update"
        assert c.run() == 0


def test_a_change_tells_old_and_new(tmp_path: Path) -> None:
    with shop(tmp_path) as c:
        c.links.table("orders").put({"id": "1", "n": 1})
        c.links.table("orders").put({"id": "1", "n": 2})
        c.links.table("orders").delete("1")
        c.run()
        known = {"kind": "update", "key": {"id": "1"}, "old": {"id": "1", "n": 1}, "new": {"id": "1", "n": 2}}
        assert c.links.table("notes").get("change") == {"id": "change", "named": True, **known}


def test_what_fails_too_often_is_a_dead_letter_with_its_reason(tmp_path: Path) -> None:
    with shop(tmp_path) as c:
        c.send("emails", "bad", attributes={"type": "x"})
        c.send("emails", {"order": "8"})
        assert c.run() >= 3
        (letter,) = c.dead_letters("emails-worker-dead-letters")
        assert (letter.body, letter.attributes, letter.source) == ("bad", {"type": "x"}, "emails-worker")
        assert (letter.attempts, letter.reason) == (2, "ValueError: no such order, at attempt 2")
        assert c.links.bucket("receipts").get("8.txt") == b'{"order":"8"}'
        (upload,) = c.dead_letters("receipts-worker-dead-letters")  # there is no order 8 to note the receipt at
        assert upload.json().items() >= {"kind": "upload", "bucket": "receipts", "key": "8.txt", "size": 13}.items()
        assert upload.reason.startswith("NotFound")


def test_a_fifo_queue_keeps_the_order_of_a_group(tmp_path: Path) -> None:
    with shop(tmp_path) as c:
        for body in ("a1", "b1", "a2", "b2"):
            c.send("lines", body, group=body[0])
        c.run()
        import shop as module  # type: ignore[import-not-found]

        ends = [body for body in module.seen if body[0] == "a"]
        assert ends == ["a1", "a1", "a1", "a2"]
        assert [body for body in module.seen if body[0] == "b"] == ["b1", "b2"]
        assert c.dead_letters("dead") == []


def test_delays_are_kept_and_not_waited_for(tmp_path: Path) -> None:
    with shop(tmp_path) as c:
        c.send("emails", {"order": "later"}, delay=900)
        c.send("emails", {"order": "sooner"}, delay=300)
        c.send("emails", {"order": "now"})
        c.run()
        lane = c._world.resources.driver("queue", "emails")
        assert lane.counts().all == 0
        assert sorted(c.links.bucket("receipts").list()) == ["later.txt", "now.txt", "sooner.txt"]


@pytest.mark.parametrize(
    "at", [datetime(2026, 7, 2, 1, tzinfo=UTC), datetime(2026, 7, 2, 3, tzinfo=timezone(timedelta(hours=2)))]
)
def test_a_tick(tmp_path: Path, at: datetime) -> None:
    with shop(tmp_path) as c:
        c.tick("nightly", at=at)
        assert c.run() == 1
        assert c.links.table("notes").get("nightly") == {"id": "nightly", "at": "2026-07-02T01:00:00+00:00"}
        c.tick("nightly")
        c.run()
        note = c.links.table("notes").get("nightly")
        assert note is not None
        assert abs(datetime.fromisoformat(note["at"]) - datetime.now(UTC)) < timedelta(minutes=5)


def test_each_function_has_its_own_links(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with shop(tmp_path) as c:
        assert c.get("/sneak").status == 500
        assert 'no bucket named \\"receipts\\" is linked' in capsys.readouterr().err
        assert list(c.links.bucket("receipts").list()) == []


def test_events_without_end_are_told(tmp_path: Path) -> None:
    with shop(tmp_path) as c:
        c.send("loop", "round and round")
        with pytest.raises(SlsError, match="after 50 calls"):
            c.run(limit=50)


def test_what_the_api_does_not_have_is_told(tmp_path: Path) -> None:
    with shop(tmp_path) as c:
        for call in (
            lambda: c.send("nothing", "x"), lambda: c.send("changes", "x", delay=1),
            lambda: c.upload("nothing", "k", b""), lambda: c.tick("nothing"),
            lambda: c.tick("nightly", at=datetime(2026, 1, 1)), lambda: c.dead_letters("nothing"),
            lambda: c.links.table("nothing"),
        ):  # fmt: skip
            with pytest.raises(SlsError, match=r"no |time zone"):
                call()


def test_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "left").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "left"))
    with shop(tmp_path) as c:
        c.send("emails", {"order": "1"})
        c.run()
        assert len(list((tmp_path / "left").iterdir())) == 1
    assert list((tmp_path / "left").iterdir()) == []


def test_an_api_without_resources_needs_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    (tmp_path / "app.py").write_text("def show(request): return 'here'\n")
    function = Function("f", code=tmp_path, links=[Secret("s").read()])
    with client(Api("x", auth=Public(), routes=[Route("GET", "/", function, handler="app:show")])) as c:
        assert c.get("/").text == "here"
        assert c.run() == 0


def test_links_of_the_client_have_every_right_and_those_of_handlers_their_own(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "from sls_infra.runtime import links\n"
        "def show(request):\n"
        "    try:\n"
        "        links.table('t').put({'id': '1'})\n"
        "    except Exception as error:\n"
        "        return {'error': type(error).__name__, 'text': str(error), 'read': links.table('t').get('1')}\n"
    )
    table = Table("t")
    function = Function("f", code=tmp_path, links=[table.read()])
    with client(Api("x", auth=Public(), routes=[Route("GET", "/", function, handler="app:show")])) as c:
        c.links.table("t").put({"id": "1", "n": 1.5})
        answer = c.get("/").json()
    assert answer["read"] == {"id": "1", "n": 1.5}
    assert answer["error"] == NotLinked.__name__
    assert 'links=[t.read_write()] on Function("f", …)' in answer["text"]
