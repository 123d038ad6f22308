"""Databases: who waits for whom, what is there and what is not."""

from __future__ import annotations

import os
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sls_infra.runtime.errors import NotFound, ServiceError, Throttled
from sls_infra.runtime.links.local import queues, store
from sls_infra.runtime.links.local.lanes import insert


def test_a_lock_that_does_not_come_is_throttled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "TIMEOUT", 0.1)
    path = str(tmp_path / "q")
    queues.create(path)
    queue = queues.Queue("q", path, {})
    with store.Store(path, "another process").writing():
        with pytest.raises(Throttled, match='queue "q"'):
            queue.put("x")
        assert queue.peek() == []  # readers go on
    queue.put("x")
    assert len(queue.peek()) == 1


def test_a_thread_that_keeps_the_connection_is_throttled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "TIMEOUT", 0.1)
    queues.create(str(tmp_path / "q"))
    queue = queues.Queue("q", str(tmp_path / "q"), {})
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with queue.store.writing():
            holding.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert holding.wait(10)
    try:
        with pytest.raises(Throttled, match="other threads"):
            queue.peek()
    finally:
        done.set()
        thread.join(10)


def test_a_transaction_that_fails_is_undone(tmp_path: Path) -> None:
    queues.create(str(tmp_path / "q"))
    queue = queues.Queue("q", str(tmp_path / "q"), {})

    def fail() -> None:
        with queue.store.writing() as connection:
            insert(connection, 0, "", "x", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert queue.peek() == []
    queue.put("x")


def test_what_is_no_database_is_a_service_error(tmp_path: Path) -> None:
    (tmp_path / store.FILE).write_bytes(b"no database at all" * 100)
    queue = queues.Queue("q", str(tmp_path), {})
    with pytest.raises(ServiceError, match="not a database"):
        queue.put("x")
    with pytest.raises(ServiceError, match="not a database"):
        queues.create(str(tmp_path))


def test_one_of_another_layout_is_not_opened(tmp_path: Path) -> None:
    queues.create(str(tmp_path))
    connection = sqlite3.connect(tmp_path / store.FILE)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ServiceError, match="layout 99"):
        queues.Queue("q", str(tmp_path), {}).put("x")


def test_one_that_is_still_being_made_is_not_there_yet(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / store.FILE).close()
    (tmp_path / store.FILE).touch()
    with pytest.raises(NotFound, match="not there yet"):
        queues.Queue("q", str(tmp_path), {}).put("x")


def test_many_make_it_at_once(tmp_path: Path) -> None:
    path = str(tmp_path / "q")
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: queues.create(path), range(16))) == [[]] * 16
        queue = queues.Queue("q", path, {})
        list(pool.map(lambda number: queue.put(str(number)), range(100)))
    assert queue.counts().visible == 100


def test_what_an_interrupted_removal_left_goes_with_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        queues.create(str(tmp_path / name))
    with monkeypatch.context() as patch:
        patch.setattr(store, "_erase", lambda folder: None)
        queues.remove(str(tmp_path / "a"))
    assert len(list(tmp_path.iterdir())) == 2
    queues.remove(f"{tmp_path / 'b'}/")
    queues.remove(str(tmp_path / "never" / "there"))
    assert list(tmp_path.iterdir()) == []


def test_nobody_else_may_look_into_it(tmp_path: Path) -> None:
    path = tmp_path / "q"
    queues.create(str(path))
    assert path.stat().st_mode & 0o077 == 0


def test_a_stamp_changes_with_every_write_of_whoever(tmp_path: Path) -> None:
    path = str(tmp_path / "q")
    queues.create(path)
    one, other = queues.Queue("q", path, {}), queues.Queue("q", path, {})
    before = one.store.stamp()
    assert one.store.stamp() == before
    other.put("x")
    between = one.store.stamp()
    assert between != before
    one.put("y")
    assert one.store.stamp() not in (before, between)


def test_a_child_process_opens_its_own(tmp_path: Path) -> None:
    queues.create(str(tmp_path / "q"))
    queue = queues.Queue("q", str(tmp_path / "q"), {})
    queue.put("parent")
    child = os.fork()
    if child == 0:  # nothing of pytest may run here
        try:
            queue.put("child")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    queue.put("parent again")
    assert [message.body for message in queue.peek()] == ["parent", "child", "parent again"]


def test_a_closed_one_opens_again(tmp_path: Path) -> None:
    queues.create(str(tmp_path / "a path # with ? odd % signs"))
    queue = queues.Queue("q", str(tmp_path / "a path # with ? odd % signs"), {})
    queue.put("x")
    queue.store.close()
    queue.store.close()
    assert len(queue.peek()) == 1
