"""The line that each refusal leaves: who, what, why, by which rule, and nothing that is secret."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest

from sls_infra.runtime import HttpError, Request, audit

from .conftest import Serve, logged


@pytest.mark.parametrize(
    ("claims", "who"),
    [
        (None, ""),
        ({}, ""),
        ({"sub": "u"}, "sub:u"),
        ({"sub": 7}, ""),
        ({"sub": "mobile", "client_id": "mobile"}, "key:mobile"),
        ({"sub": "u", "client_id": "c"}, "sub:u"),
        ({"sub": "u", "client_id": "u", "aud": "a"}, "sub:u"),
        ({"sub": "u" * 1000}, "sub:" + "u" * 252),
        ({"sub": 'a"}\n{"audit":'}, 'sub:a"}\n{"audit":'),
    ],
)
def test_who_calls(claims: dict[str, Any] | None, who: str, capsys: pytest.CaptureFixture[str]) -> None:
    request = Request("GET", "/", claims=claims)
    assert audit.who(request) == who
    audit.refused(request, 403, "why", "rule", who)
    (line,) = logged(capsys)
    assert line["who"] == who


def test_what_the_gateway_verified_and_the_runtime_refuses(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    schema = {"type": "object", "required": ["qty"]}
    dispatcher = serve(lambda request: "in", "POST", auth=["jwt"], scopes=["a", "b"], request=schema)
    good = {"sub": "u", "scope": "a b"}
    calls = [
        Request("POST", "/", "key=hunter2", id="1"),
        Request("POST", "/", claims={"sub": "u", "scope": "a"}, id="2"),
        Request("POST", "/", claims=good, body=b"hunter2", id="3"),
        Request("POST", "/", claims=good, body=b'{"hunter2": 1}', id="4"),
        Request("POST", "/nowhere", claims=good, id="5"),
        Request("POST", "/", claims=good, body=b'{"qty": 1}', id="6"),
    ]
    assert [dispatcher.handle(request).status for request in calls] == [401, 403, 400, 400, 404, 200]
    text = capsys.readouterr().err
    assert "hunter2" not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["request_id"], line["status"], line["rule"], line["who"]) for line in lines] == [
        ("1", 401, "auth", ""),
        ("2", 403, "scopes:a b", "sub:u"),
        ("3", 400, "request", "sub:u"),
        ("4", 400, "request", "sub:u"),
    ]
    assert all(line["audit"] == "refused" and line["route"] == "POST /" for line in lines)


def test_a_long_path_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    audit.refused(Request("GET", "/" + "a" * 10_000), 401, "why", "auth")
    (line,) = logged(capsys)
    assert len(line["path"]) == audit.MAX_PATH


def test_somebody_elses_error_becomes_a_refusal_that_looks_the_same() -> None:
    error = HttpError(429, "slowly", headers={"retry-after": "7"}, more=1)
    refusal = audit.Refusal.of(error, "auth:custom")
    assert (refusal.status, refusal.detail, refusal.headers, refusal.members) == (
        429,
        "slowly",
        error.headers,
        {"more": 1},
    )
    assert (refusal.rule, refusal.why) == ("auth:custom", "slowly")


def test_a_log_that_cannot_be_written_fails_no_call(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    assert serve(lambda request: "in", auth=["jwt"]).handle(Request("GET", "/")).status == 401
