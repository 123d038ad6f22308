"""Events of an API Gateway HTTP API, as AWS documents and sends them, to requests: paths, claims, whatever comes."""

from __future__ import annotations

import base64
import copy
import json
import sys
import types
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sls_infra.runtime.entry.http_api import EventError, answer

from .conftest import event, seen, serve

pytestmark = pytest.mark.usefixtures("handlers")

# Documented events


def test_the_documented_event() -> None:
    request = seen(serve("ANY /my/path", auth="jwt"), event("http-api-documented"))
    assert request == {
        "method": "POST",
        "path": "/my/path",
        "raw_path": "/my/path",
        "params": {},
        "query": [["parameter1", "value1"], ["parameter1", "value2"], ["parameter2", "value"]],
        "headers": [["header1", "value1"], ["header2", "value1,value2"], ["cookie", "cookie1; cookie2"]],
        "cookies": {},
        "body": base64.b64encode(b"Hello from Lambda").decode(),
        "claims": {"claim1": "value1", "claim2": "value2"},
        "authenticated": True,
        "client_ip": "192.0.2.1",
        "id": "id",
        "url": "https://id.execute-api.us-east-1.amazonaws.com/my/path?parameter1=value1&parameter1=value2&parameter2=value",
        "route": "ANY /my/path",
    }


def test_an_event_without_an_authorizer() -> None:
    request = seen(serve("GET /"), event("http-api-no-authorizer"))
    assert request["path"] == "/"
    assert request["url"] == "https://aaaaaaaaaa.execute-api.us-west-2.amazonaws.com/"
    assert request["client_ip"] == "1.2.3.4"
    assert request["id"] == "LV7fzho-PHcEJPw="
    assert request["body"] == ""
    assert not request["authenticated"]
    assert answer(serve("GET /", auth="jwt"), event("http-api-no-authorizer"))["statusCode"] == 401


def test_a_captured_event() -> None:
    dispatcher = serve("POST /capture/{name}")
    request = seen(dispatcher, event("http-api-captured"))
    assert request["path"] == "/capture/space value"
    assert request["raw_path"] == "/capture/space%20value"
    assert request["params"] == {"name": "space value"}
    assert request["query"] == [
        ["repeat", "one"], ["repeat", "two"], ["redirect", "https://example.com/a/b"], ["literalPlus", "a b"],
        ["encodedPlus", "a+b"], ["empty", ""],
    ]  # fmt: skip
    assert request["cookies"] == {"session": "abc123", "theme": "dark"}
    assert dict(request["headers"])["x-voker-probe"] == "first,second"
    assert json.loads(base64.b64decode(request["body"]))["unicode"] == "lambda-λ"
    assert request["url"].startswith(
        "https://aaaaaaaaaa.execute-api.us-west-2.amazonaws.com/capture/space%20value?repeat="
    )
    assert answer(serve("POST /capture/{name}", auth="jwt"), event("http-api-captured"))["statusCode"] == 401


def test_an_event_with_a_verified_token() -> None:
    """Its token is cut off in the source, so the gateway's own copies of the claims count."""
    request = seen(serve("POST /cognito", auth="jwt"), event("http-api-jwt"))
    assert request["route"] == "POST /cognito"
    assert request["claims"]["cognito:username"] == "someone"
    assert request["claims"]["exp"] == "1718722804"


def test_a_function_url_has_no_claims_and_encoded_paths() -> None:
    changed = event("function-url", rawPath="/my/gr%C3%BC%C3%9Fe")
    assert seen(serve("POST /my/grüße"), changed)["path"] == "/my/grüße"
    assert answer(serve("POST /my/grüße", auth="jwt"), changed)["statusCode"] == 401


def test_payload_format_1_is_told_and_answered() -> None:
    answered = answer(serve("GET /my/path"), event("payload-1.0-documented"))
    assert answered["statusCode"] == 500
    problem = json.loads(answered["body"])
    assert problem["request_id"] == "id="
    assert "payload format 2.0" in problem["detail"]


@pytest.mark.parametrize(
    "other", [{}, {"Records": []}, {"detail-type": "x", "detail": {}}, {"requestContext": None}, [], "x", None]
)
def test_events_of_something_else_fail_the_call(other: Any) -> None:
    """Answered with 500, a message would be taken for handled."""
    with pytest.raises(EventError, match="HTTP API"):
        answer(serve("GET /"), other)


# Paths


