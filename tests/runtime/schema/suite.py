"""The official JSON Schema Test Suite (draft 2020-12), as the sources of the jsonschema library carry it."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[3] / ".sls" / "json-schema-suite"
DRAFT = "tests/draft2020-12"


class Absent(Exception):
    """The suite could not be had, and why."""


class Case(NamedTuple):
    """One value of one group of the suite."""

    file: str
    group: str
    name: str
    schema: Any
    value: Any
    valid: bool


def fetched() -> Path:
    """The suite's folder, fetched once: the sources of the jsonschema that is installed. Raises Absent."""
    release = version("jsonschema")
    folder = ROOT / release / "json" / DRAFT
    if not folder.is_dir():
        arguments = ["download", "--quiet", "--no-deps", "--no-binary", "jsonschema", "--dest", str(ROOT)]
        pip = subprocess.run(
            [sys.executable, "-m", "pip", *arguments, f"jsonschema=={release}"],
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        if pip.returncode:
            raise Absent(f"pip can't download the sources of jsonschema {release}: {pip.stderr.strip()[-300:]}")
        with tarfile.open(ROOT / f"jsonschema-{release}.tar.gz") as archive:
            archive.extractall(ROOT / f"{release}.new", filter="data")
        (ROOT / f"{release}.new" / f"jsonschema-{release}").rename(ROOT / release)
    return folder


def cases(folder: Path) -> Iterator[Case]:
    """Each value of each file in it, the subfolders' apart."""
    for file in sorted(folder.glob("*.json")):
        for group in json.loads(file.read_text(encoding="utf-8")):
            for test in group["tests"]:
                yield Case(
                    file.stem, group["description"], test["description"], group["schema"], test["data"], test["valid"]
                )
