"""A function can't be called but through its front: read from what is rendered, front by front."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator

from sls_infra import Api, ApiKey, Custom, Domain, Function, Jwt, Public, Route, Secret, Webhook
from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered

from ...plan.specs import code
from .specs import document, operations

FUNCTION, INVOKER = "gcp:cloudfunctionsv2/function:Function", "gcp:cloudrun/iamMember:IamMember"
ACCOUNT = "serviceAccount:{}@project-1234.iam.gserviceaccount.com"


def api(folder: Path, domain: Domain | None = None) -> Api:
    """Every way in, on three functions; one more decides."""
    shop, hooks, judge = (Function(name, code=code(folder), handler="app:read") for name in ("shop", "hooks", "judge"))
    token = Jwt(issuer="https://id.example.com/", audience="orders")
    return Api(
        "orders",
        auth=token,
        domain=domain,
        routes=[
            Route("GET", "/orders", shop),
            Route("GET", "/mine", shop, auth=[token, ApiKey(clients={"mobile": []})]),
            Route("GET", "/maybe", shop, auth=[token, Public()]),
            Route("GET", "/asked", shop, auth=Custom(judge)),
            Route("POST", "/hook", hooks, auth=Webhook(Secret("hook", value="x"), scheme="stripe")),
            Route("GET", "/open", hooks, auth=Public()),
        ],
    )


def doors(stack: Rendered) -> dict[str, tuple[str, set[str]]]:
    """Function → from where calls may come, and who may call."""
    found: dict[str, tuple[str, set[str]]] = {}
    for made in stack.all(FUNCTION):
        service = f"{made.logical_name}-0123abc"
        members = {each.inputs["member"] for each in stack.all(INVOKER) if each.inputs["service"] == service}
        found[made.name] = (made.inputs["serviceConfig"]["ingressSettings"], members)
    return found


def test_behind_api_gateway_the_gateway_alone_may_call(tmp_path: Path) -> None:
    stack = render(api(tmp_path), "gcp")
    gateway = ACCOUNT.format("orders-0123abc")
    assert doors(stack) == {
        "shop": ("ALLOW_ALL", {gateway}),
        "hooks": ("ALLOW_ALL", {gateway}),
        "judge": ("ALLOW_ALL", {ACCOUNT.format("orders-shop-0123abc")}),
    }
    config = stack.one("ApiConfig").inputs["gatewayConfig"]["backendConfig"]
    assert f"serviceAccount:{config['googleServiceAccount']}" == gateway


def test_behind_a_load_balancer_what_comes_through_it_alone_may_call(tmp_path: Path) -> None:
    stack = render(api(tmp_path, Domain("api.example.com")), "gcp")
    assert doors(stack) == {
        "shop": ("ALLOW_INTERNAL_AND_GCLB", {"allUsers"}),
        "hooks": ("ALLOW_INTERNAL_AND_GCLB", {"allUsers"}),
        "judge": ("ALLOW_ALL", {ACCOUNT.format("orders-shop-0123abc")}),
    }


@pytest.mark.parametrize("domain", [None, Domain("api.example.com")])
def test_nothing_else_is_granted(tmp_path: Path, domain: Domain | None) -> None:
    """Neither on projects, buckets, accounts nor functions; and no role but these two."""
    stack = render(api(tmp_path, domain), "gcp")
    grants = [made for made in stack.resources if "iam" in made.type.lower()]
    assert {made.type for made in grants} == {INVOKER, "gcp:secretmanager/secretIamMember:SecretIamMember"}
    assert {made.inputs["role"] for made in grants} == {"roles/run.invoker", "roles/secretmanager.secretAccessor"}
    secrets = [made for made in grants if made.type != INVOKER]
    assert not [made for made in secrets if not made.inputs["member"].startswith("serviceAccount:")]
    assert "allAuthenticatedUsers" not in json.dumps([made.inputs for made in stack.resources], default=str)


def test_what_the_gateway_does_not_verify_the_runtime_does(tmp_path: Path) -> None:
    """An operation is open where the runtime verifies, where anybody may call, or where nothing answers."""
    planned = {route.path: route for route in api(tmp_path).routes}
    body = document(render(api(tmp_path), "gcp"))
    valid = json.loads(json.dumps(body).replace("=**}", "}"))  # a double wildcard is Google's own way
    assert list(OpenAPIV2SpecValidator(valid).iter_errors()) == []
    closed = {path for path, _, operation in operations(body) if operation["security"]}
    assert closed == {"/orders"}
    manifests = _manifests(tmp_path, None)
    for path in set(planned) - closed - {"/open"}:
        assert manifests[path]["ways"], path
    assert "ways" not in manifests["/orders"]
    assert manifests["/open"]["auth"] == ["public"]


def test_behind_a_load_balancer_the_runtime_verifies_every_way_in(tmp_path: Path) -> None:
    manifests = _manifests(tmp_path, Domain("api.example.com"))
    assert {path for path, route in manifests.items() if not route.get("ways")} == {"/open"}
    assert manifests["/open"]["auth"] == ["public"]


def _manifests(folder: Path, domain: Domain | None) -> dict[str, Any]:
    """Path → the route, as the bundles that are deployed have it."""
    from sls_infra.plan import check
    from sls_infra.providers.gcp import package
    from sls_infra.providers.gcp.capabilities import FRONTS

    planned, front = check.fitting(api(folder, domain), FRONTS)
    found: dict[str, Any] = {}
    for function in planned.functions:
        manifest = json.loads(package.bundle_spec(planned, function, front).files["sls_manifest.json"])
        found |= {route["path"]: route for route in manifest["routes"]}
    return found
