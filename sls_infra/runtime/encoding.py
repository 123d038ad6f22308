"""JSON in and out (RFC 8259: UTF-8, no NaN), with the json module imported on first use."""

from __future__ import annotations

from .errors import HttpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_encode: Callable[[object], str] | None = None
_decode: Callable[[str], Any] | None = None


def encode(value: object) -> bytes:
    """The value as compact JSON. Beyond JSON's own types it takes: tuples, sets, dates and times (ISO 8601), Decimal,
    UUID and paths (as strings), enums (their value), dataclasses, and pydantic models (`model_dump(mode="json")`).
    Raises TypeError for other types, ValueError for NaN, infinities and values that hold themselves."""
    global _encode
    if _encode is None:
        from json import JSONEncoder

        _encode = JSONEncoder(default=plain, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
    text = _encode(value)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair: JSON can say it, UTF-8 can't
        return text.encode("utf-8", "backslashreplace")


def plain(value: object) -> object:
    """The value in JSON's own types, one level deep. Raises TypeError where there is no usual way to write it."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    kind = type(value)
    if hasattr(kind, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in kind.__dataclass_fields__}
    if isinstance(value, (set, frozenset)):
        return list(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "__fspath__"):
        return str(value)
    names = {f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__}
    if not names.isdisjoint(("decimal.Decimal", "uuid.UUID")):
        return str(value)
    if "enum.Enum" in names:
        return value.value  # type: ignore[attr-defined]  # every Enum has one
    raise TypeError(f"a value of type {kind.__qualname__} can't be written as JSON: convert it first")


def decode(body: bytes) -> Any:
    """What the JSON text stands for. Raises HttpError 400, naming line and column, where it is no JSON."""
    global _decode
    if _decode is None:
        from json import JSONDecoder

        _decode = JSONDecoder(parse_constant=_refuse_constant).decode
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode("utf-8")
        raise _malformed("a byte that is not UTF-8", before, len(before)) from None
    text = text.removeprefix("\ufeff")
    if not text.strip(" \t\n\r"):
        raise HttpError(400, "the body is empty where JSON is expected (line 1, column 1)")
    try:
        return _decode(text)
    except _Constant:
        raise _malformed("NaN and Infinity are no JSON", text, _constant_at(text)) from None
    except RecursionError:
        raise HttpError(400, "the body's JSON is nested too deeply") from None
    except ValueError as error:
        if not hasattr(error, "pos"):  # a number of more digits than Python converts
            raise HttpError(400, "the body's JSON holds a number of too many digits") from None
        raise _malformed(str(getattr(error, "msg", error)), text, error.pos) from None


class _Constant(ValueError):
    pass


def _refuse_constant(name: str) -> object:
    raise _Constant(name)


def _constant_at(text: str) -> int:
    import re

    # Strings are stepped over, so that one which says "NaN" is not taken for the constant.
    for found in re.finditer(r'"(?:[^"\\]|\\.)*"|-?Infinity|NaN', text):
        if text[found.start()] != '"':
            return found.start()
    return 0


def _malformed(what: str, text: str, at: int) -> HttpError:
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    return HttpError(400, f"the body is not JSON: {what} (line {line}, column {column})")
