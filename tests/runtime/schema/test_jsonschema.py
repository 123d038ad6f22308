"""Our verdicts against those of the jsonschema library, on schemas and values made by hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sls_infra.runtime.schema import compile, unsupported

names = st.sampled_from(["a", "b", "c", "a/b", "~", ""])
numbers = st.integers(-3, 6) | st.sampled_from([0.0, 1.0, 2.5, -0.5, 1e300])
scalars = st.none() | st.booleans() | numbers | st.sampled_from(["", "a", "ab", "abc", "ü", "1", "2024-02-29"])
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(names, children, max_size=4),
    max_leaves=10,
)
types = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
sizes = st.integers(0, 3)
patterns = st.sampled_from(["a", "^a", "b$", "^[a-c]+$", r"^\w{2}$", "[$]", r"\$", "^$"])


def keywords(children: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    named = st.dictionaries(names, children, max_size=3)
    some = st.lists(children, min_size=1, max_size=3)
    return {
        "type": types | st.lists(types, min_size=1, max_size=3, unique=True),
        "enum": st.lists(values, max_size=4),
        "const": values,
        "minimum": numbers,
        "maximum": numbers,
        "exclusiveMinimum": numbers,
        "exclusiveMaximum": numbers,
        "multipleOf": st.sampled_from([1, 2, 3, 0.5]),
        "minLength": sizes,
        "maxLength": sizes,
        "pattern": patterns,
        "minItems": sizes,
        "maxItems": sizes,
        "uniqueItems": st.booleans(),
        "prefixItems": some,
        "items": children,
        "contains": children,
        "minContains": sizes,
        "maxContains": sizes,
        "minProperties": sizes,
        "maxProperties": sizes,
        "required": st.lists(names, max_size=3, unique=True),
        "properties": named,
        "patternProperties": st.dictionaries(patterns, children, max_size=2),
        "additionalProperties": children,
        "propertyNames": children,
        "dependentRequired": st.dictionaries(names, st.lists(names, max_size=2), max_size=2),
        "dependentSchemas": named,
        "allOf": some,
        "anyOf": some,
        "oneOf": some,
        "not": children,
        "if": children,
        "then": children,
        "else": children,
        "$ref": st.sampled_from(["#", "#/$defs/leaf", "#/$defs/tree", "#/$defs/a~1b"]),
        "description": st.just("says nothing"),
    }


def small(children: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A few keywords: with many at once nothing fits, and nothing is learnt."""
    every = keywords(children)
    chosen = st.lists(st.sampled_from(sorted(every)), max_size=4, unique=True)
    return chosen.flatmap(lambda some: st.fixed_dictionaries({keyword: every[keyword] for keyword in some}))


schemas = st.recursive(st.booleans() | small(st.booleans()), small, max_leaves=6)
TREE = {"type": ["object", "integer"], "properties": {"a": {"$ref": "#/$defs/tree"}}, "additionalProperties": False}


def leads_to_itself(schema: Any) -> bool:
    """Whether checking it would go in circles without looking at anything: neither side ends then."""
    return "'$ref': '#'" in repr(schema)


@settings(max_examples=400)
@given(schemas, st.lists(values, min_size=1, max_size=5))
def test_the_verdict_is_that_of_the_library(schema: Any, candidates: list[Any]) -> None:
    if isinstance(schema, dict) and not leads_to_itself(schema):
        schema = {**schema, "$defs": {"leaf": {"type": "string"}, "tree": TREE, "a/b": {"enum": [1, "a"]}}}
    elif isinstance(schema, dict):
        schema = {**TREE, "$defs": {"tree": TREE}, "properties": {"a": {"$ref": "#"}}}
    assert unsupported(schema) == []
    check, judge = compile(schema), Draft202012Validator(schema)
    for value in candidates:
        errors = check(value)
        assert (not errors) == judge.is_valid(value), (value, errors)


@given(st.dictionaries(st.text(max_size=3), scalars, max_size=3) | values)
def test_pointers_lead_to_what_they_are_about(value: Any) -> None:
    """Everything is refused where it is, so that each error's place must be one of the value's own."""
    leaf = {"not": {"type": ["null", "boolean", "number", "string"]}}
    schema = {**leaf, "items": {"$ref": "#"}, "additionalProperties": {"$ref": "#"}}
    places = set(leaves(value, ""))
    found = {place for place, _ in compile(schema)(value)}
    assert found == places


def leaves(value: Any, at: str) -> list[str]:
    if isinstance(value, list):
        return [place for index, item in enumerate(value) for place in leaves(item, f"{at}/{index}")]
    if isinstance(value, dict):
        escaped = {name: name.replace("~", "~0").replace("/", "~1") for name in value}
        return [place for name, item in value.items() for place in leaves(item, f"{at}/{escaped[name]}")]
    return [at]
