"""The words of the contract: strict, frozen, kept as they were meant, and told off where they were written."""

from __future__ import annotations

import dataclasses
import inspect
import json
import linecache
from pathlib import Path
from typing import Any

import pulumi
import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, TypeAdapter
from pydantic_core import PydanticSerializationError

import sls_infra
from sls_infra import (
    Api,
    ApiKey,
    Bucket,
    Cors,
    Custom,
    Function,
    Jwt,
    OAuth2,
    OnChange,
    OnMessage,
    OnSchedule,
    OnUpload,
    Public,
    Queue,
    Quota,
    RateLimit,
    Route,
    Scaling,
    Secret,
    SpecError,
    Table,
    Topic,
    Webhook,
)
from sls_infra.spec.schema import json_schema
from sls_infra.spec.values import as_tuple, is_output

HERE = Path(__file__).parent


class NewOrder(BaseModel):
    sku: str
    quantity: int = 1


def everything() -> Api:
    orders, emails, news, receipts = Table("orders"), Queue("emails"), Topic("news"), Bucket("receipts")
    shop = Function(
        "shop",
        code="src",
        env={"STAGE": "test"},
        links=[orders.read_write(), emails.send(), news.publish(), receipts.read(), Secret("s").read()],
        scaling=Scaling(min_instances=1, max_instances=3),
        requirements=["httpx==0.28.1"],
        include=["*.py"],
    )
    token = Jwt(issuer="https://id.example.com/", audience=["a", "b"])
    described = OAuth2(issuer="https://id.example.com/", audience="a", scopes={"orders:read": "read orders"})
    return Api(
        "orders",
        auth=[token, Public()],
        rate_limit=RateLimit(100, per="minute", burst=200),
        cors=Cors(origins=["https://shop.example.com"], credentials=True),
        tags={"team": "shop"},
        routes=[
            Route("GET", "/orders/{id}", shop, handler="shop.api:read", auth=described, scopes=["orders:read"]),
            Route(
                "POST",
                "/orders",
                shop,
                auth=token,
                request=NewOrder,
                rate_limit=[RateLimit(1), RateLimit(2, per="day")],
            ),
            Route("POST", "/hook", shop, auth=Webhook(Secret("hook"), scheme="stripe")),
            Route("GET", "/keyed", shop, auth=ApiKey(clients={"mobile": [RateLimit(5), Quota(100, per="day")]})),
            Route("GET", "/own", shop, auth=Custom(function=shop, ttl=60), request={"type": "object"}),
        ],
        events=[
            OnMessage(emails, shop, batch_size=10),
            OnMessage(news, shop, attributes={"kind": ["a", "b"]}),
            OnSchedule("nightly", shop, cron="0 3 * * *"),
            OnUpload(receipts, shop, suffix=".pdf"),
            OnChange(orders, shop, kinds=["insert"]),
        ],
    )


def test_a_spec_dumps_to_json_and_loads_back_equal() -> None:
    adapter = TypeAdapter(Api)
    spec = everything()
    again = adapter.validate_json(adapter.dump_json(spec))
    assert again == spec
    ways: list[Any] = [route.auth for route in again.routes]
    assert [type(way).__name__ for way in ways] == ["OAuth2", "Jwt", "Webhook", "ApiKey", "Custom"]
    assert [type(way).__name__ for way in as_tuple(again.auth)] == ["Jwt", "Public"]


def test_the_json_schema_accepts_a_dumped_spec_and_refuses_an_unknown_field() -> None:
    adapter = TypeAdapter(Api)
    judge = Draft202012Validator(json_schema())
    dumped = json.loads(adapter.dump_json(everything()))
    assert list(judge.iter_errors(dumped)) == []
    assert list(judge.iter_errors({**dumped, "rutes": []}))


def test_specs_are_frozen_and_lists_are_kept_as_tuples() -> None:
    spec = everything()
    assert isinstance(spec.routes, tuple)
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.name = "other"  # type: ignore[misc]


def test_a_model_is_kept_as_its_json_schema() -> None:
    assert everything().routes[1].request == NewOrder.model_json_schema()


