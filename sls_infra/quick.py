"""Start-up without pauses: loading an SDK makes many objects and no garbage, which the collector looks at in vain."""

from __future__ import annotations

import gc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


class collector_paused:
    """`with collector_paused():` no garbage collection inside; as it was before, after."""

    def __enter__(self) -> None:
        self._was_on = gc.isenabled()
        gc.disable()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._was_on:
            gc.enable()
