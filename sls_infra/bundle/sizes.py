"""How large a bundle is, what makes it so, and whether a cloud takes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import BundleError
from .spec import SizeLimit

SHOWN = 10
"""How many parts an error names."""


@dataclass(slots=True)
class Part:
    """What is counted as one: a dependency, or a file or folder at the top of the user's code."""

    name: str
    unpacked: int = 0
    zipped: int = 0

    def add(self, unpacked: int, zipped: int) -> None:
        """Count one more file."""
        self.unpacked += unpacked
        self.zipped += zipped


def human(size: int) -> str:
    """A size to be read: `950 bytes`, `1.5 MiB`."""
    if size < 1024:
        return f"{size} bytes"
    value, unit = float(size), "bytes"
    for unit in ("KiB", "MiB", "GiB"):  # noqa: B007
        value /= 1024
        if value < 1024:
            break
    return f"{value:.1f} {unit}"


def largest(parts: Iterable[Part]) -> list[list[Any]]:
    """The parts that an error may have to name, as JSON: the largest by either measure."""
    parts = list(parts)
    chosen = {part.name: part for measure in (_zipped, _unpacked) for part in _first(parts, measure)}
    return [[part.name, part.unpacked, part.zipped] for part in chosen.values()]


def check(limit: SizeLimit | None, size: int, parts: Iterable[Iterable[Any]], *, zipped: bool) -> None:
    """Raise BundleError where `size` is over `limit`. `parts` is what `largest` returned."""
    if limit is None or size <= limit.bytes:
        return
    measure = _zipped if zipped else _unpacked
    shown = _first([Part(*part) for part in parts], measure)
    width = max(len(human(measure(part))) for part in shown)
    lines = [f"  {human(measure(part)):>{width}}  {part.name}" for part in shown]
    raise BundleError(
        f"the {'zip' if zipped else 'unpacked bundle'} has {human(size)} ({size:,} bytes), over the limit of "
        f"{limit.what}: {human(limit.bytes)} ({limit.source}). Its largest parts:\n"
        + "\n".join(lines)
        + "\nfix: drop or replace a dependency, or leave files out with `exclude`"
    )


def _zipped(part: Part) -> int:
    return part.zipped


def _unpacked(part: Part) -> int:
    return part.unpacked


def _first(parts: list[Part], measure: Callable[[Part], int]) -> list[Part]:
    return sorted(parts, key=lambda part: (-measure(part), part.name))[:SHOWN]
