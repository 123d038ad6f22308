"""Events of a REST API: what becomes of a request, whose word counts, and what goes back."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import types
from collections.abc import Iterator
from typing import Any

import pytest

from sls_infra.runtime import Response, deployed
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.entry.http_api import EventError
from sls_infra.runtime.entry.rest_api import answer, is_event, to_answer

from .conftest import event

Handlers = types.ModuleType


@pytest.fixture
def shop(handlers: Handlers) -> Iterator[Dispatcher]:
    deployed.use({"keys": {"mobile": ["key1", "key2"], "web": ["key3"]}})
    yield Dispatcher(
        {
            "version": 1,
            "routes": [
                route("POST", "/{proxy+}", "public"),
                route("GET", "/orders/{id}", "jwt"),
                route("ANY", "/any/{id}", "api_key"),
                route("GET", "/", "public"),
            ],
        }
    )
    deployed.use(None)


def route(method: str, path: str, way: str) -> dict[str, Any]:
    return {"method": method, "path": path, "handler": "echo_handlers:echo", "auth": [way]}


def called(
    method: str, path: str, resource: str, *, authorizer: Any = None, key: str | None = None, **headers: str
) -> dict[str, Any]:
    made = event("rest-api-documented", resource=resource, path=path, httpMethod=method, body=None)
    made["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
    made["requestContext"]["authorizer"] = authorizer
    made["requestContext"]["identity"]["apiKeyId"] = key
    made["requestContext"]["path"] = f"/live{path}"
    return made


def echoed(answered: dict[str, Any]) -> dict[str, Any]:
    assert answered["statusCode"] == 200, answered
    content: dict[str, Any] = json.loads(answered["body"])
    return content


def token(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"Bearer e30.{payload}.c2ln"


def vouched(sent: str, exp: float | None = None) -> dict[str, Any]:
    digest = hashlib.sha256(sent.encode()).hexdigest()
    return {
        "principalId": "sub:ann",
        "token": digest,
        "exp": str(int(exp or time.time() + 60)),
        "integrationLatency": 7,
    }


def test_the_documented_event(shop: Dispatcher) -> None:
    got = echoed(answer(shop, event("rest-api-documented")))
    assert got["method"] == "POST"
    assert got["path"] == "/hello/world"
    assert got["params"] == {"proxy": "hello/world"}
    assert got["query"] == [["name", "me"]]
    assert base64.b64decode(got["body"]) == b'{\r\n\t"a": 1\r\n}'
    assert got["client_ip"] == "192.168.196.186"
    assert got["id"] == "deef4878-7910-11e6-8f14-25afc3e9ae33"
    assert got["url"] == "https://gy415nuibc.execute-api.us-east-2.amazonaws.com/hello/world?name=me"
    assert got["claims"] == {}, "what another authorizer says, and a key where none is asked for, is nobody's word"
    assert is_event(event("rest-api-documented"))
    assert not is_event(event("http-api-documented"))
    assert not is_event(event("payload-1.0-documented"))


def test_paths_are_read_as_they_were_sent(shop: Dispatcher) -> None:
    for sent, read in (
        ("/hello/gr%C3%BC%C3%9Fe", "/hello/grüße"),
        ("/hello/a%20b+c", "/hello/a b+c"),
        ("/hello/grüße x", "/hello/grüße x"),  # an emulator's
    ):
        assert echoed(answer(shop, called("POST", sent, "/{proxy+}")))["path"] == read
    for sent in ("/hello/%2e%2e/x", "/a%2Fb", "/a//b", "/a/%252e"):
        assert answer(shop, called("POST", sent, "/{proxy+}"))["statusCode"] == 404, sent


def test_the_url_has_the_stage_and_the_path_has_not(shop: Dispatcher) -> None:
    got = echoed(answer(shop, called("GET", "/", "/")))
    assert got["raw_path"] == "/"
    assert got["url"].startswith("https://gy415nuibc.execute-api.us-east-2.amazonaws.com/live/")


def test_a_path_that_the_gateway_took_for_another_route_is_not_found(shop: Dispatcher) -> None:
    sent = token(sub="ann")
    assert (
        answer(shop, called("GET", "/orders/7", "/{proxy+}", authorizer=vouched(sent), Authorization=sent))[
            "statusCode"
        ]
        == 404
    )
    assert (
        answer(shop, called("GET", "/orders/7/", "/orders/{id}", authorizer=vouched(sent), Authorization=sent))[
            "statusCode"
        ]
        == 404
    )


def test_the_query_is_written_anew(shop: Dispatcher) -> None:
    asked = called("GET", "/", "/")
    asked["multiValueQueryStringParameters"] = {"a b": ["1&2", "ü"], "c": [""]}
    assert echoed(answer(shop, asked))["query"] == [["a b", "1&2"], ["a b", "ü"], ["c", ""]]
    asked["multiValueQueryStringParameters"] = None
    asked["queryStringParameters"] = {"x": "1"}
    assert echoed(answer(shop, asked))["query"] == [["x", "1"]]


def test_a_verified_token_gives_its_claims(shop: Dispatcher) -> None:
    sent = token(sub="ann", n=1, roles=["a"])
    got = echoed(answer(shop, called("GET", "/orders/7", "/orders/{id}", authorizer=vouched(sent), Authorization=sent)))
    assert got["claims"] == {"sub": "ann", "n": 1, "roles": ["a"]}
    assert got["authenticated"] is True


@pytest.mark.parametrize(
    "case", ["another token", "expired", "two tokens", "no word", "no time", "a time that is none"]
)
def test_a_token_that_the_authorizer_did_not_vouch_for_is_401(shop: Dispatcher, case: str) -> None:
    sent = token(sub="ann")
    word: Any = vouched(sent)
    asked = called("GET", "/orders/7", "/orders/{id}", authorizer=word, Authorization=sent)
    if case == "another token":
        asked["multiValueHeaders"]["Authorization"] = [token(sub="eve")]
    elif case == "expired":
        word["exp"] = str(int(time.time()))
    elif case == "two tokens":
        asked["multiValueHeaders"]["Authorization"] = [sent, token(sub="eve")]
    elif case == "no word":
        asked["requestContext"]["authorizer"] = None
    elif case == "no time":
        del word["exp"]
    else:
        word["exp"] = "soon"
    assert answer(shop, asked)["statusCode"] in (401, 500)
    if case != "a time that is none":
        assert answer(shop, asked)["statusCode"] == 401


def test_a_key_gives_its_client(shop: Dispatcher) -> None:
    for key, client in (("key1", "mobile"), ("key2", "mobile"), ("key3", "web")):
        got = echoed(answer(shop, called("PUT", "/any/7", "/any/{id}", key=key)))
        assert got["claims"] == {"sub": client, "client_id": client}
    for unknown in ("key", None, "theApiKeyId"):
        assert answer(shop, called("PUT", "/any/7", "/any/{id}", key=unknown))["statusCode"] == 401


def test_answers_keep_repeated_headers_and_bytes() -> None:
    sent = Response(bytes(range(256)), headers=[("X-A", "1"), ("x-a", "2")])
    sent.set_cookie("a", "1")
    sent.set_cookie("b", "2")
    made = to_answer(sent)
    assert made["multiValueHeaders"]["x-a"] == ["1", "2"]
    assert len(made["multiValueHeaders"]["set-cookie"]) == 2
    assert made["isBase64Encoded"] is True
    assert base64.b64decode(made["body"]) == bytes(range(256))


def test_bodies_come_in_base64(shop: Dispatcher) -> None:
    asked = called("POST", "/x", "/{proxy+}")
    asked["body"], asked["isBase64Encoded"] = base64.b64encode(b"\xff\x00").decode(), True
    assert base64.b64decode(echoed(answer(shop, asked))["body"]) == b"\xff\x00"
    asked["body"] = "abcde"
    assert answer(shop, asked)["statusCode"] == 400


def test_what_is_no_event_is_raised_and_what_is_half_of_one_is_500(shop: Dispatcher) -> None:
    nothings: list[Any] = [{}, [], None, {"requestContext": 1}]
    for nothing in nothings:
        with pytest.raises(EventError):
            answer(shop, nothing)
    assert answer(shop, {"requestContext": {}, "resource": "/", "httpMethod": "GET"})["statusCode"] == 500
