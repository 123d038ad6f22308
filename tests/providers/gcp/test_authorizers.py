"""Authorizers: private functions, asked by those whose routes they decide on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sls_infra import Api, Custom, Domain, Function, Gcp, Public, Route, SpecError
from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered

from ...plan.specs import code
from .specs import document

FUNCTION, INVOKER = "gcp:cloudfunctionsv2/function:Function", "gcp:cloudrun/iamMember:IamMember"
DOMAIN = Domain("api.example.com")
FRONTS: list[Any] = [None, DOMAIN]


def functions(folder: Path, *names: str) -> list[Function]:
    return [Function(name, code=code(folder), handler="app:read") for name in names]


def api(folder: Path, domain: Domain | None = None) -> Api:
    judge, shop, desk, plain = functions(folder, "judge", "shop", "desk", "plain")
    return Api(
        "orders",
        auth=Custom(judge, ttl=60),
        domain=domain,
        routes=[
            Route("GET", "/orders", shop),
            Route("POST", "/orders", shop),
            Route("GET", "/desk", desk),
            Route("GET", "/health", plain, auth=Public()),
        ],
    )


def told(stack: Rendered, function: str) -> dict[str, Any]:
    env = stack.one(FUNCTION, name=function).inputs["serviceConfig"]["environmentVariables"]
    known: dict[str, Any] = json.loads(env.get("SLS_DEPLOYED", "{}"))
    return known


@pytest.mark.parametrize("domain", FRONTS)
def test_those_who_ask_may_invoke_it_and_nobody_else(tmp_path: Path, domain: Domain | None) -> None:
    stack = render(api(tmp_path, domain), "gcp")
    service = stack.one(FUNCTION, name="judge").inputs["serviceConfig"]
    members = [made.inputs for made in stack.all(INVOKER) if made.inputs["service"] == "orders-judge-0123abc"]
    assert {member["member"] for member in members} == {
        "serviceAccount:orders-shop-0123abc@project-1234.iam.gserviceaccount.com",
        "serviceAccount:orders-desk-0123abc@project-1234.iam.gserviceaccount.com",
    }
    assert {member["role"] for member in members} == {"roles/run.invoker"}
    assert service["ingressSettings"] == "ALLOW_ALL", "calls of other functions come from outside; IAM decides"


@pytest.mark.parametrize("domain", FRONTS)
def test_it_is_told_who_may_ask_and_they_where_it_is(tmp_path: Path, domain: Domain | None) -> None:
    stack = render(api(tmp_path, domain), "gcp")
    judge = "https://orders-judge-0123abc-a1b2c3d4e5-ew.a.run.app"
    assert told(stack, "shop")["ways"] == {"custom": {"target": judge}}
    assert len(set(told(stack, "judge")["callers"])) == 2
    assert "front" not in told(stack, "judge")
    assert "ways" not in told(stack, "plain")
    assert stack.one(FUNCTION, name="judge").urn


def test_it_is_not_in_front_of_anybody(tmp_path: Path) -> None:
    balanced = render(api(tmp_path, DOMAIN), "gcp")
    assert {made.name for made in balanced.all("gcp:compute/backendService:BackendService")} == {
        "shop",
        "desk",
        "plain",
    }
    body = json.dumps(document(render(api(tmp_path), "gcp")))
    assert "orders-judge" not in body
    assert "_sls/authorize" not in body


def test_one_that_decides_for_itself_alone_is_called_by_nobody(tmp_path: Path) -> None:
    (shop,) = functions(tmp_path, "shop")
    own = Api("orders", auth=Custom(shop, handler="app:write"), routes=[Route("GET", "/", shop)], domain=DOMAIN)
    stack = render(own, "gcp")
    assert told(stack, "shop") == {"front": "load-balancer"}
    assert [made.inputs["member"] for made in stack.all(INVOKER)] == ["allUsers"]


def test_one_with_routes_may_be_asked_behind_api_gateway_and_not_behind_a_load_balancer(tmp_path: Path) -> None:
    judge, shop = functions(tmp_path, "judge", "shop")
    routes = [Route("GET", "/a", shop, auth=Custom(judge)), Route("GET", "/b", judge, auth=Public())]
    stack = render(Api("orders", routes=routes), "gcp")
    invokers = {made.inputs["member"] for made in stack.all(INVOKER) if "judge" in made.inputs["service"]}
    assert len(invokers) == 2, "the gateway, for its route; the shop, to ask"
    with pytest.raises(SpecError) as caught:
        render(Api("orders", routes=routes, domain=DOMAIN), Gcp(front="load-balancer"))
    assert "put the authorizer into a function without routes" in str(caught.value)
    assert "api.routes[0].auth.function" in str(caught.value)


def test_a_chain_is_made_from_its_end(tmp_path: Path) -> None:
    one, two, three = functions(tmp_path, "one", "two", "three")
    routes = [Route("GET", "/1", one, auth=Custom(two)), Route("GET", "/2", two, auth=Custom(three))]
    stack = render(Api("orders", routes=routes), "gcp")
    assert told(stack, "one")["ways"]["custom"]["target"].startswith("https://orders-two-")
    assert told(stack, "two")["ways"]["custom-2"]["target"].startswith("https://orders-three-")
    assert list(stack.outputs["functions"]) == ["one", "two", "three"], "in the order of the spec"


def test_a_circle_is_refused(tmp_path: Path) -> None:
    one, two, three = functions(tmp_path, "one", "two", "three")
    routes = [
        Route("GET", "/0", three, auth=Custom(one)),
        Route("GET", "/1", one, auth=Custom(two)),
        Route("GET", "/2", two, auth=Custom(one)),
    ]
    with pytest.raises(SpecError) as caught:
        render(Api("orders", routes=routes), "gcp")
    assert "one asks two asks one" in str(caught.value)
    assert "api.routes[1].auth.function" in str(caught.value)
