"""The file: JSON or YAML, OpenAPI 3.x or Swagger 2.0."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from ...errors import SlsError
from .swagger import upgraded

_NO_DATES = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Leaves dates as the text that they are in JSON."""

    yaml_implicit_resolvers = _NO_DATES


def read(name: str) -> tuple[dict[str, Any], bool]:
    """The document, with Swagger 2.0 made into OpenAPI 3.0, and whether its schemas are JSON Schema (from 3.1 on).

    Raises `SlsError` for what is no such file.
    """
    if re.match(r"https?://", name):
        raise SlsError(f"{name} is a URL; download it, and name the file")
    path = Path(name)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SlsError(f"{name} can't be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SlsError(f"{name} is no UTF-8 text: {error.reason} at byte {error.start}") from None
    document = _parsed(name, text)
    version = str(document.get("openapi") or document.get("swagger") or "")
    if version.startswith("2"):
        return upgraded(document), False
    if not version.startswith("3."):
        found = f"version {version!r}" if version else "neither `openapi` nor `swagger`"
        raise SlsError(f"{name} has {found}: it must be OpenAPI 3.x or Swagger 2.0")
    return document, not version.startswith("3.0")


def _parsed(name: str, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, _Loader)  # noqa: S506 - a safe one
        value = _keyed(value)
    except json.JSONDecodeError as error:
        raise SlsError(f"{name}:{error.lineno}: {error.msg}: it is no JSON") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark is not None else ""
        raise SlsError(f"{name}{where}: {getattr(error, 'problem', None) or error}: it is no YAML") from None
    except RecursionError:
        raise SlsError(f"{name} is nested too deeply, or holds itself") from None
    except ValueError as error:
        raise SlsError(f"{name} can't be read: {error}") from None
    if not isinstance(value, dict):
        raise SlsError(f"{name} holds {type(value).__name__}, not an OpenAPI document")
    return value


def _keyed(value: Any) -> Any:
    """YAML has keys that are no strings: `200:` is a number there."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else _text(key): _keyed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_keyed(item) for item in value]
    return value


def _text(key: object) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)
