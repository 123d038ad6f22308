"""Where the engine lives, which version is wanted, and the error that says that none can be had."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

VERSION = "3.200.0"
"""The version that is installed or built: the newest whose `pkg` module the Go proxies serve."""

MINIMUM = (3, 200, 0)
"""The oldest engine that is taken from PATH: the one that this project is tested on, and the floor of its SDK."""

LANGUAGE_HOST = "pulumi-language-python"
"""The program by which the engine runs Python; it looks for it on PATH and beside itself."""


class EngineError(Exception):
    """No engine from this source, or from any. The message is meant for the user."""


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one project's own engine, below `<root>/.sls/engine`."""

    root: Path
    """The project's folder, absolute."""

    @property
    def home(self) -> Path:
        """Everything of ours; may be deleted at any time, the next run brings it back."""
        return self.root / ".sls" / "engine"

    @property
    def bin(self) -> Path:
        """The folder to put first on PATH."""
        return self.home / "bin"

    @property
    def linked(self) -> Path:
        """Used instead of `bin` where PATH has an engine but no language host: a link to it beside the stand-in."""
        return self.home / "linked"

    @property
    def pulumi(self) -> Path:
        """The engine itself."""
        return self.bin / "pulumi"

    @property
    def stamp(self) -> Path:
        """Written last, after the engine answered: without it, what is in `bin` is not trusted."""
        return self.home / "stamp.json"

    @property
    def lock(self) -> Path:
        """Held while an engine is put in place, so that two runs don't both build."""
        return self.home / "lock"

    @property
    def staging(self) -> Path:
        """Where an engine is made; removed before and after."""
        return self.home / "staging"

    @property
    def log(self) -> Path:
        """What the installer or the compiler said, in full."""
        return self.home / "engine.log"


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that is ready to be used."""

    bin: Path
    """The folder to put first on PATH."""
    version: str
    source: str
    """Where it comes from, in words."""


def parse_version(text: str) -> tuple[int, int, int] | None:
    """The three numbers of `v3.200.0` or `3.201.1-alpha.1+dirty`; None where there are none."""
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)", text.strip())
    return (int(match[1]), int(match[2]), int(match[3])) if match else None
