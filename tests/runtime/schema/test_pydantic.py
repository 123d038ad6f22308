"""Our verdicts on the schemas that pydantic emits, against those of the models themselves.

A schema says less than its model: pydantic also converts ("1" for an int). So two things must hold: what the model
takes without converting fits the schema, and what fits the schema is taken by the model. And of the schema as such,
the jsonschema library says the same as we do.
"""

from __future__ import annotations

import datetime
import enum
import ipaddress
import json
import re
import uuid
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import (
    AnyUrl,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    TypeAdapter,
    ValidationError,
    create_model,
)

from sls_infra.runtime.schema import compile, unsupported


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sku: Annotated[str, Field(pattern=r"^[A-Z]{2}-\d+$")]
    qty: Annotated[int, Field(ge=1, le=99)] = 1


class Card(BaseModel):
    kind: Literal["card"]
    number: str


class Transfer(BaseModel):
    kind: Literal["transfer"]
    iban: str | None = None


class Tree(BaseModel):
    name: str
    children: list[Tree] = []


text = st.text(max_size=4) | st.sampled_from(
    ["AB-1", "AB-1\n", "s", "l", "card", "1", "1.5", "true", "a@b.co", "\u0661"]
)
number = st.integers(-5, 120) | st.floats(-1e6, 1e6) | st.sampled_from([0.5, 1.0, 2.0])
scalar: st.SearchStrategy[Any] = st.none() | st.booleans() | number | text
line = st.fixed_dictionaries({}, optional={"sku": text, "qty": number, "x": scalar})
payment = st.fixed_dictionaries(
    {}, optional={"kind": st.sampled_from(["card", "transfer", "cash", 1]), "number": scalar, "iban": scalar}
)
tree: st.SearchStrategy[Any] = st.recursive(
    scalar,
    lambda children: st.fixed_dictionaries({"name": text}, optional={"children": st.lists(children, max_size=2)}),
)
digits = st.text("0123456789", max_size=4)

# Field types, each with values around those that it takes.
FIELDS: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (int, scalar),
    (float, scalar),
    (bool, scalar),
    (str, scalar),
    (None, scalar),
    (str | None, scalar),
    (int | str, scalar),
    (int | bool, scalar),
    (Annotated[int, Field(gt=0, lt=10)], number),
    (Annotated[int, Field(multiple_of=3)], number),
    (Annotated[float, Field(ge=-1.5, le=1.5)], number),
    (Annotated[str, Field(min_length=2, max_length=3)], text),
    (Annotated[str, Field(pattern="^a.c$")], st.sampled_from(["abc", "abc\n", "a\nc", "xabc", "ac"]) | text),
    (Literal["a", 2], scalar | st.just("a")),  # not 1: the model takes true for it, the schema does not
    (Literal["a", None], scalar | st.just("a")),
    (Size, st.sampled_from(["s", "l", "m", "S", 1, None])),
    (list[int], st.lists(scalar, max_size=3)),
    (Annotated[list[str], Field(min_length=1, max_length=2)], st.lists(text, max_size=3)),
    (set[int], st.lists(scalar, max_size=3, unique_by=repr)),
    (tuple[int, str], st.lists(scalar, max_size=3)),
    (tuple[int, ...], st.lists(scalar, max_size=3)),
    (dict[str, int], st.dictionaries(text, scalar, max_size=3)),
    # Of keys that match no pattern the schema says nothing, though the model refuses them.
    (dict[Annotated[str, Field(pattern="^[a-z]$")], int], st.dictionaries(st.sampled_from("abz"), scalar, max_size=2)),
    (Annotated[dict[str, int], Field(min_length=1)], st.dictionaries(text, number, max_size=2)),
    (Line, line | scalar),
    (list[Line], st.lists(line, max_size=2)),
    (Annotated[Card | Transfer, Field(discriminator="kind")], payment | scalar),
    (Card | Transfer, payment | scalar),
    (Tree, tree),
    (Any, scalar),
]


def verdict(adapter: TypeAdapter[Any], value: Any, strict: bool) -> bool:
    try:
        adapter.validate_json(json.dumps(value), strict=strict)
    except ValidationError:
        return False
    return True


@st.composite
def models(draw: st.DrawFn) -> tuple[type[BaseModel], Any]:
    """A model of a few fields, some of them optional, and a value that may be one of it."""
    chosen = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=4))
    forbid = draw(st.booleans())
    fields: dict[str, Any] = {}
    value: dict[str, Any] = {}
    for index, (annotation, candidates) in enumerate(chosen):
        name = f"f{index}"
        fields[name] = (annotation, None) if draw(st.booleans()) else (annotation, ...)
        if draw(st.integers(0, 5)):
            value[name] = draw(candidates)
    if draw(st.integers(0, 5)) == 0:
        value["extra"] = draw(scalar)
    config = ConfigDict(extra="forbid") if forbid else ConfigDict()
    return create_model("Model", __config__=config, **fields), value


@settings(max_examples=300)
@given(models())
def test_models_and_their_schemas_agree(case: tuple[type[BaseModel], Any]) -> None:
    model, value = case
    schema, adapter = model.model_json_schema(), TypeAdapter(model)
    assert unsupported(schema) == []
    fits = not compile(schema)(value)
    # The library has `$` match before a last line break, which pydantic and we do not.
    if "\n" not in repr(value):
        assert fits == Draft202012Validator(schema).is_valid(value)
    if verdict(adapter, value, strict=True):
        assert fits
    if fits and not takes_less_than_it_says(value):
        assert verdict(adapter, value, strict=False)


def takes_less_than_it_says(value: Any) -> bool:
    """A number like 1e300 is an integer to JSON Schema; pydantic takes none of so many digits for an int."""
    return bool(re.search(r"\d\.?\d*e\+\d\d", json.dumps(value)))


