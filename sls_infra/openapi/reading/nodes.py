"""The document's nodes, of which nobody has checked that they are what they should be."""

from __future__ import annotations

from typing import Any

from ..schemas import parts


def mapping(value: Any) -> dict[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """The string, or an empty one."""
    return value if isinstance(value, str) else ""


def line(value: Any) -> str:
    """The first line of a text, with what no source file should hold left out."""
    first = next((each for each in text(value).splitlines() if each.strip()), "")
    return "".join(char for char in first if char.isprintable()).strip()


class Document:
    """A document, and what references in it point at."""

    def __init__(self, root: dict[str, Any], json_schema: bool) -> None:
        self.root = root
        self.json_schema = json_schema
        """Whether its schemas are JSON Schema (2020-12): from 3.1 on."""

    def at(self, reference: str) -> Any:
        """The node that a reference within the document points at; None where there is none."""
        if not reference.startswith("#"):
            return None
        node: Any = self.root
        for part in parts(reference):
            if isinstance(node, dict) and part in node:
                node = node[part]
            elif isinstance(node, list) and part.isdecimal() and int(part) < len(node):
                node = node[int(part)]
            else:
                return None
        return node

    def followed(self, node: Any) -> dict[str, Any]:
        """The object itself, or what its reference leads to; empty where that is nothing."""
        for _ in range(20):
            reference = mapping(node).get("$ref")
            if not isinstance(reference, str):
                return mapping(node)
            node = self.at(reference)
        return {}

    def lost(self, node: Any) -> str:
        """The reference of a node that leads nowhere; empty where it leads somewhere, or is none."""
        reference = text(mapping(node).get("$ref"))
        return reference if reference and not isinstance(self.at(reference), (dict, bool)) else ""
