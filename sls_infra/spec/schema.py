"""The JSON Schema of a spec, with each field described by its own docstring."""

from __future__ import annotations

import ast
import inspect
from typing import Any

from pydantic import TypeAdapter

from .api import Api
from .base import Spec


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of an `Api` as `TypeAdapter(Api).dump_json` writes it and `validate_json` reads it."""
    schema = TypeAdapter(Api).json_schema()
    described = {cls.__name__: cls for cls in _below(Spec)}
    for name, definition in {Api.__name__: schema, **schema.get("$defs", {})}.items():
        if name in described:
            _describe(definition, described[name])
    return schema


def _below(cls: type[Spec]) -> set[type[Spec]]:
    direct: list[type[Spec]] = cls.__subclasses__()
    return {*direct, *(sub for child in direct for sub in _below(child))}


def _describe(definition: dict[str, Any], cls: type) -> None:
    definition["description"] = inspect.getdoc(cls) or ""
    for owner in reversed([base for base in cls.__mro__ if issubclass(base, Spec) and base is not Spec]):
        for field, text in field_docstrings(owner).items():
            if field in definition.get("properties", {}):
                definition["properties"][field]["description"] = text


def field_docstrings(cls: type) -> dict[str, str]:
    """Field → the docstring under it, for the fields that a class writes itself."""
    body = ast.parse(inspect.cleandoc(inspect.getsource(cls))).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, after in zip(body.body, body.body[1:], strict=False):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str):
            found[field.target.id] = inspect.cleandoc(after.value.value).replace("\n", " ")
    return found
