"""Values of secrets on this machine: encrypted files, and what is left of them."""

from __future__ import annotations

import base64
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sls_infra.errors import LocalError
from sls_infra.local import secrets
from sls_infra.local.control import stack_folder

VALUE = "p4ss-wörd-of-the-shop"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return stack_folder(tmp_path / ".sls", urn("db"))


def urn(name: str, project: str = "demo", stack: str = "dev") -> str:
    return f"urn:pulumi:{stack}::{project}::sls:index:ServerlessApi$sls:local:Secret::{name}"


@pytest.mark.parametrize("value", [VALUE, "", "\0\n", "x" * 65536, "\U0001f600"])
def test_a_secret_is_kept_and_given(root: Path, value: str) -> None:
    ref = secrets.write_secret(root, "db-1", value, urn=urn("db"))
    assert secrets.read_secret(root, "db-1") == value
    assert ref == secrets.ref_of(root, "db-1") == "demo/dev/db-1"
    assert secrets.read_ref(root.parent.parent, ref) == value


def test_a_new_value_takes_its_place(root: Path) -> None:
    ref = secrets.write_secret(root, "db-1", "old", urn=urn("db"))
    sealed = (root / "secrets/db-1/value.json").read_bytes()
    assert secrets.write_secret(root, "db-1", "old", urn=urn("db")) == ref
    assert (root / "secrets/db-1/value.json").read_bytes() != sealed  # another nonce each time
    secrets.write_secret(root, "db-1", "new", urn=urn("db"))
    assert secrets.read_ref(root.parent.parent, ref) == "new"


def test_no_file_holds_it_in_plain_and_nobody_else_can_read_them(root: Path, tmp_path: Path) -> None:
    secrets.write_secret(root, "db-1", VALUE, urn=urn("db"))
    paths = [path for path in tmp_path.rglob("*") if path.name != ".gitignore"]
    assert {path.name for path in paths} >= {"key", "value.json", "urn"}
    forms = [VALUE.encode(), base64.b64encode(VALUE.encode())[:-4]]
    for path in paths:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path
        assert path.is_dir() or not [form for form in forms if form in path.read_bytes()]


def test_what_was_changed_by_somebody_else_is_no_secret(root: Path) -> None:
    for id in ("db-1", "api-1"):
        secrets.write_secret(root, id, f"value of {id}", urn=urn(id))
    mine, other = root / "secrets/db-1/value.json", root / "secrets/api-1/value.json"
    before = mine.read_text()
    mine.write_text(other.read_text())  # one for the other
    assert secrets.read_secret(root, "db-1") is None
    sealed = bytearray(base64.b64decode(json.loads(before)["sealed"]))
    sealed[-1] ^= 1
    for content in (
        json.dumps({"sealed": base64.b64encode(sealed).decode()}),
        '{"sealed": ""}',
        '{"sealed": 1}',
        "{",
        "[]",
    ):
        mine.write_text(content)
        assert secrets.read_secret(root, "db-1") is None
        with pytest.raises(LocalError, match="there is no secret 'demo/dev/db-1'"):
            secrets.read_ref(root.parent.parent, "demo/dev/db-1")
    mine.write_text(before)
    assert secrets.read_secret(root, "db-1") == "value of db-1"


@pytest.mark.parametrize("content", [None, "", "no key", base64.b64encode(b"short").decode()])
def test_a_key_that_is_lost_takes_the_values_along_and_the_next_one_is_kept(root: Path, content: str | None) -> None:
    secrets.write_secret(root, "db-1", VALUE, urn=urn("db"))
    key = root / "secrets/key"
    key.unlink() if content is None else key.write_text(content)
    assert secrets.read_secret(root, "db-1") is None
    secrets.write_secret(root, "db-1", VALUE, urn=urn("db"))
    assert secrets.read_secret(root, "db-1") == VALUE


def test_removing_the_last_one_leaves_nothing(root: Path, tmp_path: Path) -> None:
    for id in ("db-1", "api-1"):
        secrets.write_secret(root, id, VALUE, urn=urn(id))
    secrets.remove_secret(root, "db-1")
    assert secrets.read_secret(root, "db-1") is None
    assert secrets.read_secret(root, "api-1") == VALUE
    secrets.remove_secret(root, "api-1")
    secrets.remove_secret(root, "api-1")
    assert list(tmp_path.rglob("*")) == []


def test_one_of_a_run_that_was_killed_makes_room(root: Path) -> None:
    secrets.write_secret(root, "db-1", "never recorded", urn=urn("db"))
    secrets.write_secret(root, "api-1", "another's", urn=urn("api"))
    secrets.write_secret(root, "db-2", VALUE, urn=urn("db"))
    assert secrets.read_secret(root, "db-1") is None
    assert secrets.read_secret(root, "api-1") == "another's"


def test_another_stack_reads_it_by_its_ref(root: Path) -> None:
    ref = secrets.write_secret(root, "db-1", VALUE, urn=urn("db"))
    other = stack_folder(root.parent.parent, urn("mine", "other", "prod"))
    secrets.write_secret(other, "mine-1", "mine", urn=urn("mine", "other", "prod"))
    assert secrets.read_ref(other.parent.parent, ref) == VALUE


@pytest.mark.parametrize(
    "ref", ["", "db-1", "dev/db-1", "demo/dev/db-1/x", "demo/../dev/db-1", "../dev/db-1", "demo/dev/../db-1", "a/b/\0",
            "demo/dev/.db-1", "/demo/dev", "demo//db-1", "demo/dev/" + "x" * 300]
)  # fmt: skip
def test_a_ref_leads_nowhere_else(root: Path, ref: str) -> None:
    secrets.write_secret(root, "db-1", VALUE, urn=urn("db"))
    with pytest.raises(LocalError, match="there is no secret"):
        secrets.read_ref(root.parent.parent, ref)


def test_several_at_once(root: Path, tmp_path: Path) -> None:
    """As Pulumi does it: the first of them makes the key, the last one to go removes it, whoever comes between."""
    ids = [f"s-{number}" for number in range(12)]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            list(pool.map(lambda id: secrets.write_secret(root, id, id, urn=urn(id)), ids))
            assert [secrets.read_secret(root, id) for id in ids] == ids
            list(pool.map(lambda id: secrets.remove_secret(root, id), ids))
    assert list(tmp_path.rglob("*")) == []