# Formats: strings near those that a type takes, and which of them are the standard's own forms and so must be taken.

clock = st.builds("{:02}:{:02}".format, st.integers(0, 24), st.integers(0, 60))
seconds = st.just("") | st.integers(0, 60).map(":{:02}".format)
fraction = st.sampled_from(["", "", "", ".5", ".123456", ".1234567890", ",5", "."])
zones = st.sampled_from(["", "Z", "z", "+00:00", "-08:00", "+0530", "+24:00", "+05", " Z", "UTC", "\n"])
times = st.tuples(clock, seconds, fraction, zones).map("".join)
dates = st.builds(
    "{:04}-{:02}-{:02}".format, st.integers(0, 2100), st.integers(1, 13), st.integers(1, 31)
) | st.dates().map(str)
moments = st.tuples(dates, st.sampled_from(["T", "t", " ", "_", "", "x"]), times).map("".join)
ids = st.builds(
    lambda hyphened, form, upper: (form.upper() if upper else form).format(hyphened, hyphened.replace("-", "")),
    st.uuids().map(str),
    st.sampled_from(["{0}", "{1}", "urn:uuid:{0}", "{{{0}}}", "{0}0", "x{0}", "{0}\n", "{0}-"]),
    st.booleans(),
)
addresses = st.one_of(
    st.ip_addresses().map(str),
    st.ip_addresses().map("{}/24".format),
    st.builds("10.{}.0.0/{}".format, st.integers(0, 300), st.integers(7, 33)),
    st.builds("2001:db8:{:x}::/{}".format, st.integers(0, 70000), st.integers(30, 130)),
    st.sampled_from(["1.2.3", "01.2.3.4", "::g", "::/0", "", " ::1", "fe80::1%eth0"]),
)
rests = st.sampled_from(
    ["", "//", "///", "//a", "//a.example/b?c=d#e", "a@b.co", "x:y", "//[::1]/", "//a:80", "//:80", "//a b", " "]
)
urls = (
    st.tuples(st.sampled_from(["https", "http", "HTTP", "ftp", "mailto", "urn", "a+b", "1a", ""]), rests).map(":".join)
    | rests
)
amount = st.sampled_from(["0", "1", "12", "1.5", "", "x"])
periods = st.one_of(
    st.tuples(st.sampled_from(["P", "-P", "+P", "p", ""]), amount, st.sampled_from(["Y", "M", "W", "D", "S", ""])).map(
        "".join
    ),
    st.tuples(
        st.sampled_from(["PT", "P1DT", "-PT"]), amount, st.sampled_from(["H", "M", "S", "D", "H1M", "H1S", ""])
    ).map("".join),
    st.tuples(st.sampled_from(["", "1 day, ", "2 days ", "-"]), clock, seconds).map("".join),
)

CLOCK = r"\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?"
EVERYTHING = r"(?s:.*)"
FORMATS: list[tuple[str, Any, st.SearchStrategy[str], str]] = [
    ("date", datetime.date, dates | moments, r"\d{4}-\d\d-\d\d"),
    ("date-time", datetime.datetime, moments | dates, rf"\d{{4}}-\d\d-\d\d[Tt _]{CLOCK}"),
    ("time", datetime.time, times, CLOCK),
    (
        "duration",
        datetime.timedelta,
        periods,
        r"[+-]?P(\d+(\.\d+)?[YMWD])?(T(\d+(\.\d+)?[HMS])+)?|[-\d:]*|\d days?,? [\d:]*",
    ),
    ("uuid", uuid.UUID, ids, EVERYTHING),
    ("ipv4", ipaddress.IPv4Address, addresses, EVERYTHING),
    ("ipv6", ipaddress.IPv6Address, addresses, EVERYTHING),
    ("ipv4network", ipaddress.IPv4Network, addresses, EVERYTHING),
    ("ipv6network", ipaddress.IPv6Network, addresses, EVERYTHING),
    ("ipv4interface", ipaddress.IPv4Interface, addresses, EVERYTHING),
    ("ipv6interface", ipaddress.IPv6Interface, addresses, EVERYTHING),
    ("uri", AnyUrl, urls, r"\S*"),
]


@pytest.mark.parametrize(("name", "annotation", "candidates", "standard"), FORMATS, ids=[row[0] for row in FORMATS])
def test_formats_refuse_what_the_type_refuses(
    name: str, annotation: Any, candidates: st.SearchStrategy[str], standard: str
) -> None:
    adapter = TypeAdapter(annotation)
    assert adapter.json_schema()["format"] == name
    check = compile(adapter.json_schema())
    seen = {True: 0, False: 0}

    @settings(max_examples=300)
    @given(candidates | st.text(max_size=3))
    def judge(value: str) -> None:
        fits, takes = not check(value), verdict(adapter, value, strict=False)
        seen[fits] += 1
        if fits:
            assert takes, f"{value!r} fits and is refused by the type"
        if takes and re.fullmatch(standard, value):
            assert fits, f"{value!r} does not fit and is taken by the type"

    judge()
    assert min(seen.values()) >= 10, seen


def test_a_url_must_be_short_enough() -> None:
    check = compile(TypeAdapter(HttpUrl).json_schema())
    assert check("https://a.example/") == []
    assert check("https://a.example/" + "a" * 2083) != []


@pytest.mark.parametrize("version", [1, 3, 4, 5, 6, 7, 8])
def test_versions_of_uuids(version: int) -> None:
    check = compile({"format": f"uuid{version}"})
    right = f"2eb8aa08-aa98-{version}1ea-b4aa-73b441d16380"
    assert check(right) == []
    assert check(right[:14] + "9" + right[15:]) != []
