"""A thumbnail of each picture that comes."""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from sls_infra.runtime import NotFound, Upload, links

SIDE = 160
"""Pixels of its longer side."""


def make(upload: Upload) -> None:
    """Makes it, notes it, and tells of it. Doing so twice is no harm: the thumbnail is the same, and so is the note."""
    id = upload.key.removeprefix("incoming/")
    try:
        with upload.open() as file:
            content, size = shrunk(file)
    except (UnidentifiedImageError, Image.DecompressionBombError):
        noted(id, {"state": "refused"})  # trying again would not make a picture of it
        return
    links.bucket("thumbnails").put(f"{id}.jpg", content, content_type="image/jpeg")
    title = noted(id, {"state": "ready", "width": size[0], "height": size[1]})
    if title is not None:
        links.topic("ready").publish({"id": id, "title": title})


def shrunk(file: BinaryIO) -> tuple[bytes, tuple[int, int]]:
    """The thumbnail, a JPEG, and the size of the picture itself."""
    with Image.open(BytesIO(file.read())) as picture:
        size = picture.size
        small = picture.convert("RGB")
        small.thumbnail((SIDE, SIDE))
    into = BytesIO()
    small.save(into, "JPEG", quality=80)
    return into.getvalue(), size


def noted(id: str, changes: dict[str, object]) -> str | None:
    """The title of the picture, whose entry has these changes now; None for one that nobody announced."""
    try:
        title: str = links.table("catalogue").update(id, changes)["title"]
    except NotFound:
        return None
    return title
