"""A topic, as handlers reach it: `links.topic("placed").publish(order, attributes={"country": "de"})`."""

from __future__ import annotations

from . import limits
from .rights import Rights

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from . import drivers


class Topic:
    """A topic that messages are published to. For any number of threads."""

    def __init__(self, driver: drivers.Topic, name: str, described: Mapping[str, Any]) -> None:
        self.name = name
        """Its name in the spec."""
        self._driver = driver
        self._rights = Rights("topic", name, described)

    def publish(self, body: object, *, attributes: Mapping[str, str] | None = None) -> str:
        """Publishes a message to all subscribers, of which there may be none; returns its id. Each gets it at least
        once.

        `body`: text, sent as it is, or anything that JSON can say, sent as JSON (as `Response.json` takes it);
        `attributes`: at most 8, text, names as letters, digits, `_`, `.` and `-`; subscribers may filter by them.

        Raises TooLarge where both are over 240 KiB in UTF-8, ValueError for what some platform does not take (an empty
        body, control characters), TypeError for what is no JSON, NotLinked without `publish()`, NotFound where the
        topic is gone, Throttled, ServiceError.
        """
        self._rights.need("w")
        what = f'the topic "{self.name}"'
        text, named = limits.body(body, what), limits.attributes(attributes, what)
        limits.message(text, named, what)
        return self._driver.publish(text, named)
