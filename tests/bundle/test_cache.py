"""What is kept between builds: when it is taken again, made again, and thrown away."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from sls_infra.bundle import Bundle, SizeLimit, build, fingerprint
from sls_infra.bundle.cache import Cache
from sls_infra.errors import BundleError

from .conftest import CountedUv, Tree, names, spec_of


def test_unchanged_input_costs_no_uv_and_no_zip(
    shop: Path, cache: Path, uv: CountedUv, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    first = build(spec_of(shop), cache=cache, progress=said.append)
    assert uv.calls == ["pip compile", "pip install"]
    assert len(said) == 1
    assert said[0].startswith('function "shop": fetching dependencies for Python 3.12')

    def never(*_: object) -> None:
        raise AssertionError("something was packed or unpacked")

    monkeypatch.setattr("sls_infra.bundle.archive.write", never)
    monkeypatch.setattr("sls_infra.bundle.archive.Reader", never)
    os.utime(shop / "shop/api.py", (0, 0))
    assert build(spec_of(shop, function="other"), cache=cache, progress=said.append) == first
    assert len(uv.calls) == 2
    assert len(said) == 1


def test_changed_code_is_packed_without_uv(shop: Path, cache: Path, uv: CountedUv) -> None:
    first = build(spec_of(shop), cache=cache, progress=lambda _: None)
    stamp = (shop / "shop/menü.txt").stat()
    (shop / "shop/menü.txt").write_text("2")
    os.utime(shop / "shop/menü.txt", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    said: list[str] = []
    second = build(spec_of(shop), cache=cache, progress=said.append)
    assert second.sha256 != first.sha256
    assert len(uv.calls) == 2
    assert said == []
    with zipfile.ZipFile(second.path) as archive:
        assert archive.read("shop/menü.txt") == b"2"
        assert archive.getinfo("aa/run.so").external_attr >> 16 == 0o100755


def test_a_fingerprint_changes_with_all_that_decides(shop: Path, tree: Tree) -> None:
    base = spec_of(shop, files={"x.json": b"{}"}, entries=("aws",))
    seen = {fingerprint(base)}
    for changed in (
        replace(base, python="3.13"),
        replace(base, platform="aarch64-manylinux2014"),
        replace(base, platform=None),
        replace(base, exclude=("*.txt",)),
        replace(base, include=("shop/",)),
        replace(base, files={"x.json": b"[]"}),
        replace(base, files={"y.json": b"{}"}),
        replace(base, entries=("local",)),
        replace(base, dependencies_in="lib"),
        replace(base, requirements=("aa",)),
        replace(base, requirements=()),
    ):
        print_ = fingerprint(changed)
        assert print_ not in seen, changed
        seen.add(print_)
    (shop / "../wheels.txt").write_text((shop / "../wheels.txt").read_text() + "# a comment\n")
    assert fingerprint(base) not in seen
    same = replace(base, function="other", max_zip=SizeLimit(1, "x", "y"))
    assert fingerprint(same) == fingerprint(base)


@pytest.mark.parametrize("harm", ["truncated", "changed", "missing", "record", "nonsense", "everything"])
def test_what_is_damaged_is_made_again(shop: Path, cache: Path, harm: str) -> None:
    first = build(spec_of(shop), cache=cache)
    content = first.path.read_bytes()
    records = [*cache.glob("*/*.json")]
    match harm:
        case "truncated":
            first.path.write_bytes(content[:-100])
        case "changed":
            first.path.write_bytes(content[:50] + b"!" + content[51:])
        case "missing":
            first.path.unlink()
        case "record":
            for record in records:
                record.write_text(record.read_text()[:-5])
        case "nonsense":
            for record in records:
                record.write_text(json.dumps([1, 2]))
        case "everything":
            shutil.rmtree(cache)
    assert build(spec_of(shop), cache=cache) == first
    assert first.path.read_bytes() == content


def test_kept_dependencies_that_are_damaged_are_fetched_again(shop: Path, cache: Path, uv: CountedUv) -> None:
    first = build(spec_of(shop), cache=cache)
    (kept,) = (cache / "dependencies").glob("*.zip")
    kept.write_bytes(kept.read_bytes()[:100])
    (shop / "shop/new.py").touch()
    assert "aa/run.so" in names(build(spec_of(shop), cache=cache))
    assert uv.calls == ["pip compile", "pip install", "pip install"]
    (shop / "shop/new.py").unlink()
    assert build(spec_of(shop), cache=cache) == first


def test_builders_at_once_do_not_disturb_each_other(shop: Path, cache: Path) -> None:
    start = threading.Barrier(6)

    def one(_: int) -> Bundle:
        start.wait(30)
        return build(spec_of(shop), cache=cache, progress=lambda _: None)

    with ThreadPoolExecutor(6) as pool:
        bundles = set(pool.map(one, range(6)))
    assert len(bundles) == 1
    assert names(bundles.pop())
    assert [*(cache / "scratch").iterdir()] == []


def test_a_failed_build_leaves_nothing_behind(shop: Path, cache: Path, wheelhouse: Path) -> None:
    shutil.rmtree(wheelhouse)
    with pytest.raises(BundleError):
        build(spec_of(shop), cache=cache)
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_what_was_not_used_for_a_month_goes_but_pins_stay(shop: Path, cache: Path) -> None:
    first = build(spec_of(shop), cache=cache)
    old = time.time() - 40 * 24 * 3600
    for path in cache.rglob("*"):
        os.utime(path, (old, old))
    (cache / "scratch/left-behind").mkdir()
    os.utime(cache / "scratch/left-behind", (old, old))
    build(spec_of(shop), cache=cache)
    build(spec_of(shop, requirements=()), cache=cache)
    assert len([*(cache / "pins").iterdir()]) == 2
    assert not any((cache / "dependencies").iterdir())
    assert first.path.exists(), "it was asked for just now"
    assert not (cache / "scratch/left-behind").exists()
    Cache(cache).prune(("bundles", "dependencies"), now=time.time() + 31 * 24 * 3600)
    assert {path.parent.name for path in cache.rglob("*") if path.is_file()} == {"pins"}


def test_a_cache_that_cannot_be_written_is_told(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BundleError, match=r"the cache at .*/file can't be written \(.*\): set SLS_INFRA_CACHE"):
        build(spec_of(shop), cache=tmp_path / "file")


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({"SLS_INFRA_CACHE": "{tmp}/mine", "XDG_CACHE_HOME": "{tmp}/xdg"}, "mine"),
        ({"XDG_CACHE_HOME": "{tmp}/xdg"}, "xdg/sls-infra"),
        ({"XDG_CACHE_HOME": "relative"}, "home/.cache/sls-infra"),
        ({}, "home/.cache/sls-infra"),
    ],
)
def test_where_the_cache_is(
    tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], place: str
) -> None:
    for name in ("SLS_INFRA_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(tmp=tmp_path))
    bundle = build(spec_of(tree({"a.py": ""})))
    assert bundle.path.is_relative_to(tmp_path / place)
