"""Where callers ask: for a place to upload to, and for what became of it."""

from __future__ import annotations

from uuid import uuid4

from sls_infra.runtime import HttpError, Request, Response, links

MINUTES = 10


def invite(request: Request) -> Response:
    """Gives an address that one picture can be PUT to, straight into the bucket: no function carries it."""
    asked = request.json()
    content_type = asked.get("content_type", "image/jpeg")
    id = uuid4().hex
    links.table("catalogue").put({"id": id, "title": asked["title"], "state": "waiting"})
    url = links.bucket("pictures").url(f"incoming/{id}", method="PUT", content_type=content_type, expires=MINUTES * 60)
    upload = {"method": "PUT", "url": url, "headers": url.headers}
    return Response.json({"id": id, "upload": upload}, status=201, headers={"location": f"/pictures/{id}"})


def read(request: Request) -> dict[str, object]:
    """What is known of a picture; once there is a thumbnail, where to see it."""
    id = request.path_params["id"]
    picture = links.table("catalogue").get(id)
    if picture is None:
        raise HttpError(404, "no such picture")
    if picture["state"] == "ready":
        picture["thumbnail"] = links.bucket("thumbnails").url(f"{id}.jpg", expires=MINUTES * 60)
    return picture


def newest(request: Request) -> dict[str, object]:
    """The pictures that are ready, a page at a time."""
    page = links.table("album").query("all", limit=20, cursor=request.query.get("cursor"))
    return {"pictures": [{"id": each["id"], "title": each["title"]} for each in page], "cursor": page.cursor}
