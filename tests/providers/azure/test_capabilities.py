"""What is refused on Azure, with the way out, before anything is made; and what loading its SDK takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sls_infra import Api, ApiKey, Azure, Cors, Function, Jwt, Public, Quota, RateLimit, Route, Scaling, SpecError
from sls_infra.plan.capabilities import Refused
from sls_infra.providers.aws.capabilities import FRONTS as AWS
from sls_infra.providers.azure.capabilities import CAPABILITIES, FRONTS
from sls_infra.providers.local.capabilities import CAPABILITIES as LOCAL
from sls_infra.testing import render

from ...plan.specs import code
from .specs import api_with, one_function, operations, policy, rendered


def refusal(api: Api, target: Azure | str = "azure") -> str:
    with pytest.raises(SpecError) as caught:
        render(api, target)
    return str(caught.value)


def test_all_that_aws_meets_is_met_here_by_one_of_the_fronts() -> None:
    met = {kind for front in AWS for kind, how in front.meets.items() if not isinstance(how, Refused)}
    here = {kind for front in FRONTS for kind, how in front.meets.items() if not isinstance(how, Refused)}
    assert met - here <= {"quota", "event.queue.concurrency", "event.topic.concurrency"}
    for front in FRONTS:
        for kind in {*(kind for each in AWS for kind in each.meets), *LOCAL.meets}:
            assert kind in front.meets, f"{kind}: met or refused for a reason of its own"
        for kind, how in front.meets.items():
            if isinstance(how, Refused):
                assert how.why, kind
                assert how.fix, kind
        for size, bound in front.bounds.items():
            assert bound.source, size


@pytest.mark.parametrize("limit", [RateLimit(10), RateLimit(10, per="minute", burst=5), RateLimit(1, by="ip")])
def test_limits_ask_for_basic_v2(tmp_path: Path, limit: RateLimit) -> None:
    api = api_with(tmp_path, rate_limit=limit)
    assert rendered(api).one("ApiManagementService").inputs["sku"] == {"name": "BasicV2", "capacity": 1}
    text = refusal(api, Azure(front="consumption"))
    assert "has no rate-limit-by-key" in text
    assert "Basic v2 is chosen for it" in text


def test_quotas_are_refused_with_the_way_out(tmp_path: Path) -> None:
    text = refusal(api_with(tmp_path, auth=ApiKey(clients={"mobile": [Quota(1000)]})))
    assert "quota-by-key in its classic tiers alone" in text
    assert "RateLimit(10_000, per='day')" in text


def test_an_issuer_on_this_machine(tmp_path: Path) -> None:
    text = refusal(api_with(tmp_path, auth=Jwt(issuer="http://localhost:8080/", audience="a")))
    assert "can't reach this machine" in text


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"memory": 4097}, "4096 MiB"),
        ({"timeout": 31}, "at most 30 s"),
        ({"runtime": "python3.9"}, "none of Azure's"),
        ({"architecture": "arm64"}, "arm64 is none of Azure's"),
        ({"scaling": Scaling(max_instances=1001)}, "at most 1000 instances"),
        ({"env": {"FUNCTIONS_WORKER_RUNTIME": "node"}}, "keeps for itself"),
        ({"env": {"AzureWebJobsStorage__accountName": "x"}}, "keeps for itself"),
    ],
)
def test_functions_past_a_limit(tmp_path: Path, settings: dict[str, Any], said: str) -> None:
    assert said in refusal(one_function(tmp_path, **settings))


@pytest.mark.parametrize("tags", [{"windows-x": "1"}, {"a<b": "1"}, {"a": "x" * 257}, {str(i): "" for i in range(51)}])
def test_tags_that_azure_does_not_take(tmp_path: Path, tags: dict[str, str]) -> None:
    assert "tag" in refusal(api_with(tmp_path, tags=tags))


def test_tags_reach_what_can_have_them(tmp_path: Path) -> None:
    tags = {"team": "shop", "cost-center": "a/b:c"}
    stack = rendered(api_with(tmp_path, tags=tags))
    tagged = {r.type.rpartition(":")[2] for r in stack.resources if r.inputs.get("tags") == tags}
    assert tagged == {
        "ResourceGroup", "StorageAccount", "Workspace", "Component", "UserAssignedIdentity", "AppServicePlan",
        "WebApp", "ApiManagementService",
    }  # fmt: skip


def test_more_operations_than_a_service_takes(tmp_path: Path) -> None:
    most = [("ANY", f"/r{i}") for i in range(428)]
    rendered(api_with(tmp_path, *most))
    more = api_with(tmp_path, *most, ("ANY", "/one/more"))
    text = refusal(more, Azure(front="consumption"))
    assert "come to 3003 operations; API Management Consumption takes at most 3000" in text
    assert "Basic v2 takes at most 100, and Consumption, which counts nothing, 3000" in refusal(more)
    limited = api_with(tmp_path, *most[:14], ("GET", "/x"), ("GET", "/y"), rate_limit=RateLimit(10))
    assert len(operations(rendered(limited))) == 100
    text = refusal(api_with(tmp_path, *most[:15], rate_limit=RateLimit(10)))
    assert "come to 105 operations" in text


def test_a_policy_that_is_too_large_is_told_before_anything_is_made(tmp_path: Path) -> None:
    shop = Function("shop", code=code(tmp_path), handler="app:read")

    def tokens(count: int) -> Api:
        ways = [Jwt(issuer=f"https://id-{i}.example.com/", audience="orders") for i in range(count)]
        return Api("orders", routes=[Route("GET", f"/{i}", shop, auth=way) for i, way in enumerate(ways)])

    fits = max(count for count in range(1, 12) if not problems(tokens(count)))
    assert fits >= 6
    assert len(rendered(tokens(fits)).one("ApiPolicy").inputs["value"].encode()) <= 16 * 1024
    assert policy(rendered(tokens(fits))).tag == "policies"
    (told,) = problems(tokens(fits + 1))
    assert "Consumption takes at most 16384 (API Management limits, Consumption)" in told
    assert "BasicV2" in str(rendered(tokens(fits + 1)).one("ApiManagementService").inputs), "which takes more"
    origins = Cors(origins=[f"https://page-{i}.example.com" for i in range(5000)])
    assert "262144" in refusal(api_with(tmp_path, auth=Public(), cors=origins))


def problems(api: Api) -> list[str]:
    from sls_infra.plan.check import look

    return [str(problem) for problem in look(api, CAPABILITIES)[1]]


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (["/a*b"], "wildcard"),
        (["/*"], "wildcard"),
        (["/Orders/{id}", "/orders/{ID}"], "case alone"),
        (["/" + "long/" * 200 + "x"], "at most 1000"),
    ],
)
def test_paths_that_api_management_would_misread(tmp_path: Path, paths: list[str], said: str) -> None:
    assert said in refusal(api_with(tmp_path, *(("GET", path) for path in paths)))


def test_paths_of_different_methods_may_differ_in_case(tmp_path: Path) -> None:
    rendered(api_with(tmp_path, ("GET", "/Orders"), ("POST", "/orders")))


def modules(program: str) -> list[str]:
    """What a fresh interpreter has loaded, as a program prints it."""
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.split()


def test_capabilities_load_no_pulumi() -> None:
    loaded = modules("import sls_infra.providers.azure.capabilities, sys; print(*sys.modules)")
    assert "sls_infra.providers.azure.rules" in loaded
    assert not {name.partition(".")[0] for name in loaded} & {"pulumi", "pulumi_azure_native", "grpc"}


def test_of_the_sdk_only_what_is_used_is_loaded() -> None:
    program = """
from sls_infra.providers import registry
registry.adapter("azure")
import sys
print("\\n".join(name for name, module in sys.modules.items()
    if name.startswith("pulumi_azure_native.") and type(module).__name__ not in ("_LazyModule", "_Partial")))
"""
    loaded = modules(program)
    assert "pulumi_azure_native.web.web_app" in loaded
    assert "pulumi_azure_native.web.static_site" not in loaded
    assert len(loaded) < 60
