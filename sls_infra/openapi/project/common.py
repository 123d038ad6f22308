"""What every new project has, whatever its routes."""

from __future__ import annotations


def common(name: str, package: str) -> dict[str, str]:
    """File → its text."""
    return {
        "__main__.py": _MAIN,
        "Pulumi.yaml": _PULUMI.format(name=name),
        "Pulumi.local.yaml": "# This machine: `pulumi stack init local && pulumi up`.\nconfig:\n  sls:target: local\n",
        "pyproject.toml": _PYPROJECT.format(name=name, package=package),
        ".gitignore": "__pycache__/\n.venv/\n.sls/\n",
        "src/requirements.txt": "# What handlers import, beyond the standard library and sls_infra.runtime.\n",
        f"src/{package}/__init__.py": "",
    }


def loader() -> str:
    """schemas.py: the schemas of schemas.json."""
    return _LOADER


_MAIN = '''"""Where it goes: `pulumi config set sls:target local`, or aws, azure, gcp."""

import pulumi
from sls_infra import ServerlessApi

from infra import api

served = ServerlessApi(api())
pulumi.export("url", served.url)
'''

_PULUMI = """name: {name}
description: The {name} API, on this machine or in a cloud
runtime:
  name: python
  options:
    virtualenv: .venv
plugins:
  providers:
    # The local target's provider comes with sls_infra: the folder that holds the program pulumi-resource-sls.
    - name: sls
      path: .venv/bin
"""

_PYPROJECT = """[project]
name = "{name}"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["sls-infra[local]"]

[dependency-groups]
test = ["pytest>=8.4", "mypy>=1.17", "ruff>=0.12"]

[tool.pytest.ini_options]
testpaths = ["test_{package}.py"]

[tool.ruff]
line-length = 120

[tool.mypy]
strict = true
files = ["*.py", "src"]
mypy_path = "src"
"""

_LOADER = '''"""The JSON schemas of schemas.json, by name. Any may become a pydantic model in infra.py instead."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

_ALL: dict[str, Any] = json.loads(Path(__file__).with_name("schemas.json").read_text(encoding="utf-8"))
_REF = "#/$defs/"


def schema(name: str) -> dict[str, Any]:
    """A schema that stands by itself: with all that it refers to, however far."""
    needed: dict[str, Any] = {}
    waiting = list(_named(name))
    while waiting:
        other = waiting.pop()
        if other not in needed:
            needed[other] = _ALL[other]
            waiting += _named(other)
    own: dict[str, Any] = _ALL[name] if isinstance(_ALL[name], dict) else {"not": {}} if _ALL[name] is False else {}
    return {**own, "$defs": dict(sorted(needed.items()))} if needed else own


@cache
def _named(name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_references(_ALL[name])))


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str) and value.startswith(_REF) and value.removeprefix(_REF) in _ALL:
                yield value.removeprefix(_REF)
            elif key not in ("enum", "const", "default", "examples"):
                yield from _references(value)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)
'''
