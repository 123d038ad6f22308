"""A thing belongs to one Api of a program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sls_infra import Api, Function, Public, Route, Secret, ServerlessApi, SpecError
from sls_infra.testing import render_program

CODE = "def read(request):\n    return None\n"


@pytest.fixture
def function(tmp_path: Path) -> Callable[..., Function]:
    (tmp_path / "app.py").write_text(CODE)

    def made(name: str, *secrets: Secret) -> Function:
        return Function(name, code=tmp_path, handler="app:read", links=[secret.read() for secret in secrets])

    return made


def api(name: str, function: Function) -> Api:
    return Api(name, routes=[Route("GET", "/", function, auth=Public())])


def both(one: Function, other: Function) -> Callable[[], ServerlessApi]:
    def program() -> ServerlessApi:
        ServerlessApi(api("one", one), "aws")
        return ServerlessApi(api("two", other), "aws")

    return program


def test_a_resource_of_two_apis_is_refused(function: Callable[..., Function]) -> None:
    key = Secret("key", value="k")
    with pytest.raises(SpecError, match=r"owned by another Api, 'one'.*\n.*Secret\.existing\('key', ref=…\)"):
        render_program(both(function("a", key), function("b", key)))


def test_a_function_of_two_apis_is_refused(function: Callable[..., Function]) -> None:
    shared = function("a")
    with pytest.raises(SpecError, match="make a Function for each Api"):
        render_program(both(shared, shared))


def test_what_is_there_already_may_be_in_both(function: Callable[..., Function]) -> None:
    key = Secret.existing("key", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:key-AbCdEf")
    assert render_program(both(function("a", key), function("b", key))).resources


def test_another_program_may_own_the_same(function: Callable[..., Function]) -> None:
    shared = function("a")
    for name in ("one", "two"):
        assert render_program(lambda name=name: ServerlessApi(api(name, shared), "aws")).resources  # type: ignore[misc]
