"""The harness on a bare pulumi-aws program: what the engine does with it is known, so the harness must show that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.aws_outputs import AWS
from tests.engine.harness import PulumiFailed, Workspace
from tests.engine.stand_in import StandIn
from tests.engine.wire import SECRET, SIGNATURE, UNKNOWN

pytestmark = pytest.mark.engine

ROLE = "aws:iam/role:Role"
FUNCTION = "aws:lambda/function:Function"
API = "aws:apigatewayv2/api:Api"
INTEGRATION = "aws:apigatewayv2/integration:Integration"
STAGE = "aws:apigatewayv2/stage:Stage"
PERMISSION = "aws:lambda/permission:Permission"
ALL = sorted([f"{ROLE} shop", f"{FUNCTION} shop", f"{API} shop", f"{INTEGRATION} shop", f"{STAGE} shop"])

PROGRAM = """
import pulumi
import pulumi_aws as aws

config = pulumi.Config()
role = aws.iam.Role("shop", assume_role_policy="{}")
shop = aws.lambda_.Function(
    "shop",
    role=role.arn,
    handler="main.handler",
    runtime="python3.12",
    memory_size=config.get_int("memory") or 128,
    code=pulumi.AssetArchive({"main.py": pulumi.StringAsset("def handler(event, context): return event")}),
    environment={"variables": {"TOKEN": pulumi.Output.secret("hush-hush"), "LEVEL": "info"}},
)
api = aws.apigatewayv2.Api("shop", protocol_type="HTTP", name=config.get("name"))
integration = aws.apigatewayv2.Integration(
    "shop", api_id=api.id, integration_type="AWS_PROXY", integration_uri=shop.invoke_arn
)
stage = aws.apigatewayv2.Stage("shop", api_id=api.id, name="$default", auto_deploy=True)
pulumi.export("url", stage.invoke_url)
pulumi.export("role", role.arn)
pulumi.export("account", aws.get_caller_identity_output().account_id)
pulumi.export("token", pulumi.Output.secret("hush-hush"))
"""


@pytest.fixture
def aws() -> Iterator[StandIn]:
    with StandIn(AWS) as stand_in:
        yield stand_in


@pytest.fixture
def workspace(tmp_path: Path, aws: StandIn) -> Iterator[Workspace]:
    with Workspace(tmp_path, PROGRAM, providers=[aws], config={"aws:region": "eu-west-1"}) as workspace:
        yield workspace


def test_preview_leaves_unknown_what_only_a_deployment_knows(workspace: Workspace, aws: StandIn) -> None:
    preview = workspace.preview()

    assert preview.created == ALL
    assert preview.counts == {"create": 5}
    assert preview.summary == {"create": 6}  # the engine counts the stack too
    function = preview.step(FUNCTION, "shop")
    assert function.inputs["role"] == UNKNOWN
    assert function.inputs["memorySize"] == 128
    assert function.outputs["invokeArn"] == UNKNOWN
    assert preview.outputs["url"] == preview.outputs["role"] == UNKNOWN
    assert preview.outputs["account"] == "123456789012"
    assert not aws.live
    assert len(aws.of("create", preview=True)) == 5
    assert not aws.of("create")
    assert workspace.resources() == []


def test_up_again_changes_nothing_and_a_change_touches_one_resource(workspace: Workspace, aws: StandIn) -> None:
    up = workspace.up()
    assert up.created == ALL
    role = aws.find(ROLE, "shop")
    assert aws.find(FUNCTION, "shop").inputs["role"] == role.outputs["arn"]
    assert role.outputs["name"].startswith("shop-")
    outputs = workspace.outputs()
    assert outputs["url"].startswith("https://")
    assert outputs["role"] == f"arn:aws:iam::123456789012:role/{role.outputs['name']}"

    again = workspace.up()
    assert again.counts == {"same": 5}
    assert again.same == ALL
    assert not aws.of("update")

    workspace.set_config("memory", "256")
    preview = workspace.preview()
    assert preview.updated == [f"{FUNCTION} shop"]
    assert preview.step(FUNCTION, "shop").diffs == ("memorySize",)
    assert preview.step(FUNCTION, "shop").outputs["lastModified"] == UNKNOWN
    changed = workspace.up()
    assert changed.counts == {"same": 4, "update": 1}
    assert changed.updated == [f"{FUNCTION} shop"]
    assert changed.step(FUNCTION, "shop").old["inputs"]["memorySize"] == 128
    assert aws.find(FUNCTION, "shop").inputs["memorySize"] == 256


def test_destroy_leaves_nothing(workspace: Workspace, aws: StandIn) -> None:
    workspace.up()
    destroyed = workspace.destroy()
    assert destroyed.deleted == ALL
    assert workspace.resources() == []
    assert not aws.live


def test_a_name_given_later_replaces_the_resource_and_what_hangs_on_it(workspace: Workspace, aws: StandIn) -> None:
    workspace.up()
    workspace.set_config("name", "shop-api")
    changed = workspace.up()
    assert changed.replaced == sorted([f"{API} shop", f"{INTEGRATION} shop", f"{STAGE} shop"])
    assert changed.updated == changed.created == changed.deleted == []
    assert aws.find(API, "shop").outputs["name"] == "shop-api"
    assert len(aws.live) == 5


def test_a_failed_create_is_told_and_a_retry_finishes_the_work(workspace: Workspace, aws: StandIn) -> None:
    aws.fail("create", type=FUNCTION, message="quota exceeded")
    failed = workspace.up(check=False)
    assert failed.exit_code != 0
    assert failed.failed == [f"{FUNCTION} shop"]
    assert "quota exceeded" in "\n".join(failed.errors)
    assert f"{FUNCTION} shop" not in set(aws.names())

    retried = workspace.up()
    assert retried.created == sorted(set(ALL) - set(failed.created))
    assert f"{FUNCTION} shop" in retried.created
    assert workspace.up().counts == {"same": 5}


def test_the_nth_create_fails(workspace: Workspace, aws: StandIn) -> None:
    aws.fail_nth_create(2, "the second one")
    with pytest.raises(PulumiFailed, match="the second one"):
        workspace.up()
    assert len(aws.of("create")) >= 2
    assert len(aws.live) == len(aws.of("create")) - 1


def test_refresh_sees_what_was_lost_and_up_puts_it_back(workspace: Workspace, aws: StandIn) -> None:
    workspace.up()
    aws.lose(API, "shop")
    assert workspace.refresh().deleted == [f"{API} shop"]
    # The integration and the stage were of the API that is gone: its successor has another id.
    up = workspace.up()
    assert up.created == [f"{API} shop"]
    assert up.replaced == sorted([f"{INTEGRATION} shop", f"{STAGE} shop"])


def test_secrets_stay_secret(workspace: Workspace, aws: StandIn) -> None:
    up = workspace.up()
    assert "hush-hush" not in up.text
    assert "hush-hush" not in str(workspace.stack_export())
    assert "hush-hush" in str(workspace.stack_export(show_secrets=True))
    assert workspace.outputs()["token"] == "hush-hush"
    variables = aws.find(FUNCTION, "shop").outputs["environment"]["variables"]
    assert variables["TOKEN"][SIGNATURE] == SECRET
    assert variables["LEVEL"] == "info"


def test_a_type_without_a_row_is_refused(workspace: Workspace) -> None:
    workspace.write({"__main__.py": "import pulumi_aws as aws\naws.cloudtrail.Trail('t', s3_bucket_name='b')\n"})
    failed = workspace.up(check=False)
    assert failed.exit_code != 0
    assert "no row for aws:cloudtrail/trail:Trail" in failed.text


def test_what_a_test_leaves_deployed_is_destroyed(tmp_path: Path, aws: StandIn) -> None:
    program = "import pulumi, pulumi_aws as aws\naws.s3.Bucket('b', opts=pulumi.ResourceOptions(protect=True))\n"
    with Workspace(tmp_path, program, providers=[aws]) as workspace:
        workspace.up()
        assert list(aws.names()) == ["aws:s3/bucket:Bucket b"]
    assert not aws.live


def test_a_command_that_hangs_is_ended(tmp_path: Path, aws: StandIn) -> None:
    with Workspace(tmp_path, "import time\ntime.sleep(600)\n", providers=[aws]) as workspace:
        workspace.timeout = 5
        with pytest.raises(PulumiFailed, match="still running after 5 s"):
            workspace.up()
        workspace.timeout = 60
