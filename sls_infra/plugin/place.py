"""Where a resource's files are on this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from .control import Control
from .values import Values

OURS = ".sls"
"""The folder beside Pulumi.yaml in which state is kept where nothing else is said."""


@contextlib.contextmanager
def stack_folder(control: Control, urn: str, inputs: Values) -> Iterator[Path]:
    """The folder of the resource's stack. Where nothing is left below our own folder after use, that goes too."""
    state = Path(inputs["root"])
    try:
        yield control.stack_folder(state, urn)
    finally:
        if state.parent.name == OURS:
            with contextlib.suppress(OSError):  # not empty, or not there
                state.parent.rmdir()
