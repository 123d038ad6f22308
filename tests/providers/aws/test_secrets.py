"""Secrets and keys: who may read which, judged by moto's evaluator and parliament; none in plain text anywhere."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pulumi
import pytest
from moto import mock_aws

from sls_infra import Api, ApiKey, Function, Jwt, Public, Route, Secret, SpecError, Webhook
from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered

from .specs import HOOK, KEYS, TOKEN, everything, one, refused, shop

VERSION = "secretsmanager/secretVersion:SecretVersion"


def policy(stack: Rendered, function: str) -> str:
    return str(stack.one("aws:iam/rolePolicy:RolePolicy", function).inputs["policy"])


def told(stack: Rendered, function: str) -> dict[str, Any]:
    variables = stack.one("aws:lambda/function:Function", function).inputs.get("environment", {}).get("variables", {})
    known: dict[str, Any] = json.loads(variables.get("SLS_DEPLOYED", "{}"))
    return known


def two(folder: Path) -> Api:
    """Two functions with a secret each, and one that both read."""
    shared = Secret("shared", value="v0")
    first = shop(folder, "first", links=[Secret("one", value="v1").read(), shared.read()])
    second = shop(folder, "second", env={"TWO": Secret("two", value="v2"), "BOTH": shared})
    return Api("o", auth=Public(), routes=[Route("GET", "/a", first), Route("GET", "/b", second)])


def test_each_function_reads_its_own_secrets_and_no_other(tmp_path: Path) -> None:
    from moto.iam.access_control import IAMPolicyStatement, PermissionResult

    stack = render(two(tmp_path), "aws")
    arns = {name: f"arn:aws:secretsmanager:eu-west-1:123456789012:secret:o-{name}-0123abc-AbCdEf" for name in
            ("one", "two", "shared")}  # fmt: skip

    def allowed(function: str, action: str, arn: str) -> bool:
        statements = [IAMPolicyStatement(each) for each in json.loads(policy(stack, function))["Statement"]]
        return any(each.is_action_permitted(action, arn) == PermissionResult.PERMITTED for each in statements)

    read = "secretsmanager:GetSecretValue"
    assert [allowed("first", read, arns[name]) for name in ("one", "two", "shared")] == [True, False, True]
    assert [allowed("second", read, arns[name]) for name in ("one", "two", "shared")] == [False, True, True]
    for action in ("PutSecretValue", "DeleteSecret", "ListSecrets", "UpdateSecret", "DescribeSecret"):
        assert not allowed("first", f"secretsmanager:{action}", arns["one"])
    assert told(stack, "second")["secrets"] == {"two": arns["two"], "shared": arns["shared"]}


@pytest.mark.filterwarnings("ignore")  # parliament's own imports
def test_parliament_finds_nothing_in_policies_with_secrets_and_authorizers(tmp_path: Path) -> None:
    from parliament import analyze_policy_string

    stack = render(everything(tmp_path), "aws")
    for function in ("shop", "gate", "jwt-authorizer"):
        assert [str(each) for each in analyze_policy_string(policy(stack, function)).findings] == []
    assert "Secrets" in policy(stack, "shop")
    assert "Authorizers" in policy(stack, "shop")


def test_no_value_stands_anywhere_but_where_it_is_kept(tmp_path: Path) -> None:
    stack = render(everything(tmp_path), "aws")
    for resource in stack.resources:
        text = json.dumps(resource.inputs, default=str)
        if resource.type.endswith(VERSION):
            assert resource.secret_inputs == ("secretString",)
            continue
        assert "db-s3cret" not in text
        assert "whsec" not in text
        assert "value-of-20-characters" not in text, "no key either"


def test_a_secret_without_a_value_is_told_before_anything_is_made(tmp_path: Path) -> None:
    def api() -> Api:
        return one(tmp_path, auth=Webhook(Secret("hook")))

    (problem,) = refused(api())
    assert problem.fix.startswith("pulumi config set --secret hook")
    stack = render(api(), "aws", config={"project:hook": "whsec"})
    assert stack.one(VERSION).inputs["secretString"] == "whsec"
    assert stack.one(VERSION).secret_inputs


def test_one_that_is_there_already_is_read_by_its_arn(tmp_path: Path) -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:theirs-AbCdEf"
    stack = render(one(tmp_path, auth=Webhook(Secret.existing("hook", arn))), "aws")
    assert stack.all("secretsmanager/secret:Secret") == []
    assert told(stack, "shop")["secrets"] == {"hook": arn}
    assert arn in policy(stack, "shop")


def test_a_ref_that_no_policy_could_name_is_refused(tmp_path: Path) -> None:
    (problem,) = refused(one(tmp_path, auth=Webhook(Secret.existing("hook", "theirs"))))
    assert "ARN" in problem.fix
    output = pulumi.Output.from_input("arn:aws:secretsmanager:eu-west-1:123456789012:secret:theirs-AbCdEf")
    assert render(one(tmp_path, auth=Webhook(Secret.existing("hook", output))), "aws")


def test_moto_keeps_a_secret_and_gives_it_back_by_its_arn(tmp_path: Path) -> None:
    stack = render(one(tmp_path, auth=HOOK), "aws")
    secret = stack.one("secretsmanager/secret:Secret").inputs
    assert secret["recoveryWindowInDays"] == 7
    with mock_aws():
        client = boto3.client("secretsmanager", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
        arn = client.create_secret(Name="orders-hook-1234567")["ARN"]
        client.put_secret_value(SecretId=arn, SecretString=stack.one(VERSION).inputs["secretString"])
        assert client.get_secret_value(SecretId=arn)["SecretString"] == "whsec"
        deleted = client.delete_secret(SecretId=arn, RecoveryWindowInDays=secret["recoveryWindowInDays"])
        assert deleted["DeletionDate"]


def test_a_client_has_one_key_and_two_while_it_is_rotated(tmp_path: Path) -> None:
    stack = render(one(tmp_path, auth=KEYS), "aws")
    assert {each.name for each in stack.all("apigateway/apiKey:ApiKey")} == {"mobile-1", "web-1"}
    assert all("value" not in each.inputs for each in stack.all("ApiKey")), "API Gateway makes them up"
    rotated = render(one(tmp_path, auth=KEYS), "aws", config={"sls:keyGenerations": '{"mobile": 3}'})
    assert {each.name for each in rotated.all("ApiKey")} == {"mobile-2", "mobile-3", "web-1"}
    assert "mobile-3" in rotated.outputs["api_keys"]["mobile"]
    assert len(told(rotated, "shop")["keys"]["mobile"]) == 2
    assert {each.name for each in rotated.all("UsagePlanKey")} == {"mobile-2", "mobile-3", "web-1"}


def test_what_the_runtime_verifies_is_a_keyring_of_digests(tmp_path: Path) -> None:
    keys = ApiKey(clients={"mobile": [], "web": []})
    stack = render(one(tmp_path, auth=[TOKEN, keys]), "aws", config={"sls:keyGenerations": '{"mobile": 2}'})
    ring = json.loads(stack.one(VERSION, "api-key-keyring").inputs["secretString"])
    names = ("mobile-1", "mobile-2", "web-1")
    values = {name: f"orders-{name}-0123abc-value-of-20-characters" for name in names}
    assert ring == {hashlib.sha256(v.encode()).hexdigest(): name.split("-")[0] for name, v in values.items()}
    assert stack.all("UsagePlan") == [], "the gateway asks for no key there"
    keyring = told(stack, "shop")["ways"]["api-key"]["keyring"]
    assert keyring in policy(stack, "shop")


def test_names_that_are_taken_and_circles_are_told(tmp_path: Path) -> None:
    from sls_infra import Aws, Custom

    own = Function("jwt-authorizer", code=shop(tmp_path).code, handler="app:read")
    (problem,) = refused(Api("o", auth=TOKEN, routes=[Route("GET", "/", own)]), Aws(front="rest"))
    assert "called" in problem.message
    a, b = shop(tmp_path, "a"), shop(tmp_path, "b")
    routes = [Route("GET", "/a", a, auth=Custom(b)), Route("GET", "/b", b, auth=Custom(a))]
    (problem,) = refused(Api("o", routes=routes))
    assert "decide who may call each other" in problem.message
    clients = ApiKey(clients={"a-b": [], "a_b": []})
    assert any("on AWS" in problem.message for problem in refused(one(tmp_path, auth=clients)))


def test_variables_that_leave_no_room_are_told(tmp_path: Path) -> None:
    env = {"LONG": "x" * 4000}
    routes = [Route("GET", "/", shop(tmp_path, env=env), auth=HOOK)]
    (problem,) = refused(Api("o", routes=routes))
    assert "4096" in problem.fix
    assert render(Api("o", auth=Public(), routes=[Route("GET", "/", shop(tmp_path, env=env))]), "aws")


def test_more_audiences_than_a_function_can_be_told_of_are_refused(tmp_path: Path) -> None:
    from sls_infra import Aws

    token = Jwt(issuer="https://id.example.com/", audience=["a" * 100 + str(number) for number in range(40)])
    (problem,) = refused(one(tmp_path, auth=token), Aws(front="rest"))
    assert "audiences" in problem.fix
    assert render(one(tmp_path, auth=token), "aws"), "which the light front tells nobody"


def test_a_key_of_ones_own_making_is_a_secret_of_the_function(tmp_path: Path) -> None:
    token = Jwt(
        issuer="https://me.example.com/", audience="a", key=Secret("sign", value="k" * 32), algorithms=["HS256"]
    )
    stack = render(one(tmp_path, auth=token), "aws")
    assert told(stack, "shop")["secrets"].keys() == {"sign"}
    assert stack.all("apigatewayv2/api:Api"), "the light front will do"


def test_a_missing_generation_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="keyGenerations"):
        render(one(tmp_path, auth=KEYS), "aws", config={"sls:keyGenerations": '{"mobile": "two"}'})


def test_a_second_kind_of_clients_is_the_runtimes_and_its_keys_open_nothing_at_the_gateway(tmp_path: Path) -> None:
    other = ApiKey(clients={"partner": []})
    own = shop(tmp_path)
    api = Api("o", routes=[Route("GET", "/a", own, auth=KEYS), Route("GET", "/b", own, auth=other)])
    stack = render(api, "aws")
    body = json.loads(stack.one("apigateway/restApi:RestApi").inputs["body"])
    assert body["paths"]["/a"]["get"]["security"] == [{"api-key": []}]
    assert body["paths"]["/b"]["get"]["security"] == []
    assert {each.name for each in stack.all("UsagePlan")} == {"mobile", "web"}
    assert {each.name for each in stack.all("ApiKey")} == {"mobile-1", "web-1", "partner-1"}
    known = told(stack, "shop")
    assert set(known["keys"]) == {"mobile", "web"}
    assert set(known["ways"]) == {"api-key-2"}


def test_the_function_that_verifies_tokens_stays_outside_of_the_network(tmp_path: Path) -> None:
    from sls_infra import Aws, AwsNetwork

    network = AwsNetwork(subnet_ids=["subnet-1"], security_group_ids=["sg-1"])
    stack = render(one(tmp_path, auth=TOKEN), Aws(front="rest", network=network))
    assert "vpcConfig" in stack.one("aws:lambda/function:Function", "shop").inputs
    assert "vpcConfig" not in stack.one("aws:lambda/function:Function", "jwt-authorizer").inputs
    assert "ec2:" not in policy(stack, "jwt-authorizer")
