"""Buckets: files that one can look at, and files that one drops there."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from sls_infra.runtime.errors import NotFound, ServiceError
from sls_infra.runtime.links.local import buckets, files, objects
from sls_infra.runtime.links.local.lanes import Lane

from .clock import Clock

MD5_OF_X = "9dd4e461268c8034f5c8564e155c67a6"


@pytest.fixture
def clock() -> Clock:
    return Clock(time.time())


@pytest.fixture
def bucket(tmp_path: Path, clock: Clock) -> buckets.Bucket:
    buckets.create(str(tmp_path / "receipts"))
    return buckets.Bucket("receipts", str(tmp_path / "receipts"), {}, clock=clock)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "receipts" / "files"


def told(lane: Lane) -> list[dict[str, Any]]:
    found = lane.receive(1000)
    for message in found:
        lane.delete(message.receipt)
    return [json.loads(message.body) for message in found]


def test_objects_are_plain_files(bucket: buckets.Bucket, folder: Path) -> None:
    bucket.put("2026/ü 07.pdf", b"x", "application/pdf")
    bucket.put("top", b"y", "text/plain")
    assert (folder / "2026" / "ü 07.pdf").read_bytes() == b"x"
    assert sorted(path.name for path in folder.iterdir()) == ["2026", "top"]
    bucket.delete("2026/ü 07.pdf")
    assert sorted(path.name for path in folder.iterdir()) == ["top"]  # nor are empty folders left


def test_nothing_else_lies_among_them_while_one_is_written(bucket: buckets.Bucket, folder: Path) -> None:
    seen: list[list[str]] = []

    class Looking:
        left = 3

        def read(self, size: int) -> bytes:
            seen.append([*os.listdir(folder), *bucket.list("")])
            self.left -= 1
            return b"x" * self.left

    bucket.put("a", Looking(), "text/plain")  # type: ignore[arg-type]
    assert seen == [[], [], []]
    assert bucket.get("a") == b"xxx"
    assert os.listdir(folder.parent / "temporary") == []


def test_a_put_is_told_whom_it_concerns(bucket: buckets.Bucket) -> None:
    every, some = bucket.subscribe("every"), bucket.subscribe("some", prefix="in/", suffix=".pdf")
    bucket.put("in/a.pdf", b"x", "application/pdf")
    bucket.put("in/a.txt", b"x", "text/plain")
    bucket.put("out/a.pdf", b"x", "application/pdf")
    bucket.delete("in/a.pdf")
    pdf = {"key": "in/a.pdf", "size": 1, "content_type": "application/pdf", "etag": MD5_OF_X}
    assert told(some) == [pdf]
    assert [upload["key"] for upload in told(every)] == ["in/a.pdf", "in/a.txt", "out/a.pdf"]
    assert bucket.subscribers()["some"] == {"prefix": "in/", "suffix": ".pdf"}
    bucket.unsubscribe("every")
    bucket.put("b", b"", "text/plain")
    assert told(bucket.subscription("every")) == []
    assert bucket.scan(0) == []  # what was put is no news


def test_a_file_that_is_dropped_is_an_object_at_once_and_told_when_it_rests(
    bucket: buckets.Bucket, folder: Path
) -> None:
    lane = bucket.subscribe("s", suffix=".pdf")
    (folder / "new").mkdir()
    (folder / "new" / "a.pdf").write_bytes(b"x")
    assert bucket.get("new/a.pdf") == b"x"
    assert bucket.head("new/a.pdf") == (1, "application/pdf", MD5_OF_X)
    assert list(bucket.list("new")) == ["new/a.pdf"]
    assert bucket.scan(60) == []  # it may still be being written
    assert told(lane) == []
    assert bucket.scan(0) == ["new/a.pdf"]
    assert bucket.scan(0) == []
    assert told(lane) == [{"key": "new/a.pdf", "size": 1, "content_type": "application/pdf", "etag": MD5_OF_X}]


def test_a_file_that_rested_is_told_at_the_first_look(bucket: buckets.Bucket, folder: Path) -> None:
    for name, age in (("old", -86400), ("from the future", 86400)):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (time.time() + age, time.time() + age))
    assert sorted(bucket.scan()) == ["from the future", "old"]


def test_one_that_is_changed_by_hand_is_told_again(bucket: buckets.Bucket, folder: Path) -> None:
    bucket.put("a.csv", b"before", "text/x-own")
    lane = bucket.subscribe("s")
    (folder / "a.csv").write_bytes(b"after, and longer")
    found = bucket.head("a.csv")
    assert found is not None
    assert (found.size, found.content_type) == (17, "text/csv")
    assert bucket.scan(0) == ["a.csv"]
    os.utime(folder / "a.csv", (1, 1))
    assert bucket.scan(0) == ["a.csv"]  # touched: told, for who wants it to be seen to once more
    assert [(upload["size"], upload["content_type"]) for upload in told(lane)] == [(17, "text/csv")] * 2


def test_one_of_the_same_size_is_another(bucket: buckets.Bucket, folder: Path) -> None:
    bucket.put("a", b"y", "text/x-own")
    (folder / "new").write_bytes(b"x")
    os.replace(folder / "new", folder / "a")
    found = bucket.head("a")
    assert found is not None
    assert (found.size, found.etag) == (1, MD5_OF_X)


def test_two_who_look_at_once_tell_of_it_once(
    bucket: buckets.Bucket, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane = bucket.subscribe("s")
    (folder / "a").write_bytes(b"x")
    other, read = buckets.Bucket("other", bucket.store.folder, {}), objects.current

    def overtaken(key: str, path: str, known: objects.Entry | None) -> objects.Entry:
        with monkeypatch.context() as patch:
            patch.setattr(objects, "current", read)
            assert other.scan(0) == ["a"]
        return read(key, path, known)

    with monkeypatch.context() as patch:
        patch.setattr(objects, "current", overtaken)
        assert bucket.scan(0) == []
    assert len(lane.peek()) == 1


def test_one_that_is_removed_by_hand_is_gone(bucket: buckets.Bucket, folder: Path) -> None:
    bucket.put("a", b"x", "text/plain")
    (folder / "a").unlink()
    assert bucket.get("a") is None
    assert bucket.head("a") is None
    assert list(bucket.list("")) == []
    assert bucket.scan(0) == []
    assert bucket.store.rows(objects.READ, ("a",)) == []


def test_a_put_that_ended_before_it_was_written_down_is_told_by_the_next_look(
    bucket: buckets.Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane = bucket.subscribe("s")
    with monkeypatch.context() as patch:
        patch.setattr(objects, "note", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            bucket.put("a.pdf", b"x", "text/plain")
    assert bucket.scan(0) == ["a.pdf"]
    assert [upload["key"] for upload in told(lane)] == ["a.pdf"]


def test_what_can_be_no_file_lies_aside_until_it_can(bucket: buckets.Bucket, folder: Path) -> None:
    bucket.put("a", b"1", "text/a")
    bucket.put("a/b", b"2", "text/b")
    assert os.listdir(folder) == ["a"]
    assert bucket.head("a/b") == (1, "text/b", "c81e728d9d4c2f636f067f89cc14862c")
    bucket.delete("a")
    assert bucket.get("a/b") == b"2"
    bucket.put("a/b", b"3", "text/c")
    assert (folder / "a" / "b").read_bytes() == b"3"
    assert os.listdir(folder.parent / "aside") == []


def test_a_file_that_is_dropped_counts_before_one_aside(bucket: buckets.Bucket, folder: Path) -> None:
    bucket.put("a", b"1", "text/a")
    bucket.put("a/b", b"2", "text/b")
    (folder / "a").unlink()
    (folder / "a").mkdir()
    (folder / "a" / "b").write_bytes(b"by hand")
    assert bucket.get("a/b") == b"by hand"
    assert bucket.scan(0) == ["a/b"]
    assert list(bucket.list("")) == ["a/b"]
    bucket.delete("a/b")
    assert bucket.get("a/b") is None


def test_no_key_or_prefix_leads_out_of_the_folder(bucket: buckets.Bucket, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    for key in ("../../secret", "a/../../../secret", str(tmp_path / "secret"), "./../store.db", "..", ""):
        assert bucket.get(key) is None
        bucket.put(key, b"mine", "text/plain")
        assert bucket.get(key) == b"mine"
        assert list(bucket.list(key)).count(key) == 1
        bucket.delete(key)
    assert list(bucket.list("../")) == []
    assert list(bucket.list(str(tmp_path))) == []
    assert (tmp_path / "secret").read_text() == "s"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["receipts", "secret"]


def test_names_that_are_no_text_are_no_keys(bucket: buckets.Bucket, folder: Path) -> None:
    with open(os.path.join(os.fsencode(folder), b"\xff\xfe"), "wb"):
        pass
    (folder / "good").touch()
    assert list(bucket.list("")) == ["good"]
    assert bucket.scan(0) == ["good"]


def test_links_to_files_are_objects_and_links_to_folders_are_not_followed(bucket: buckets.Bucket, folder: Path) -> None:
    (folder.parent.parent / "elsewhere").write_text("e")
    (folder / "link").symlink_to(folder.parent.parent / "elsewhere")
    (folder / "loop").symlink_to(folder)
    (folder / "dangling").symlink_to(folder / "nothing")
    assert list(bucket.list("")) == ["link"]
    assert bucket.scan(0) == ["link"]
    assert bucket.get("link") == b"e"


def test_objects_are_deleted_after_their_days(bucket: buckets.Bucket, folder: Path, clock: Clock) -> None:
    bucket.put("a", b"x", "text/plain")
    assert bucket.expire() == []
    assert buckets.create(bucket.store.folder, {"expire_after": 7}) == ["expire_after: None → 7"]
    (folder / "dropped").write_bytes(b"")
    os.utime(folder / "dropped", (1, 1))  # it was old when it came, but it has just come
    clock.pass_(7 * 86400 - 60)
    assert bucket.expire() == []
    clock.pass_(120)
    assert sorted(bucket.expire()) == ["a", "dropped"]
    assert list(bucket.list("")) == []


def test_versions_are_kept_where_they_are_asked_for(bucket: buckets.Bucket) -> None:
    bucket.put("a", b"0", "text/plain")
    assert buckets.create(bucket.store.folder, {"versioned": True}) == ["versioned: False → True"]
    for content in (b"1", b"2"):
        bucket.put("a", content, "text/plain")
    bucket.delete("a")
    bucket.delete("a")
    kept = sorted((Path(bucket.store.folder) / "versions").glob("*/*"), key=lambda path: int(path.name))
    assert [path.read_bytes() for path in kept] == [b"0", b"1", b"2"]
    assert list(bucket.list("")) == []


def test_what_interrupted_writers_left_is_cleared_up_a_day_later(bucket: buckets.Bucket, folder: Path) -> None:
    bucket.put("a", b"1", "text/a")
    bucket.put("a/b", b"2", "text/b")
    made = [
        folder.parent / "temporary" / "left",
        folder.parent / "aside" / "left",
        folder.parent / "temporary" / "fresh",
    ]
    for path in made:
        path.write_bytes(b"half")
    for path in (*made[:2], *(folder.parent / "aside").iterdir()):
        os.utime(path, (1, 1))
    bucket.scan()
    assert [path.exists() for path in made] == [False, False, True]
    assert bucket.get("a/b") == b"2"


def test_a_file_system_that_fails_is_a_service_error(bucket: buckets.Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(buckets, "write", full)
    with pytest.raises(ServiceError, match="No space left"):
        bucket.put("a", b"x", "text/plain")
    assert bucket.get("a") is None


def test_removed_is_not_there(bucket: buckets.Bucket) -> None:
    buckets.remove(bucket.store.folder)
    with pytest.raises(NotFound, match="receipts"):
        bucket.scan()
    with pytest.raises(NotFound, match="receipts"):
        bucket.head("a")


PLAIN = {"a/b": True, "a//b": False, "x" * 255: True, "x" * 256: False, "ü" * 128: False, "a\\b": True} | {
    "x/" * 2000 + "x": False
}


@pytest.mark.parametrize(("key", "plain"), PLAIN.items(), ids=lambda value: str(value)[:10])
def test_which_keys_are_plain_files(tmp_path: Path, key: str, plain: bool) -> None:
    assert (files.Files(str(tmp_path)).plain(key) is not None) is plain
