"""Functions on AWS: settings, least privilege judged by moto's evaluator and parliament, names within limits."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from sls_infra import Api, Aws, AwsNetwork, Function, NotFoundError, Public, Route, Scaling, SpecError
from sls_infra.testing import render
from sls_infra.testing.rendering import render_program

from ...plan.specs import code, small


def one_function(folder: Path, name: str = "shop", **more: Any) -> Api:
    function = Function(name, code=code(folder), handler="app:read", **more)
    return Api("orders", auth=Public(), routes=[Route("GET", "/", function)])


def test_settings_reach_the_lambda(tmp_path: Path) -> None:
    api = one_function(tmp_path, memory=1024, timeout=12.5, env={"STAGE": "test"}, runtime="python3.13")
    inputs = render(api, "aws").one("aws:lambda/function:Function", name="shop").inputs
    assert inputs["memorySize"] == 1024
    assert inputs["timeout"] == 13
    assert inputs["runtime"] == "python3.13"
    assert inputs["architectures"] == ["arm64"]
    assert inputs["environment"] == {"variables": {"STAGE": "test"}}
    assert inputs["loggingConfig"]["logFormat"] == "JSON"
    assert "reservedConcurrentExecutions" not in inputs
    assert len(base64.b64decode(inputs["sourceCodeHash"])) == 32


def test_the_log_group_is_made_first_with_its_retention(tmp_path: Path) -> None:
    stack = render(one_function(tmp_path), Aws(log_retention=7))
    group = stack.one("LogGroup", name="shop")
    assert group.inputs["retentionInDays"] == 7
    assert group.urn in stack.one("Function", name="shop").depends_on


def policy(api: Api, target: Any = "aws") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render(api, target).one("RolePolicy", name="shop").inputs["policy"])
    return found


def test_a_function_may_write_its_own_logs_and_nothing_else(tmp_path: Path) -> None:
    from moto.iam.access_control import IAMPolicyStatement, PermissionResult

    statements = [IAMPolicyStatement(statement) for statement in policy(one_function(tmp_path))["Statement"]]
    own = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/orders-shop-0123abc:log-stream:x"
    other = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/other:log-stream:x"

    def allowed(action: str, resource: str) -> bool:
        return any(s.is_action_permitted(action, resource) == PermissionResult.PERMITTED for s in statements)

    assert allowed("logs:PutLogEvents", own)
    assert allowed("logs:CreateLogStream", own)
    assert not allowed("logs:PutLogEvents", other)
    for action in (
        "logs:CreateLogGroup",
        "logs:DeleteLogGroup",
        "s3:GetObject",
        "dynamodb:GetItem",
        "iam:PassRole",
        "ec2:RunInstances",
    ):
        assert not allowed(action, own), action


@pytest.mark.filterwarnings("ignore")  # parliament's own imports
def test_parliament_finds_nothing_in_the_policies(tmp_path: Path) -> None:
    from parliament import analyze_policy_string

    found = analyze_policy_string(json.dumps(policy(one_function(tmp_path))))
    assert [str(finding) for finding in found.findings] == []
    network = Aws(network=AwsNetwork(subnet_ids=["subnet-1"], security_group_ids=["sg-1"]))
    (star,) = analyze_policy_string(json.dumps(policy(one_function(tmp_path), network))).findings
    assert star.issue == "RESOURCE_STAR", "what AWS documents for functions in a network, and nothing more"
    assert "ec2:CreateNetworkInterface" in str(star.detail)
    wide = analyze_policy_string(
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Nope","Resource":"*"}}'
    )
    assert wide.findings, "the judge finds something where something is wrong"


def test_each_function_has_a_role_of_its_own(tmp_path: Path) -> None:
    first, second = (Function(n, code=code(tmp_path), handler="app:read") for n in ("first", "second"))
    api = Api("orders", auth=Public(), routes=[Route("GET", "/a", first), Route("GET", "/b", second)])
    stack = render(api, "aws")
    assert {role.name for role in stack.all("Role")} == {"first", "second"}
    roles = {f.name: f.inputs["role"] for f in stack.all("aws:lambda/function:Function")}
    assert len(set(roles.values())) == 2


def test_kept_warm_means_an_alias_that_everything_calls(tmp_path: Path) -> None:
    stack = render(one_function(tmp_path, scaling=Scaling(min_instances=2, max_instances=5)), "aws")
    assert stack.one("ProvisionedConcurrencyConfig").inputs["provisionedConcurrentExecutions"] == 2
    assert stack.one("aws:lambda/function:Function").inputs["publish"] is True
    assert stack.one("aws:lambda/function:Function").inputs["reservedConcurrentExecutions"] == 5
    assert stack.one("Permission").inputs["qualifier"] == "live"
    body = json.loads(stack.one("apigatewayv2/api:Api").inputs["body"])
    (integration,) = body["components"]["x-amazon-apigateway-integrations"].values()
    assert ":live/invocations" in integration["uri"]


def test_a_network_and_a_boundary_reach_function_and_role(tmp_path: Path) -> None:
    target = Aws(
        network=AwsNetwork(subnet_ids=["subnet-1"], security_group_ids=["sg-1"]),
        permissions_boundary="arn:aws:iam::123456789012:policy/boundary",
    )
    stack = render(one_function(tmp_path), target)
    assert stack.one("aws:lambda/function:Function").inputs["vpcConfig"]["subnetIds"] == ["subnet-1"]
    assert stack.one("Role").inputs["permissionsBoundary"].endswith("boundary")


def test_long_names_fit_with_the_suffix_that_is_added(tmp_path: Path) -> None:
    name = "a-very-long-name-of-a-function-that-somebody-gave-it-for-once"
    stack = render(one_function(tmp_path, name=name), "aws")
    made = stack.one("aws:lambda/function:Function", name=name)
    assert len(made.logical_name) + 8 <= 64
    other = render(one_function(tmp_path, name=name + "2"), "aws").one("aws:lambda/function:Function")
    assert other.logical_name != made.logical_name


def test_a_region_of_its_own_is_a_provider_and_twice_is_an_error(tmp_path: Path) -> None:
    stack = render(one_function(tmp_path), Aws(region="eu-west-1"))
    assert stack.one("pulumi:providers:aws").inputs["region"] == "eu-west-1"
    with pytest.raises(SpecError, match="given twice"):
        render(one_function(tmp_path), Aws(region="eu-west-1"), config={"aws:region": "eu-west-1"})


def test_nodes_and_transform_reach_every_child(tmp_path: Path) -> None:
    from sls_infra import ServerlessApi

    seen: list[str] = []

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        seen.append(args.type_)
        if args.type_ != "aws:lambda/function:Function":
            return None
        return pulumi.ResourceTransformResult({**args.props, "memory_size": 2048}, args.opts)

    def program() -> ServerlessApi:
        made = ServerlessApi(small(tmp_path), "aws", transform=transform)
        assert isinstance(made.nodes.one(aws.lambda_.Function, "shop"), aws.lambda_.Function)
        assert len(made.nodes.all(aws.cloudwatch.LogGroup)) == 2
        with pytest.raises(NotFoundError, match="of that class there are: shop"):
            made.nodes.one(aws.lambda_.Function, "shpo")
        return made

    stack = render_program(program)
    assert stack.one("aws:lambda/function:Function").inputs["memorySize"] == 2048
    assert len(seen) == len(stack.resources) - 1, "every child, and not the component itself"


def test_a_front_is_forced_by_its_name(tmp_path: Path) -> None:
    assert render(one_function(tmp_path), Aws(front="rest")).all("apigateway/restApi:RestApi")
    assert render(one_function(tmp_path), Aws(front="http")).all("apigatewayv2/api:Api")


def test_a_failed_look_up_shows_what_was_rendered(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="aws:lambda/function:Function 'shop'"):
        render(one_function(tmp_path), "aws").one("aws:lambda/function:Function", name="shpo")
