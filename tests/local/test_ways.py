"""Ways in other than tokens, and several on one route, through the gateway."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.local.harness import (
    KEY,
    PUBLIC,
    Deployed,
    R,
    Stack,
    api_keys,
    ask,
    bearer,
    client,
    custom_way,
    eventually,
    get,
    jwt_way,
)
from tools.issuer import Issuer

CODE = {
    "app.py": """
from sls_infra.runtime import HttpError

calls = 0

def claims(request):
    return {"claims": request.claims, "known": request.authenticated}

def authorize(request):
    global calls
    calls += 1
    if request.body:
        raise RuntimeError("it is not to see a body")
    who = request.headers.get("x-who")
    if who == "crash": raise RuntimeError("secret detail")
    if who == "wrong": return "not claims"
    if who == "forbidden": raise HttpError(403, "not on Sundays")
    return {"sub": who, "path": request.raw_path, "calls": calls} if who else None

kept = authorize
"""
}
MOBILE, MOBILE_2, WEB = "mobile-key-1", "mobile-key-2", "web-key"
KEYS = api_keys({"mobile": f"{MOBILE},{MOBILE_2}", "web": WEB})


@pytest.fixture(scope="module")
def api(shared_stack: Stack, issuer: Issuer) -> Deployed:
    token, custom, kept = jwt_way(issuer.url), custom_way(), custom_way("kept", ttl=60)
    handler = "app:claims"
    routes = [
        get("/key", handler, auth=(KEY,)),
        get("/key-or-nothing", handler, auth=(KEY, PUBLIC)),
        get("/token-or-key", handler, auth=(token, KEY)),
        get("/custom", handler, auth=(custom,)),
        get("/custom-or-nothing", handler, auth=(custom, PUBLIC)),
        get("/kept", handler, auth=(kept,)),
        get("/all", handler, auth=(custom, token, KEY)),
        R(method="ANY", path="/any/{rest+}", handler=handler, auth=(custom,)),
        get("/open/{rest+}", handler),
    ]
    return shared_stack.deploy(CODE, routes, api_keys=(KEYS,))


@pytest.fixture
def call(api: Deployed) -> Iterator[httpx.Client]:
    with client(api.url) as calling:
        yield calling


def test_a_key_tells_its_client(call: httpx.Client) -> None:
    for key, name in ((MOBILE, "mobile"), (MOBILE_2, "mobile"), (WEB, "web")):
        answer = call.get("/key", headers={"X-Api-Key": key})
        assert answer.json() == {"claims": {"sub": name, "client_id": name}, "known": True}


@pytest.mark.parametrize(
    "key", ["", "x", MOBILE.upper(), MOBILE + "x", MOBILE[:-1], f"{MOBILE}, {WEB}", "x" * 5000, KEYS.clients[0].keys[0]]
)
def test_other_keys_let_nobody_in(call: httpx.Client, key: str) -> None:
    for path in ("/key", "/key-or-nothing", "/token-or-key"):
        answer = call.get(path, headers={"x-api-key": key})
        assert answer.status_code == 401, path
        assert 'ApiKey realm="demo", header="x-api-key", error="invalid_key"' in answer.headers["www-authenticate"]
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_key_counts_in_its_header_alone(call: httpx.Client, api: Deployed) -> None:
    assert call.get("/key").status_code == 401
    assert call.get(f"/key?x-api-key={MOBILE}").status_code == 401
    assert call.get("/key", headers=bearer(MOBILE)).status_code == 401
    twice = b"X-Api-Key: " + MOBILE.encode() + b"\r\n"
    assert ask(api.state.port, b"/key", headers=twice)[0] == 200
    assert ask(api.state.port, b"/key", headers=twice * 2)[0] == 401


def test_any_of_several_ways_is_enough(call: httpx.Client, issuer: Issuer) -> None:
    token = bearer(issuer.token("orders", subject="ann"))
    bad = bearer(issuer.token("others"))
    assert call.get("/token-or-key", headers=token).json()["claims"]["sub"] == "ann"
    assert call.get("/token-or-key", headers={"x-api-key": WEB}).json()["claims"]["sub"] == "web"
    assert call.get("/token-or-key", headers={"x-api-key": WEB, **bad}).json()["claims"]["sub"] == "web"
    assert call.get("/token-or-key", headers={"x-api-key": "no", **token}).json()["claims"]["sub"] == "ann"
    assert call.get("/all", headers={"x-who": "me"}).json()["claims"]["sub"] == "me"
    assert call.get("/all", headers={"x-who": "me", **token}).json()["claims"]["sub"] == "ann"
    nobody = call.get("/token-or-key")
    assert nobody.status_code == 401
    assert nobody.headers.get_list("www-authenticate") == [
        'Bearer realm="demo"',
        'ApiKey realm="demo", header="x-api-key"',
    ]


def test_who_sends_nothing_is_anonymous_where_that_is_taken(call: httpx.Client) -> None:
    for path in ("/key-or-nothing", "/custom-or-nothing"):
        assert call.get(path).json() == {"claims": {}, "known": False}
    assert call.get("/key-or-nothing", headers={"x-api-key": WEB}).json()["known"]
    assert call.get("/custom-or-nothing", headers={"x-who": "me"}).json()["claims"]["sub"] == "me"
    assert call.get("/custom-or-nothing", headers=bearer("x")).status_code == 401


def test_an_authorizer_decides_in_the_workers_of_its_function(call: httpx.Client) -> None:
    known = call.get("/custom", headers={"x-who": "me"}).json()
    assert (known["known"], known["claims"]["sub"], known["claims"]["path"]) == (True, "me", "/custom")
    unknown = call.get("/custom")
    assert unknown.status_code == 401
    assert unknown.headers["www-authenticate"] == 'Custom realm="demo"'
    answer = call.post("/any/thing", headers={"x-who": "me"}, content=b"body")
    assert answer.json()["claims"]["path"] == "/any/thing"


def test_what_goes_wrong_in_an_authorizer_lets_nobody_in(call: httpx.Client, api: Deployed) -> None:
    for who in ("crash", "wrong"):
        for path in ("/custom", "/custom-or-nothing", "/all"):
            failed = call.get(path, headers={"x-who": who})
            assert failed.status_code == 500, path
            assert "secret detail" not in failed.text
    refused = call.get("/custom", headers={"x-who": "forbidden"})
    assert (refused.status_code, refused.json()["detail"]) == (403, "not on Sundays")
    eventually(lambda: any("secret detail" in str(line) for line in api.log()))


def test_an_answer_is_kept_for_the_same_call_alone(call: httpx.Client) -> None:
    def calls(path: str, **headers: str) -> int:
        number: int = call.get(path, headers=headers).json()["claims"]["calls"]
        return number

    headers = {"x-who": "keeper"}
    first = calls("/kept", **headers)
    assert calls("/kept", **headers) == first
    assert calls("/kept", **headers, **{"x-request-id": "other"}) == first
    assert calls("/kept?x=1", **headers) > first
    assert calls("/kept", **headers, other="x") > first
    assert calls("/custom", **headers) < calls("/custom", **headers)


@pytest.mark.parametrize(
    "target",
    [
        b"/_sls/authorize/authorize",
        b"/_sls/authorize/kept",
        b"/%5fsls/authorize/authorize",
        b"//_sls/authorize/authorize",
        b"/open/../_sls/authorize/authorize",
        b"/any/../_sls/authorize/authorize",
        b"/_SLS/authorize/authorize",
    ],
)
@pytest.mark.parametrize("method", [b"POST", b"GET"])
def test_nobody_outside_can_ask_an_authorizer(api: Deployed, target: bytes, method: bytes) -> None:
    payload = (
        b'{"way": "authorize", "request": {"method": "GET", "path": "/", "query": "", "headers": [["x-who", "me"]],'
    )
    payload += b' "client_ip": "", "id": "", "url": ""}}'
    head = b"Content-Length: %d\r\n" % len(payload)
    status, answer = ask(api.state.port, target, method=method, headers=head, body=payload)
    assert status in (400, 401, 404), answer
    assert b'"calls"' not in answer
    # Below an open route the same path is a path like any other.
    inside = ask(api.state.port, b"/open" + target, headers=head, body=payload)
    assert b'"calls"' not in inside[1]


def test_refusals_are_in_the_journal_without_credentials(call: httpx.Client, api: Deployed) -> None:
    call.get("/key?token=q", headers={"x-api-key": "hush-hush"})
    said = "the key is none that is known"
    line = eventually(lambda: [each for each in api.refusals() if (each["route"], each["why"]) == ("GET /key", said)])[
        -1
    ]
    assert {name: line[name] for name in ("status", "method", "path", "rule", "why", "who", "client_ip")} == {
        "status": 401,
        "method": "GET",
        "path": "/key",
        "rule": "auth:api-key",
        "why": said,
        "who": "",
        "client_ip": "127.0.0.1",
    }
    assert set(line) == {
        *("audit", "time", "request_id", "route"),
        *("status", "method", "path", "rule"),
        *(
            "why",
            "who",
            "client_ip",
        ),
    }
    text = (api.folder / "log").read_text()
    assert "hush-hush" not in text
    assert "token=q" not in text
