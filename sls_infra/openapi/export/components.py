"""`components/schemas`: the models of all routes, each once, under names of their own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..schemas import escaped, parts, refs, rewritten

_DEFS = ("$defs", "definitions")
_HEAD = (*_DEFS, "$schema", "$id")


class Components:
    """Takes schemas that stand by themselves, and gives what stands for them in the document."""

    def __init__(self, taken: Mapping[str, Any]) -> None:
        self._schemas: dict[str, Any] = dict(taken)
        self._signatures: dict[str, str] = dict.fromkeys(taken, "")

    @property
    def schemas(self) -> dict[str, Any]:
        """By name, sorted."""
        return dict(sorted(self._schemas.items()))

    def take(self, schema: Mapping[str, Any], name: str) -> dict[str, Any]:
        """What stands for a schema: a reference to a component, or the schema itself where it is small and nameless.

        `name` is used where the schema has no title.
        """
        whole = _Whole(schema)
        names = {key: self._name(whole, key, name) for key in whole.needed()}

        def moved(ref: str) -> str:
            key, rest = whole.target(ref)
            return "#/components/schemas/" + "/".join(map(escaped, (names[key], *rest)))

        for key, own in names.items():
            self._schemas.setdefault(own, rewritten(whole.entries[key], moved))
        if "" in names:
            return {"$ref": f"#/components/schemas/{names['']}"}
        inline: dict[str, Any] = rewritten(whole.entries[""], moved)
        return inline

    def _name(self, whole: _Whole, key: str, fallback: str) -> str:
        """The component's name: its own where that is free, or taken by the same schema; else numbered."""
        signature = whole.signature(key)
        title = whole.entries[key].get("title") if isinstance(whole.entries[key], Mapping) else None
        base = _proper(key.rpartition("/")[2] if key else str(title or "")) or fallback
        name, number = base, 2
        while self._signatures.setdefault(name, signature) != signature:
            name, number = f"{base}{number}", number + 1
        return name


class _Whole:
    """A schema with its definitions taken apart: "" is the schema itself, "$defs/Item" a definition."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.entries: dict[str, Any] = {"": {key: value for key, value in schema.items() if key not in _HEAD}}
        for word in _DEFS:
            definitions = schema.get(word)
            if isinstance(definitions, Mapping):
                self.entries.update({f"{word}/{name}": value for name, value in definitions.items()})

    def target(self, ref: str) -> tuple[str, list[str]]:
        """The entry that a reference leads to, and the way from there."""
        way = parts(ref)
        if len(way) > 1 and f"{way[0]}/{way[1]}" in self.entries:
            return f"{way[0]}/{way[1]}", way[2:]
        return "", way

    def needed(self) -> list[str]:
        """The entries that become components: all definitions that are used; the schema itself where it has a name or
        properties, or is referred to."""
        root = self.entries[""]
        found = list(dict.fromkeys(self._reached("")))
        alone = set(root) <= {"$ref"}
        if ("" in found or "title" in root or "properties" in root) and not alone:
            return ["", *(key for key in found if key)]
        return [key for key in found if key]

    def signature(self, key: str) -> str:
        """The same for two entries, of whichever schemas, that say the same with all that they refer to."""
        reached = sorted(set(self._reached(key)) - {key})
        return json.dumps([self.entries[key], {each: self.entries[each] for each in reached}], sort_keys=True)

    def _reached(self, start: str) -> Iterator[str]:
        """The entries that one refers to, directly or not."""
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for ref in refs(self.entries[waiting.pop()]):
                key, _ = self.target(ref)
                if key not in seen:
                    seen.add(key)
                    waiting.append(key)
                    yield key


def _proper(name: str) -> str:
    """A name of the letters that components take: words of a title become one."""
    words = re.findall(r"[A-Za-z0-9._-]+", name)
    return words[0] if len(words) == 1 else "".join(word[:1].upper() + word[1:] for word in words)
