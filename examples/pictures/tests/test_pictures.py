"""From an upload to its thumbnail: on the handlers alone, and on this machine for real."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from examples.events import eventually, running
from examples.pictures.infra import api
from sls_infra.testing import Client, client, render

ANN = {"sub": "ann"}


def picture(width: int, height: int) -> bytes:
    """A PNG of that size."""
    into = BytesIO()
    Image.new("RGBA", (width, height), "teal").save(into, "PNG")
    return into.getvalue()


def invited(c: Client, title: str) -> Any:
    answer = c.post("/pictures", json={"title": title, "content_type": "image/png"}, claims=ANN)
    assert answer.status == 201
    return answer.json()


def test_a_picture_gets_its_thumbnail_and_its_place_in_the_album() -> None:
    with client(api()) as c:
        id = invited(c, "A cat")["id"]
        assert c.get(f"/pictures/{id}").json()["state"] == "waiting"
        c.upload("pictures", f"incoming/{id}", picture(800, 400), content_type="image/png")
        c.run()
        found = c.get(f"/pictures/{id}").json()
        assert (found["state"], found["width"], found["height"]) == ("ready", 800, 400)
        thumbnail = c.links.bucket("thumbnails").get(f"{id}.jpg")
        assert thumbnail is not None
        with Image.open(BytesIO(thumbnail)) as small:
            assert (small.format, small.size) == ("JPEG", (160, 80))
        assert c.get("/album").json()["pictures"] == [{"id": id, "title": "A cat"}]


def test_what_is_no_picture_is_refused_and_not_tried_again() -> None:
    with client(api()) as c:
        id = invited(c, "A trick")["id"]
        c.upload("pictures", f"incoming/{id}", b"<svg/>")
        c.run()
        assert c.get(f"/pictures/{id}").json()["state"] == "refused"
        assert c.dead_letters("pictures-maker-dead-letters") == []
        assert c.get("/album").json()["pictures"] == []


def test_what_lies_elsewhere_is_left_alone() -> None:
    with client(api()) as c:
        c.upload("pictures", "outgoing/x", picture(10, 10))
        c.run()
        assert list(c.links.bucket("thumbnails").list()) == []


def test_an_upload_that_nobody_announced_is_in_no_album() -> None:
    with client(api()) as c:
        c.upload("pictures", "incoming/found", picture(10, 10))
        c.run()
        assert c.links.bucket("thumbnails").get("found.jpg")
        assert c.get("/album").json()["pictures"] == []


def test_the_album_comes_in_pages() -> None:
    with client(api()) as c:
        for number in range(25):
            c.links.table("album").put({"shelf": "all", "id": f"{number:02}", "title": str(number)})
        first = c.get("/album").json()
        second = c.get(f"/album?cursor={first['cursor']}").json()
        assert [each["id"] for each in first["pictures"] + second["pictures"]] == [f"{n:02}" for n in range(25)]
        assert second["cursor"] is None


@pytest.mark.parametrize("target", ["aws", "azure", "gcp", "local"])
def test_it_is_for_every_target(target: str) -> None:
    assert render(api(), target).outputs["url"]


def test_on_this_machine(tmp_path: Path) -> None:
    with running("pictures", tmp_path) as site:
        asked = {"title": "A dog", "content_type": "image/png"}
        assert site.http.post("/pictures", json=asked).status_code == 401
        made = site.http.post("/pictures", json=asked, headers=site.token()).raise_for_status().json()
        upload = made["upload"]
        httpx.request(
            upload["method"], upload["url"], content=picture(300, 600), headers=upload["headers"], trust_env=False
        ).raise_for_status()
        found = eventually(
            lambda: site.http.get(f"/pictures/{made['id']}"), lambda answer: answer.json()["state"] == "ready"
        ).json()
        content = httpx.get(found["thumbnail"], trust_env=False).raise_for_status().content
        with Image.open(BytesIO(content)) as small:
            assert small.size == (80, 160)
        album = eventually(lambda: site.http.get("/album"), lambda answer: bool(answer.json()["pictures"])).json()
        assert album["pictures"] == [{"id": made["id"], "title": "A dog"}]
