from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sls_infra.bundle.globs import Globs
from sls_infra.errors import BundleError

NAMES = ["a", "b", "ab", "c.py", "d.txt", ".env", "x[y]"]
SEGMENTS = [
    *NAMES, "*", "**", "?", "a*", "*.py", "*.*", "[ab]", "[!a]", "[^a]*", "[a-c].py", "d.*", "a**", "*b*", r"\a",
    r"x\[y\]", "[]x]*", r"[\]a]", ".*",
]  # fmt: skip


bodies = st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=3).map("/".join)
slash = st.sampled_from(["", "", "/"])
patterns = st.tuples(st.sampled_from(["", "", "!"]), slash, bodies, slash).map("".join)
trees = st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None)
@given(paths=trees, rules=st.lists(patterns, min_size=1, max_size=4))
def test_leaves_out_what_git_ignores(paths: list[str], rules: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _plant(root, paths)
        subprocess.run(["git", "init", "-q", folder], check=True, env=_git_environment())
        (root / ".git/info/exclude").write_text("\n".join(rules) + "\n")
        listed = subprocess.run(
            ["git", "-C", folder, "ls-files", "--others", "--exclude-standard", "-z"],
            check=True, capture_output=True, text=True, env=_git_environment(),
        ).stdout  # fmt: skip
        assert sorted(_taken(root, "", Globs(rules))) == sorted(path for path in listed.split("\0") if path)


def _git_environment() -> dict[str, str]:
    return {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def _plant(root: Path, paths: list[str]) -> None:
    for path in paths:
        file = root / path
        if not any(parent.is_file() for parent in file.parents) and not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()


def _taken(folder: Path, prefix: str, globs: Globs) -> Iterator[str]:
    for entry in folder.iterdir():
        name = prefix + entry.name
        if entry.name == ".git" or globs.decide(name, folder=entry.is_dir()):
            continue
        if entry.is_dir():
            yield from _taken(entry, name + "/", globs)
        else:
            yield name


@pytest.mark.parametrize(
    ("rules", "path", "expected"),
    [
        (["shop"], "shop/api.py", True),
        (["shop/"], "shop/deep/er/api.py", True),
        (["shop/"], "shop", False),
        (["*.py"], "shop/api.py", True),
        (["/*.py"], "shop/api.py", False),
        (["shop/**", "!shop/tests/"], "shop/tests/test.py", False),
        (["./shop"], "shop/api.py", True),
        (["./shop"], "old/shop/api.py", False),
        (["data/**/*.csv"], "data/a/b/c.csv", True),
        (["data/**/*.csv"], "data/c.csv", True),
        (["data/**/*.csv"], "data/c.json", False),
    ],
)
def test_a_file_is_covered_by_its_folder(rules: list[str], path: str, expected: bool) -> None:
    assert Globs(rules).covers(path) is expected


@pytest.mark.parametrize("pattern", ["", "/", "!", "!/", "a[b", "a\\", "[z-a]", "[[:alpha:]]"])
def test_a_pattern_without_meaning_is_refused(pattern: str) -> None:
    with pytest.raises(BundleError, match="the pattern"):
        Globs([pattern])
