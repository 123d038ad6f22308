"""What every platform takes, and so what links take: checked here, before anything is sent.

Items: at most 400,000 bytes of JSON (DynamoDB takes 409,600 bytes of its own form, Firestore 1 MiB, Cosmos DB 2 MB),
nested 16 deep (Firestore: 20, of which a driver needs some), integers within 2^53 (Cosmos DB's numbers are doubles).
Messages: 240 KiB with their attributes (Service Bus Standard and SQS: 256 KiB with what they add), in characters that
XML 1.0 has (SQS). Keys of objects: what S3, Blob Storage, Cloud Storage and a folder all take.
"""

from __future__ import annotations

from ..errors import TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

MAX_ITEM = 400_000
"""Bytes of an item's JSON in UTF-8, without spaces."""
MAX_KEY = 1024
"""Bytes of a key in UTF-8: of an item (and as many of its sort key), or of an object."""
MAX_INT = 2**53
"""Integers are within this, either way: what a double holds exactly."""
MAX_DEPTH = 16
"""Lists and objects within each other, the item itself being the first."""
MAX_CHANGES = 200
"""Attributes that one update sets and removes: an expression of DynamoDB has at most 4 KB
(docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html)."""
KEPT, KEPT_START = "_version", "_unindexed:"
"""An attribute of items, and what the names of some start with, that the driver for DynamoDB writes for itself."""
MAX_MESSAGE = 240 * 1024
"""Bytes of a message's body and attributes (names and values) in UTF-8."""
MAX_ATTRIBUTES = 8
"""Attributes of a message."""
MAX_ATTRIBUTE = 128
"""Characters of an attribute's name."""
MAX_VALUE = 1024
"""Bytes of an attribute's value."""
MAX_DELAY = 900
"""Seconds: what SQS takes."""
MAX_GROUP = 128
"""Characters of a group: what SQS and Service Bus take."""
MAX_PAGE = 1000
"""Items of a page."""
MAX_EXPIRES = 7 * 86400
"""Seconds that a signed URL can be good for: what S3 and Cloud Storage take."""
RESERVED = ("aws", "amazon", "goog", "sls")
"""What no attribute's name starts with, in whatever case: platforms keep these."""


def key(value: object, what: str) -> str:
    """A key of an item. Raises TypeError where it is no text, ValueError where it is empty, TooLarge."""
    if not isinstance(value, str):
        raise TypeError(f"{what} is text, not {type(value).__qualname__}: {value!r}"[:300])
    length = len(utf8(value, what))
    if not length:
        raise ValueError(f"{what} is empty: it takes 1 to {MAX_KEY} bytes")
    if length > MAX_KEY:
        raise TooLarge(f"{what} has {length} bytes in UTF-8, over {MAX_KEY}")
    return value


def item(value: object, what: str) -> dict[str, Any]:
    """A copy of an item in JSON's own types. Raises TypeError and ValueError, which name the place, and TooLarge."""
    if not hasattr(value, "items"):
        raise TypeError(f"{what} is a dict, not {type(value).__qualname__}")
    copied: dict[str, Any] = _copied(value, what, 1)
    free(copied, what)
    from json import dumps

    length = len(dumps(copied, ensure_ascii=False, separators=(",", ":")).encode())
    if length > MAX_ITEM:
        raise TooLarge(f"{what} has {length} bytes as JSON, over {MAX_ITEM}: keep what is large in a bucket")
    return copied


def free(names: Iterable[str], what: str) -> None:
    """Raises ValueError for the name of an attribute that drivers keep for themselves."""
    for name in names:
        if name == KEPT or name.startswith(KEPT_START):
            raise ValueError(f"{what} has {name[:100]!r}, which links write for themselves: call it something else")


