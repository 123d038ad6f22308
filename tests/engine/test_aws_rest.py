"""An Api with keys, secrets and a domain behind a REST API, through the real engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine.aws_front_outputs import ACCOUNT_ID
from tests.engine.aws_outputs import AWS
from tests.engine.harness import Workspace
from tests.engine.stand_in import StandIn
from tests.engine.world import Resource, key

pytestmark = pytest.mark.engine

ACCOUNT, API, STAGE = (f"aws:apigateway/{name}" for name in ("account:Account", "restApi:RestApi", "stage:Stage"))
DEPLOYMENT, KEY, MEMBER = (
    f"aws:apigateway/{name}" for name in ("deployment:Deployment", "apiKey:ApiKey", "usagePlanKey:UsagePlanKey")
)
FUNCTION, VERSION = "aws:lambda/function:Function", "aws:secretsmanager/secretVersion:SecretVersion"
HANDLER = "def read(request):\n    return {}\n"
PROGRAM = """
import pulumi
from sls_infra import (
    Api, ApiKey, Domain, Function, Jwt, Public, Quota, RateLimit, Route, Secret, ServerlessApi, Webhook,
)

shop = Function("shop", code="src", handler="shop:read", env={"DB": Secret("db")})
keys = ApiKey(clients={"mobile": [RateLimit(10, burst=20), Quota(1000, per="month")], "web": []})
api = Api(
    "orders",
    auth=Jwt(issuer="https://id.example.com/", audience="orders"),
    domain=Domain("api.example.com", zone="Z123"),
    routes=[
        Route("GET", "/orders/{id}", shop, rate_limit=RateLimit(10)),
        Route("POST", "/orders", shop, auth=keys),
        Route("POST", "/hook", shop, auth=Webhook(Secret("hook"), scheme="github")),
        Route("GET", "/health", shop, auth=Public(), rate_limit=RateLimit(60, per="minute", by="ip")),
        MORE
    ],
)
made = ServerlessApi(api, "aws")
pulumi.export("url", made.url)
pulumi.export("api_keys", made.api_keys)
"""
SECRETS = {"db": "db-s3cret", "hook": "whsec-s3cret"}


def program(more: str = "") -> dict[str, str]:
    return {"__main__.py": PROGRAM.replace("MORE", more), "src/shop.py": HANDLER}


def workspace(folder: Path, aws: StandIn) -> Workspace:
    made = Workspace(folder, program(), providers=[aws], config={"aws:region": "eu-west-1"})
    for name, value in SECRETS.items():
        made.set_config(name, value, secret=True)
    return made


def permit_logs(aws: StandIn) -> None:
    """What somebody has set up for the whole region, once."""
    role = {"cloudwatchRoleArn": "arn:aws:iam::123456789012:role/logs"}
    aws.live[key(ACCOUNT, ACCOUNT_ID)] = Resource(ACCOUNT, "theirs", 0, {}, role)


def test_the_life_of_an_api_behind_a_rest_api(tmp_path: Path) -> None:
    with StandIn(AWS) as aws, workspace(tmp_path, aws) as ws:
        permit_logs(aws)
        preview = ws.preview()
        assert aws.of("create") == [], "a preview makes nothing"
        up = ws.up()
        assert set(up.created) <= set(preview.created)
        assert ws.outputs()["url"] == "https://api.example.com"
        again = ws.up()
        assert set(again.counts) == {"same", "read"}, again.text
        _is_wired(aws)
        _keeps_its_secrets(ws, aws)
        _a_route_is_a_line(ws, aws)
        _a_key_is_rotated(ws, aws)
        _a_secret_is_rotated(ws, aws)
        ws.destroy()
        assert [each.type for each in aws.live.values()] == [ACCOUNT], "what is the region's is left alone"


def _is_wired(aws: StandIn) -> None:
    api, stage = aws.find(API, "orders"), aws.find(STAGE, "orders")
    body = json.loads(api.outputs["body"])
    verifier = aws.find(FUNCTION, "orders-jwt-authorizer").outputs["invokeArn"]
    jwt = body["components"]["securitySchemes"]["jwt"]["x-amazon-apigateway-authorizer"]
    assert jwt["authorizerUri"] == verifier
    for name in ("shop", "jwt-authorizer"):
        permission = aws.find("aws:lambda/permission:Permission", f"orders-{name}")
        assert permission.outputs["sourceArn"] == api.outputs["executionArn"] + "/*"
    assert (
        aws.find("aws:wafv2/webAclAssociation:WebAclAssociation", "orders").inputs["resourceArn"]
        == stage.outputs["arn"]
    )
    told = json.loads(aws.find(FUNCTION, "orders-shop").inputs["environment"]["variables"]["SLS_DEPLOYED"])
    assert set(told["keys"]) == {"mobile", "web"}
    assert set(told["secrets"]) == {"db", "hook"}


def _keeps_its_secrets(ws: Workspace, aws: StandIn) -> None:
    values = [*SECRETS.values(), *(each.outputs["value"] for each in aws.live.values() if each.type == KEY)]
    assert len(values) == 4
    state, shown = json.dumps(ws.stack_export()), json.dumps(ws.stack_export(show_secrets=True))
    for value in values:
        assert value not in state
        assert value in shown


def _a_route_is_a_line(ws: Workspace, aws: StandIn) -> None:
    before = aws.find(STAGE, "orders").inputs["deployment"]
    ws.write(program('Route("PUT", "/orders/{id}", shop),'))
    added = ws.up()
    assert {line.split()[0] for line in added.updated} == {API, STAGE, FUNCTION}
    assert "put" in json.loads(aws.find(API, "orders").outputs["body"])["paths"]["/orders/{id}"]
    assert aws.find(STAGE, "orders").inputs["deployment"] != before, "the stage moves to the new snapshot"
    assert len([each for each in aws.live.values() if each.type == DEPLOYMENT]) == 1
    assert set(ws.up().counts) == {"same", "read"}


def _a_key_is_rotated(ws: Workspace, aws: StandIn) -> None:
    def keys() -> set[str]:
        return {each.name for each in aws.live.values() if each.type == KEY}

    def newest() -> str:
        outputs = ws.stack_export(show_secrets=True)["deployment"]["resources"]
        stack = next(each for each in outputs if each["type"] == "pulumi:pulumi:Stack")
        return str(json.loads(stack["outputs"]["api_keys"]["plaintext"])["mobile"])

    first = newest()
    ws.run("config", "set", "--path", "sls:keyGenerations.mobile", "2")
    ws.up()
    assert keys() == {"orders-mobile-1", "orders-mobile-2", "orders-web-1"}, "both open"
    assert len([each for each in aws.live.values() if each.type == MEMBER]) == 3
    second = newest()
    assert second != first
    ws.run("config", "set", "--path", "sls:keyGenerations.mobile", "3")
    ws.up()
    assert keys() == {"orders-mobile-2", "orders-mobile-3", "orders-web-1"}, "the first opens no more"
    assert newest() not in (first, second)


def _a_secret_is_rotated(ws: Workspace, aws: StandIn) -> None:
    ws.set_config("hook", "another-s3cret", secret=True)
    up = ws.up()
    assert not [line for line in [*up.updated, *up.created, *up.deleted] if VERSION not in line], "no function changes"
    assert aws.find(VERSION, "orders-hook").outputs["secretString"]


def test_a_region_without_the_role_for_logs_is_told_with_the_way_out(tmp_path: Path) -> None:
    with StandIn(AWS) as aws, workspace(tmp_path, aws) as ws:
        aws.live[key(ACCOUNT, ACCOUNT_ID)] = Resource(ACCOUNT, "theirs", 0, {}, {"cloudwatchRoleArn": ""})
        failed = ws.up(check=False)
        assert failed.exit_code != 0
        assert "update-account" in failed.text
        assert "Traceback" not in failed.text
