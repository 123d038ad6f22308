"""`render`: what mocks hide is shown, and what a test did is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pulumi
import pytest

from sls_infra import Api, Function, NotFoundError, Public, Route, ServerlessApi, SlsError, SpecError
from sls_infra.providers import registry
from sls_infra.testing import Rendered, render, render_program

from ..plan.specs import code, small


def open_api(folder: Path, **env: Any) -> Api:
    shop = Function("shop", code=code(folder), handler="app:read", env=env)
    return Api("open", auth=Public(), routes=[Route("GET", "/", shop)])


@pytest.mark.parametrize("target", ["aws", "local"])
def test_renders_without_an_engine_as_often_as_one_likes(tmp_path: Path, target: str) -> None:
    first, second = render(small(tmp_path), target), render(small(tmp_path), target)
    assert {r.urn for r in first.resources} == {r.urn for r in second.resources}
    assert first.outputs["url"]
    assert {r.parent for r in first.resources[1:]} == {
        first.resources[0].urn.replace("::sls", "::pulumi:pulumi:Stack$sls")
    }


@pytest.mark.usefixtures("current_loop")
def test_secrets_are_shown_and_named(tmp_path: Path) -> None:
    stack = render(open_api(tmp_path, TOKEN=pulumi.Output.secret("s3cret")), "aws")
    made = stack.one("aws:lambda/function:Function")
    assert made.inputs["environment"]["variables"]["TOKEN"] == "s3cret"
    assert made.secret_inputs == ("environment",)


def test_numbers_are_as_they_were_written(tmp_path: Path) -> None:
    memory = render(open_api(tmp_path), "aws").one("aws:lambda/function:Function").inputs["memorySize"]
    assert memory == 512
    assert isinstance(memory, int)


def test_a_urn_given_twice_is_an_error(tmp_path: Path) -> None:
    def program() -> ServerlessApi:
        ServerlessApi(open_api(tmp_path), "aws")
        return ServerlessApi(open_api(tmp_path), "aws")

    with pytest.raises(SlsError, match="one URN"):
        render_program(program)


def test_two_apis_of_different_names_live_in_one_stack(tmp_path: Path) -> None:
    def program() -> ServerlessApi:
        ServerlessApi(open_api(tmp_path), "aws", name="first")
        return ServerlessApi(open_api(tmp_path), "aws", name="second")

    assert len(render_program(program).all("aws:lambda/function:Function")) == 2


def test_the_target_comes_from_the_config_and_is_never_guessed(tmp_path: Path) -> None:
    def program() -> ServerlessApi:
        return ServerlessApi(open_api(tmp_path))

    assert render_program(program, config={"sls:target": "aws"}).one("aws:lambda/function:Function")
    with pytest.raises(SpecError, match="pulumi config set sls:target"):
        render_program(program)
    with pytest.raises(SpecError, match="no target"):
        render_program(program, config={"sls:target": "moon"})
    with pytest.raises(SpecError, match="the program says aws, the config sls:target says local"):
        render(open_api(tmp_path), "aws", config={"sls:target": "local"})


def test_a_target_that_is_not_built_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "BUILT", ("aws", "local"))
    with pytest.raises(SpecError, match="gcp is not built yet"):
        render(open_api(tmp_path), "gcp")


def test_works_inside_a_running_programs_settings(tmp_path: Path) -> None:
    """Another test's mocks are left as they were."""

    class Mocks(pulumi.runtime.Mocks):
        def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[Any, Any]]:
            return "id", args.inputs

        def call(self, args: pulumi.runtime.MockCallArgs) -> dict[Any, Any]:  # type: ignore[override]
            return {}

    pulumi.runtime.set_mocks(Mocks(), project="theirs", stack="mine")
    render(open_api(tmp_path), "aws", project="ours")
    assert pulumi.get_project() == "theirs"


def test_outputs_of_a_loop_of_ones_own_are_resolved_on_it(tmp_path: Path) -> None:
    def in_a_thread() -> Any:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            stack = render(open_api(tmp_path, STAGE=pulumi.Output.from_input("x")), "aws")
            assert not loop.is_closed()
            return stack.one("aws:lambda/function:Function").inputs["environment"]["variables"]
        finally:
            loop.close()

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(in_a_thread).result(60) == {"STAGE": "x"}


def test_an_api_without_routes_has_no_url(tmp_path: Path) -> None:
    class Urlless(ServerlessApi):
        def __init__(self) -> None:  # what ServerlessApi is, short of a deployment
            pass

    with pytest.raises(AttributeError, match="no routes"):
        _ = Urlless().url


def test_look_ups_list_what_was_rendered(tmp_path: Path, sls_render: Callable[..., Rendered]) -> None:
    stack = sls_render(small(tmp_path), "aws")
    with pytest.raises(NotFoundError, match="2 resources are a LogGroup") as caught:
        stack.one("LogGroup")
    assert "aws:apigatewayv2/api:Api 'orders'" in str(caught.value)
    assert len(stack.all("LogGroup")) == 2
    assert "memorySize" in str(stack.one("aws:lambda/function:Function", "shop"))
