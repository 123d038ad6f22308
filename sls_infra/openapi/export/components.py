"""`components/schemas`: the models of all routes, each once, under names of their own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..schemas import escaped, parts, refs, rewritten

_DEFS = ("$defs", "definitions")
_HEAD = (*_DEFS, "$schema", "$id")


class Components:
    """Takes schemas that stand by themselves, and gives what stands for them in the document.

    `taken` are components that are there before; `all` are the schemas that will come, or hold what will come.
    """

    def __init__(self, taken: Mapping[str, Any], all: Iterable[Mapping[str, Any]]) -> None:
        self._schemas: dict[str, Any] = dict(taken)
        self._signatures: dict[str, str] = dict.fromkeys(taken, "")
        self._seen = _Seen()
        texts: dict[str, set[str]] = {}
        for schema in all:
            whole = _Whole(schema, self._seen)
            for key in whole.entries:
                texts.setdefault(whole.base(key), set()).add(whole.text(key))
        self._ambiguous = {name for name, found in texts.items() if len(found) > 1}
        """Names that different schemas have."""

    @property
    def schemas(self) -> dict[str, Any]:
        """By name, sorted."""
        return dict(sorted(self._schemas.items()))

    def take(self, schema: Mapping[str, Any], name: str) -> dict[str, Any]:
        """What stands for a schema: a reference to a component, or the schema itself where it is small and nameless.

        `name` is used where the schema has no title.
        """
        whole = _Whole(schema, self._seen)
        unclear = whole.reaching(self._ambiguous)
        names = {key: self._name(whole, key, name, key in unclear) for key in whole.needed()}

        def moved(ref: str) -> str:
            key, rest = whole.target(ref)
            return "#/components/schemas/" + "/".join(map(escaped, (names[key], *rest)))

        for key, own in names.items():
            if own not in self._schemas:
                self._schemas[own] = rewritten(whole.entries[key], moved)
        if "" in names:
            return {"$ref": f"#/components/schemas/{names['']}"}
        inline: dict[str, Any] = rewritten(whole.entries[""], moved)
        return inline

    def _name(self, whole: _Whole, key: str, fallback: str, unclear: bool) -> str:
        """The component's name: its own where that is free, or taken by the same schema; else numbered."""
        signature = whole.signature(key) if unclear else whole.text(key)
        base = whole.base(key) or fallback
        name, number = base, 2
        while self._signatures.setdefault(name, signature) != signature:
            name, number = f"{base}{number}", number + 1
        return name


class _Seen:
    """What is known of an entry: looked at once, however many schemas have the same object."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, str, tuple[str, ...]]] = {}

    def of(self, entry: Any) -> tuple[str, tuple[str, ...]]:
        """Its text, and its references."""
        if id(entry) not in self._known:
            text = json.dumps(entry, sort_keys=True)
            self._known[id(entry)] = (entry, text, tuple(dict.fromkeys(refs(entry))))  # kept, so that its id is its own
        return self._known[id(entry)][1:]


class _Whole:
    """A schema with its definitions taken apart: "" is the schema itself, "$defs/Item" a definition."""

    def __init__(self, schema: Mapping[str, Any], seen: _Seen) -> None:
        self._seen = seen
        self.entries: dict[str, Any] = {"": {key: value for key, value in schema.items() if key not in _HEAD}}
        for word in _DEFS:
            definitions = schema.get(word)
            if isinstance(definitions, Mapping):
                self.entries.update({f"{word}/{name}": value for name, value in definitions.items()})

    def text(self, key: str) -> str:
        """An entry as text: without what it refers to."""
        return self._seen.of(self.entries[key])[0]

    def base(self, key: str) -> str:
        """The name that an entry has of itself; empty where it has none."""
        if key:
            return _proper(key.partition("/")[2])
        return _proper(str(self.entries[""].get("title") or ""))

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
        found = list(self._reached(""))
        if "" in found or (("title" in root or "properties" in root) and "$ref" not in root):
            return ["", *(key for key in found if key)]
        return found

    def reaching(self, names: set[str]) -> set[str]:
        """The entries that have one of these names or the schema itself below them: what their text says depends on the
        schema that it stands in."""
        above: dict[str, list[str]] = {}
        for key in self.entries:
            for target in self._targets(key):
                above.setdefault(target, []).append(key)
        waiting = [key for key in self.entries if not key or self.base(key) in names]
        found = {key for key in waiting if key or self.base(key) in names}
        while waiting:
            for key in above.get(waiting.pop(), ()):
                if key not in found:
                    found.add(key)
                    waiting.append(key)
        return found

    def signature(self, key: str) -> str:
        """The same for two entries, of whichever schemas, that say the same with all that they refer to."""
        reached = sorted(set(self._reached(key)) - {key})
        return json.dumps([self.text(key), {each: self.text(each) for each in reached}])

    def _targets(self, key: str) -> Iterator[str]:
        for ref in self._seen.of(self.entries[key])[1]:
            yield self.target(ref)[0]

    def _reached(self, start: str) -> Iterator[str]:
        """The entries that one refers to, directly or not."""
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for key in self._targets(waiting.pop()):
                if key not in seen:
                    seen.add(key)
                    waiting.append(key)
                    yield key


def _proper(name: str) -> str:
    """A name of the letters that components take: words of a title become one."""
    words = re.findall(r"[A-Za-z0-9._-]+", name)
    return words[0] if len(words) == 1 else "".join(word[:1].upper() + word[1:] for word in words)
