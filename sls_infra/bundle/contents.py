"""What a bundle holds: every file's place, where it comes from, and the part that it counts for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..errors import BundleError
from . import shipped
from .archive import Member, Reader, member
from .selection import Source
from .sizes import Part


class Contents:
    """Files by their path in the zip. Two for one path are refused, naming both."""

    def __init__(self) -> None:
        self.parts: dict[str, Part] = {}
        """What was written so far, by part."""
        self.unpacked = 0
        """The sum of the sizes of what was written so far, in bytes."""
        self._files: dict[str, tuple[str, Callable[[], Member]]] = {}

    def add_source(self, source: Source) -> None:
        """A file of the user's."""
        top, slash, _ = source.name.partition("/")
        self._add(source.name, f"{top}{slash}", lambda: member(source.name, source.read()))

    def add_file(self, name: str, content: bytes) -> None:
        """A file of the runtime, or a generated one."""
        part = f"{shipped.PACKAGE}/ (the runtime)" if name.startswith(f"{shipped.PACKAGE}/") else f"{name} (generated)"
        self._add(name, part, lambda: member(name, content))

    def add_dependencies(self, kept: Reader, folder: str) -> None:
        """All of what `dependencies.fetch` made, into a folder of the zip (empty: its root)."""
        for stored in kept.names():
            self._add_dependency(kept, stored, folder)

    def _add_dependency(self, kept: Reader, stored: str, folder: str) -> None:
        owner, _, path = stored.partition("/")
        name = f"{folder}/{path}" if folder else path
        if path.startswith(f"{shipped.PACKAGE}/"):
            raise BundleError(f"the dependency {owner} brings {path}, where the runtime goes: leave it out")
        self._add(name, f"{owner} (dependency)", lambda: kept.member(stored, name))

    def _add(self, name: str, part: str, read: Callable[[], Member]) -> None:
        if name in self._files:
            raise BundleError(f"{self._files[name][0]} and {part} both hold {name}: rename or exclude one")
        self._files[name] = (part, read)

    def members(self) -> Iterator[Member]:
        """Every file, compressed, sorted by path. Counts as it goes."""
        for name, (part, read) in sorted(self._files.items()):
            self._refuse_below_file(name)
            each = read()
            self.unpacked += each.size
            self.parts.setdefault(part, Part(part)).add(each.size, len(each.data))
            yield each

    def _refuse_below_file(self, name: str) -> None:
        parent = name
        while "/" in parent:
            parent = parent.rpartition("/")[0]
            if parent in self._files:
                raise BundleError(f"{name} can't be put below {parent}, which is a file: rename or exclude one")
