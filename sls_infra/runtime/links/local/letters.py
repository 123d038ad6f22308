"""Dead letters: what was tried too often, kept as it came, with one attribute more that says whence and why."""

from __future__ import annotations

from json import dumps, loads
from typing import NamedTuple

from ...events.delivery import MAX_REASON, REASON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .lanes import Lane, Received

CLAIM = 30.0
"""Seconds that a letter is out of sight while it is put back."""


class Redriven(NamedTuple):
    """What became of the dead letters."""

    moved: int
    left: int
    """Those which tell no source, or one that nobody knows any more."""


def dead(attributes: Mapping[str, str], source: str, attempts: int, reason: str, failed_at: float) -> dict[str, str]:
    """The attributes of a dead letter. `failed_at`: seconds since 1970."""
    from time import gmtime, strftime

    at = strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(failed_at))
    told = {"source": source, "attempts": attempts, "reason": reason[:MAX_REASON], "failed_at": at}
    return {**attributes, REASON: dumps(told)}


def reason_of(letter: Received) -> dict[str, Any]:
    """Source, attempts, reason and failed_at; empty where the message tells none."""
    try:
        told = loads(letter.attributes.get(REASON, ""))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def alive(letter: Received) -> dict[str, str]:
    """The attributes that it had before it was buried."""
    return {name: value for name, value in letter.attributes.items() if name != REASON}


def redrive(letters: Lane, lane_of: Callable[[str], Lane | None], limit: int | None = None) -> Redriven:
    """Puts dead letters that are there now back where they failed, under the same id and in their order.

    `lane_of` gives the lane of an event source by its name, None where there is none. Where this is interrupted, a
    letter may be in both places, never in none.
    """
    moved, unknown = 0, []
    for _ in range(letters.counts().visible if limit is None else limit):
        found = letters.receive(1, CLAIM)
        if not found:
            break
        letter = found[0]
        lane = lane_of(str(reason_of(letter).get("source", "")))
        if lane is None:
            unknown.append(letter.receipt)
            continue
        lane.put(letter.body, alive(letter), group=letter.group, id=letter.id)
        letters.delete(letter.receipt)
        moved += 1
    for receipt in unknown:
        letters.release(receipt, counted=False)
    return Redriven(moved, len(unknown))
