"""The load balancer's resources: TLS, certificate, names, backends; as many, whatever the number of routes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pulumi
import pytest

from sls_infra import Api, Domain, Function, Jwt, OAuth2, Public, RateLimit, Route, Secret
from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered

from ...plan.specs import code
from .specs import api_with, small

BACKEND = "gcp:compute/backendService:BackendService"


def balanced(folder: Path, domain: Domain | None = None, **more: Any) -> Rendered:
    domain = domain or Domain("API.example.com")
    return render(small(folder, domain=domain, rate_limit=RateLimit(60, per="minute"), **more), "gcp")


def test_it_is_chosen_by_need(tmp_path: Path) -> None:
    assert balanced(tmp_path).one("GlobalForwardingRule")
    assert balanced(tmp_path).all("apigateway/gateway:Gateway") == []
    assert render(small(tmp_path), "gcp").all("GlobalForwardingRule") == []
    assert render(small(tmp_path, domain=Domain("api.example.com")), "gcp").one("URLMap")


def test_https_alone_and_tls_1_2_at_least(tmp_path: Path) -> None:
    stack = balanced(tmp_path)
    rule = stack.one("GlobalForwardingRule").inputs
    proxy = stack.one("TargetHttpsProxy")
    policy = stack.one("SSLPolicy")
    assert (rule["portRange"], rule["loadBalancingScheme"]) == ("443", "EXTERNAL_MANAGED")
    assert "TargetHttpsProxy" in rule["target"]
    assert "SSLPolicy" in proxy.inputs["sslPolicy"]
    assert (policy.inputs["minTlsVersion"], policy.inputs["profile"]) == ("TLS_1_2", "MODERN")
    assert not [made.type for made in stack.resources if "HttpProxy" in made.type]


def test_a_certificate_is_made_for_the_name(tmp_path: Path) -> None:
    stack = balanced(tmp_path)
    assert stack.one("ManagedSslCertificate").inputs["managed"] == {"domains": ["api.example.com"]}
    (used,) = stack.one("TargetHttpsProxy").inputs["sslCertificates"]
    assert "ManagedSslCertificate" in used
    assert stack.outputs["url"] == "https://api.example.com"
    assert stack.all("RecordSet") == []


def test_a_certificate_may_be_brought_and_a_zone_named(tmp_path: Path) -> None:
    ref = "projects/p/global/sslCertificates/mine"
    zone = pulumi.Output.from_input("projects/p/managedZones/example")
    stack = balanced(tmp_path, Domain("api.example.com", certificate=ref, zone=zone))
    assert stack.all("ManagedSslCertificate") == []
    assert stack.one("TargetHttpsProxy").inputs["sslCertificates"] == [ref]
    record = stack.one("RecordSet").inputs
    assert (record["name"], record["type"], record["managedZone"]) == ("api.example.com.", "A", "example")
    assert record["rrdatas"] == ["192.0.2.80"]
    assert "dns.googleapis.com" in services(stack)


def services(stack: Rendered) -> set[str]:
    return {made.inputs["service"] for made in stack.all("gcp:projects/service:Service")}


def test_services_that_are_used_are_enabled_and_no_others(tmp_path: Path) -> None:
    assert services(balanced(tmp_path)) == {
        f"{name}.googleapis.com"
        for name in ("artifactregistry", "cloudbuild", "cloudfunctions", "compute", "iam", "run")
    }


def test_each_function_has_a_backend_of_its_service(tmp_path: Path) -> None:
    stack = balanced(tmp_path)
    (policy,) = stack.all("SecurityPolicy")
    for name in ("shop", "files"):
        group = stack.one("RegionNetworkEndpointGroup", name=name)
        assert group.inputs["networkEndpointType"] == "SERVERLESS"
        assert group.inputs["cloudRun"] == {"service": f"orders-{name}-0123abc"}
        assert group.inputs["region"] == "europe-west1"
        backend = stack.one(BACKEND, name=name)
        assert backend.urn
        assert policy.urn in backend.depends_on
    assert len(stack.all(BACKEND)) == 2


def test_without_limits_there_is_no_policy(tmp_path: Path) -> None:
    stack = render(small(tmp_path, domain=Domain("api.example.com")), "gcp")
    assert stack.all("SecurityPolicy") == []


def test_the_number_of_resources_does_not_depend_on_the_number_of_routes(tmp_path: Path) -> None:
    def kinds(routes: int) -> Counter[str]:
        domain = Domain("api.example.com", zone="example")
        limit = RateLimit(60, per="minute")
        api = api_with(tmp_path, *(("GET", f"/r{i}/{{id}}") for i in range(routes)), domain=domain, rate_limit=limit)
        return Counter(resource.type for resource in render(api, "gcp").resources)

    assert kinds(1) == kinds(10) == kinds(100)


def test_every_way_in_is_the_runtimes(tmp_path: Path) -> None:
    """Each function is told of its own ways in, and of the front that calls it."""
    stack = balanced(tmp_path)

    def told(name: str) -> dict[str, Any]:
        config = stack.one("cloudfunctionsv2/function:Function", name=name).inputs["serviceConfig"]
        known: dict[str, Any] = json.loads(config["environmentVariables"]["SLS_DEPLOYED"])
        return known

    first = {"issuer": "https://id.example.com/", "audience": ["orders"], "jwks_uri": None}
    other = {
        "issuer": "https://other.example.com",
        "audience": ["files", "more"],
        "jwks_uri": "https://keys.example.com/",
    }
    assert told("shop") == {"front": "load-balancer", "ways": {"jwt": first}}
    assert told("files") == {"front": "load-balancer", "ways": {"jwt-2": other}}


def test_tokens_that_api_gateway_refuses_are_taken(tmp_path: Path) -> None:
    """Two of one issuer, for one."""
    shop = Function("shop", code=code(tmp_path), handler="app:read")
    tokens: list[Jwt | Public] = [
        Jwt(issuer="https://id.example.com/", audience="a,b"),
        OAuth2(issuer="https://id.example.com/", audience="b", leeway=5),
        Jwt(issuer="https://id.example.com/", audience="b", key=Secret("key", value="s" * 32), algorithms=["HS256"]),
        Public(),
    ]
    routes = [Route("GET", f"/{index}", shop, auth=token) for index, token in enumerate(tokens)]
    assert render(Api("orders", domain=Domain("api.example.com"), routes=routes), "gcp").one("URLMap")


@pytest.mark.parametrize("path", ["/a:b:c", "/:a", "/a:b/{x+}"])
def test_paths_that_api_gateway_refuses_are_taken(tmp_path: Path, path: str) -> None:
    assert render(api_with(tmp_path, ("GET", path), domain=Domain("api.example.com")), "gcp").one("URLMap")


def test_a_preview_leaves_what_is_computed_unknown(tmp_path: Path) -> None:
    stack = render(small(tmp_path, domain=Domain("api.example.com", zone="example")), "gcp", preview=True)
    assert "<unknown>" in repr(stack.one("RecordSet").inputs["rrdatas"])
    assert "<unknown>" in repr(stack.one("GlobalForwardingRule").inputs["target"])


@pytest.mark.parametrize("name", ["a", "A_b-c", "n" * 64, "google-things"])
def test_names_fit(tmp_path: Path, name: str) -> None:
    shop = Function(name, code=code(tmp_path), handler="app:read")
    domain = Domain("api.example.com", zone="example")
    stack = render(Api(name, auth=Public(), routes=[Route("GET", "/", shop)], domain=domain), "gcp")
    for made in stack.resources:
        if made.type.startswith("gcp:compute/"):
            assert len(made.logical_name) + 8 <= 63
            assert made.logical_name[0].isalpha()
            assert made.logical_name.replace("-", "").isalnum()
            assert made.logical_name == made.logical_name.lower()


def test_the_parts_of_the_sdk_are_loaded_where_they_are_used(tmp_path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from sls_infra import Api, ApiKey, Domain, Function, Route
from sls_infra.testing import render
Path({str(tmp_path)!r}, "app.py").write_text("def read(request): ...")
shop = Function("shop", code={str(tmp_path)!r}, handler="app:read")
def loaded():
    found = (name for name in sys.modules if name.startswith("pulumi_gcp.") and name.count(".") > 1)
    return sorted({{name.split(".")[1] for name in found}})
keys = ApiKey(clients={{"mobile": []}})
for more in ({{}}, {{"domain": Domain("api.example.com")}}, {{"domain": Domain("api.example.com", zone="z")}}):
    render(Api("orders", auth=keys, routes=[Route("GET", "/", shop)], **more), "gcp")
    print(*loaded())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    light, full, named = (set(line.split()) for line in done.stdout.splitlines())
    assert "compute" not in light
    assert "dns" not in light
    assert "secretmanager" in light
    assert "compute" in full
    assert "dns" not in full
    assert "dns" in named