@pytest.mark.parametrize(
    ("raw_path", "params", "expected"),
    [
        # As an HTTP API sends them: decoded.
        ("/orders/7", {"id": "7"}, "7"),
        ("/orders/a b", {"id": "a b"}, "a b"),
        ("/orders/grüße", {"id": "grüße"}, "grüße"),
        ("/orders/100%", {"id": "100%"}, "100%"),
        ("/orders/a?b#c", {"id": "a?b#c"}, "a?b#c"),
        ("/orders/%41", {"id": "%41"}, "%41"),
        ("/orders/%41", None, "%41"),
        ("/orders/a+b", {"id": "a+b"}, "a+b"),
        # As emulators send them: encoded, told by the parameters.
        ("/orders/%41", {"id": "A"}, "A"),
        ("/orders/a%20b", {"id": "a b"}, "a b"),
        ("/orders/gr%C3%BC%C3%9Fe", {"id": "grüße"}, "grüße"),
        # Parameters that fit no reading say nothing.
        ("/orders/%41", {"id": "B"}, "%41"),
    ],
)
def test_paths_come_decoded_or_encoded(raw_path: str, params: dict[str, str] | None, expected: str) -> None:
    changed = event("http-api-jwt", rawPath=raw_path, routeKey="GET /orders/{id}", pathParameters=params)
    changed["requestContext"]["http"]["method"] = "GET"
    dispatcher = serve("GET /orders/{id}", "GET /{path+}")
    assert seen(dispatcher, changed)["params"] == {"id": expected}


@pytest.mark.parametrize(
    "raw_path",
    [
        "", "orders", "//orders", "/orders//", "/orders//7", "/orders/../admin", "/orders/.", "/orders/a\\b",
        "/orders/\x00",
        "/orders/a\nb", "/orders/%2e%2e/admin", "/orders/%2E%2E", "/orders/a%2Fb", "/orders/a%2fb", "/orders/a%5Cb",
        "/orders/%00", "/orders/%0a", "/orders/\x7f", "/orders/\x85", "/orders/\ud800",
    ],
)  # fmt: skip
@pytest.mark.parametrize("route", ["$default", "GET /orders/{id}", "GET /{path+}"])
def test_crooked_paths_reach_nothing(raw_path: str, route: str) -> None:
    changed = event("http-api-no-authorizer", rawPath=raw_path, routeKey=route)
    answered = answer(serve("GET /orders/{id}", "GET /{path+}", "GET /orders/{id}/{rest+}"), changed)
    assert answered["statusCode"] == 404
    assert answered["headers"]["content-type"] == "application/problem+json"


def test_the_gateways_route_must_be_ours() -> None:
    dispatcher = serve("GET /orders/{id}", "GET /orders/latest", "ANY /{path+}")
    for route, status in [
        ("GET /orders/latest", 200),
        ("GET /orders/{id}", 404),
        ("ANY /{path+}", 404),
        ("$default", 200),
    ]:
        changed = event("http-api-no-authorizer", rawPath="/orders/latest", routeKey=route)
        assert answer(dispatcher, changed)["statusCode"] == status


@pytest.mark.parametrize(
    ("stage", "raw_path", "path"),
    [
        ("prod", "/prod/orders/7", "/orders/7"),
        ("prod", "/orders/7", "/orders/7"),
        ("prod", "/prod/orders/a b", "/orders/a%20b"),
        ("orders", "/orders/7", "/orders/7"),
        ("prod", "/production/orders/7", None),
        ("$default", "/$default/orders/7", None),
    ],
)
def test_a_named_stage_may_come_first(stage: str, raw_path: str, path: str | None) -> None:
    changed = event("http-api-no-authorizer", rawPath=raw_path, routeKey="GET /orders/{id}", context__stage=stage)
    if path is None:
        assert answer(serve("GET /orders/{id}"), changed)["statusCode"] == 404
    else:
        assert seen(serve("GET /orders/{id}"), changed)["raw_path"] == path


# Claims


def token(claims: object) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256", "kid": "1"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in [*parts, b"signature"])


CLAIMS = {
    "iss": "https://id.example.com/", "sub": "grüße|7", "aud": ["orders"], "exp": 1718722804, "iat": 1718636404.5,
    "admin": False,
    "scope": "orders:read orders:write", "address": {"city": "Köln"},
}  # fmt: skip


COPIES = {name: claim if isinstance(claim, str) else str(claim) for name, claim in CLAIMS.items()}


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "BEARER   {}", "{}"])
def test_claims_have_the_types_of_the_token(header: str) -> None:
    changed = event("http-api-jwt", headers__authorization=header.format(token(CLAIMS)))
    changed["requestContext"]["authorizer"]["jwt"]["claims"] = COPIES
    assert seen(serve("POST /cognito", auth="jwt"), changed)["claims"] == CLAIMS


