"""Pulumi's wire form of values: secrets, unknowns, assets and archives inside protobuf structs.

Each is an object that says by a signature what it stands for, as `pulumi.runtime.rpc` writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format, struct_pb2

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """A struct as plain data; whole numbers become ints again."""
    found: dict[str, Any] = _whole(json_format.MessageToDict(struct))
    return found


def to_struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Plain data as a struct."""
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def reveal(value: Any) -> Any:
    """The value with every secret in it unwrapped."""
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SECRET:
            return reveal(value["value"])
        return {key: reveal(each) for key, each in value.items()}
    return [reveal(each) for each in value] if isinstance(value, list) else value


def has_unknown(value: Any) -> bool:
    """Is any part of the value known only after the deployment?"""
    if isinstance(value, Mapping):
        return any(has_unknown(each) for each in value.values())
    return any(map(has_unknown, value)) if isinstance(value, list) else bool(value == UNKNOWN)


def comparable(value: Any) -> Any:
    """The value as a provider compares it: unwrapped, assets and archives by their content alone."""
    plain = reveal(value)
    if isinstance(plain, Mapping):
        if plain.get(SIGNATURE) in (ASSET, ARCHIVE) and plain.get("hash"):
            return {SIGNATURE: plain[SIGNATURE], "hash": plain["hash"]}
        return {key: comparable(each) for key, each in plain.items()}
    return [comparable(each) for each in plain] if isinstance(plain, list) else plain


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
