"""Requests of API Gateway as Flask has them: documented ones, odd ones, forged ones."""

from __future__ import annotations

import json
import subprocess
import sys
import types
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import flask
import pytest
from werkzeug.test import EnvironBuilder

from sls_infra.bundle import shipped
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.entry.api_gateway import CallersHeaders, Entry
from sls_infra.runtime.fields import Headers

from .conftest import serve

if TYPE_CHECKING:
    from sls_infra.runtime.entry.flask_requests import Answer

EVENTS = Path(__file__).parents[2] / "events" / "gcp"
ID = "r0a1b2c3d4e5"


def event(name: str) -> dict[str, Any]:
    """A documented request: method and headers."""
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    return loaded


def flask_request(target: str, headers: Any = (), method: str = "GET", body: bytes = b"", **environ: Any) -> Any:
    """What functions-framework would hand on."""
    builder = EnvironBuilder(method=method, headers=list(headers), data=body or None)
    made = builder.get_environ()
    builder.close()
    made |= {"RAW_URI": target, "REQUEST_URI": target, **environ}
    return flask.Request(made)


def call(dispatcher: Dispatcher, path: str, headers: Any = (), method: str = "GET", **more: Any) -> Answer:
    """The answer where the gateway has matched the route of ID."""
    return Entry(dispatcher).answer(flask_request(f"/_sls/http/{ID}{path}", headers, method, **more))


def seen(answer: Answer) -> dict[str, Any]:
    body, status, _ = answer
    assert status == 200, body
    content: dict[str, Any] = json.loads(body)
    return content


@pytest.fixture
def closed(handlers: types.ModuleType) -> Dispatcher:
    return serve("ANY /orders/{id}", auth="jwt", id=ID)


@pytest.fixture
def opened(handlers: types.ModuleType) -> Dispatcher:
    return serve("ANY /orders/{id}", id=ID)


def test_a_token_that_the_gateway_has_verified(closed: Dispatcher) -> None:
    found = seen(call(closed, "/orders/7?x=1", event("gateway-jwt")["headers"]))
    assert found["claims"] == {"iss": "es256-issuer", "sub": "es256-issuer", "aud": "ok_audience"}
    assert (found["raw_path"], found["params"], found["query"]) == ("/orders/7", {"id": "7"}, [["x", "1"]])
    headers = dict(found["headers"])
    assert headers["authorization"] == dict(event("gateway-jwt")["headers"])["X-Forwarded-Authorization"]
    assert [name for name in headers if "apigateway" in name or "forwarded-authorization" in name] == []


@pytest.mark.parametrize("padding", ["", "=", "==", "==="])
def test_padding_of_the_claims_does_not_count(closed: Dispatcher, padding: str) -> None:
    payload = urlsafe_b64encode('{"sub": "ä?>~~"}'.encode()).rstrip(b"=").decode()
    found = seen(call(closed, "/orders/7", [("X-Apigateway-Api-Userinfo", payload + padding)]))
    assert found["claims"] == {"sub": "ä?>~~"}


@pytest.mark.parametrize(
    "payload",
    ["", "=", "%%%", "untrusted-payload", "bm90IGpzb24", "W10", "bnVsbA", "MQ", "/w", "e30,e30", "e30 e30", "e30.e30",
     "Bearer a.e30.b", "ä", "W" * 100_000],
)  # fmt: skip
def test_claims_that_can_not_be_read_are_none(closed: Dispatcher, payload: str) -> None:
    assert call(closed, "/orders/7", [("X-Apigateway-Api-Userinfo", payload)])[1] == 401


def test_deep_claims_are_none(closed: Dispatcher) -> None:
    payload = urlsafe_b64encode(b"[" * 100_000).decode()
    assert call(closed, "/orders/7", [("X-Apigateway-Api-Userinfo", payload)])[1] == 401


def test_an_anonymous_caller_is_nobody(closed: Dispatcher, opened: Dispatcher) -> None:
    headers = event("gateway-anonymous")["headers"]
    assert call(closed, "/orders/7", headers)[1] == 401
    assert dict(seen(call(opened, "/orders/7", headers))["headers"])["authorization"] == "Bearer untrusted-token"


@pytest.mark.parametrize("ways", [["public"], ["jwt", "public"]])
def test_claims_are_the_gateways_only_where_it_had_to_see_a_token(handlers: types.ModuleType, ways: list[str]) -> None:
    entry = {"method": "GET", "path": "/orders/{id}", "handler": "echo_handlers:echo", "auth": ways, "id": ID}
    dispatcher = Dispatcher({"version": 1, "function": "shop", "routes": [entry]})
    found = seen(call(dispatcher, "/orders/7", event("gateway-jwt")["headers"]))
    assert (found["claims"], found["authenticated"]) == ({}, False)


