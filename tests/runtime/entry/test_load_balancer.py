"""Requests of Google's load balancer as Flask has them: documented ones, odd ones, forged ones."""

from __future__ import annotations

import json
import types
from typing import Any

import pytest

from sls_infra.runtime import Request, deployed, services
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.entry.load_balancer import Entry, literals

from .test_gcp import event, flask_request, seen

KEY = "AIza-of-mobile"
WAYS = {
    "custom": {"kind": "custom", "handler": "echo_handlers:judge", "ttl": 0},
    "api-key": {"kind": "api_key", "header": "x-api-key"},
}


def judge(request: Request) -> dict[str, Any] | None:
    """Knows who says so."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    return {"sub": token} if token == "of-the-caller" else None


class Platform:
    """Secret Manager, for one keyring."""

    fresh = fresh_environment = 60.0

    def secret(self, ref: str) -> str:
        from hashlib import sha256

        return json.dumps({sha256(KEY.encode()).hexdigest(): "mobile"})

    def dead_letter(self, address: object, letter: object) -> None:
        raise AssertionError("nothing here has events")

    def call_authorizer(self, target: str, payload: bytes) -> bytes:
        raise AssertionError


@pytest.fixture
def entry(handlers: types.ModuleType) -> Any:
    handlers.judge = judge  # type: ignore[attr-defined]
    routes = [
        route("ANY", "/orders/{id}", ["custom"], ["custom"]),
        route("GET", "/keys", ["api_key"], ["api-key"]),
        route("GET", "/open", ["public"]),
        route("GET", "/grüße/{name}", ["public"]),
        route("GET", "/it's/{x+}", ["public"]),
    ]
    said = {"front": "load-balancer", "ways": {"api-key": {"keyring": "projects/p/secrets/keys"}}}
    services.use("made up", platform=Platform())
    manifest = {"version": 1, "api": "orders", "function": "shop", "routes": routes, "ways": WAYS}
    yield Entry(Dispatcher(manifest, said))
    services.use("gcp")
    deployed.use(None)


def route(method: str, path: str, auth: list[str], ways: list[str] | None = None) -> dict[str, Any]:
    made = {"method": method, "path": path, "handler": "echo_handlers:echo", "auth": auth, "id": "r", "scopes": []}
    return made if ways is None else {**made, "ways": ways}


def test_a_request_is_as_the_caller_sent_it(entry: Entry) -> None:
    found = seen(entry.answer(flask_request("/orders/%41?x=1&x=%2F", event("load-balancer-documented")["headers"])))
    assert found["claims"] == {"sub": "of-the-caller"}
    assert (found["raw_path"], found["params"], found["query"]) == (
        "/orders/%41",
        {"id": "A"},
        [["x", "1"], ["x", "/"]],
    )
    assert (found["client_ip"], found["id"]) == ("203.0.113.7", "105445aa7843bc8bf206b12000100000")
    assert found["url"] == "https://api.example.com/orders/%41?x=1&x=%2F"
    assert dict(found["headers"])["authorization"] == "Bearer of-the-caller"


def test_nobody_can_pretend_to_be_a_gateway(entry: Entry) -> None:
    headers = event("load-balancer-forged")["headers"]
    body, status, answered = entry.answer(flask_request("/orders/7", headers))
    assert (status, json.loads(body)["status"]) == (401, 401)
    assert ("content-type", "application/problem+json") in answered
    found = seen(entry.answer(flask_request("/open", headers)))
    assert (found["claims"], found["authenticated"], found["client_ip"]) == ({}, False, "203.0.113.7")
    assert "authorization" not in dict(found["headers"])
    assert [name for name, _ in found["headers"] if "apigateway" in name] == []


def test_api_keys_are_the_runtimes(entry: Entry) -> None:
    assert seen(entry.answer(flask_request("/keys", [("X-Api-Key", KEY)])))["claims"]["client_id"] == "mobile"
    for headers in ([], [("X-Api-Key", "wrong")], [("X-Api-Key", "")]):
        assert entry.answer(flask_request("/keys", headers))[1] == 401


@pytest.mark.parametrize(
    "target",
    ["/_sls/http/r/open", "/_sls/authorize/custom", "/", "//open", "/open/", "/./open", "/x/../open", "/%6Fpen",
     "/op%65n", "/gr%c3%bc%c3%9fe/x", "/it%27s/x", "", "*", "ftp://x/open", "/open%00", "/OPEN"],
)  # fmt: skip
def test_what_is_not_written_plainly_is_not_found(entry: Entry, target: str) -> None:
    body, status, headers = entry.answer(flask_request(target))
    assert (status, json.loads(body)["status"]) == (404, 404)
    assert ("content-type", "application/problem+json") in headers


@pytest.mark.parametrize(
    "target", ["/open", "/gr%C3%BC%C3%9Fe/%41%20b", "/it's/%2E%2Ea/b/", "HTTPS://x.run.app/open?a"]
)
def test_what_is_written_plainly_is_found(entry: Entry, target: str) -> None:
    assert entry.answer(flask_request(target))[1] == 200


def test_literals_are_what_the_limits_count_by() -> None:
    from sls_infra.providers.gcp.paths import literal

    for segment in ("a", "grüße", "it's", "x:y", "a.b-c_d~e", "$&()*+,;=@!", "日本"):
        assert literals(f"GET /{segment}/{{id}}") == [(0, ""), (1, literal(segment))]


def test_a_body_that_can_not_be_read_is_a_bad_request(entry: Entry) -> None:
    for length in ("x", "-1", "4"):
        headers = event("load-balancer-documented")["headers"]
        assert entry.answer(flask_request("/orders/7", headers, "POST", b"abc", CONTENT_LENGTH=length))[1] == 400
