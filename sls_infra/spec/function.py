"""Functions: the code, and what it runs in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, field
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator
from pydantic.dataclasses import dataclass

from .base import CONFIG, Spec, caller_dir
from .resources import Link, Secret
from .values import Architecture, Input, Many


@dataclass(frozen=True, config=CONFIG)
class Scaling(Spec):
    """How many instances of a function there may be."""

    _: KW_ONLY
    min_instances: int = 0
    """Instances kept warm and paid for; 0: pay per use, with cold starts."""
    max_instances: int | None = None
    """Instances at the most; None: the target's own limit."""
    concurrency: int | None = None
    """Requests at once in one instance; None: the target's own."""


def _absolute(value: str | Path) -> Path:
    path = Path(value)
    base = caller_dir.get() or Path.cwd()
    return path if path.is_absolute() else Path(_normal(base / path))


def _normal(path: Path) -> str:
    import os.path

    return os.path.normpath(path)


CodeDir = Annotated[str | Path, AfterValidator(_absolute)]


def _requirements(value: str | Path | tuple[str, ...] | None) -> Path | tuple[str, ...] | None:
    if isinstance(value, (str, Path)):
        return _absolute(value)
    return None if value is None else tuple(value)


@dataclass(frozen=True, config=CONFIG)
class Function(Spec):
    """A folder of code that is deployed and scaled as one."""

    name: str
    """Its name within the Api: letters, digits, "-" and "_", starting with a letter."""
    _: KW_ONLY
    code: CodeDir
    """The folder of the code; relative to the file that makes the Function (in JSON: to the working directory)."""
    handler: str | None = None
    """"package.module:callable" for uses that name none of their own."""
    runtime: str = "python3.12"
    """The Python that clouds run it on; the local target runs it on this machine's own."""
    memory: int = 512
    """Memory of an instance, MiB."""
    timeout: float = 25
    """Seconds a call may take; the front of a routed function has a limit of its own."""
    env: Mapping[str, Input[str] | Secret] = field(default_factory=dict)
    """Environment variables. One whose value is a `Secret` is filled in as an instance starts, and never stands in the
    function's settings; an instance that lives long sees another value within five minutes."""
    links: Many[Link] = ()
    """What the code may reach: `[orders.read_write(), emails.send()]`; nothing else is granted."""
    scaling: Scaling = Scaling()
    """How many instances there may be."""
    architecture: Architecture | None = None
    """"arm64" or "x86_64"; None: the target's own, arm64 on AWS, x86_64 elsewhere, this machine's locally."""
    requirements: Annotated[str | Path | Many[str] | None, AfterValidator(_requirements)] = None
    """Dependencies: a file, or a list; default: `code`'s own uv.lock, pyproject.toml or requirements.txt."""
    include: Many[str] = ()
    """Globs as in a .gitignore, relative to `code`, of the files to ship; default: all."""
    exclude: Many[str] = ()
    """Globs as in a .gitignore, relative to `code`, of files to leave out, beyond caches, environments and `.env`."""
