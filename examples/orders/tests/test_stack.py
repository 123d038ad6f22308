"""stacks/orders on the real engine: with the configuration that is given as an example, against a stand-in for AWS.

On this machine it is deployed by the demo, whose own tests do so.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.engine.aws_outputs import AWS
from tests.engine.harness import ROOT, Workspace
from tests.engine.stand_in import StandIn

STACK = ROOT / "stacks" / "orders"


@pytest.mark.engine
def test_on_aws_it_is_one_function_behind_one_api_whose_tokens_are_the_configured_issuers(tmp_path: Path) -> None:
    program = (STACK / "__main__.py").read_text()
    config: dict[str, str] = yaml.safe_load((STACK / "Pulumi.aws.yaml").read_text())["config"]
    config["orders:issuer"] = "https://login.example.org/tenant"
    with (
        StandIn(AWS) as aws,
        Workspace(tmp_path, program, project="orders", stack="aws", providers=[aws], config=config) as ws,
    ):
        up = ws.up()
        kinds = [line.split()[0] for line in up.created]
        assert kinds.count("aws:lambda/function:Function") == kinds.count("aws:apigatewayv2/api:Api") == 1
        assert "https://login.example.org/tenant" in str(aws.of("create"))
        assert ws.outputs()["url"].startswith("https://")
        assert ws.up().summary == {"same": up.summary["create"]}
