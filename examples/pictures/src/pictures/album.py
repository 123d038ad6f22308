"""The album of all pictures that are ready, by what the topic tells."""

from __future__ import annotations

from sls_infra.runtime import Message, links


def shelve(message: Message) -> None:
    """Puts a picture into the album; once more is the same."""
    picture = message.json()
    links.table("album").put({"shelf": "all", "id": picture["id"], "title": picture["title"]})
