"""Schemas of a description → JSON Schemas (2020-12) that the runtime can check, and that stand by themselves."""

from __future__ import annotations

import re
from typing import Any

from ...runtime import schema as checker
from ..schemas import DIALECT, LISTS, MAPS, ONE, escaped, parts
from ..shapes import well_formed
from .model import Remarks
from .nodes import Document, mapping

_PLAIN = frozenset(("title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "const"))
"""Keywords that are carried over as they are."""
_LEFT = frozenset(("xml", "externalDocs", "$schema", "$comment", "$defs", "definitions", "contentSchema"))
"""Keywords that say nothing of a value, or (`$defs`) whose parts come along by references to them."""


class Schemas:
    """Takes schemas of a document, gives each a name, and brings along what they refer to."""

    def __init__(self, document: Document, remarks: Remarks) -> None:
        self.document = document
        self.remarks = remarks
        self.made: dict[str, Any] = {}
        self._names: dict[str, str] = {}
        self._waiting: list[tuple[str, str]] = []

    def take(self, schema: Any, name: str, where: str) -> str:
        """The name under which the schema is kept: `name` if that is free; its own where it is a mere reference."""
        reference = mapping(schema).get("$ref")
        alone = not self.document.json_schema or len(mapping(schema)) == 1
        if isinstance(reference, str) and alone and self.document.at(reference) is not None:
            found = self._named(reference)
        else:
            found = self._free(name)
            self.made[found] = None
            self.made[found] = self._converted(schema, where)
        while self._waiting:
            pointer, waiting = self._waiting.pop()
            self.made[waiting] = self._converted(self.document.at(pointer), f"schema {waiting}")
        return found

    def put(self, name: str, schema: dict[str, Any]) -> str:
        """Keeps a schema that is finished."""
        found = self._free(name)
        self.made[found] = schema
        return found

    def part(self, schema: Any, where: str) -> Any:
        """A schema that becomes part of another."""
        return self._converted(schema, where)

    def _free(self, name: str) -> str:
        base = re.sub(r"[^A-Za-z0-9._-]+", "_", name) or "Schema"
        found, number = base, 2
        while found in self.made:
            found, number = f"{base}{number}", number + 1
        return found

    def _named(self, reference: str) -> str:
        if reference not in self._names:
            way = parts(reference)
            name = way[-1] if way and way[-1] not in ("schema", "items") else "".join(map(str.title, way[-3:-1]))
            self._names[reference] = found = self._free(name)
            self.made[found] = None  # taken, until its turn comes
            self._waiting.append((reference, found))
        return self._names[reference]

    def _converted(self, schema: Any, where: str) -> Any:
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, dict):
            self.remarks.add(where, "a schema that is none is left open: any value fits")
            return {}
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if self.document.at(reference) is None:
                what = f"the schema's reference {reference} leads out of the document, or nowhere: any value fits"
                self.remarks.add(where, what)
                return {}
            pointer = f"#/$defs/{escaped(self._named(reference))}"
            if not self.document.json_schema:
                return {"$ref": pointer}  # what stands beside a reference does not count in 3.0
            return {"$ref": pointer, **self._members({k: v for k, v in schema.items() if k != "$ref"}, where)}
        made = self._members(schema, where)
        return made if self.document.json_schema else _nullable(schema, made)

    def _members(self, schema: dict[str, Any], where: str) -> dict[str, Any]:
        old = schema if self.document.json_schema else _modern(schema)
        made: dict[str, Any] = {}
        for keyword, value in old.items():
            if keyword in _LEFT or keyword.startswith("x-"):
                continue
            if keyword == "example":
                made.setdefault("examples", [value])
            elif _checked(keyword, value):
                made[keyword] = self._value(keyword, value, where)
            else:
                self._lost(keyword, value, made, where)
        self._without_read_only(made, where)
        return made

    def _value(self, keyword: str, value: Any, where: str) -> Any:
        """The value of a keyword, with the schemas in it converted."""
        if keyword in ONE:
            return self._converted(value, where)
        if keyword in LISTS:
            return [self._converted(item, where) for item in value]
        if keyword in MAPS:
            return {name: self._converted(item, where) for name, item in value.items()}
        return self._discriminator(value) if keyword == "discriminator" else value

    def _lost(self, keyword: str, value: Any, made: dict[str, Any], where: str) -> None:
        """What can't be checked: said in the schema's comment, and in a remark."""
        said = f"{keyword}: {value}"[:200]
        made["$comment"] = f"{made['$comment']}; {said}" if "$comment" in made else said
        if keyword == "format" and isinstance(value, str):
            self.remarks.add(where, f"the format {value!r} is not checked")
        elif keyword == "pattern":
            self.remarks.add(where, f"the pattern {value!r} is none of Python's: it is not checked")
        elif keyword != "$schema" or value != DIALECT:
            self.remarks.add(where, f"the schema's {keyword} is not checked")

    def _discriminator(self, old: dict[str, Any]) -> dict[str, Any]:
        def pointer(value: Any) -> Any:
            reference = value if str(value).startswith("#") else f"#/components/schemas/{value}"
            known = isinstance(self.document.at(reference), (dict, bool))
            return f"#/$defs/{escaped(self._named(reference))}" if known else value

        made = {"propertyName": old.get("propertyName")}
        targets = {name: pointer(value) for name, value in mapping(old.get("mapping")).items()}
        return {**made, "mapping": targets} if targets else made

    def _without_read_only(self, made: dict[str, Any], where: str) -> None:
        """A member that only answers have can't be asked of a request: one schema serves both."""
        wanted = made.get("required")
        if not isinstance(wanted, list):
            return
        properties = mapping(made.get("properties"))
        left = [name for name in wanted if mapping(properties.get(name)).get("readOnly") is not True]
        if left != wanted:
            made["required"] = left
            self.remarks.add(where, "members that are read-only are not required, so that a request may leave them out")


def _checked(keyword: str, value: Any) -> bool:
    """Whether the runtime checks the keyword, or needn't."""
    if not well_formed(keyword, value) or (keyword == "discriminator" and not isinstance(value, dict)):
        return False
    if keyword in ONE or keyword in LISTS or keyword in MAPS:
        return keyword in checker.KEYWORDS or keyword in ("then", "else")
    return keyword in _PLAIN or keyword == "discriminator" or not checker.unsupported({keyword: value})


def _modern(old: dict[str, Any]) -> dict[str, Any]:
    """The keywords of 3.0 whose meaning has changed since."""
    made = {key: value for key, value in old.items() if key != "nullable"}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(made.get(exclusive), bool):
            strict = made.pop(exclusive)
            if strict and bound in made:
                made[exclusive] = made.pop(bound)
    if made.get("type") == "file":
        made["type"] = "string"
    return made


def _nullable(old: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    """`nullable` of 3.0, as a type."""
    if old.get("nullable") is not True:
        return made
    kind = made.get("type")
    if isinstance(kind, str):
        enum = (
            {"enum": [*made["enum"], None]} if isinstance(made.get("enum"), list) and None not in made["enum"] else {}
        )
        return {**made, "type": [kind, "null"], **enum}
    if any(word in made for word in ("allOf", "anyOf", "oneOf", "enum")):
        return {"anyOf": [made, {"type": "null"}]}
    return made
