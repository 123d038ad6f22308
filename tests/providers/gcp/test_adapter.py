"""Options of the target: region, project, front, services; and how much of the SDK is loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pulumi
import pulumi_gcp as gcp
import pytest

from sls_infra import Domain, Gcp, ServerlessApi, SpecError
from sls_infra.providers.component import bundler
from sls_infra.testing import render
from sls_infra.testing.rendering import render_program

from .specs import small

FUNCTION = "gcp:cloudfunctionsv2/function:Function"


def test_region_and_project_are_on_every_resource_that_takes_them(tmp_path: Path) -> None:
    stack = render(small(tmp_path), Gcp(region="us-east1", project="shop-123"))
    assert {made.inputs["location"] for made in stack.all(FUNCTION)} == {"us-east1"}
    assert stack.one("Bucket").inputs["location"] == "us-east1"
    assert stack.one("Gateway").inputs["region"] == "us-east1"
    without = {made.type for made in stack.resources if made.inputs.get("project") != "shop-123"}
    assert without == {"sls:index:ServerlessApi", "gcp:storage/bucketObject:BucketObject"}
    assert not stack.all("pulumi:providers:gcp"), "one of its own would not have the stack's credentials"


def test_the_region_may_come_from_config_or_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def region(**config: str) -> str:
        return str(render(small(tmp_path), "gcp", config=config).one("Gateway").inputs["region"])

    assert region(**{"gcp:region": "asia-northeast1"}) == "asia-northeast1"
    monkeypatch.setenv("GOOGLE_REGION", "us-west2")
    assert region() == "us-west2"


def test_the_gateway_may_be_elsewhere(tmp_path: Path) -> None:
    stack = render(small(tmp_path), Gcp(region="europe-west3", gateway_region="europe-west1"))
    assert stack.one("Gateway").inputs["region"] == "europe-west1"
    assert stack.one(FUNCTION, name="shop").inputs["location"] == "europe-west3"


@pytest.mark.parametrize("option", ["region", "project"])
def test_what_is_given_twice_is_an_error(tmp_path: Path, option: str) -> None:
    with pytest.raises(SpecError, match=f"the {option} is given twice"):
        render(small(tmp_path), Gcp(**{option: "x"}), config={f"gcp:{option}": "x"})  # type: ignore[arg-type]


def test_a_deployment_without_a_region_is_told_what_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def program() -> ServerlessApi:
        bundler.set(None)  # as where resources are made for real
        return ServerlessApi(small(tmp_path), "gcp")

    monkeypatch.delenv("GOOGLE_REGION", raising=False)
    with pytest.raises(SpecError, match="pulumi config set gcp:region"):
        render_program(program)


def test_a_front_may_be_forced_and_is_refused_where_it_can_not_be(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="a load balancer of Google Cloud needs a host name"):
        render(small(tmp_path), Gcp(front="load-balancer"))
    named = small(tmp_path, domain=Domain("api.example.com"))
    with pytest.raises(SpecError, match="one of your own takes a load balancer"):
        render(named, Gcp(front="gateway"))
    assert render(small(tmp_path), Gcp(front="gateway")).one("Gateway")
    assert render(named, Gcp(front="load-balancer")).one("URLMap")


def test_services_are_enabled_first_and_stay_on(tmp_path: Path) -> None:
    stack = render(small(tmp_path), "gcp")
    services = stack.all("gcp:projects/service:Service")
    assert {made.inputs["service"].removesuffix(".googleapis.com") for made in services} == {
        "apigateway",
        "artifactregistry",
        "cloudbuild",
        "cloudfunctions",
        "iam",
        "run",
        "servicecontrol",
        "servicemanagement",
    }
    urns = {made.urn for made in services}
    for made in services:
        assert made.inputs["disableOnDestroy"] is False
    for kind in (FUNCTION, "gcp:serviceaccount/account:Account", "gcp:apigateway/api:Api"):
        for made in stack.all(kind):
            assert urns <= set(made.depends_on)


def test_services_that_somebody_else_enables_are_left_alone(tmp_path: Path) -> None:
    assert render(small(tmp_path), Gcp(enable_services=False)).all("gcp:projects/service:Service") == []


def test_nodes_and_transform_reach_every_child(tmp_path: Path) -> None:
    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "gcp:storage/bucket:Bucket":
            return None
        return pulumi.ResourceTransformResult({**args.props, "storage_class": "NEARLINE"}, args.opts)

    def program() -> ServerlessApi:
        made = ServerlessApi(small(tmp_path), "gcp", transform=transform)
        assert isinstance(made.nodes.one(gcp.cloudfunctionsv2.Function, "shop"), gcp.cloudfunctionsv2.Function)
        return made

    assert render_program(program).one("Bucket").inputs["storageClass"] == "NEARLINE"


def test_only_what_is_used_of_the_sdk_is_loaded(tmp_path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from sls_infra import Api, Function, Jwt, Route
from sls_infra.testing import render
Path({str(tmp_path)!r}, "app.py").write_text("def read(request): ...")
shop = Function("shop", code={str(tmp_path)!r}, handler="app:read")
render(Api("orders", auth=Jwt(issuer="https://id.example.com/", audience="a"), routes=[Route("GET", "/", shop)]), "gcp")
print(*sorted(name for name in sys.modules if name.startswith("pulumi_gcp.") and name.count(".") > 1))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    loaded = [name for name in done.stdout.split() if not name.startswith("pulumi_gcp.config")]
    packages = {name.split(".")[1] for name in loaded}
    assert packages == {
        "apigateway",
        "cloudfunctionsv2",
        "cloudrun",
        "projects",
        "serviceaccount",
        "storage",
    }
    assert len(loaded) <= 9 + 2 * len(packages), "the classes that are used, and arguments and outputs of each package"
