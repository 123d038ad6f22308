"""Filters of Pub/Sub subscriptions (cloud.google.com/pubsub/docs/subscription-message-filter). No SDK is needed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...plan.model import EventPlan, MessagePlan, UploadPlan

LONGEST = 256
"""Bytes of a filter."""
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def filter_of(event: EventPlan) -> str | None:
    """What of its topic an event source wants; None where all, or more than a filter can say: the runtime looks again.

    A queue's subscription has none: a filter can't be changed, and with another subscription all would be lost that
    waits in the queue. Nor can a filter look at the end of a text, so that suffixes are left to the runtime.
    """
    text = ""
    if isinstance(event, MessagePlan) and event.kind == "topic":
        text = by_attributes(event.attributes)
    elif isinstance(event, UploadPlan) and event.prefix:
        text = f"hasPrefix(attributes.objectId, {quoted(event.prefix)})"
    return text if 0 < len(text.encode()) <= LONGEST else None


def by_attributes(attributes: Mapping[str, tuple[str, ...]]) -> str:
    """Each of them, with one of its values. AND and OR are not mixed without parentheses. A name that would be quoted
    is left to the runtime: the vendor's page has it so, and the vendor's own fake does not read it."""
    plain = {name: values for name, values in attributes.items() if PLAIN.fullmatch(name)}
    parts = []
    for name, values in plain.items():
        any_of = " OR ".join(f"attributes.{name} = {quoted(value)}" for value in values)
        parts.append(f"({any_of})" if len(values) > 1 and len(plain) > 1 else any_of)
    return " AND ".join(parts)


def quoted(text: str) -> str:
    """A literal of the filter's language."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
