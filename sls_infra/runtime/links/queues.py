"""A queue, as handlers reach it: `links.queue("emails").send({"to": "a@example.com"})`."""

from __future__ import annotations

from . import limits
from .rights import Rights

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from . import drivers

DEFAULT_GROUP = "default"


class Queue:
    """A queue that messages are sent to. For any number of threads."""

    def __init__(self, driver: drivers.Queue, name: str, described: Mapping[str, Any]) -> None:
        self.name = name
        """Its name in the spec."""
        self.fifo = bool(described.get("fifo"))
        """Whether messages of one group keep their order."""
        self._driver = driver
        self._rights = Rights("queue", name, described)

    def send(
        self,
        body: object,
        *,
        delay: int = 0,
        attributes: Mapping[str, str] | None = None,
        group: str | None = None,
    ) -> str:
        """Sends a message; returns its id. Its handler gets it at least once.

        `body`: text, sent as it is, or anything that JSON can say, sent as JSON (as `Response.json` takes it);
        `delay`: seconds until it may be delivered, 0 to 900; `attributes`: at most 8, text, names as letters, digits,
        `_`, `.` and `-`; `group`: of a FIFO queue, what messages it is in order with, 1 to 128 visible ASCII
        characters, default "default".

        Raises TooLarge where body and attributes are over 240 KiB in UTF-8, ValueError for what some platform does not
        take (an empty body, control characters, a delay on a FIFO queue, or on Google Cloud, which has none), TypeError
        for what is no JSON, NotLinked without `send()`, NotFound where the queue is gone, Throttled, ServiceError.
        """
        self._rights.need("w")
        what = f'the queue "{self.name}"'
        text, named = limits.body(body, what), limits.attributes(attributes, what)
        limits.message(text, named, what)
        limits.whole(delay, 0, limits.MAX_DELAY, f"the delay of a message to {what}")
        return self._driver.send(text, named, delay, self._group(group, delay, what))

    def _group(self, group: str | None, delay: int, what: str) -> str | None:
        if not self.fifo:
            if group is not None:
                raise ValueError(f"{what} has no groups: they are a FIFO queue's, Queue(…, fifo=True)")
            return None
        if delay:
            raise ValueError(f"{what} is a FIFO queue, whose messages can't be delayed one by one")
        if group is None:
            return DEFAULT_GROUP
        if not isinstance(group, str):
            raise TypeError(f"the group of a message to {what} is text, not {type(group).__qualname__}")
        if not 1 <= len(group) <= limits.MAX_GROUP or not all("!" <= char <= "~" for char in group):
            raise ValueError(
                f"{group[:200]!r} is no group of messages: it is 1 to {limits.MAX_GROUP} visible ASCII characters"
            )
        return group
