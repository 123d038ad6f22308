"""Records of a DynamoDB stream (docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html)."""

from __future__ import annotations

from ..events.delivery import Delivery
from ..events.shapes import Change
from ..links.aws.values import decoded_item

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

KINDS = {"INSERT": "insert", "MODIFY": "update", "REMOVE": "delete"}
"""What a record is called. DynamoDB's own removal of what has expired is a REMOVE too."""


def delivery(described: Mapping[str, Any], record: Mapping[str, Any]) -> Delivery:
    """A change. Streams don't count attempts: the runtime does, by the sequence number."""
    told = record["dynamodb"]
    old, new = told.get("OldImage"), told.get("NewImage")
    number: str = told["SequenceNumber"]
    change = Change(
        KINDS[record["eventName"]],
        decoded_item(told["Keys"]),
        None if old is None else decoded_item(old),
        None if new is None else decoded_item(new),
        described["source"],
    )
    return Delivery(number, change, group=record["eventSourceARN"])