def test_the_id_of_an_open_route_opens_no_other(handlers: types.ModuleType) -> None:
    routes = [
        {"method": "GET", "path": "/open/{id}", "handler": "echo_handlers:echo", "auth": ["public"], "id": "ropen"},
        {"method": "GET", "path": "/mine", "handler": "echo_handlers:echo", "auth": ["jwt"], "id": "rmine"},
    ]
    entry = Entry(Dispatcher({"version": 1, "function": "shop", "routes": routes}))
    headers = event("gateway-jwt")["headers"]
    for id, path, status in (
        ("ropen", "/mine", 404), ("rmine", "/open/1", 404), ("-", "/mine", 404), ("", "/mine", 404),
        ("ropen", "/open/1", 200), ("rmine", "/mine", 200),
    ):  # fmt: skip
        assert entry.answer(flask_request(f"/_sls/http/{id}{path}", headers))[1] == status, (id, path)


@pytest.mark.parametrize("headers", [[], [("X-Apigateway-Api-Userinfo", "e30")]])
def test_a_manifest_without_ids_opens_nothing(handlers: types.ModuleType, headers: Any) -> None:
    entry = Entry(serve("GET /orders/{id}"))
    for id in ("", "None", "-", "GET /orders/{id}"):
        assert entry.answer(flask_request(f"/_sls/http/{id}/orders/7", headers))[1] == 404


@pytest.mark.parametrize(
    "target",
    ["", "*", "/", "/orders/7", "/_sls", "/_sls/http", "/_sls/http/", f"/_sls/http/{ID}", f"/_sls/http/{ID}?x",
     f"/_sls/http//{ID}/orders/7", f"//_sls/http/{ID}/orders/7", f"/_sls/./http/{ID}/orders/7",
     f"/_SLS/http/{ID}/orders/7", f"/_sls/http/{ID}x/orders/7", f"/_sls/http/{ID}%2Forders/7", f"ftp://x/_sls/http/{ID}/orders/7",
     f"x:/_sls/http/{ID}/orders/7", "https://x", f"?/_sls/http/{ID}/orders/7", f"#/_sls/http/{ID}/orders/7",
     f"/_sls/http/{ID}/orders/\u00e4", f"/_sls/http/{ID}/orders/7#x", f"/_sls/http/{ID}/orders/%ff"],
)  # fmt: skip
def test_what_the_gateway_does_not_call_is_not_found(opened: Dispatcher, target: str) -> None:
    body, status, headers = Entry(opened).answer(flask_request(target))
    assert (status, json.loads(body)["status"]) == (404, 404)
    assert ("content-type", "application/problem+json") in headers


def test_a_target_in_absolute_form(opened: Dispatcher) -> None:
    found = seen(Entry(opened).answer(flask_request(f"HTTPS://x.run.app/_sls/http/{ID}/orders/%2E%41?a=//b?c")))
    assert (found["raw_path"], found["url"]) == ("/orders/%2E%41", "https://localhost/orders/%2E%41?a=//b?c")


@pytest.mark.parametrize("missing", [("RAW_URI",), ("RAW_URI", "REQUEST_URI")])
def test_the_raw_target_has_two_names(opened: Dispatcher, missing: tuple[str, ...]) -> None:
    request = flask_request(f"/_sls/http/{ID}/orders/7")
    for name in missing:
        del request.environ[name]
    assert Entry(opened).answer(request)[1] == (404 if len(missing) == 2 else 200)


def test_who_called_and_when(opened: Dispatcher) -> None:
    found = seen(call(opened, "/orders/7", event("functions-documented")["headers"]))
    assert (found["client_ip"], found["id"]) == ("192.0.2.1", "65011637f09e0a5179677a7429456db7")
    assert found["url"] == "https://shop-abc123-ew.a.run.app/orders/7"
    found = seen(call(opened, "/orders/7", event("cloud-run-captured")["headers"]))
    assert (found["client_ip"], found["id"]) == ("203.0.113.12", "105445aa7843bc8bf206b12000100000")
    assert "authorization" not in dict(found["headers"])


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("", ""),
        ("192.0.2.1", "192.0.2.1"),
        ("10.0.0.1, 192.0.2.1,198.51.100.9", "192.0.2.1"),
        ("forged, forged,2001:db8::1 , 198.51.100.9", "2001:db8::1"),
    ],
)
def test_what_a_caller_writes_into_forwarded_for_does_not_count(opened: Dispatcher, sent: str, expected: str) -> None:
    assert seen(call(opened, "/orders/7", [("X-Forwarded-For", sent)]))["client_ip"] == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad-01")], "0af7651916cd43dd8448eb211c80319c"),
        ([("X-Cloud-Trace-Context", "abc")], "abc"),
        ([("X-Cloud-Trace-Context", "a\"b/1"), ("Function-Execution-Id", "qzu5gkxcmfs4")], "qzu5gkxcmfs4"),
        ([("X-Cloud-Trace-Context", "a" * 65), ("Function-Execution-Id", "b" * 99)], "b" * 64),
        ([("Traceparent", "nonsense"), ("Function-Execution-Id", "qzu5gkxcmfs4")], "qzu5gkxcmfs4"),
        ([], ""),
    ],
)  # fmt: skip
def test_the_id_is_the_traces(opened: Dispatcher, headers: Any, expected: str) -> None:
    found = seen(call(opened, "/orders/7", headers))
    assert found["id"] == expected
    assert "function-execution-id" not in dict(found["headers"])


