"""What DynamoDB is asked for, in its expressions: names and values stand in them by placeholders, so that an attribute
may be called by any of its reserved words (docs.aws.amazon.com/amazondynamodb/latest/developerguide/
Expressions.ExpressionAttributeNames.html)."""

from __future__ import annotations

from time import time

from .values import VERSION, encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Expressions:
    """Collects placeholders, and gives the arguments of a call."""

    def __init__(self, key: str, ttl: str | None) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}
        self._key = key
        self._ttl = ttl

    def name(self, attribute: str) -> str:
        """The placeholder of an attribute."""
        for known, named in self._names.items():
            if named == attribute:
                return known
        placeholder = f"#n{len(self._names)}"
        self._names[placeholder] = attribute
        return placeholder

    def value(self, value: Any) -> str:
        """The placeholder of a value."""
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = encoded(value)
        return placeholder

    def expired(self) -> str:
        """That an item has come to its end. "" where items have none. (A comparison with an attribute that is missing,
        or no number, is false.)"""
        return f"{self.name(self._ttl)} <= {self.value(time())}" if self._ttl is not None else ""

    def alive(self) -> str:
        """That it has not; "" likewise."""
        expired = self.expired()
        return f"NOT {expired}" if expired else ""

    def absent(self) -> str:
        """That there is no item, or one that has expired."""
        return " OR ".join(filter(None, (f"attribute_not_exists({self.name(self._key)})", self.expired())))

    def present(self) -> str:
        """That there is one."""
        return " AND ".join(filter(None, (f"attribute_exists({self.name(self._key)})", self.alive())))

    def version(self, version: str) -> str:
        """That there is one of that version; "" is that of items which somebody else wrote."""
        attribute = self.name(VERSION)
        same = f"{attribute} = {self.value(version)}" if version else f"attribute_not_exists({attribute})"
        return f"{same} AND {self.present()}"

    def arguments(self, **expressions: str) -> dict[str, Any]:
        """Those expressions that are not "", with all names and values."""
        given: dict[str, Any] = {name: text for name, text in expressions.items() if text}
        if self._names:
            given["ExpressionAttributeNames"] = self._names
        if self._values:
            given["ExpressionAttributeValues"] = self._values
        return given
