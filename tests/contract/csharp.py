"""Policy expressions of API Management: the part of C# that policies are likely to hold, evaluated.

https://learn.microsoft.com/azure/api-management/api-management-policy-expressions. Values are Python's: null is None,
an array a list, an object whatever has attributes of the members' names. What is not known here raises, and fails the
case: a policy that it can't read is not judged in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Value = Any
Node = Callable[[Mapping[str, Value]], Value]

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>"(?:\\.|[^"\\])*")
    | '(?P<char>\\.|[^'\\])'
    | (?P<number>\d+)
    | (?P<name>[A-Za-z_]\w*)
    | (?P<op>\?\.|\?\?|&&|\|\||==|!=|>=|<=|[-+?:.()\[\]{},!<>=;])
    )""",
    re.VERBOSE,
)
_CASTS: dict[str, Callable[[Value], bool]] = {
    "string": lambda value: value is None or isinstance(value, str),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
}
_ON_TEXT: dict[str, Callable[..., Value]] = {
    "Split": lambda text, by: text.split(by),
    "Contains": lambda text, part: part in text,
    "StartsWith": lambda text, part: text.startswith(part),
    "EndsWith": lambda text, part: text.endswith(part),
    "Substring": lambda text, start, length=None: text[start:] if length is None else text[start : start + length],
    "Trim": lambda text: text.strip(),
    "ToLower": lambda text: text.lower(),
    "ToLowerInvariant": lambda text: text.lower(),
    "Equals": lambda text, other, how=None: text.lower() == other.lower() if how else text == other,
    "ToString": lambda text: text,
}
_ON_LIST: dict[str, Callable[..., Value]] = {
    "Last": lambda items: items[-1],
    "First": lambda items: items[0],
    "Any": bool,
    "Contains": lambda items, item: item in items,
    "Count": len,
}


class ExpressionError(AssertionError):
    """An expression that is not understood here, or would raise there."""


def evaluated(text: str, scope: Mapping[str, Value]) -> Value:
    """The value of a policy's text: that of the expression in `@(…)`, or what `@{…}` returns, else the text itself."""
    if text.startswith("@{"):
        return _returned(text, scope)
    if not text.startswith("@("):
        return text
    if not text.endswith(")"):
        raise ExpressionError(f"no expression: {text}")
    parser = _Parser(text[2:-1])
    node = parser.conditional()
    if parser.peek() is not None:
        raise ExpressionError(f"{parser.peek()!r} is too much in {text}")
    return node(scope)


def _returned(text: str, scope: Mapping[str, Value]) -> Value:
    """What a block of `var name = …;` and, at last, `return …;` returns."""
    if not text.endswith("}"):
        raise ExpressionError(f"no block: {text}")
    parser = _Parser(text[2:-1])
    known = dict(scope)
    while parser.peek() == "var":
        parser.take()
        name = parser.take()[1]
        parser.take("=")
        known[name] = parser.conditional()(known)
        parser.take(";")
    parser.take("return")
    node = parser.conditional()
    parser.take(";")
    if parser.peek() is not None:
        raise ExpressionError(f"{parser.peek()!r} is too much in {text}")
    return node(known)


