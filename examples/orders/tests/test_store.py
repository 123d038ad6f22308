"""The store under several processes: no change is lost, and none is made to a version that is no more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from examples.orders.src.shop import store

PROCESSES, CHANGES = 4, 25

COUNT_UP = """
from shop import store

done = 0
while done < {changes}:
    order = store.get("1")
    changed = {{**order, "total": order["total"] + 1, "version": order["version"] + 1}}
    done += store.replace(changed, order["version"])
"""


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the test's own."""
    monkeypatch.setenv("ORDERS_DB", str(tmp_path / "orders.db"))


def order(**fields: object) -> store.Order:
    return {
        "id": "1", "owner": "ann", "customer": "C-1", "status": "open", "created_at": "2026-01-01", "total": 0,
        "version": 1, **fields,
    }  # fmt: skip


def test_a_version_that_is_no_more_is_neither_changed_nor_deleted() -> None:
    store.insert(order())
    assert store.replace(order(total=1, version=2), 1)
    assert not store.replace(order(total=9, version=2), 1)
    assert not store.remove("1", 1)
    assert store.get("1") == order(total=1, version=2)
    assert store.remove("1", 2)
    assert not store.remove("1", 2)
    assert not store.replace(order(version=3), 2)
    assert store.get("1") is None


def test_processes_that_change_one_order_at_once_lose_no_change() -> None:
    store.insert(order())
    source = str(Path(store.__file__).parents[1])
    program = f"import sys; sys.path.insert(0, {source!r})\n" + COUNT_UP.format(changes=CHANGES)
    processes = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(PROCESSES)]
    try:
        assert [process.wait(60) for process in processes] == [0] * PROCESSES
    finally:
        for process in processes:
            process.kill()
    assert store.get("1") == order(total=PROCESSES * CHANGES, version=1 + PROCESSES * CHANGES)


def test_without_a_name_the_file_is_the_users_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORDERS_DB")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store.insert(order())
    (folder,) = (path for path in tmp_path.iterdir() if path.name.startswith("shop-"))
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "orders.db").exists()
