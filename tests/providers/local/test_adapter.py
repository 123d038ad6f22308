"""What a spec becomes on this machine."""

from __future__ import annotations

import sys
from importlib import util
from pathlib import Path
from typing import Any

import pulumi
import pytest

from sls_infra import Api, Cors, Function, Jwt, Local, Public, RateLimit, Route, Scaling, ServerlessApi, SpecError
from sls_infra.local.model import FunctionSpec, GatewaySpec
from sls_infra.providers.local.package import bundle_spec
from sls_infra.providers.local.resources import Function as LocalFunction
from sls_infra.providers.local.resources import Gateway as LocalGateway
from sls_infra.testing import render
from sls_infra.testing.rendered import UNKNOWN
from sls_infra.testing.rendering import render_program

from ...plan.specs import code, small

FUNCTION, GATEWAY = "sls:local:Function", "sls:local:Gateway"


def gateway_spec(inputs: Any) -> GatewaySpec:
    """The rendered inputs as the gateway itself reads them."""
    names = {"maxBody": "max_body", "apiKeys": "api_keys"}
    return GatewaySpec.from_json({names.get(key, key): value for key, value in inputs.items()})


def test_one_function_and_one_gateway_whatever_the_number_of_routes(tmp_path: Path) -> None:
    stack = render(small(tmp_path), "local")
    assert [resource.type for resource in stack.resources] == ["sls:index:ServerlessApi", FUNCTION, GATEWAY]
    assert stack.outputs["functions"] == {"shop": "orders-shop-id"}
    assert stack.outputs["url"].startswith("http://127.0.0.1:")


def test_functions_get_their_settings(tmp_path: Path) -> None:
    scaling = Scaling(min_instances=2, max_instances=4)
    shop = Function(
        "shop",
        code=code(tmp_path),
        handler="app:read",
        env={"min_instances": "x"},
        memory=128,
        timeout=3,
        scaling=scaling,
    )
    stack = render(Api("orders", auth=Public(), routes=[Route("GET", "/", shop)]), "local")
    inputs = stack.one(FUNCTION, "shop").inputs
    assert inputs["env"] == {"min_instances": "x"}
    assert (inputs["minInstances"], inputs["maxInstances"]) == (2, 4)
    assert (inputs["memory"], inputs["timeout"]) == (128, 3)
    assert inputs["python"] == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert Path(inputs["root"]).is_absolute()
    assert FunctionSpec.from_json({"id": "x", **inputs}).env == {"min_instances": "x"}


def test_bundles_are_for_this_machine_and_its_python(tmp_path: Path) -> None:
    from sls_infra.plan.check import plan
    from sls_infra.providers.local.capabilities import CAPABILITIES

    shop = Function("shop", code=code(tmp_path), handler="app:read", runtime="python3.12")
    planned = plan(Api("orders", auth=Public(), routes=[Route("GET", "/", shop)]), CAPABILITIES)
    spec = bundle_spec(planned, planned.functions[0], CAPABILITIES)
    assert spec.platform is None
    assert spec.python == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert spec.entries == ("local",)
    assert list(spec.files) == ["sls_manifest.json"]


