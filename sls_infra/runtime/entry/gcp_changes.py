"""What Eventarc sends of Firestore, as events: a CloudEvent in binary mode, its data as JSON.

    ce-id: 8bae1d5c-…    ce-type: google.cloud.firestore.document.v1.written    ce-subject: documents/items/9f86d0…
    {"value": {"name": "projects/…", "fields": {"item": {"stringValue": "{\\"id\\": \\"7\\"}"}, …}}, "oldValue": …,
     "updateMask": …}

`google.events.cloud.firestore.v1.DocumentEventData`: without `oldValue` the document is new, without `value` gone. An
item is kept as JSON text in the field `item` (see `providers/gcp/tables.py`).
"""

from __future__ import annotations

from ..events.delivery import Delivery
from ..events.shapes import Change

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .flask_requests import Environ

TYPES = "google.cloud.firestore.document.v1."
ITEM = "item"
"""The field that holds the item."""


def delivery(described: Mapping[str, Any], environ: Environ, data: Mapping[str, Any]) -> Delivery | None:
    """The change that was sent; None for a document that no link has written. Attempts are not counted by Eventarc.

    `described`: what the manifest says of the event. Raises KeyError, TypeError or ValueError for what Eventarc does
    not send.
    """
    if not environ["HTTP_CE_TYPE"].startswith(TYPES):
        raise ValueError(f"{environ['HTTP_CE_TYPE']!r} is no change of a document")
    new, old = _document(data.get("value")), _document(data.get("oldValue"))
    if new is None and old is None:
        raise ValueError("neither what it is nor what it was is told")
    try:
        new_item, old_item = _item(new), _item(old)
    except (KeyError, TypeError, ValueError):
        return None
    table = described["table"]
    known = new_item or old_item or {}
    key = {name: known[name] for name in (table["key"], table["sort_key"]) if name is not None}
    kind = "delete" if new_item is None else "insert" if old_item is None else "update"
    return Delivery(environ["HTTP_CE_ID"], Change(kind, key, old_item, new_item, described["source"]))


def _document(found: Any) -> Mapping[str, Any] | None:
    """Its fields; None where there is none, which JSON may also tell by an empty object."""
    if not found:
        return None
    fields: Mapping[str, Any] = found.get("fields") or {}
    return fields


def _item(fields: Mapping[str, Any] | None) -> dict[str, Any] | None:
    from json import loads

    if fields is None:
        return None
    item = loads(fields[ITEM]["stringValue"])
    if not isinstance(item, dict):
        raise TypeError("an item is an object")
    return item
