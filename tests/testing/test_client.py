"""`client`: the handlers of an Api, called as its gateway would."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel

from sls_infra import Api, Function, Jwt, OnSchedule, Public, Route, SpecError
from sls_infra.testing import Client, client

CODE = """
import os
from sls_infra.runtime import HttpError, Response

STATE = []

def show(request):
    return {"path": request.path, "params": request.path_params, "query": dict(request.query),
            "by": request.claims.get("sub"), "stage": os.environ.get("STAGE"), "ip": request.client_ip,
            "seen": request.headers.get("X-Seen")}

async def create(request):
    STATE.append(request.json())
    return Response.json({"count": len(STATE)}, status=201)

def crash(request):
    raise RuntimeError("secret detail")

def teapot(request):
    raise HttpError(418, "short and stout")
"""


class NewOrder(BaseModel):
    sku: str
    quantity: int = 1


def an_api(folder: Path, *, marker: str = "") -> Api:
    folder.mkdir(exist_ok=True)
    (folder / "app.py").write_text(CODE + marker)
    shop = Function("shop", code=folder, handler="app:show", env={"STAGE": "test"})
    return Api(
        "orders",
        auth=Jwt(issuer="https://id.example.com/", audience="orders"),
        routes=[
            Route("GET", "/orders/{id}", shop, scopes=["orders:read"]),
            Route("POST", "/orders", shop, handler="app:create", request=NewOrder),
            Route("GET", "/open/{rest+}", shop, auth=Public()),
            Route("GET", "/crash", shop, handler="app:crash", auth=Public()),
            Route("ANY", "/teapot", shop, handler="app:teapot", auth=Public()),
        ],
    )


def test_paths_queries_headers_and_environment_reach_the_handler(tmp_path: Path) -> None:
    with client(an_api(tmp_path / "a")) as c:
        answer = c.get("/open/a/b%20c?x=1", headers={"X-Seen": "yes"})
        assert answer.status == 200
        assert answer.json() == {
            "path": "/open/a/b c",
            "params": {"rest": "a/b c"},
            "query": {"x": "1"},
            "by": None,
            "stage": "test",
            "ip": "127.0.0.1",
            "seen": "yes",
        }
    assert "STAGE" not in os.environ


def test_who_may_call(tmp_path: Path) -> None:
    with client(an_api(tmp_path / "a")) as c:
        nobody = c.get("/orders/7")
        assert nobody.status == 401
        assert (nobody.header("WWW-Authenticate") or "").startswith("Bearer")
        assert c.get("/orders/7", claims={}).status == 403
        wrong = c.get("/orders/7", claims={"sub": "u", "scope": "orders:write"})
        assert wrong.status == 403
        assert wrong.header("content-type") == "application/problem+json"
        assert c.get("/orders/7", claims={"sub": "u", "scope": "orders:read other"}).json()["by"] == "u"


def test_bodies_are_checked_before_the_handler(tmp_path: Path) -> None:
    with client(an_api(tmp_path / "a")) as c:
        claims = {"sub": "u"}
        assert c.post("/orders", json={"sku": "a"}, claims=claims).status == 201
        wrong = c.post("/orders", json={"quantity": "many"}, claims=claims)
        assert wrong.status == 400
        assert {error["pointer"] for error in wrong.json()["errors"]} == {"/sku", "/quantity"}
        malformed = c.post("/orders", body=b'{"sku": ', claims=claims)
        assert malformed.status == 400
        assert "line 1" in malformed.text
        assert c.post("/orders", json={"sku": "b"}, claims=claims).json() == {"count": 2}, (
            "what was refused never got there"
        )


def test_errors_are_problems_and_details_of_a_crash_stay_inside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with client(an_api(tmp_path / "a")) as c:
        crash = c.get("/crash")
        assert crash.status == 500
        assert "secret detail" not in crash.text
        assert crash.json()["request_id"]
        assert c.get("/teapot").json()["detail"] == "short and stout"
        for path in ("/nowhere", "/orders/", "//orders", "/open", "/open/../crash", "/orders/%2e%2e"):
            assert c.get(path, claims={"scope": "orders:read"}).status == 404, path
        assert c.delete("/orders/7").status == 404
    assert "secret detail" in capsys.readouterr().err


def test_two_apis_with_modules_of_one_name_do_not_meet(tmp_path: Path) -> None:
    before = dict(sys.modules), list(sys.path)
    first, second = an_api(tmp_path / "a"), an_api(tmp_path / "b", marker="\ndef show(request): return 'other'\n")
    with client(first) as c:
        assert c.get("/open/x").json()["stage"] == "test"
    with client(second) as c:
        assert c.get("/open/x").text == "other"
    assert "app" not in sys.modules
    assert list(sys.path) == before[1]


def test_two_functions_with_modules_of_one_name_do_not_meet(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text(f"def show(request): return {name!r}\n")
    a, b = (Function(name, code=tmp_path / name, handler="app:show") for name in ("a", "b"))
    with client(Api("x", auth=Public(), routes=[Route("GET", "/a", a), Route("GET", "/b", b)])) as c:
        assert (c.get("/a").text, c.get("/b").text) == ("a", "b")


def test_a_wrong_spec_and_what_is_refused_are_told(tmp_path: Path) -> None:
    api = an_api(tmp_path / "a")
    shop = api.routes[0].function
    with (
        pytest.raises(SpecError, match="defines no"),
        client(Api("x", auth=Public(), routes=[Route("GET", "/", shop, handler="app:nobody")])),
    ):
        pass
    nightly = OnSchedule("nightly", shop, cron="0 3 30 2 *")
    with (
        pytest.raises(SpecError, match="never due"),
        client(Api("x", auth=Public(), routes=api.routes, events=[nightly])),
    ):
        pass


def test_the_fixture_makes_clients(tmp_path: Path, sls_client: Callable[[Api], Client]) -> None:
    assert sls_client(an_api(tmp_path / "a")).get("/open/x").status == 200
