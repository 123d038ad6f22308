"""Real packages from the real index, for machines that this one is not."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sls_infra.bundle import BundleSpec, build
from sls_infra.errors import BundleError

Tree = Callable[..., Path]

# e_machine, https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
X86_64, AARCH64 = 62, 183


def machines(path: Path) -> dict[str, int]:
    """Which processor each shared library in a zip is for, by its ELF header."""
    found = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            head = archive.read(name)[:20]
            if head.startswith(b"\x7fELF"):
                found[name] = int.from_bytes(head[18:20], "little")
    return found


@pytest.mark.parametrize(
    ("platform", "machine", "python", "tag"),
    [
        ("aarch64-manylinux2014", AARCH64, "3.12", "cpython-312-aarch64"),
        ("x86_64-manylinux2014", X86_64, "3.13", "cpython-313-x86_64"),
    ],
)
def test_a_c_extension_is_the_targets(
    tree: Tree, cache: Path, platform: str, machine: int, python: str, tag: str
) -> None:
    code = tree({"a.py": "", "requirements.txt": "markupsafe==3.0.2\n"})
    spec = BundleSpec(function="shop", code=code, python=python, platform=platform)
    try:
        bundle = build(spec, cache=cache)
    except BundleError as error:
        if re.search("Failed to fetch|error sending request|network", str(error)):
            pytest.skip("no package index can be reached from here")
        raise
    found = machines(bundle.path)
    assert list(found.values()) == [machine]
    assert all(tag in name for name in found)
