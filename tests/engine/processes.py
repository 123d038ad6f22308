"""Looking at processes, for tests that kill some."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def running(pid: int) -> bool:
    """Is it alive? A dead one that nobody has waited for is not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text()
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # gone in between, or a system without /proc, where only the signal can tell
        return not Path("/proc/self/stat").exists()
    return state.rpartition(")")[2].split()[0] != "Z"


def eventually(look: Callable[[], T | None], within: float = 60.0) -> T:
    """What `look` finds, as soon as that is true of anything; fails after `within` seconds."""
    deadline = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < deadline, f"not so after {within:.0f} s"
        time.sleep(0.05)
    return found