def test_code_is_relative_to_the_file_that_makes_the_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Function("f", code="src").code == HERE / "src"
    assert Function("f", code=Path("../src")).code == HERE.parent / "src"
    assert Function("f", code="/srv/src").code == Path("/srv/src")
    monkeypatch.chdir(tmp_path)
    loaded = TypeAdapter(Function).validate_json('{"name": "f", "code": "src"}')
    assert loaded.code == tmp_path / "src"
    scope: dict[str, Any] = {}
    exec(compile("from sls_infra import Function\nf = Function('f', code='src')", "<stdin>", "exec"), scope)
    assert scope["f"].code == tmp_path / "src"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: RateLimit("5"), "requests should be an integer, not '5'"),  # type: ignore[arg-type]
        (lambda: RateLimit(True), "requests should be an integer, not True"),
        (lambda: Api("a", rutes=[]), "takes no field 'rutes'"),  # type: ignore[call-arg]
        (lambda: Route("GET", "/a"), "function is missing"),  # type: ignore[call-arg]
        (lambda: Route("GET", "/a", "shop"), "function should be a Function, not 'shop'"),  # type: ignore[arg-type]
        (lambda: Function("f", "src"), "takes no code by position"),  # type: ignore[call-arg]
        (lambda: Function("f", code="src", env={"A": 4}), "env.A should be a string or a Secret, not 4"),  # type: ignore[dict-item]
        (lambda: Api("a", auth=[Public(), 3]), "auth[1] should be"),  # type: ignore[list-item]
        (lambda: Jwt(issuer="https://x/", audience="a", scopes=["x"]), "takes no field 'scopes'"),  # type: ignore[call-arg]
        (lambda: Api("a", routes=Route), "routes should be a list"),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_type_or_field_is_told_at_the_line_that_wrote_it(wrong: Any, told: str) -> None:
    with pytest.raises(SpecError) as caught:
        wrong()
    problem = caught.value.problems[0]
    assert told in problem.message
    file, line = problem.path.split(" ")[0].rsplit(":", 1)
    assert Path(file) == Path(__file__)
    assert told in linecache.getline(file, int(line)) or "lambda" in linecache.getline(file, int(line))
    assert problem.fix
    assert caught.value.__cause__ is None, "users see no pydantic traceback"


@pytest.mark.usefixtures("current_loop")
def test_an_output_is_taken_where_only_a_deployment_knows() -> None:
    issuer: pulumi.Output[str] = pulumi.Output.from_input("https://id.example.com/")
    spec = Jwt(issuer=issuer, audience=[issuer, "orders"])
    assert is_output(spec.issuer)
    assert Function("f", code="src", env={"A": issuer}).env["A"] is issuer
    assert Queue.existing("q", issuer).ref is issuer


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (lambda output: Api("a", routes=output), "routes"),
        (lambda output: RateLimit(output), "requests"),
        (lambda output: Function("f", code="src", memory=output), "memory"),
        (lambda output: Api(output), "name"),
    ],
)
@pytest.mark.usefixtures("current_loop")
def test_an_output_that_decides_which_resources_exist_is_refused_by_name(wrong: Any, field: str) -> None:
    with pytest.raises(SpecError) as caught:
        wrong(pulumi.Output.from_input("x"))
    assert f"{field} can't be an Output: it decides which resources exist" in str(caught.value)


@pytest.mark.usefixtures("current_loop")
def test_a_spec_that_holds_an_output_is_not_dumped_and_the_error_names_the_field() -> None:
    spec = Api("a", auth=Jwt(issuer=pulumi.Output.from_input("https://x/"), audience="a"))
    with pytest.raises(PydanticSerializationError, match=r"Jwt\.issuer holds an Output"):
        TypeAdapter(Api).dump_json(spec)


def test_help_shows_the_fields() -> None:
    assert list(inspect.signature(Route).parameters)[:4] == ["method", "path", "function", "handler"]
    assert str(inspect.signature(RateLimit)).startswith("(requests: 'int', *, per: 'Period' = 'second', burst:")


def test_the_public_names_are_those_of_the_contract() -> None:
    words = """
        Api Route Function Scaling Cors Domain Public Jwt OAuth2 ApiKey Webhook Custom RateLimit Quota Queue Topic
        Bucket Table Secret OnSchedule OnMessage OnUpload OnChange Observability Alarm Budget Aws Azure Gcp Local
        Input ServerlessApi Problem SpecError
    """
    assert set(words.split()) <= set(sls_infra.__all__)
    for name in sls_infra.__all__:
        assert getattr(sls_infra, name) is not None
    with pytest.raises(AttributeError):
        _ = sls_infra.Nonsense


def test_every_public_field_is_described() -> None:
    """The docstring under a field is its documentation, and stands in the JSON Schema too."""
    from sls_infra.spec.base import Spec
    from sls_infra.spec.schema import _below, field_docstrings

    classes = _below(Spec)
    assert len(classes) > 25
    for cls in classes:
        assert cls.__doc__, cls.__name__
        written = {name for owner in cls.__mro__ if owner in classes for name in field_docstrings(owner)}
        fields = {field.name for field in vars(cls)["__dataclass_fields__"].values() if field.init}
        assert fields - written == set(), cls.__name__


def test_the_json_schema_describes_every_field() -> None:
    schema = json_schema()
    definitions = {"Api": schema, **schema["$defs"]}
    assert {"Route", "Function", "Jwt", "RateLimit", "Cors"} <= set(definitions)
    for name, definition in definitions.items():
        for field, said in definition.get("properties", {}).items():
            assert said.get("description"), f"{name}.{field}"
    assert "MiB" in definitions["Function"]["properties"]["memory"]["description"]
