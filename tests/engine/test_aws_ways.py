"""Ways in that the runtime verifies behind an HTTP API, with a certificate that is brought, through the real engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine.aws_outputs import AWS
from tests.engine.harness import Workspace
from tests.engine.stand_in import StandIn

pytestmark = pytest.mark.engine

FUNCTION, PERMISSION = "aws:lambda/function:Function", "aws:lambda/permission:Permission"
THEIRS = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:theirs-AbCdEf"
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/theirs"
FILES = {
    "__main__.py": f"""
import pulumi
from sls_infra import Api, Custom, Domain, Function, Jwt, Public, Route, Scaling, Secret, ServerlessApi, Webhook

shop = Function("shop", code="src", handler="shop:read", env={{"KEY": Secret.existing("theirs", "{THEIRS}")}})
gate = Function("gate", code="src", handler="shop:decide", scaling=Scaling(min_instances=1))
token = Jwt(issuer="https://id.example.com/", audience="orders")
api = Api(
    "orders",
    auth=token,
    domain=Domain("api.example.com", certificate="{CERTIFICATE}"),
    routes=[
        Route("GET", "/orders/{{id}}", shop),
        Route("POST", "/hook", shop, auth=Webhook(Secret("hook"))),
        Route("GET", "/mine", shop, auth=[Custom(gate), token]),
    ],
)
pulumi.export("url", ServerlessApi(api, "aws").url)
""",
    "src/shop.py": "def read(request):\n    return {}\n\ndef decide(request):\n    return None\n",
}


def test_the_life_of_an_api_whose_runtime_verifies(tmp_path: Path) -> None:
    with StandIn(AWS) as aws, Workspace(tmp_path, FILES, providers=[aws], config={"aws:region": "eu-west-1"}) as ws:
        missing = ws.up(check=False)
        assert "pulumi config set --secret hook" in missing.text
        assert "Traceback" not in missing.text
        assert aws.of("create") == [], "told before anything is made"
        ws.set_config("hook", "whsec-s3cret", secret=True)
        up = ws.up()
        assert "api.example.com CNAME d-" in up.text, "the record that is left to make"
        assert set(ws.up().counts) == {"same"}
        _is_wired(aws)
        assert "whsec-s3cret" not in json.dumps(ws.stack_export())
        ws.destroy()
        assert aws.live == {}


def _is_wired(aws: StandIn) -> None:
    gate = aws.find("aws:lambda/alias:Alias", "orders-gate").outputs["arn"]
    told = json.loads(aws.find(FUNCTION, "orders-shop").inputs["environment"]["variables"]["SLS_DEPLOYED"])
    made = aws.find("aws:secretsmanager/secret:Secret", "orders-hook").outputs["arn"]
    assert told["secrets"] == {"theirs": THEIRS, "hook": made}
    assert told["ways"]["custom"] == {"target": gate}, "the alias that is kept warm"
    policy = json.loads(aws.find("aws:iam/rolePolicy:RolePolicy", "orders-shop").inputs["policy"])
    named = {statement["Sid"]: statement["Resource"] for statement in policy["Statement"]}
    assert sorted(named["Secrets"]) == sorted([THEIRS, made])
    assert named["Authorizers"] == [gate]
    assert [each.name for each in aws.live.values() if each.type == PERMISSION] == ["orders-shop"]
    api = aws.find("aws:apigatewayv2/api:Api", "orders")
    assert api.inputs["disableExecuteApiEndpoint"] is True
    paths = json.loads(api.outputs["body"])["paths"]
    assert paths["/orders/{id}"]["get"]["security"] == [{"jwt": []}]
    assert paths["/hook"]["post"]["security"] == paths["/mine"]["get"]["security"] == []
