"""The part of this package that runs with the user's code, as files."""

from __future__ import annotations

from pathlib import Path

from ..errors import BundleError

PACKAGE = "sls_infra"
"""The package's own top-level name in a bundle: the user's code and dependencies may put nothing there."""
_RUNTIME = Path(__file__).resolve().parent.parent / "runtime"
_INIT = b'"""The runtime of sls-infra, without the library that deploys it."""\n'


def files(entries: tuple[str, ...]) -> dict[str, bytes]:
    """Path in the zip → content: `sls_infra/runtime` with only those of its entry modules that `entries` names."""
    contents = {f"{PACKAGE}/__init__.py": _INIT}
    shipped = {"__init__", *entries}
    there = set()
    for path in sorted(_RUNTIME.rglob("*")):
        relative = path.relative_to(_RUNTIME)
        if not path.is_file() or path.suffix == ".pyc" or "__pycache__" in relative.parts:
            continue
        if relative.parts[0] == "entry" and len(relative.parts) == 2:
            there.add(path.stem)
            if path.stem not in shipped:
                continue
        contents[f"{PACKAGE}/runtime/{relative.as_posix()}"] = path.read_bytes()
    if missing := sorted(set(entries) - there):
        names = ", ".join(sorted(there - {"__init__"})) or "none"
        raise BundleError(f"the runtime has no entry module {missing[0]!r}: there is {names}")
    return contents