def _copied(value: Any, place: str, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        utf8(value, place)
        return str(value)
    if isinstance(value, (int, float)):
        return _number(value, place)
    if depth > MAX_DEPTH:
        raise ValueError(f"{place} is nested over {MAX_DEPTH} deep")
    if isinstance(value, (list, tuple)):
        return [_copied(each, f"{place}[{index}]", depth + 1) for index, each in enumerate(value)]
    if hasattr(value, "items"):
        return {_name(name, place): _copied(each, f"{place}.{name}", depth + 1) for name, each in value.items()}
    raise TypeError(f"{place} is of type {type(value).__qualname__}, which is no JSON: convert it first")


def _number(value: Any, place: str) -> Any:
    if isinstance(value, float):
        if value - value != 0:
            raise ValueError(f"{place} is {value}, which is no JSON")
        return float(value)
    if not -MAX_INT <= value <= MAX_INT:
        raise ValueError(f"{place} is beyond 2^53, which not every platform keeps exactly: write it as text")
    return int(value)


def _name(name: Any, place: str) -> str:
    if not isinstance(name, str):
        raise TypeError(f"{place} has a name that is no text: {name!r}"[:300])
    if not name:
        raise ValueError(f"{place} has an empty name")
    utf8(name, place)
    return str(name)


def object_key(value: object, what: str = "the object's key") -> str:
    """A key of an object. Raises TypeError, ValueError, TooLarge."""
    key(value, what)
    assert isinstance(value, str)
    if "\0" in value:
        raise ValueError(f"{what} has a NUL in it")
    if "\\" in value:
        raise ValueError(f"{what} {value!r} has a backslash, which Azure takes for '/'")
    if value.startswith("/") or value.endswith("/"):
        raise ValueError(f"{what} {value!r} starts or ends with '/'")
    if not {".", ".."}.isdisjoint(value.split("/")):
        raise ValueError(f"{what} {value!r} has a segment '.' or '..'")
    return value


def content_type(value: object) -> str:
    """A content type, as it stands in a header. Raises TypeError, ValueError."""
    if not isinstance(value, str):
        raise TypeError(f"a content type is text, not {type(value).__qualname__}")
    if not 1 <= len(value) <= 255 or not value.isascii() or not value.isprintable() or value != value.strip():
        raise ValueError(f"{value[:300]!r} is no content type")
    return value


def body(value: object, what: str) -> str:
    """What a message carries: text as it is, anything else as JSON. Raises TypeError, ValueError."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError(f"the body of a message to {what} is text or JSON, not bytes: put bytes into a bucket")
    else:
        from ..encoding import encode

        text = encode(value).decode()
    if not text:
        raise ValueError(f"the body of a message to {what} is empty, which not every platform takes")
    characters(text, f"the body of a message to {what}")
    return text


def attributes(value: Mapping[str, str] | None, what: str) -> dict[str, str]:
    """A message's attributes. Raises TypeError, ValueError, TooLarge."""
    found: dict[str, str] = {}
    for name, text in (value or {}).items():
        if not isinstance(name, str) or not isinstance(text, str):
            raise TypeError(f"attributes of a message to {what} are text, not {name!r}: {text!r}"[:300])
        if not is_attribute(name):
            raise ValueError(
                f"{name[:200]!r} is no name of an attribute: it is letters, digits, '_', '.' and '-', starts with a"
                f" letter, has at most {MAX_ATTRIBUTE} of them and does not start with {', '.join(RESERVED)}; no '.' is"
                " at its end, and no two are in a row"
            )
        length = len(utf8(text, f"the attribute {name}"))
        if not length:
            raise ValueError(f"the attribute {name} is empty, which not every platform takes: leave it out")
        if length > MAX_VALUE:
            raise TooLarge(f"the attribute {name} has {length} bytes in UTF-8, over {MAX_VALUE}")
        characters(text, f"the attribute {name}")
        found[name] = text
    if len(found) > MAX_ATTRIBUTES:
        raise TooLarge(f"a message to {what} has {len(found)} attributes, over {MAX_ATTRIBUTES}")
    return found


def is_attribute(name: str) -> bool:
    """Whether every platform takes an attribute of that name. Of periods at its end or in a row SQS and SNS take none
    (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html)."""
    plain = name.replace("_", "").replace(".", "").replace("-", "")
    return (
        name.isascii()
        and name[:1].isalpha()
        and (plain.isalnum() or not plain)
        and len(name) <= MAX_ATTRIBUTE
        and not name.lower().startswith(RESERVED)
        and not name.endswith(".")
        and ".." not in name
    )


def message(body: str, attributes: Mapping[str, str], what: str) -> None:
    """Raises TooLarge for a message that is over the limit with its attributes."""
    length = len(body.encode()) + sum(len(name) + len(text.encode()) for name, text in attributes.items())
    if length > MAX_MESSAGE:
        raise TooLarge(
            f"a message to {what} has {length} bytes with its attributes, over {MAX_MESSAGE}: put what is large into a"
            " bucket, and send its key"
        )


def characters(text: str, what: str) -> None:
    """Raises ValueError for what XML 1.0 has no character for (www.w3.org/TR/xml/#charsets): SQS refuses it."""
    utf8(text, what)
    import re

    found = re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", text)
    if found is not None:
        raise ValueError(
            f"{what} holds U+{ord(found[0]):04X} at character {found.start()}, which not every platform takes"
        )


def whole(value: object, low: int, high: int, what: str) -> int:
    """An integer within bounds. Raises TypeError, ValueError."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{what} is an int, not {value!r}"[:300])
    if not low <= value <= high:
        raise ValueError(f"{what} is {value}, which is not within {low} to {high}")
    return value


def utf8(text: str, what: str) -> bytes:
    """Its bytes. Raises ValueError where it has half a surrogate pair, which UTF-8 can't say."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{what} holds half a surrogate pair, which is no text in UTF-8") from None


def once(names: Sequence[object], what: str) -> None:
    """Raises ValueError where a name comes twice."""
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{what}: {twice!r} comes twice")