@pytest.mark.parametrize(
    "header",
    [
        None, "", "Bearer", "Bearer a.b", "Bearer a.b.c", "Bearer a.!.c", "Basic " + token(CLAIMS),
        token(CLAIMS) + ".x",
        "Bearer " + token([1]), "Bearer " + token("x"), f"Bearer {token(CLAIMS)},Bearer {token(CLAIMS)}",
        f"Bearer {token({**CLAIMS, 'sub': 'somebody else'})}", f"Bearer {token({'sub': 'grüße|7'})}",
        "Bearer " + token(CLAIMS).replace(".", ".9"), "Bearer a." + "W" * 100_000 + ".c", 7,
    ],
)  # fmt: skip
def test_a_token_other_than_the_one_that_was_verified_says_nothing(header: Any) -> None:
    changed = event("http-api-jwt", headers__authorization=header)
    changed["requestContext"]["authorizer"]["jwt"]["claims"] = COPIES
    answered = answer(serve("POST /cognito", auth="jwt"), changed)
    if header == 7:
        assert answered["statusCode"] == 500
    else:
        assert json.loads(answered["body"])["claims"] == COPIES


def test_a_token_that_the_gateway_did_not_verify_says_nothing() -> None:
    changed = event("http-api-jwt", headers__authorization="Bearer " + token(CLAIMS))
    nobody: list[Any] = [None, {}, {"jwt": None}, {"jwt": {}}, {"jwt": {"claims": None}}, {"lambda": {"sub": "u"}}]
    for authorizer in nobody:
        changed["requestContext"]["authorizer"] = authorizer
        assert answer(serve("POST /cognito", auth="jwt"), changed)["statusCode"] == 401
    del changed["requestContext"]["authorizer"]
    assert answer(serve("POST /cognito", auth="jwt"), changed)["statusCode"] == 401


def test_all_scopes_are_needed_where_the_gateway_asks_for_one() -> None:
    changed = event("http-api-jwt", headers__authorization="Bearer " + token(CLAIMS))
    changed["requestContext"]["authorizer"]["jwt"]["claims"] = COPIES
    assert answer(serve("POST /cognito", auth="jwt", scopes=["orders:read"]), changed)["statusCode"] == 200
    refused = answer(serve("POST /cognito", auth="jwt", scopes=["orders:read", "orders:delete"]), changed)
    assert refused["statusCode"] == 403
    assert refused["headers"]["www-authenticate"].startswith('Bearer error="insufficient_scope"')


# Whatever comes

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["$default", "GET", "/orders/7", "%"]),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=5,
)


places = st.sampled_from(
    ["rawPath", "rawQueryString", "routeKey", "headers", "cookies", "body", "isBase64Encoded", "pathParameters",
     "version",
     "requestContext/http", "requestContext/http/method", "requestContext/http/sourceIp", "requestContext/authorizer",
     "requestContext/authorizer/jwt", "requestContext/authorizer/jwt/claims", "requestContext/stage",
     "requestContext/requestId", "requestContext/domainName", "headers/authorization"]
)  # fmt: skip


@given(st.lists(st.tuples(places, anything | st.just(...)), min_size=1, max_size=4), st.sampled_from(["jwt", "public"]))
def test_odd_events_are_answered_and_break_nothing(changes: list[tuple[str, Any]], auth: str) -> None:
    sys.modules["echo_handlers"] = types.ModuleType("echo_handlers")
    sys.modules["echo_handlers"].echo = lambda request: [request.path, request.claims]  # type: ignore[attr-defined]
    changed = copy.deepcopy(event("http-api-jwt"))
    for place, value in changes:
        target, path = changed, place.split("/")
        for key in path[:-1]:
            target = target.get(key) if isinstance(target, dict) else None  # type: ignore[assignment]
        if isinstance(target, dict):
            if value is ...:
                target.pop(path[-1], None)
            else:
                target[path[-1]] = value
    answered = json.loads(json.dumps(answer(serve("POST /cognito", "ANY /{rest+}", auth=auth), changed)))
    assert answered["statusCode"] in (200, 400, 401, 404, 500)
    assert isinstance(answered["body"], str)
    if auth == "jwt" and answered["statusCode"] == 200:
        assert isinstance(changed["requestContext"]["authorizer"]["jwt"]["claims"], dict)
