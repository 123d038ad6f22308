"""Handlers, found by parsing: the code of a function is never imported to plan it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from ..quick import parsed


def missing(code: Path, handler: str) -> tuple[str, str] | None:
    """Why `handler` ("package.module:callable") is not in `code`, and the fix; None when it is there."""
    module, _, attribute = handler.partition(":")
    if not _dotted(module) or not _dotted(attribute):
        return f"{handler!r} is not of the form package.module:callable", "write it as 'shop.api:read'"
    file = module_file(code, module)
    if file is None:
        return f"there is no module {module} in {code}", _near_modules(code, module)
    try:
        names, open_ended = top_names(file, file.stat().st_mtime_ns)
    except SyntaxError as error:
        return f"{file}:{error.lineno} is not valid Python: {error.msg}", "mend the file"
    except (OSError, ValueError) as error:
        return f"{file} can't be read: {error}", "make it readable, as UTF-8"
    name = attribute.split(".")[0]
    if name in names or open_ended:
        return None
    return f"{file} defines no {name!r}", _near(name, names) or f"define {name} in it"


def module_file(code: Path, module: str) -> Path | None:
    """The file of a module in a folder of code; a package wins over a module of that name, as on import."""
    base = code.joinpath(*module.split("."))
    for candidate in (base / "__init__.py", base.with_name(base.name + ".py")):
        if candidate.is_file():
            return candidate
    return None


@lru_cache(maxsize=512)
def top_names(file: Path, _mtime: int) -> tuple[frozenset[str], bool]:
    """The names that a module defines at its top level, and whether a star import may add more."""
    tree = parsed(file.read_bytes(), str(file))
    names = set(_bound(tree.body))
    return frozenset(names - {"*"}), "*" in names


def _bound(body: Iterable[ast.stmt]) -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (alias.asname or alias.name.split(".")[0] for alias in names)
            case ast.Assign(targets=targets):
                yield from (name for target in targets for name in _stored(target))
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
                yield name
            case ast.If() | ast.Try() | ast.TryStar() | ast.With() | ast.For() | ast.While() | ast.Match():
                yield from _within(node)
            case _:
                pass


def _within(node: ast.stmt) -> Iterator[str]:
    """The names that a compound statement may bind, whichever of its branches are run."""
    if isinstance(node, ast.For):
        yield from _stored(node.target)
    for item in getattr(node, "items", ()):
        yield from _stored(item.optional_vars) if item.optional_vars else ()
    for block in ("body", "orelse", "finalbody"):
        yield from _bound(getattr(node, block, ()))
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield from _bound(part.body)


def _stored(target: ast.expr) -> Iterator[str]:
    """The names that an assignment to this target binds."""
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _dotted(text: str) -> bool:
    return bool(text) and all(part.isidentifier() for part in text.split("."))


def _near_modules(code: Path, module: str) -> str:
    found = sorted(
        ".".join(file.relative_to(code).with_suffix("").parts).removesuffix(".__init__")
        for file in code.rglob("*.py")
        if not any(part.startswith(".") for part in file.relative_to(code).parts)
    )[:200]
    return _near(module, found) or f"add it; the modules there are: {', '.join(found[:8]) or 'none'}"


def _near(word: str, among: Iterable[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word, list(among), n=1)
    return f"did you mean {close[0]!r}?" if close else ""
