from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sls_infra.bundle import resolver
from sls_infra.bundle.resolver import Resolver, explain
from sls_infra.errors import BundleError


def test_uv_is_found_and_runs() -> None:
    assert subprocess.run([resolver.find(), "--version"], capture_output=True, check=True).stdout.startswith(b"uv ")


def test_without_uv_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BundleError, match=r"uv, which fetches dependencies, is missing: run `.* -m pip install uv`"):
        resolver.find()
    (tmp_path / "uv").write_text("#!/bin/sh\n")
    (tmp_path / "uv").chmod(0o755)
    assert resolver.find() == str(tmp_path / "uv")


def test_a_uv_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resolver, "find", lambda: str(tmp_path / "uv"))
    with pytest.raises(BundleError, match=r"uv could not be started .*No such file"):
        Resolver("3.12", None).export(tmp_path, without="x")


def test_what_uv_says_is_told_without_noise() -> None:
    said = (
        "Using CPython 3.11.7 interpreter at: /home/me/bin/python\n"
        "warning: something deprecated\n"
        "Resolved 3 packages in 12ms\n"
        "error: Failed to fetch: https://me:secret@example.com/simple/\n"
        "  cause: error sending request\n"
        "         for that url\n\n"
        "hint: look at the network\n"
    )
    assert explain(said).splitlines() == [
        "error: Failed to fetch: https://****@example.com/simple/",
        "  cause: error sending request for that url",
        "  hint: look at the network",
    ]


def test_what_older_versions_draw_as_a_tree_is_told_as_text() -> None:
    said = (
        "Using CPython 3.11.7\n"
        "  \N{MULTIPLICATION SIGN} No solution found when resolving dependencies:\n"
        "  ╰─▶ Because docopt==0.6.2 has no usable wheels and you\n"
        "      require docopt==0.6.2, there is none.\n"
    )
    assert explain(said) == (
        "No solution found when resolving dependencies: "
        "Because docopt==0.6.2 has no usable wheels and you require docopt==0.6.2, there is none."
    )


def test_silence_is_told_as_such(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    quiet = tmp_path / "uv"
    quiet.write_text("#!/bin/sh\nexit 3\n")
    quiet.chmod(0o755)
    monkeypatch.setattr(resolver, "find", lambda: str(quiet))
    with pytest.raises(BundleError, match="ended with status 3 and said nothing"):
        Resolver("3.12", None).export(tmp_path, without="x")


@pytest.mark.parametrize(
    ("requirement", "reason", "fix"),
    [
        ("not a requirement!!", "Couldn't parse", "correct the line"),
        ("no-such-package", "not found", "correct the name"),
        ("idna", "Failed to fetch", "look at the network"),
    ],
)
def test_reasons_come_with_a_next_step(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, requirement: str, reason: str, fix: str
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    if reason == "not found":
        monkeypatch.setenv("UV_NO_INDEX", "1")
    else:
        monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:1/simple")
    overrides = tmp_path / "overrides.txt"
    overrides.touch()
    with pytest.raises(BundleError, match=rf"(?s)for Python 3\.12 on x86_64-manylinux2014.*{reason}.*\nfix: {fix}"):
        Resolver("3.12", "x86_64-manylinux2014").compile("-", given=requirement, overrides=overrides, folder=tmp_path)
