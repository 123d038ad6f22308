"""What every spec class shares: frozen, strict, and a mistake is told at the line that wrote it."""

from __future__ import annotations

import contextvars
import dataclasses
import inspect
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, SerializerFunctionWrapHandler, ValidationError, model_serializer

from ..errors import Problem, SpecError
from .values import is_output

CONFIG = ConfigDict(extra="forbid", strict=True, defer_build=True, arbitrary_types_allowed=True)

caller_dir: contextvars.ContextVar[Path | None] = contextvars.ContextVar("caller_dir", default=None)
"""The folder of the file that is making a spec object; None in JSON and in a REPL."""


@lru_cache(maxsize=64)
def _folder(file: str) -> Path | None:
    return None if file.startswith("<") else Path(file).absolute().parent


class _SpecMeta(type):
    """Turns pydantic's error into a `SpecError` that names the file and line of the call."""

    if not TYPE_CHECKING:  # a typed __call__ here would hide each class's own parameters from type checkers

        def __call__(cls, *args, **kwargs):
            frame = sys._getframe(1)
            file = frame.f_code.co_filename
            token = caller_dir.set(_folder(file))
            try:
                return super().__call__(*args, **kwargs)
            except ValidationError as error:
                problems = _problems(error, cls, f"{file}:{frame.f_lineno}")
            finally:
                caller_dir.reset(token)
            raise SpecError(problems)

        @property
        def __signature__(cls):
            """What `help` and editors show: the fields, not the parameters of `__call__`."""
            return inspect.Signature([_parameter(field) for field in dataclasses.fields(cls) if field.init])

        @__signature__.setter
        def __signature__(cls, value):
            """pydantic's own, which it makes once a class is used: until then there would be none."""


def _parameter(field: dataclasses.Field[Any]) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY if field.kw_only else inspect.Parameter.POSITIONAL_OR_KEYWORD
    default: object = inspect.Parameter.empty
    if field.default is not dataclasses.MISSING:
        default = field.default
    elif field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    return inspect.Parameter(field.name, kind, default=default, annotation=field.type)


class Spec(metaclass=_SpecMeta):
    """Base of every spec class.

    In a union, the class with fewer fields comes first: JSON that fits several is taken for the first of them.
    """

    @model_serializer(mode="wrap")
    def _refuse_outputs(self, serialise: SerializerFunctionWrapHandler) -> Any:
        for name, value in vars(self).items():
            if _holds_output(value):
                raise ValueError(f"{type(self).__name__}.{name} holds an Output: only a deployment knows its value")
        return serialise(self)


def _holds_output(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_output, value.values()))
    if isinstance(value, tuple):
        return any(map(_holds_output, value))
    return is_output(value)


def _problems(error: ValidationError, cls: type, where: str) -> list[Problem]:
    """One problem a place: a union tells one mistake once for each of its arms."""
    told: dict[str, list[Any]] = {}
    for detail in error.errors(include_url=False):
        same_place = told.setdefault(_place(detail["loc"], cls), [])
        same_place.insert(0 if detail["type"] in _UNKNOWN else len(same_place), detail)
    deepest = [place for place in told if not any(other.startswith((place + "[", place + ".")) for other in told)]
    return [_problem(place, told[place], cls, where) for place in deepest]


def _problem(place: str, details: list[Any], cls: type, where: str) -> Problem:
    name, kind, given = cls.__name__, details[0]["type"], details[0]["input"]
    here = f"{where} {name}({place})"
    if kind in _UNKNOWN:
        word = f"{place} by position" if kind == "unexpected_positional_argument" else f"field {place!r}"
        return Problem(here, f"{name} takes no {word}", f"write by name one of: {', '.join(_fields(cls))}")
    if kind in _MISSING:
        return Problem(here, f"{place} is missing", f"write {place}=… in {name}(…)")
    if is_output(given):
        return Problem(
            here,
            f"{place} can't be an Output: it decides which resources exist, and an Output is known only after",
            "write a plain value, or read it from pulumi.Config before the spec is made",
        )
    wanted = " or ".join(dict.fromkeys(_wanted(detail) for detail in details))
    return Problem(here, f"{place} should be {wanted}, not {_shown(given)}", f"write {wanted} as {place}")


_UNKNOWN = ("unexpected_keyword_argument", "unexpected_positional_argument", "extra_forbidden")
_MISSING = ("missing_argument", "missing", "missing_positional_only_argument")


def _wanted(detail: Any) -> str:
    if detail["type"] in ("sequence_str", "is_instance_of") and "Sequence" in str(detail["msg"]):
        return "a list"
    message = str(detail["msg"]).removeprefix("Input should be ").replace("an instance of ", "a ")
    return re.sub(r"^an? (?:valid )?(?=([aeiou])?)", lambda m: "an " if m[1] else "a ", message, flags=re.I)


def _place(loc: tuple[int | str, ...], cls: type) -> str:
    """Where in the call: `routes[3]`, `env.STAGE`; the steps that pydantic adds for types are left out."""
    fields = _fields(cls)
    first, rest = loc[0] if loc else "", loc[1:]
    if isinstance(first, int):
        if first >= len(fields):
            return str(first)
        first = fields[first]
    place = str(first)
    for step in rest:
        if isinstance(step, int):
            place += f"[{step}]"
        elif step not in _TYPE_STEPS and not any(sign in step for sign in "[(-"):
            place += f".{step}"
    return place


def _fields(cls: type) -> list[str]:
    return list(getattr(cls, "__dataclass_fields__", {}))


_TYPE_STEPS = {
    *("str", "int", "float", "bool", "path", "none", "dict", "list", "tuple", "constrained", "is"),
    *("Public", "OAuth2", "Jwt", "ApiKey", "Webhook", "Custom", "Queue", "Topic", "Bucket", "Table", "Secret"),
    *("OnSchedule", "OnMessage", "OnUpload", "OnChange", "RateLimit", "Quota"),
}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
