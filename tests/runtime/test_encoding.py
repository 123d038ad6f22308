"""JSON out, judged by pydantic's own encoder; JSON in, with the place of what is wrong."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import ipaddress
import json
import pathlib
import uuid
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from sls_infra.runtime import HttpError
from sls_infra.runtime.encoding import decode, encode


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@dataclasses.dataclass
class Point:
    x: int
    y: decimal.Decimal


class Order(BaseModel):
    id: uuid.UUID
    at: datetime.datetime
    lines: list[int]


ID = uuid.UUID("2eb8aa08-aa98-11ea-b4aa-73b441d16380")
NOON = datetime.datetime(2024, 2, 29, 12, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    "value",
    [
        {"id": ID},
        NOON,
        NOON.replace(tzinfo=None, microsecond=5),
        NOON.date(),
        NOON.time(),
        decimal.Decimal("1.10"),
        Color.RED,
        Level.HIGH,
        Point(1, decimal.Decimal("2.5")),
        {"order": Order(id=ID, at=NOON, lines=[1, 2])},
        (1, "two", None),
        {"only"},
        frozenset([1]),
        pathlib.Path("/a/b"),
        [Point(1, decimal.Decimal("2"))],
        "grüße \u2028 \U0001f600",
        10**30,
    ],
)
def test_values_are_written_as_pydantic_writes_them(value: object) -> None:
    expected = to_jsonable_python(value)
    written = json.loads(encode(value))
    if isinstance(value, datetime.datetime):  # Z or +00:00: the same moment
        assert datetime.datetime.fromisoformat(written) == datetime.datetime.fromisoformat(expected)
    elif isinstance(value, dict) and "order" in value:
        assert written == {"order": value["order"].model_dump(mode="json")}
    else:
        assert written == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (object(), "type object can't be written as JSON"),
        ({"x": b"bytes"}, "type bytes can't"),
        (ipaddress.ip_address("::1"), "type IPv6Address can't"),
        ((n for n in [1]), "type generator can't"),
        (float("nan"), "not JSON compliant"),
        ([float("inf")], "not JSON compliant"),
        ({(1, 2): 3}, "keys must be"),
    ],
)
def test_values_that_cannot_be_written(value: object, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        encode(value)


def test_a_value_that_holds_itself() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(ValueError, match="Circular"):
        encode(value)


def test_half_a_surrogate_pair_goes_out_escaped() -> None:
    assert json.loads(encode({"x": "\ud83d"})) == {"x": "\ud83d"}
    assert encode("\ud83dü") == '"\\ud83dü"'.encode()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=8,
)


@given(json_values)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert decode(encode(value)) == value


@given(st.binary() | st.text().map(str.encode) | json_values.map(lambda value: json.dumps(value).encode()[:-1]))
@example(b"Infinity")
@example(b"\xef\xbb\xbf1")
def test_reading_finds_what_the_standard_library_finds_or_answers_400(body: bytes) -> None:
    """But for what RFC 8259 does not have, NaN and Infinity, and the byte order mark, which it lets readers ignore."""

    def none_such(name: str) -> None:
        raise ValueError(name)

    try:
        expected = json.loads(body.decode("utf-8").removeprefix("\ufeff"), parse_constant=none_such)
    except ValueError:
        with pytest.raises(HttpError) as caught:
            decode(body)
        assert caught.value.status == 400
    else:
        assert decode(body) == expected


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"a" 1}', "line 1, column 6"),
        (b'{\n  "a": 1\n  "b": 2\n}', "line 3, column 3"),
        (b"[1, 2", "line 1, column 6"),
        (b"{} {}", "line 1, column 4"),
        (b'{"gr\xc3\xbc\xc3\x9fe": tru}', "line 1, column 11"),
        (b'{"a":\n "\xff"}', "line 2, column 3"),
        (b'{"NaN": "Infinity",\n "a\\"": NaN}', "line 2, column 9"),
        (b"[-Infinity]", "line 1, column 2"),
        (b"", "line 1, column 1"),
        (b" \n", "line 1, column 1"),
        (b"\xef\xbb\xbf{", "line 1, column 2"),
        (b'"a\nb"', "line 1, column 3"),
    ],
)
def test_malformed_json_names_the_place(body: bytes, place: str) -> None:
    with pytest.raises(HttpError) as caught:
        decode(body)
    assert caught.value.status == 400
    assert place in caught.value.detail


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000])
def test_hostile_json_is_a_400(body: bytes) -> None:
    with pytest.raises(HttpError) as caught:
        decode(body)
    assert caught.value.status == 400


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert decode(b"\xef\xbb\xbf[1]") == [1]
