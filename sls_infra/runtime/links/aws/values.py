"""Values as DynamoDB carries them: `{"S": "text"}`, `{"N": "1.5"}`, …

docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html: numbers have up to 38
digits, and a magnitude from 1E-130 to 9.99E+125.
"""

from __future__ import annotations

from .. import limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

VERSION = limits.KEPT
"""The attribute of an item that holds its version."""
UNINDEXED = limits.KEPT_START
"""What the name of an attribute starts with that is an index's key, where its value is none that an index takes."""
SMALLEST, LARGEST = 1e-130, 1e126
EXACT = 2**53
"""Beyond it, not every whole number is a float."""


def encoded(value: Any) -> dict[str, Any]:
    """A value of JSON as DynamoDB takes it. Raises ValueError for a number that it can't hold, TypeError for what is
    no value of JSON."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | float():
            return {"N": _digits(value)}
        case list() | tuple():
            return {"L": [encoded(each) for each in value]}
        case dict():
            return {"M": encoded_item(value)}
    raise TypeError(f"{type(value).__name__} is no value that a table holds")


def encoded_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Each attribute `encoded`. Raises as it does, naming the attribute."""
    known = {}
    for name, value in item.items():
        try:
            known[name] = encoded(value)
        except (ValueError, TypeError) as error:
            raise type(error)(f"{name}: {error}") from None
    return known


def decoded(value: Mapping[str, Any]) -> Any:
    """What DynamoDB holds, as a value of JSON: whole numbers as int, others as float. Of what links never write, but
    other programs may, sets come as lists and bytes as base64."""
    for kind, held in value.items():
        if held is not None:  # as some write what a value is not
            return _KINDS[kind](held)
    return None


def decoded_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Each attribute `decoded`, by its own name, without the version."""
    return {name.removeprefix(UNINDEXED): decoded(value) for name, value in item.items() if name != VERSION}


def _digits(value: float) -> str:
    text = repr(value)
    size = abs(value)
    if size != size or (size and not SMALLEST <= size < LARGEST):
        raise ValueError(f"{text} is no number that every table holds: its magnitude is to be from 1e-130 to 1e126")
    return text


def _number(text: str) -> float:
    """The int or float that was written. DynamoDB tells neither which it was nor with which exponent."""
    number = float(text)
    if not number.is_integer():
        return number
    whole = int(number)
    if abs(whole) <= EXACT:
        return whole
    from decimal import Decimal

    exact = Decimal(text)
    return number if exact == Decimal(repr(number)) else int(exact)  # an int of somebody else's, with all its digits


def _base64(held: Any) -> str:
    """Bytes, as boto3 gives them, or their base64 already, as events do."""
    if isinstance(held, str):
        return held
    from base64 import b64encode

    return b64encode(bytes(held)).decode()


def _all(kind: str) -> Callable[[Any], list[Any]]:
    return lambda held: [_KINDS[kind](each) for each in held]


_KINDS: dict[str, Callable[[Any], Any]] = {
    "S": str,
    "N": _number,
    "BOOL": bool,
    "NULL": lambda held: None,
    "M": lambda held: {name: decoded(each) for name, each in held.items()},
    "L": lambda held: [decoded(each) for each in held],
    "B": _base64,
    "SS": list,
    "NS": _all("N"),
    "BS": _all("B"),
}
