"""Code on Azure by literal `pulumi` commands: the plugin's own process, and a stand-in of the publish endpoint."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.harness import Workspace
from tests.engine.processes import eventually
from tests.engine.publish import BUILDING, DEPLOYING, FAILED, SUCCESS, PublishEndpoint, becomes, refuse

pytestmark = pytest.mark.engine

HOST = "shop.scm.azurewebsites.net"
CODE = "sls:azure:Code shop"
PROGRAM = """
import hashlib, pathlib
import pulumi
from sls_infra.providers.azure.code import Code
zip = pathlib.Path("shop.zip").resolve()
sha256 = hashlib.sha256(zip.read_bytes()).hexdigest()
code = Code("shop", app="shop", host="shop.scm.azurewebsites.net", bundle=str(zip), sha256=sha256)
pulumi.export("deployment", code.deployment)
"""


@pytest.fixture
def azure() -> Iterator[PublishEndpoint]:
    with PublishEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def workspace(azure: PublishEndpoint, tmp_path: Path) -> Iterator[Workspace]:
    files = {"__main__.py": PROGRAM, "shop.zip": "PK one"}
    plugins = {"sls": Path(sys.executable).parent}
    with Workspace(tmp_path, files, plugins=plugins, env=azure.env) as made:
        yield made


def sent(azure: PublishEndpoint) -> list[str]:
    return [each.sha256 for each in azure.published]


def digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def test_code_is_published_when_its_zip_changes_and_then_only(workspace: Workspace, azure: PublishEndpoint) -> None:
    assert workspace.preview().created == [CODE]
    assert azure.posts == 0
    azure.script(refuse(403, "Forbidden", Retry_After="1"), becomes(BUILDING, DEPLOYING, SUCCESS))
    assert workspace.up().created == [CODE]
    assert sent(azure) == [digest("PK one")]
    assert workspace.outputs()["deployment"] == azure.deployments[0].id

    assert workspace.up().summary == {"same": 2}
    workspace.write({"shop.zip": "PK two"})
    assert workspace.preview().updated == [CODE]
    assert azure.posts == 2
    assert workspace.up().updated == [CODE]
    assert sent(azure) == [digest("PK one"), digest("PK two")]

    azure.deployed_by(HOST, "az_cli")
    assert workspace.up().updated == [CODE]
    assert sent(azure)[2:] == [digest("PK two")]
    assert workspace.refresh().failed == []
    assert workspace.up().summary == {"same": 2}
    assert azure.token not in json.dumps(workspace.stack_export(show_secrets=True))
    assert workspace.destroy().deleted == [CODE]
    assert azure.posts == 4


def test_a_failure_is_told_and_the_next_up_tries_again(workspace: Workspace, azure: PublishEndpoint) -> None:
    azure.script(becomes(DEPLOYING, FAILED, text="Package is not valid"))
    failed = workspace.up(check=False)
    assert failed.failed == [CODE]
    assert "Package is not valid" in failed.text
    assert "Traceback" not in failed.text
    assert azure.token not in failed.text
    assert workspace.up().created == [CODE]

    azure.script(becomes(FAILED, text="Package is not valid"))
    workspace.write({"shop.zip": "PK two"})
    assert workspace.up(check=False).failed == [CODE]
    assert workspace.up().updated == [CODE]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_publish_is_put_right_by_the_next_up(
    workspace: Workspace, azure: PublishEndpoint, number: signal.Signals
) -> None:
    workspace.up()
    workspace.write({"shop.zip": "PK two"})
    azure.script(becomes(BUILDING))
    process = workspace.start("up", "--yes", "--skip-preview")
    eventually(lambda: len(azure.published) == 2 or None)
    os.killpg(process.pid, number)
    try:
        said = "".join(process.communicate(timeout=60))
    finally:
        process.kill()
        process.communicate()
    assert process.returncode != 0
    assert "Traceback" not in said
    workspace.run("cancel", "--yes", check=False)
    assert workspace.up().updated == [CODE]
    assert sent(azure) == [digest("PK one"), digest("PK two"), digest("PK two")]
    assert workspace.up().summary == {"same": 2}
