"""What the source's filter leaves out is done, silently, wherever it is filtered."""

from __future__ import annotations

from pathlib import Path

import pytest

from sls_infra.errors import SpecError

from . import apis
from .conftest import PLATFORMS, Serve
from .worlds.world import DONE, Put, Sent, Written

KINDS = ("insert", "delete")


@pytest.mark.parametrize(
    ("attributes", "wanted"),
    [
        ({"type": "a"}, True),
        ({"type": "b", "other": "x"}, True),
        ({"type": "c"}, False),
        ({"type": "A"}, False),
        ({"type": "a "}, False),
        ({"Type": "a"}, False),
        ({}, False),
    ],
)
def test_attributes(serve: Serve, attributes: dict[str, str], wanted: bool) -> None:
    served = serve()
    assert served.deliver("published", [Sent(body="good", attributes=attributes)]) == [DONE]
    assert len(served.seen) == wanted


def test_a_message_that_is_left_out_can_not_fail(serve: Serve) -> None:
    served = serve()
    batch = [Sent(body="bad", attributes={"type": "c"}), Sent(body="good", attributes={"type": "b"})]
    assert served.deliver("published", batch, attempt=3) == [DONE, DONE]
    assert [message.body for message in served.seen] == ["good"]


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("in/a.txt", True),
        ("in/.txt", True),
        ("in/deep/ü 😀.txt", True),
        ("in/a.TXT", False),
        ("in/a.txt.gz", False),
        ("out/in/a.txt", False),
        ("In/a.txt", False),
        ("in%2Fa.txt", False),
    ],
)
def test_keys(serve: Serve, key: str, wanted: bool) -> None:
    served = serve()
    assert served.deliver("uploads", [Put(key=key)]) == [DONE]
    assert [upload.key for upload in served.seen] == [key] * wanted


@pytest.mark.needs("kinds")
def test_kinds(serve: Serve) -> None:
    served = serve(kinds=KINDS)
    first, second = {"id": "1"}, {"id": "1", "is": "bad"}
    for written in (Written(new=first), Written(old=first, new=second), Written(old=second)):
        assert served.deliver("some", [written]) == [DONE]
    assert [change.kind for change in served.seen] == list(KINDS)


def refuses_kinds(platform: str, code: Path) -> bool:
    try:
        apis.deployed(platform, code, KINDS)
    except SpecError as error:
        return "kinds" in str(error)
    return False


def test_where_kinds_are_not_told_asking_for_some_is_refused(code_folder: Path) -> None:
    assert [platform for platform in PLATFORMS if refuses_kinds(platform, code_folder)] == ["azure"]
