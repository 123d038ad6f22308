"""Mistakes in functions: names, code, handlers, settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..errors import Problem
from ..spec.api import Api
from ..spec.auth import Custom
from ..spec.function import Function
from .handlers import missing
from .names import bad_name, canonical
from .uses import auth_uses, function_uses

ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PYTHON = re.compile(r"python3\.\d+")
ARCHITECTURES = ("arm64", "x86_64")


def check_functions(api: Api) -> Iterator[Problem]:
    """Every mistake in the functions that the Api names."""
    first: dict[str, tuple[str, Function]] = {}
    names: dict[str, str] = {}
    for where, function in function_uses(api):
        known_at, known = first.setdefault(function.name, (where, function))
        if known_at == where:
            yield from _function(where, function)
            yield from _collision(where, function.name, names)
        elif known != function:
            fix = "make the Function once and use it twice, or give the other one a name of its own"
            yield Problem(where, f"{function.name!r} is not the same as {known_at} of that name", fix)
    yield from _handlers(api)


def _collision(where: str, name: str, names: dict[str, str]) -> Iterator[Problem]:
    other = names.setdefault(canonical(name), name)
    if other != name:
        fix = "give one of them a name that differs in letters or digits"
        yield Problem(f"{where}.name", f"{name!r} and {other!r} are both {canonical(name)!r} on a cloud", fix)


def _function(where: str, function: Function) -> Iterator[Problem]:
    yield from bad_name(f"{where}.name", function.name)
    code = Path(function.code)
    if not code.is_dir():
        fix = "name the folder of the code, relative to the file that makes the Function"
        yield Problem(f"{where}.code", f"{code} is no folder", fix)
    if function.memory < 1:
        yield Problem(f"{where}.memory", f"{function.memory} MiB is no memory", "use 512, in MiB")
    if not 0 < function.timeout < float("inf"):
        yield Problem(f"{where}.timeout", f"{function.timeout:g} s is no duration", "use seconds, more than 0")
    if not PYTHON.fullmatch(function.runtime):
        yield Problem(f"{where}.runtime", f"{function.runtime!r} is no runtime", "write it as 'python3.12'")
    if function.architecture not in (None, *ARCHITECTURES):
        fix = "use 'arm64' or 'x86_64', or leave it out"
        yield Problem(f"{where}.architecture", f"{function.architecture!r} is no architecture", fix)
    if isinstance(function.requirements, Path) and not function.requirements.is_file():
        fix = "name a file, relative to the file that makes the Function, or give a list"
        yield Problem(f"{where}.requirements", f"{function.requirements} is no file", fix)
    yield from _environment(where, function)
    yield from _scaling(where, function)


def _environment(where: str, function: Function) -> Iterator[Problem]:
    for name, value in function.env.items():
        if not ENV_NAME.fullmatch(name):
            fix = "use letters, digits and '_', not starting with a digit"
            yield Problem(f"{where}.env", f"{name!r} is no name of an environment variable", fix)
        elif name.startswith("SLS_"):
            yield Problem(f"{where}.env", f"{name}: names that start with SLS_ are the runtime's", "use another name")
        if isinstance(value, str) and "\0" in value:
            yield Problem(f"{where}.env", f"{name} holds a NUL character", "leave it out")


def _scaling(where: str, function: Function) -> Iterator[Problem]:
    scaling = function.scaling
    here = f"{where}.scaling"
    if scaling.min_instances < 0:
        yield Problem(f"{here}.min_instances", f"{scaling.min_instances} is less than none", "use 0 or more")
    if scaling.max_instances is not None and scaling.max_instances < 1:
        fix = "use at least 1, or leave it out"
        yield Problem(f"{here}.max_instances", f"{scaling.max_instances} instances answer nothing", fix)
    elif scaling.max_instances is not None and scaling.max_instances < scaling.min_instances:
        message = f"max_instances {scaling.max_instances} is less than min_instances {scaling.min_instances}"
        yield Problem(here, message, "make it at least as many")
    if scaling.concurrency is not None and scaling.concurrency < 1:
        yield Problem(f"{here}.concurrency", f"{scaling.concurrency} requests at once is none", "use at least 1")


def _handlers(api: Api) -> Iterator[Problem]:
    lacks: dict[tuple[str, str], tuple[str, str] | None] = {}
    uses = [(f"api.routes[{i}]", route.function, route.handler) for i, route in enumerate(api.routes)]
    uses += [(f"api.events[{i}]", event.function, event.handler) for i, event in enumerate(api.events)]
    uses += [(at, way.function, way.handler) for at, way in auth_uses(api) if isinstance(way, Custom)]
    for where, function, own in uses:
        handler = own or function.handler
        here = f"{where}.handler" if own else f"{where}.function.handler"
        if handler is None:
            fix = "give the route or the function a handler='package.module:callable'"
            yield Problem(f"{where}.handler", "neither it nor its function names a handler", fix)
        else:
            key = (str(function.code), handler)
            if key not in lacks:
                lacks[key] = missing(Path(function.code), handler) if Path(function.code).is_dir() else None
            if (lack := lacks[key]) is not None:
                yield Problem(here, *lack)