class _Broken:
    def read(self, *_: object) -> bytes:
        raise OSError("the peer is gone")

    readline = readlines = read


def test_a_body_that_can_not_be_read_is_a_bad_request(opened: Dispatcher) -> None:
    broken = {"wsgi.input": _Broken(), "CONTENT_LENGTH": "3", "wsgi.input_terminated": True}
    body, status, _ = call(opened, "/orders/7", [("X-Cloud-Trace-Context", "abc/1")], "POST", **broken)
    assert (status, json.loads(body)["request_id"]) == (400, "abc")
    for length in ("x", "-1", "4"):
        short = call(opened, "/orders/7", method="POST", body=b"abc", CONTENT_LENGTH=length)
        assert short[1] == 400, length


def test_without_a_method_it_is_a_bad_request(opened: Dispatcher) -> None:
    request = flask_request(f"/_sls/http/{ID}/orders/7")
    del request.environ["REQUEST_METHOD"]
    assert Entry(opened).answer(request)[1] == 400


def test_an_api_key_is_not_passed_on_as_somebody(closed: Dispatcher) -> None:
    found = seen(call(closed, "/orders/7", event("gateway-api-key")["headers"], "POST"))
    assert [name for name, _ in found["headers"] if name.startswith("x-apigateway")] == []


def test_cookies_and_empty_headers(opened: Dispatcher) -> None:
    sent = [("Cookie", "a=1; b=2"), ("X-Empty", ""), ("Content-Type", "")]
    found = seen(call(opened, "/orders/7", sent))
    assert found["cookies"] == {"a": "1", "b": "2"}
    assert ["x-empty", ""] in found["headers"]


@pytest.mark.parametrize("name", ["gateway-jwt", "gateway-api-key", "gateway-anonymous", "cloud-run-captured"])
def test_headers_are_the_same_one_by_one_and_all_together(name: str) -> None:
    sent = [*event(name)["headers"], ("X-Two", "1"), ("X-Two", "2"), ("Content-Type", "text/x"), ("X-Empty", "")]
    environ = flask_request("/", sent, "POST", b"abc").environ
    lazy, whole = CallersHeaders(environ), Headers(CallersHeaders(environ).items())
    asked = [each for each, _ in sent] + [each.lower() for each, _ in sent] + ["Content-Length", "x_two", "none", ""]
    for each in [*asked, "Function-Execution-Id", "X-Serverless-Authorization", "HTTP_HOST", "x-Two"]:
        assert lazy.get(each) == whole.get(each), each
        assert lazy.get_all(each) == whole.get_all(each), each
        assert (each in lazy) == (each in whole), each
    assert dict(lazy) == dict(whole)
    assert (len(lazy), list(lazy)) == (len(whole), list(whole))
    assert lazy["x-two"].split(",")[0] == "1"


def test_the_entry_takes_what_flask_has(opened: Dispatcher) -> None:
    """Inside an application, as functions-framework calls it."""
    app = flask.Flask(__name__)
    answer = Entry(opened).answer
    app.add_url_rule("/<path:_>", view_func=lambda _: answer(flask.request), endpoint="run", methods=["GET", "POST"])
    answered = app.test_client().post(f"/_sls/http/{ID}/orders/7?a=1", data=b"\0\xff")
    assert answered.get_json()["body"] == "AP8="


def test_a_cold_start_loads_no_more_than_it_needs(tmp_path: Path) -> None:
    for name, content in shipped.files(("gcp",)).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "sls_manifest.json").write_text(json.dumps({"version": 1, "function": "shop", "routes": []}))
    code = f"import sys, json, os.path; sys.path.insert(0, {str(tmp_path)!r}); before = set(sys.modules)\n"
    code += "import sls_infra.runtime.entry.gcp\nprint(json.dumps(sorted(set(sys.modules) - before)))"
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, timeout=60, check=True)
    assert {name for name in json.loads(ran.stdout) if not name.startswith("sls_infra")} <= {"__future__"}
