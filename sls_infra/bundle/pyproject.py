"""`pyproject.toml` and `uv.lock`: as much of them as has to be understood before uv is asked."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from ..errors import BundleError
from .reqfile import name_of

Table = dict[str, Any]


def read(file: Path) -> Table:
    """The file's content. Raises BundleError with the place of a mistake."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BundleError(f"{file} can't be read: {error.strerror}") from None
    except ValueError as error:
        raise BundleError(f"{file} is not valid TOML: {error}") from None


def declares(file: Path, *, instead: Path) -> bool:
    """Whether it says what the code depends on; many are there for tools alone, beside a `requirements.txt`."""
    content = read(file)
    project = _table(content, "project")
    if "dependencies" in project or "dependencies" in project.get("dynamic", ()):
        return True
    if not instead.is_file() and "dependencies" in _table(content, "tool", "poetry"):
        raise BundleError(
            f"{file} lists dependencies in [tool.poetry] only, which uv does not read: list them in "
            "[project].dependencies, or write a requirements.txt with `poetry export`"
        )
    return False


def dependencies(content: Table, file: Path) -> list[str]:
    """`[project].dependencies`. Raises BundleError where they are made up by a build."""
    project = _table(content, "project")
    if "dependencies" in project.get("dynamic", ()):
        raise BundleError(
            f"{file} makes its dependencies up while it is built (dynamic), and nothing is built for a bundle: "
            "list them in [project].dependencies, or name a file with `requirements`"
        )
    listed = project.get("dependencies", [])
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise BundleError(f"{file}: [project].dependencies is not a list of strings")
    return listed


def explicit_indexes(content: Table) -> tuple[str, ...]:
    """`name=url` of each index that is asked only for packages that name it.

    A lock's export says what to fetch, not where from, so these have to be named again; all else uv finds by itself.
    """
    indexes = _table(content, "tool", "uv").get("index", [])
    return tuple(
        f"{index['name']}={index['url']}"
        for index in indexes
        if index.get("explicit") and "name" in index and "://" in index.get("url", "")
    )


def index_options(content: Table) -> list[str]:
    """The lines of a requirements file that ask the same indexes as `[tool.uv]` does."""
    uv = _table(content, "tool", "uv")
    indexes = [index for index in uv.get("index", []) if isinstance(index, dict)]
    if "index-url" in uv:
        indexes.append({"url": uv["index-url"], "default": True})
    indexes += [{"url": url} for url in uv.get("extra-index-url", [])]
    lines = [
        f"{'--index-url' if index.get('default') else '--extra-index-url'} {index.get('url')}" for index in indexes
    ]
    lines += [f"--find-links {place}" for place in uv.get("find-links", [])]
    return [*lines, "--no-index"] if uv.get("no-index") else lines


def _table(content: Table, *path: str) -> Table:
    for name in path:
        below = content.get(name, {})
        content = below if isinstance(below, dict) else {}
    return content


def refuse_stale(project: Table, lock: Table, file: Path) -> None:
    """Raise BundleError where the project asks for a package that its lock does not know.

    uv itself is told not to look (`--frozen`): looking needs the network. What it would notice beyond this, a changed
    version bound, leaves a bundle that is as it was locked.
    """
    root = next((each for each in lock.get("package", ()) if set(each.get("source", {}).values()) == {"."}), None)
    if root is None:
        return
    locked = {each["name"] for each in root.get("dependencies", ())}
    locked |= {each["name"] for each in root.get("metadata", {}).get("requires-dist", ())}
    asked = _table(project, "project").get("dependencies", [])
    if missing := {name_of(each) for each in asked} - locked:
        raise BundleError(
            f"{file} is older than its pyproject.toml: it does not know {', '.join(sorted(missing))}; run `uv lock`"
        )
