"""Which of the events that were taken go to a function together, and when."""

from __future__ import annotations

from collections.abc import Sequence

from .feed import Taken

MAX_BYTES = 6 << 20
"""Bytes of the messages of a batch: as many as AWS Lambda takes."""


class Batches:
    """Events that wait to be sent, in the order in which they were taken."""

    def __init__(self, size: int, window: float) -> None:
        self.bytes = 0
        """Of what waits."""
        self._size = size
        self._window = window
        self._waiting: dict[Taken, float] = {}
        """Event → when it was taken, by the loop's clock."""
        self._busy: set[str] = set()
        """Groups of which some are on their way: the others of them wait."""
        self._alone: set[str] = set()
        """Ids of events whose batch got no answer: one of them may be why, so that each is tried by itself."""

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def waiting(self) -> list[Taken]:
        """What was taken and is not on its way."""
        return list(self._waiting)

    def add(self, taken: Sequence[Taken], now: float) -> None:
        """More that was taken."""
        self._waiting.update(dict.fromkeys(taken, now))
        self.bytes += sum(each.size for each in taken)

    def drain(self) -> list[Taken]:
        """Takes out all that waits."""
        return self._out(list(self._waiting))

    def next(self, now: float) -> list[Taken]:
        """The batch that is to be sent now; empty where there is none yet."""
        batch, full = self._together()
        if not batch or (not full and now - self._waiting[batch[0]] < self._window):
            return []
        self._busy.update(taken.group for taken in batch if taken.group is not None)
        return self._out(batch)

    def _together(self) -> tuple[list[Taken], bool]:
        """What may be sent together, oldest first, and whether no more would."""
        batch: list[Taken] = []
        size, behind = 0, set(self._busy)
        for taken in self._waiting:
            if taken.group is not None and taken.group in behind:
                continue
            if taken.id in self._alone:
                if not batch:
                    return [taken], True
                if taken.group is not None:  # the others of its group wait for its turn
                    behind.add(taken.group)
                continue
            size += taken.size
            if batch and size > MAX_BYTES:
                return batch, True
            batch.append(taken)
            if len(batch) == self._size:
                return batch, True
        return batch, False

    def _out(self, taken: list[Taken]) -> list[Taken]:
        for each in taken:
            del self._waiting[each]
        self.bytes -= sum(each.size for each in taken)
        return taken

    def ready_in(self, now: float) -> float | None:
        """Seconds until a batch that is not full is to be sent; None where nothing waits."""
        oldest = min(self._waiting.values(), default=None)
        return None if oldest is None else max(0.0, oldest + self._window - now)

    def answered(self, batch: Sequence[Taken], failed: Sequence[Taken], *, lost: bool = False) -> list[Taken]:
        """Takes note of the end of a batch; `lost`: no answer came. Returns what waits behind one that failed, of the
        same group: it must go back to the source, or it would be delivered before it."""
        self._busy.difference_update(taken.group for taken in batch if taken.group is not None)
        ids = {taken.id for taken in batch}
        if not lost:
            self._alone -= ids
        elif len(batch) > 1:
            self._alone |= ids
        groups = {taken.group for taken in failed if taken.group is not None}
        return self._out([taken for taken in self._waiting if taken.group in groups])

    def forget(self, taken: Taken) -> None:
        """It will not come again."""
        self._alone.discard(taken.id)
