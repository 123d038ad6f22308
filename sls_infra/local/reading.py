"""Values that travel as JSON, taken apart: what goes wrong on the way is a `LocalError` that names the value's kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import LocalError


def text(value: Any) -> str:
    """The value, if it is text. Raises TypeError else."""
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {value!r}")
    return value


class Reading:
    """Turns what goes wrong while a value is read into a `LocalError` that names the value's kind."""

    def __init__(self, kind: str, value: object) -> None:
        self.kind = kind
        if not isinstance(value, Mapping):
            raise LocalError(f"local {kind}: expected an object, got {type(value).__name__}")

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, KeyError):
            raise LocalError(f"local {self.kind}: {error.args[0]!r} is missing") from None
        if isinstance(error, (TypeError, ValueError, AttributeError, OverflowError)):
            raise LocalError(f"local {self.kind}: {error}") from None
