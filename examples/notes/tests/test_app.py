"""What the app does: the same wherever it runs."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from .calls import Call


@pytest.fixture(autouse=True)
def _nobody(http: Call) -> None:
    """Each test begins without cookies."""
    http.http.cookies.clear()


def write(http: Call, text: str) -> httpx.Response:
    made = http("POST", "/notes", json={"text": text})
    assert made.status_code == 201, made.text
    return made


def test_the_root_says_where_what_is(http: Call) -> None:
    """Below a prefix the root is the prefix, without a slash."""
    assert http("GET", "").json() == {"notes": f"{http.base}/notes", "export": f"{http.base}/export"}


def test_a_note_is_where_its_location_says(http: Call) -> None:
    made = write(http, "Grüße, 世界 \u0000 🎉")
    number = made.json()["id"]
    assert made.headers["location"] == f"{http.base}/notes/{number}"
    found = http("GET", made.headers["location"])
    assert found.json() == {"id": number, "author": "nobody", "text": "Grüße, 世界 \u0000 🎉"}


def test_a_note_is_forgotten(http: Call) -> None:
    place = write(http, "soon gone").headers["location"]
    gone = http("DELETE", place)
    assert (gone.status_code, gone.content) == (204, b"")
    assert http("GET", place).status_code == http("DELETE", place).status_code == 404


def test_the_author_is_remembered_in_a_cookie(http: Call) -> None:
    answer = http("PUT", "/author", json={"name": "ann"})
    assert answer.status_code == 204
    assert answer.headers.get_list("set-cookie") == ["author=ann; HttpOnly; Path=/; SameSite=lax"]
    assert write(http, "mine").json()["author"] == "ann"


@pytest.mark.parametrize(
    ("method", "path", "body", "at"),
    [
        ("POST", "/notes", {"text": ""}, ["body", "text"]),
        ("POST", "/notes", {}, ["body", "text"]),
        ("POST", "/notes", {"text": "x" * 1001}, ["body", "text"]),
        ("PUT", "/author", {"name": "a;b"}, ["body", "name"]),
        ("GET", "/notes?limit=0", None, ["query", "limit"]),
        ("GET", "/notes?after=x", None, ["query", "after"]),
        ("GET", "/notes/seven", None, ["path", "number"]),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(
    http: Call, method: str, path: str, body: object, at: list[str]
) -> None:
    refused = http(method, path, json=body)
    assert refused.status_code == 422
    assert [error["loc"] for error in refused.json()["detail"]] == [at]


def test_a_body_that_is_no_json_is_refused(http: Call) -> None:
    refused = http("POST", "/notes", content=b'{"text": ', headers={"content-type": "application/json"})
    assert (refused.status_code, refused.json()["detail"][0]["type"]) == (422, "json_invalid")


def test_pages_lead_to_one_another(http: Call) -> None:
    mark = "page & märk?"
    written = [write(http, f"{mark} {number}").json() for number in range(5)]
    pages = [http("GET", "/notes", params={"contains": mark, "limit": 2}).json()]
    while pages[-1]["next"]:
        assert pages[-1]["next"].startswith(f"{http.base}/notes?")
        pages.append(http("GET", pages[-1]["next"]).json())
    assert [len(page["notes"]) for page in pages] == [2, 2, 1]
    assert [note for page in pages for note in page["notes"]] == written


def test_the_export_is_all_notes_in_lines(http: Call) -> None:
    written = [write(http, "x" * 1000).json() for _ in range(20)]
    answer = http("GET", "/export")
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[-20:] == written


def test_a_slash_too_many_leads_to_the_path_without(http: Call) -> None:
    answer = http("GET", "/notes/?limit=3")
    assert (answer.status_code, answer.headers["location"]) == (307, f"{http.base}/notes?limit=3")
    kept = http("POST", "/notes/", json={"text": "sent twice"}, follow_redirects=True)
    assert (kept.status_code, kept.json()["text"]) == (201, "sent twice")


@pytest.mark.parametrize("path", ["/nowhere", "/notes/1/2", "/notes/999999999"])
def test_what_there_is_not_is_the_apps_404(http: Call, path: str) -> None:
    answer = http("GET", path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
    assert "detail" in answer.json()


@pytest.mark.parametrize("method", ["PATCH", "HEAD", "OPTIONS"])
def test_a_method_that_a_path_does_not_have_is_the_apps_405(http: Call, method: str) -> None:
    answer = http(method, "/notes")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")  # that of the path's first endpoint


def test_the_app_describes_itself(http: Call) -> None:
    described = http("GET", "/openapi.json").json()
    assert {"/", "/notes", "/notes/{number}", "/author", "/export"} == set(described["paths"])
    prefix = httpx.URL(http.base).path.rstrip("/")
    assert described.get("servers", []) == ([{"url": prefix}] if prefix else [])
    assert f"{prefix}/openapi.json" in http("GET", "/docs").text


def test_many_write_at_once(http: Call) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = [made.json()["id"] for made in pool.map(lambda n: write(http, f"at once {n}"), range(24))]
    assert len(set(numbers)) == 24
    assert {http("GET", f"/notes/{number}").status_code for number in numbers} == {200}