def test_the_gateway_reads_what_is_rendered(tmp_path: Path) -> None:
    shop = Function("shop", code=code(tmp_path), handler="app:read")
    token = Jwt(
        issuer="http://127.0.0.1:9000",
        audience=["a", "b"],
        jwks_uri="http://127.0.0.1:9000/keys",
        algorithms=["ES256"],
        leeway=30,
        scheme="Token",
    )
    routes = [
        Route("GET", "/a/{id}", shop, auth=token),
        Route("ANY", "/b/{rest+}", shop, auth=Public(), rate_limit=RateLimit(6, per="minute", burst=2)),
    ]
    cors = Cors(origins=["https://shop.example.com"], credentials=True, max_age=60)
    spec = gateway_spec(render(Api("orders", routes=routes, cors=cors), "local").one(GATEWAY).inputs)

    closed, limited = spec.routes
    assert closed.key == "GET /a/{id}"
    assert closed.limits == ()
    [way] = closed.auth
    assert (way.kind, way.issuer, way.jwks_uri) == ("jwt", "http://127.0.0.1:9000", "http://127.0.0.1:9000/keys")
    assert (way.audience, way.algorithms, way.leeway, way.scheme) == (("a", "b"), ("ES256",), 30, "Token")
    assert [way.kind for way in limited.auth] == ["public"]
    [limit] = limited.limits
    assert (limit.requests, limit.seconds, limit.burst, limit.by) == (6, 60, 2, "route")
    assert spec.cors is not None
    assert (spec.cors.origins, spec.cors.credentials, spec.cors.max_age) == (("https://shop.example.com",), True, 60)
    assert spec.cors.methods
    assert spec.functions == {"shop": "orders-shop-id"}
    assert (spec.host, spec.port) == ("127.0.0.1", 0)


def test_ids_and_the_url_are_unknown_in_a_preview(tmp_path: Path) -> None:
    stack = render(small(tmp_path), Local(port=8080), preview=True)
    assert stack.one(GATEWAY).inputs["functions"] == {"shop": UNKNOWN}
    assert stack.one(GATEWAY).inputs["port"] == 8080
    assert stack.outputs["url"] is UNKNOWN


def test_what_only_a_deployment_knows_may_be_an_output(tmp_path: Path) -> None:
    def program() -> ServerlessApi:
        issuer, token = pulumi.Output.from_input("https://id.example.com/"), pulumi.Output.secret("hush")
        shop = Function("shop", code=code(tmp_path), handler="app:read", env={"TOKEN": token})
        auth = Jwt(issuer=issuer, audience=pulumi.Output.secret("orders"))
        return ServerlessApi(Api("orders", auth=auth, routes=[Route("GET", "/", shop)]), "local")

    stack = render_program(program)
    function, gateway = stack.one(FUNCTION), stack.one(GATEWAY)
    assert function.inputs["env"] == {"TOKEN": "hush"}
    assert function.secret_inputs == ("env",)
    assert gateway_spec(gateway.inputs).routes[0].auth[0].issuer == "https://id.example.com/"
    assert gateway.secret_inputs == ("routes",)


def test_resources_are_found_and_transformed_by_their_pythonic_names(tmp_path: Path) -> None:
    def smaller(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ == FUNCTION:
            return pulumi.ResourceTransformResult({**args.props, "max_instances": 1}, args.opts)
        return None

    def program() -> ServerlessApi:
        made = ServerlessApi(small(tmp_path), "local", transform=smaller)
        assert isinstance(made.nodes.one(LocalFunction, "shop"), LocalFunction)
        assert isinstance(made.nodes.one(LocalGateway), LocalGateway)
        return made

    assert render_program(program).one(FUNCTION).inputs["maxInstances"] == 1


def test_a_hundred_functions_have_names_of_their_own(tmp_path: Path) -> None:
    folder = code(tmp_path)
    stem = "a-very-long-name-of-a-function-that-goes-on-and-on-and-on-and"
    routes = [Route("GET", f"/{n}", Function(f"{stem}-{n}", code=folder, handler="app:read")) for n in range(100)]
    stack = render(Api("orders", auth=Public(), routes=routes), "local")
    assert len({resource.logical_name for resource in stack.all(FUNCTION)}) == 100


def test_what_the_gateway_needs_and_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    from sls_infra.providers import registry

    real = util.find_spec
    monkeypatch.setattr(
        util, "find_spec", lambda name, package=None: None if name == "uvicorn" else real(name, package)
    )
    monkeypatch.delitem(sys.modules, "sls_infra.providers.local.adapter", raising=False)
    with pytest.raises(SpecError, match=r"needs uvicorn.*\n.*pip install 'sls-infra\[local\]'"):
        registry.adapter("local")
