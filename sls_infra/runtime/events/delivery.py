"""One event as a platform delivered it, and what is told the platform of it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from .shapes import Change, Message, Tick, Upload

    Event: TypeAlias = Message | Upload | Change | Tick


class Delivery:
    """An event, and how its platform knows it."""

    __slots__ = ("attempt", "attributes", "body", "event", "group", "id")

    def __init__(
        self,
        id: str,
        event: Event,
        *,
        attempt: int | None = None,
        group: str | None = None,
        body: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        self.id = id
        """What the platform is told, where it is to be delivered again. The same each time that it is delivered."""
        self.event = event
        self.attempt = attempt
        """Which delivery this is, from 1, as the platform counts; None: it doesn't, and the runtime does, in memory."""
        self.group = group
        """Deliveries of one group are in order: after one that fails, the later ones of it are not tried."""
        self.body = body
        """As the platform carried it, for the dead letter; None: made of the event."""
        self.attributes: Mapping[str, str] = attributes or {}
        """Likewise."""


class Failure:
    """A delivery that is to come again."""

    __slots__ = ("id", "reason")

    def __init__(self, id: str, reason: str) -> None:
        self.id = id
        self.reason = reason
        """ "ValueError: no such address": the error's class and words."""


class DeadLetter:
    """What failed for the last time. It goes into the dead-letter queue as it came, with one attribute more, so that it
    can be put back as it is by the cloud's own tools."""

    __slots__ = ("attributes", "body", "group")

    def __init__(self, body: str, attributes: Mapping[str, str], group: str | None) -> None:
        self.body = body
        self.attributes = attributes
        """With `REASON`: JSON, `{"source": "emails-worker", "attempts": 5, "reason": "…", "failed_at": "…Z"}`."""
        self.group = group
        """Of a FIFO queue."""


REASON = "sls-dead-letter"
"""The attribute by which a dead letter tells where it comes from, and why."""
MAX_REASON = 800
"""Characters of a reason."""
