"""Questions to an authorizer as Flask has them: of those who may ask, and of everybody else."""

from __future__ import annotations

import json
import types
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from sls_infra.runtime import HttpError, Request
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.entry.gcp_authorize import Authorizer
from sls_infra.runtime.ways.custom import payload_of

from .test_gcp import event, flask_request

CALLER = "112233445566778899001"


def judge(request: Request) -> dict[str, Any] | None:
    token = request.headers.get("authorization")
    if token == "tired":
        raise HttpError(429, "later", headers={"retry-after": "5"})
    return {"sub": token, "path": request.raw_path} if token else None


@pytest.fixture
def authorizer(handlers: types.ModuleType) -> Authorizer:
    handlers.judge = judge  # type: ignore[attr-defined]
    authorizers = {"custom": {"handler": "echo_handlers:judge", "ttl": 0}}
    manifest = {"version": 1, "api": "orders", "function": "judge", "routes": [], "authorizers": authorizers}
    return Authorizer(Dispatcher(manifest), [CALLER, "2"])


def asked(token: str | None, way: str = "custom", **more: Any) -> Any:
    shown = Request("GET", "/orders/7", "", [("authorization", token)] if token else [])
    headers = more.pop("headers", event("authorize-documented")["headers"])
    return flask_request(f"/_sls/authorize/{way}", headers, more.pop("method", "POST"), payload_of(way, shown), **more)


def test_who_may_ask_is_answered(authorizer: Authorizer) -> None:
    request = asked("ann")
    assert authorizer.is_asked(request)
    body, status, headers = authorizer.answer(request)
    assert (status, headers) == (200, [("content-type", "application/json")])
    assert json.loads(body) == {"claims": {"sub": "ann", "path": "/orders/7"}}
    assert json.loads(authorizer.answer(asked(None))[0]) == {"claims": None}
    assert json.loads(authorizer.answer(asked("tired"))[0])["refused"]["status"] == 429


def bearer(**claims: Any) -> tuple[str, str]:
    payload = urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return ("Authorization", f"Bearer e30.{payload}.SIGNATURE_REMOVED_BY_GOOGLE")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Authorization", "")],
        [("Authorization", "Bearer x")],
        [bearer(sub="3")],
        [bearer(email=CALLER)],
        [bearer(sub=[CALLER])],
        [bearer(azp=CALLER, sub="gateway")],
        [("X-Forwarded-Authorization", bearer(sub=CALLER)[1])],
        [bearer(sub=CALLER), ("X-Serverless-Authorization", "Bearer of-a-gateway")],
        [("Authorization", "Bearer of-a-gateway"), ("X-Serverless-Authorization", bearer(sub=CALLER)[1])],
    ],
)
def test_nobody_else_is(authorizer: Authorizer, headers: Any) -> None:
    body, status, answered = authorizer.answer(asked("ann", headers=headers))
    assert (status, json.loads(body)["status"]) == (404, 404)
    assert ("content-type", "application/problem+json") in answered


def test_only_posts_are_questions(authorizer: Authorizer) -> None:
    for method in ("GET", "PUT", "OPTIONS"):
        assert authorizer.answer(asked("ann", method=method))[1] == 404


@pytest.mark.parametrize(
    "target", ["/", "/_sls/authorize", "/_sls/http/-/_sls/authorize/custom", "/x/_sls/authorize/custom"]
)
def test_other_paths_are_no_questions(authorizer: Authorizer, target: str) -> None:
    assert not authorizer.is_asked(flask_request(target))


def test_a_way_that_is_not_there_lets_nobody_in(authorizer: Authorizer) -> None:
    assert json.loads(authorizer.answer(asked("ann", "custom-2"))[0]) == {"claims": None, "failed": True}


def test_a_body_that_can_not_be_read_is_a_bad_request(authorizer: Authorizer) -> None:
    for length in ("x", "-1", "9999"):
        assert authorizer.answer(asked("ann", CONTENT_LENGTH=length))[1] == 400
