from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sls_infra.bundle import archive
from sls_infra.errors import BundleError

path_names = st.text(
    st.characters(codec="utf-8", exclude_characters="/\\\0", exclude_categories=["Cc", "Cs"]), min_size=1
)


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    archive.write(buffer, (archive.member(name, files[name]) for name in sorted(files)))
    return buffer.getvalue()


@settings(deadline=None)
@given(
    st.dictionaries(path_names, st.binary(max_size=2000) | st.binary(max_size=50).map(lambda b: b * 100), max_size=8)
)
def test_zipfile_reads_back_what_was_written(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(packed(files))) as read:
        assert read.testzip() is None
        assert {info.filename: read.read(info) for info in read.infolist()} == files


def test_nothing_of_the_machine_is_in_it() -> None:
    files = {"run.sh": b"#!/bin/sh\n", "lib.so": b"\x7fELF" + bytes(100), "a.py": b"x = 1\n", "ü.txt": b"text " * 100}
    with zipfile.ZipFile(io.BytesIO(packed(files))) as read:
        infos = {info.filename: info for info in read.infolist()}
    assert {info.date_time for info in infos.values()} == {(1980, 1, 1, 0, 0, 0)}
    assert {name: oct(info.external_attr >> 16) for name, info in infos.items()} == {
        "run.sh": "0o100755", "lib.so": "0o100755", "a.py": "0o100644", "ü.txt": "0o100644",
    }  # fmt: skip
    assert {info.create_system for info in infos.values()} == {3}
    assert not any(info.extra or info.comment for info in infos.values())
    assert infos["ü.txt"].compress_type == zipfile.ZIP_DEFLATED
    assert infos["a.py"].compress_type == zipfile.ZIP_STORED


def test_unzip_takes_it(tmp_path: Path) -> None:
    unzip = shutil.which("unzip")
    if unzip is None:
        pytest.skip("no unzip on this machine")
    path = tmp_path / "a.zip"
    path.write_bytes(packed({"a/b.py": b"x = 1\n" * 100, "run": b"#!/bin/sh\n", "é/ü.txt": b"1"}))
    subprocess.run([unzip, "-q", path, "-d", tmp_path / "out"], check=True, timeout=60)
    assert (tmp_path / "out/a/b.py").read_bytes() == b"x = 1\n" * 100
    assert (tmp_path / "out/run").stat().st_mode & 0o777 == 0o755


def test_the_compressor_makes_the_bytes_it_made_elsewhere() -> None:
    """The digest was computed with builds for x86-64, i586 and wasm32: machines that share no instructions."""
    words = [bytes(97 + (a * b) % 26 for b in range(1, 3 + a % 7)) + b" \n.(="[a % 5 : a % 5 + 1] for a in range(97)]
    state, text = 1, bytearray()
    for _ in range(60_000):
        state = (state * 1103515245 + 12345) % 2**31
        text += words[(state >> 16) % 97] if state & 0x1C00000 else bytes([state >> 23])
    made = archive.member("a", bytes(text)).data
    assert len(made) == 95_140
    assert hashlib.sha256(made).hexdigest() == "55e8d167ae209027a7343fedb2a116603c08cf00c016e78993cd87a32874fbf3"


def test_a_copy_from_zip_to_zip_is_the_same(tmp_path: Path) -> None:
    files = {"a 1.0/x.py": b"x = 1\n" * 1000, "b 2.0/é.bin": bytes(range(256)), "b 2.0/run": b"#!/bin/sh\n" * 50}
    path = tmp_path / "kept.zip"
    path.write_bytes(packed(files))
    with archive.Reader(path) as kept:
        assert kept.names() == sorted(files)
        for name, content in files.items():
            assert kept.member(name, "new") == archive.member("new", content)


def test_more_than_a_zip_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_MOST_FILES", 2)
    assert packed({"a": b"", "b": b""})
    with pytest.raises(BundleError, match="more than a zip can hold"):
        packed({"a": b"", "b": b"", "c": b""})
