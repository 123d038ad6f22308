"""Pulumi's wire form of values: secrets and unknowns inside protobuf structs, as plain data and back.

A secret is an object that carries a signature; what a preview does not know is one of seven fixed strings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format, struct_pb2

Values = dict[str, Any]
"""Properties of a resource as plain data, with secrets and unknowns in their wire form."""

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  # the signature, not a secret
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWNS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # an array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
    }
)
"""What stands for a value that only the deployment will know (Pulumi SDK, go/common/resource/plugin/rpc.go)."""


def decode(struct: struct_pb2.Struct) -> Values:
    """A struct as plain data; whole numbers, which travel as floats, become ints again."""
    found: Values = _whole(json_format.MessageToDict(struct))
    return found


def encode(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Plain data as a struct."""
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def plain(value: Any) -> Any:
    """The value with every secret in it unwrapped."""
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SECRET:
            return plain(value.get("value"))
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def sealed(value: Any) -> Values:
    """The value as a secret."""
    return {SIGNATURE: SECRET, "value": value}


def has_secret(value: Any) -> bool:
    """Whether any part of the value is a secret."""
    if isinstance(value, Mapping):
        return value.get(SIGNATURE) == SECRET or any(map(has_secret, value.values()))
    return isinstance(value, list) and any(map(has_secret, value))


def has_unknown(value: Any) -> bool:
    """Whether any part of the value is known only after the deployment."""
    if isinstance(value, Mapping):
        return any(map(has_unknown, value.values()))
    if isinstance(value, list):
        return any(map(has_unknown, value))
    return isinstance(value, str) and value in UNKNOWNS


def without_none(value: Any) -> Any:
    """The value without the parts that are None: to the engine, not given and None are one."""
    if isinstance(value, dict):
        return {key: without_none(each) for key, each in value.items() if each is not None}
    return [without_none(each) for each in value] if isinstance(value, list) else value


def found(recorded: Mapping[str, Any], actual: Mapping[str, Any]) -> Values:
    """What is really there, as secret as it was recorded: a value that held a secret is one, whatever it is now."""
    return {
        name: recorded[name]
        if name in recorded and plain(recorded[name]) == value
        else (sealed(value) if has_secret(recorded.get(name)) else value)
        for name, value in actual.items()
    }


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
