"""What a schema's errors say, and what is told of schemas that can't be checked."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from sls_infra.runtime.schema import compile, unsupported
from sls_infra.runtime.schema.compiler import MAX_ERRORS


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sku: Annotated[str, Field(pattern="^[A-Z]+$", max_length=5)]
    qty: Annotated[int, Field(ge=1)]


class Card(BaseModel):
    kind: Literal["card"]
    number: Annotated[str, Field(min_length=4)]


class Transfer(BaseModel):
    kind: Literal["transfer"]
    iban: str


class Order(BaseModel):
    lines: Annotated[list[Line], Field(min_length=1)]
    note: str | None = None
    payment: Annotated[Card | Transfer, Field(discriminator="kind")]
    tags: dict[str, float] = {}


GOOD = {"lines": [{"sku": "A", "qty": 1}], "payment": {"kind": "card", "number": "1234"}}


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({}, []),
        ({"note": None}, []),
        ({"note": 7}, [("/note", "must be a string or null")]),
        ({"lines": []}, [("/lines", "must have at least 1 items")]),
        ({"lines": "A"}, [("/lines", "must be an array")]),
        (
            {"lines": [{"sku": "A", "qty": 1}, {"sku": "a\n", "qty": 0, "x": 1}]},
            [
                ("/lines/1/sku", "must match the pattern ^[A-Z]+$"),
                ("/lines/1/qty", "must be at least 1"),
                ("/lines/1/x", "is not allowed here"),
            ],
        ),
        ({"lines": [{}]}, [("/lines/0/sku", "is missing"), ("/lines/0/qty", "is missing")]),
        ({"payment": {"kind": "card", "number": "1"}}, [("/payment/number", "must have at least 4 characters")]),
        ({"payment": {"kind": "transfer"}}, [("/payment/iban", "is missing")]),
        ({"payment": {"kind": "cash"}}, [("/payment", "must be an object")]),
        ({"tags": {"a/b~c": "x"}}, [("/tags/a~1b~0c", "must be a number")]),
    ],
)
def test_errors_say_where_and_what(change: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    assert compile(Order.model_json_schema())({**GOOD, **change}) == errors


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": ["string", "integer"]}, None, "must be a string or a whole number"),
        ({"enum": ["a", 1, None]}, 2, 'must be one of "a", 1, null'),
        ({"const": {"a": 1}}, {"a": 2}, 'must be {"a": 1}'),
        ({"exclusiveMinimum": 0}, 0, "must be greater than 0"),
        ({"exclusiveMaximum": 0}, 0, "must be less than 0"),
        ({"multipleOf": 0.1}, 0.25, "must be a multiple of 0.1"),
        ({"uniqueItems": True}, [1, 1.0], "must not hold the same item twice"),
        ({"contains": {"const": 1}}, [2], "must hold at least 1 of the items that are asked for"),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, "the name must have at most 1 characters"),
        ({"not": {"type": "null"}}, None, "is of a form that is not allowed"),
        ({"oneOf": [{"minimum": 1}, {"maximum": 5}]}, 3, "fits 2 of the forms that are allowed, where it must fit one"),
        ({"anyOf": [{"minimum": 9}, {"maximum": 1}]}, 3, "fits none of the 2 forms that are allowed"),
        ({"format": "uuid"}, "x", "is no uuid"),
        ({"format": "int32", "type": "integer"}, 2**31, "is out of the range of int32"),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "is missing beside a"),
        (False, 1, "is not allowed here"),
    ],
)
def test_messages(schema: Any, value: Any, message: str) -> None:
    assert [found for _, found in compile(schema)(value)] == [message]


def test_decimal_fractions_are_multiples_as_they_are_written() -> None:
    check = compile({"multipleOf": 0.01})
    assert [value for value in (0.07, 1.1, 19.99, 1e22, 4, 0.075) if not check(value)] == [0.07, 1.1, 19.99, 1e22, 4]


@pytest.mark.parametrize("pattern", ["^a$", "^(a|b$)", "^a$|^b$"])
def test_the_end_is_the_very_end(pattern: str) -> None:
    check = compile({"pattern": pattern})
    assert check("a") == []
    assert check("a\n") == ([] if pattern == "^(a|b$)" else [("", f"must match the pattern {pattern}")])


def test_a_dollar_that_is_a_character_stays_one() -> None:
    assert compile({"pattern": r"^[$]\$$"})("$$") == []


def test_a_check_stops_after_many_errors() -> None:
    assert len(compile({"items": {"type": "string"}})([1] * 10_000)) == MAX_ERRORS


def test_what_is_nested_too_deeply_is_said_so() -> None:
    value: Any = 1
    for _ in range(5000):
        value = [value]
    assert compile({"items": {"$ref": "#"}})(value) == [("", "is nested too deeply")]


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ({"unevaluatedProperties": False}, "unevaluatedProperties (at #)"),
        ({"properties": {"a": {"$dynamicRef": "#x"}}}, "$dynamicRef (at #/properties/a)"),
        ({"$defs": {"a": {"minLenght": 1}}}, "minLenght (at #/$defs/a)"),
        ({"items": {"format": "phone"}}, "format 'phone' (at #/items)"),
        ({"$ref": "https://example.com/a.json"}, "$ref 'https://example.com/a.json' (at #)"),
        ({"$ref": "#/$defs/gone"}, "$ref '#/$defs/gone' (at #)"),
        (
            {"$schema": "http://json-schema.org/draft-07/schema#"},
            "$schema 'http://json-schema.org/draft-07/schema#' (at #)",
        ),
        ({"$ref": "#anchor"}, "$ref '#anchor' (at #)"),
        ({"properties": {"a": {"$id": "b"}}}, "$id (at #/properties/a)"),
        ({"pattern": "("}, "pattern '(' (at #)"),
        ({"pattern": 7}, "pattern 7 (at #)"),
        ({"pattern": r"\p{L}"}, r"pattern '\\p{L}' (at #)"),
        ({"patternProperties": {"[": True}}, "patternProperties '[' (at #)"),
        ({"type": "text"}, "type 'text' (at #)"),
        ({"type": []}, "type [] (at #)"),
        ({"type": 7}, "type 7 (at #)"),
        ({"items": [{}]}, "items: [{}] (at #)"),
        ({"minLength": -1}, "minLength: -1 (at #)"),
        ({"minimum": "1"}, "minimum: '1' (at #)"),
        ({"minimum": True}, "minimum: True (at #)"),
        ({"multipleOf": 0}, "multipleOf: 0 (at #)"),
        ({"required": "a"}, "required: 'a' (at #)"),
        ({"required": True}, "required: True (at #)"),
        ({"enum": "abc"}, "enum: 'abc' (at #)"),
        ({"properties": []}, "properties: [] (at #)"),
        ({"anyOf": []}, "anyOf: [] (at #)"),
        ({"anyOf": [{"nullable": True}]}, "nullable (at #/anyOf/0)"),
        ({"format": ["date"]}, "format ['date'] (at #)"),
        ({"$ref": 7}, "$ref 7 (at #)"),
        ([], "list in place of a schema (at #)"),
        ("string", "str in place of a schema (at #)"),
        (None, "NoneType in place of a schema (at #)"),
    ],
)
def test_what_cannot_be_checked_is_named_and_refused(schema: Any, named: str) -> None:
    assert unsupported(schema) == [named]
    with pytest.raises(ValueError, match="can't be checked"):
        compile(schema)


def test_all_of_it_is_named_at_once() -> None:
    schema = {"unevaluatedItems": False, "properties": {"a": {"type": "x"}, "b": {"format": "y"}}}
    assert len(unsupported(schema)) == 3


def test_what_says_nothing_is_passed_over() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://example.com/order", "title": "Order",
        "description": "An order", "default": {}, "examples": [{}], "deprecated": True, "readOnly": True,
        "x-internal": 1,
        "discriminator": {"propertyName": "kind"}, "contentMediaType": "application/json", "$comment": "none",
        "format": "password",
    }  # fmt: skip
    assert unsupported(schema) == []
    assert compile(schema)({"anything": 1}) == []


def test_names_of_properties_are_no_keywords() -> None:
    schema = {"properties": {"unevaluatedItems": {"type": "string"}, "$ref": {"type": "string"}}, "required": ["$ref"]}
    assert unsupported(schema) == []
    assert compile(schema)({}) == [("/$ref", "is missing")]


def test_no_value_is_changed_by_looking_at_it() -> None:
    value = {"lines": [{"sku": "a"}], "payment": {"kind": "card"}}
    before = repr(value)
    compile(Order.model_json_schema())(value)
    assert repr(value) == before