class _Parser:
    """Recursive descent; each rule gives a function of the scope, so that what is not chosen is not evaluated."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None or found.lastgroup is None:
                raise ExpressionError(f"not understood: {text[at:]}")
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()
        self._at = 0

    def peek(self, ahead: int = 0) -> str | None:
        at = self._at + ahead
        return self._tokens[at][1] if at < len(self._tokens) and self._tokens[at][0] in ("op", "name") else (
            "" if at < len(self._tokens) else None
        )  # fmt: skip

    def take(self, wanted: str | None = None) -> tuple[str, str]:
        if self._at >= len(self._tokens) or wanted not in (None, self._tokens[self._at][1]):
            raise ExpressionError(f"{wanted!r} is missing in {self._text}")
        self._at += 1
        return self._tokens[self._at - 1]

    def conditional(self) -> Node:
        condition = self.coalesced()
        if self.peek() != "?":
            return condition
        self.take()
        then = self.conditional()
        self.take(":")
        other = self.conditional()
        return lambda scope: then(scope) if _bool(condition(scope)) else other(scope)

    def coalesced(self) -> Node:
        first = self.binary(0)
        if self.peek() != "??":
            return first
        self.take()
        second = self.coalesced()
        return lambda scope: value if (value := first(scope)) is not None else second(scope)

    def binary(self, level: int) -> Node:
        """Operators of a level and those that bind closer."""
        if level == len(_LEVELS):
            return self.unary()
        node = self.binary(level + 1)
        while (operator := self.peek()) in _LEVELS[level]:
            self.take()
            node = _combined(_LEVELS[level][str(operator)], node, self.binary(level + 1))
        return node

    def unary(self) -> Node:
        if self.peek() == "!":
            self.take()
            node = self.unary()
            return lambda scope: not _bool(node(scope))
        if self.peek() == "(" and self.peek(1) in _CASTS and self.peek(2) == ")":
            self.take()
            kind = self.take()[1]
            self.take()
            node = self.unary()
            return lambda scope: _cast(kind, node(scope))
        return self.postfix()

    def postfix(self) -> Node:
        node = self.primary()
        steps: list[tuple[str, str, list[Node] | None]] = []
        while (operator := self.peek()) in (".", "?.", "["):
            self.take()
            if operator == "[":
                steps.append(("[", "", [self.conditional()]))
                self.take("]")
            else:
                name = self.take()[1]
                steps.append((str(operator), name, self.arguments() if self.peek() == "(" else None))

        def chain(scope: Mapping[str, Value]) -> Value:
            value = node(scope)
            for operator, name, given in steps:
                if value is None and operator == "?.":
                    return None
                arguments = None if given is None else [each(scope) for each in given]
                value = value[(arguments or [None])[0]] if operator == "[" else _member(value, name, arguments)
            return value

        return chain

    def arguments(self, opening: str = "(", closing: str = ")") -> list[Node]:
        self.take(opening)
        found: list[Node] = []
        while self.peek() != closing:
            found.append(self.conditional())
            if self.peek() == ",":
                self.take()
        self.take(closing)
        return found

    def primary(self) -> Node:
        kind, text = self.take()
        if kind in ("string", "char", "number"):
            value: Value = json.loads(text) if kind != "char" else json.loads(f'"{text}"')
            return lambda scope: value
        if text == "(":
            node = self.conditional()
            self.take(")")
            return node
        if text == "new":
            return self.made(self.take()[1])
        if text in ("true", "false", "null"):
            constant = {"true": True, "false": False, "null": None}[text]
            return lambda scope: constant
        if text == "int" and self.peek() == "." and self.peek(1) == "Parse":
            self.take(), self.take()
            (given,) = self.arguments()
            return lambda scope: int(given(scope))
        return lambda scope: scope[text]

    def made(self, name: str) -> Node:
        if name == "string":
            self.take("[")
            self.take("]")
            items = self.arguments("{", "}")
            return lambda scope: [item(scope) for item in items]
        given = self.arguments()
        if name == "JProperty":
            return lambda scope: tuple(each(scope) for each in given)
        if name == "JObject":
            return lambda scope: _JObject(each(scope) for each in given)
        raise ExpressionError(f"new {name} is not known here")


class _JObject(dict[str, Value]):
    """Newtonsoft's, as far as policies use it."""


def _combined(operator: Callable[[Node, Node, Mapping[str, Value]], Value], left: Node, right: Node) -> Node:
    return lambda scope: operator(left, right, scope)


_LEVELS: list[dict[str, Callable[[Node, Node, Mapping[str, Value]], Value]]] = [
    {"||": lambda a, b, scope: _bool(a(scope)) or _bool(b(scope))},
    {"&&": lambda a, b, scope: _bool(a(scope)) and _bool(b(scope))},
    {"==": lambda a, b, scope: a(scope) == b(scope), "!=": lambda a, b, scope: a(scope) != b(scope)},
    {
        ">=": lambda a, b, scope: a(scope) >= b(scope),
        "<=": lambda a, b, scope: a(scope) <= b(scope),
        ">": lambda a, b, scope: a(scope) > b(scope),
        "<": lambda a, b, scope: a(scope) < b(scope),
    },
    {"+": lambda a, b, scope: _text(a(scope)) + _text(b(scope))},
]


def _bool(value: Value) -> bool:
    if not isinstance(value, bool):
        raise ExpressionError(f"{value!r} is no bool")
    return value


def _cast(kind: str, value: Value) -> Value:
    if not _CASTS[kind](value):
        raise ExpressionError(f"{value!r} can't be cast to {kind}")
    return value


def _text(value: Value) -> str:
    return "" if value is None else str(value)


def _member(value: Value, name: str, arguments: list[Value] | None) -> Value:
    """A member of a value, called where it has arguments."""
    if value is None:
        raise ExpressionError(f"null has no {name}")
    if isinstance(value, _JObject) and name == "ToString":
        return json.dumps(value)
    if isinstance(value, int) and name == "ToString" and arguments == []:
        return str(value)
    table = _ON_TEXT if isinstance(value, str) else _ON_LIST if isinstance(value, list) else None
    if table is not None and name == "Length" and arguments is None:
        return len(value)
    if table is not None and name in table and arguments is not None:
        return table[name](value, *arguments)
    if isinstance(value, str) and name == "AsJwt":
        from .azure_policy import as_jwt

        return as_jwt(value)
    if table is None and not name.startswith("_") and hasattr(value, name):
        found = getattr(value, name)
        return found if arguments is None else found(*arguments)
    raise ExpressionError(f"{type(value).__name__} has no {name} here")
