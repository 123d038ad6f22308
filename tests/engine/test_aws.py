"""An Api on AWS through the real engine, against a provider that stands in for pulumi-aws."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.engine.aws_outputs import AWS
from tests.engine.harness import Workspace
from tests.engine.stand_in import StandIn

pytestmark = pytest.mark.engine

FUNCTION, API, STAGE = "aws:lambda/function:Function", "aws:apigatewayv2/api:Api", "aws:apigatewayv2/stage:Stage"
HANDLER = "def read(request):\n    return {'id': request.path_params.get('id')}\n"
PROGRAM = """
import pulumi
from sls_infra import Api, Cors, Function, Jwt, Public, RateLimit, Route, ServerlessApi

config = pulumi.Config()
shop = Function("shop", code="src", handler="shop:read", env={"TOKEN": config.require_secret("token")})
desk = Function("desk", code="desk", handler="desk:read", memory=MEMORY)
api = Api(
    "orders",
    auth=Jwt(issuer="https://id.example.com/", audience="orders"),
    cors=Cors(origins=["https://shop.example.com"]),
    routes=[
        Route("GET", "/orders/{id}", shop, scopes=["orders:read"], rate_limit=RateLimit(10)),
        Route("GET", "/health", desk, auth=Public()),
        MORE
    ],
)
made = ServerlessApi(api, "aws")
pulumi.export("url", made.url)
pulumi.export("functions", made.functions)
"""


def program(memory: int = 512, more: str = "", handler: str = HANDLER) -> dict[str, str]:
    return {
        "__main__.py": PROGRAM.replace("MEMORY", str(memory)).replace("MORE", more),
        "src/shop.py": handler,
        "desk/desk.py": HANDLER,
    }


def workspace(folder: Path, aws: StandIn) -> Workspace:
    made = Workspace(folder, program(), providers=[aws], config={"aws:region": "eu-west-1"})
    made.set_config("token", "t0p-s3cret", secret=True)
    return made


def test_the_life_of_an_api(tmp_path: Path) -> None:
    with StandIn(AWS) as aws, workspace(tmp_path, aws) as ws:
        preview = ws.preview()
        assert aws.of("create") == [], "a preview makes nothing"
        up = ws.up()
        assert up.counts == {"create": 14}
        assert set(up.created) <= set(preview.created)
        assert ws.outputs()["url"].startswith("https://")
        assert ws.up().counts == {"same": 14}
        _is_wired(aws)
        _keeps_its_secret(ws)
        _one_function_changes(ws)
        _routes_come_and_go(ws, aws)
        ws.destroy()
        assert ws.resources() == []
        assert aws.live == {}


def _is_wired(aws: StandIn) -> None:
    """The document names the functions as they were made, and the stage the limited route."""
    body = json.loads(aws.find(API, "orders").outputs["body"])
    integrations = body["components"]["x-amazon-apigateway-integrations"]
    for name in ("shop", "desk"):
        assert integrations[name]["uri"] == aws.find(FUNCTION, f"orders-{name}").outputs["invokeArn"]
    permission = aws.find("aws:lambda/permission:Permission", "orders-shop")
    assert permission.outputs["sourceArn"] == aws.find(API, "orders").outputs["executionArn"] + "/*"
    (setting,) = aws.find(STAGE, "orders").outputs["routeSettings"]
    assert setting["routeKey"] == "GET /orders/{id}"


def _keeps_its_secret(ws: Workspace) -> None:
    assert "t0p-s3cret" not in json.dumps(ws.stack_export())
    assert "t0p-s3cret" in json.dumps(ws.stack_export(show_secrets=True))


def _one_function_changes(ws: Workspace) -> None:
    ws.write(program(handler=HANDLER + "# changed\n"))
    changed = ws.up()
    assert changed.updated == [f"{FUNCTION} orders-shop"]
    assert changed.counts == {"same": 13, "update": 1}
    ws.write(program(memory=1024, handler=HANDLER + "# changed\n"))
    assert ws.up().updated == [f"{FUNCTION} orders-desk"]


def _routes_come_and_go(ws: Workspace, aws: StandIn) -> None:
    """A route costs no resource: it is a line of the document, of its function's manifest, of the stage's limits."""
    limited = 'Route("PUT", "/orders/{id}", shop, rate_limit=RateLimit(5)),'
    ws.write(program(memory=1024, more=limited, handler=HANDLER + "# changed\n"))
    added = ws.up()
    assert added.created == []
    assert set(added.updated) == {f"{FUNCTION} orders-shop", f"{API} orders", f"{STAGE} orders"}
    assert len(aws.find(STAGE, "orders").outputs["routeSettings"]) == 2
    ws.write(program(memory=1024, handler=HANDLER + "# changed\n"))
    removed = ws.up()
    assert removed.deleted == []
    assert len(aws.find(STAGE, "orders").outputs["routeSettings"]) == 1
    assert "put" not in json.loads(aws.find(API, "orders").outputs["body"])["paths"]["/orders/{id}"]


def test_a_failed_create_is_told_and_the_next_up_finishes(tmp_path: Path) -> None:
    with StandIn(AWS) as aws, workspace(tmp_path, aws) as ws:
        aws.fail("create", type=FUNCTION, name="orders-shop", message="the role can't be assumed yet")
        failed = ws.up(check=False)
        assert failed.exit_code != 0
        assert any("the role can't be assumed yet" in error for error in failed.errors)
        assert ws.up().summary.get("create", 0) > 0
        assert ws.up().counts == {"same": 14}


def test_a_mistake_in_the_spec_is_told_without_a_traceback(tmp_path: Path) -> None:
    with StandIn(AWS) as aws, workspace(tmp_path, aws) as ws:
        ws.write(
            program(more='Route("GET", "/health", shop, auth=Public()), Route("GET", "/x", shop, handler="shop:no"),')
        )
        failed = ws.up(check=False)
        assert failed.exit_code != 0
        assert "api.routes[2].path" in failed.text
        assert "api.routes[3].handler" in failed.text
        assert "Traceback" not in failed.text
        assert aws.of("create") == []


def test_a_wrong_word_is_told_at_its_line_without_a_traceback(tmp_path: Path) -> None:
    with StandIn(AWS) as aws, workspace(tmp_path, aws) as ws:
        ws.write({"__main__.py": "from sls_infra import RateLimit\n\nRateLimit(requests='many')\n"})
        failed = ws.up(check=False)
        assert "__main__.py:3 RateLimit(requests)" in failed.text
        assert "Traceback" not in failed.text
        state: Any = aws.live
        assert state == {}
