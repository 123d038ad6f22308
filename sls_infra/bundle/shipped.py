"""The part of this package that runs with the user's code, as files."""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path

from ..errors import BundleError
from ..quick import parsed
from ..runtime import services

PACKAGE = "sls_infra"
"""The package's own top-level name in a bundle: the user's code and dependencies may put nothing there."""
PLATFORMS = frozenset(services.PLATFORMS)
"""An entry module is called by its platform: `aws`, `aws_authorizer`."""
_RUNTIME = Path(__file__).resolve().parent.parent / "runtime"
_INIT = b'"""The runtime of sls-infra, without the library that deploys it."""\n'


def files(entries: tuple[str, ...]) -> dict[str, bytes]:
    """Path in the zip → content: `sls_infra/runtime`; of its entry modules only `entries` and what they import, and of
    what is there once a platform (`links/<platform>`, `services/<platform>.py`) only what is the entries' own."""
    contents = {f"{PACKAGE}/__init__.py": _INIT}
    for path in sorted(_RUNTIME.rglob("*")):
        parts = path.relative_to(_RUNTIME).parts
        if path.is_file() and path.suffix != ".pyc" and "__pycache__" not in parts:
            contents["/".join((PACKAGE, "runtime", *parts))] = path.read_bytes()
    modules = {Path(name).stem: name for name in contents if name.startswith(f"{PACKAGE}/runtime/entry/")}
    for entry in entries:
        if entry not in modules:
            raise BundleError(f"the runtime has no entry module {entry!r}; there is {', '.join(sorted(modules))}")
    wanted = {"__init__"}
    found = list(entries)
    while found:
        module = found.pop()
        if module in modules and module not in wanted:
            wanted.add(module)
            found += _siblings(contents[modules[module]])
    unwanted = {name for module, name in modules.items() if module not in wanted}
    foreign = PLATFORMS - {entry.split("_")[0] for entry in entries}
    return {
        name: content for name, content in contents.items() if name not in unwanted and _platform(name) not in foreign
    }


def _platform(name: str) -> str | None:
    """The platform that a file is for; None: it is for all of them."""
    parts = name.removeprefix(f"{PACKAGE}/runtime/").split("/")
    return parts[1].removesuffix(".py").split("_")[0] if parts[0] in ("links", "services") else None


@lru_cache
def _siblings(source: bytes) -> frozenset[str]:
    """The modules beside it that a module imports: `from .http_api import …`, `from . import http_api`."""
    imports = [node for node in ast.walk(parsed(source)) if isinstance(node, ast.ImportFrom) and node.level == 1]
    named = {node.module.split(".")[0] for node in imports if node.module}
    return frozenset(named | {alias.name for node in imports if not node.module for alias in node.names})
