"""The local target on the real engine: literal `pulumi` commands that really deploy."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from tests.engine.callers import call, load, processes_of
from tests.engine.harness import Workspace
from tests.engine.local.shop import (
    ALL,
    BIN,
    DESK,
    GATEWAY,
    PROGRAM,
    SHOP,
    SHOP_CODE,
    Make,
    left,
    version,
)
from tests.engine.wire import UNKNOWN

pytestmark = pytest.mark.engine


def test_a_life(workspace: Workspace) -> None:
    preview = workspace.preview()
    assert preview.created == ALL
    assert preview.outputs["url"] == UNKNOWN
    assert left(workspace) == []

    up = workspace.up()
    assert up.created == ALL
    assert up.warnings == up.errors == []
    url = workspace.outputs()["url"]
    assert call(f"{url}/orders/7") == (200, {"id": "7", "version": 1, "token": "none"})
    assert call(f"{url}/desk") == (200, "desk")
    assert call(f"{url}/nothing")[0] == 404

    again = workspace.up()
    assert again.same == ALL
    assert again.created == again.updated == again.deleted == again.replaced == []
    assert workspace.preview().same == ALL
    assert workspace.refresh().deleted == []

    destroyed = workspace.destroy()
    assert destroyed.deleted == ALL
    assert left(workspace) == []
    with pytest.raises(ConnectionRefusedError):
        call(f"{url}/desk")


def test_new_code_updates_its_function_alone_and_drops_no_request(workspace: Workspace) -> None:
    workspace.up()
    url = workspace.outputs()["url"]
    with load(f"{url}/orders/7", f"{url}/desk") as calls:
        for number in (2, 3):
            version(workspace, number)
            if number == 2:
                assert workspace.preview().updated == [SHOP]
            assert workspace.up().updated == [SHOP]
            assert call(f"{url}/orders/7")[1]["version"] == number
    calls.check()
    assert {answer for answer in calls.answers if "version" in answer} == {
        f'200 {{"id": "7", "version": {number}, "token": "none"}}' for number in (1, 2, 3)
    }
    assert workspace.outputs()["url"] == url


def test_new_routes_and_new_code_are_served_together(workspace: Workspace) -> None:
    workspace.up()
    url = workspace.outputs()["url"]
    with load(f"{url}/orders/7") as calls:
        renamed = PROGRAM.replace("/orders/{id}", "/orders/{number}").replace('"/desk", desk', '"/office", desk')
        workspace.write({"__main__.py": renamed, "shop/shop.py": SHOP_CODE.replace('params["id"]', 'params["number"]')})
        assert workspace.up().updated == sorted([DESK, GATEWAY, SHOP])
    calls.check()  # neither the old code with the new routes, nor the other way round
    assert call(f"{url}/office") == (200, "desk")
    assert call(f"{url}/desk")[0] == 404


def test_a_function_that_is_no_longer_named_goes(workspace: Workspace) -> None:
    workspace.up()
    url = workspace.outputs()["url"]
    workspace.write({"__main__.py": PROGRAM.replace('    Route("GET", "/desk", desk, handler="desk:read"),\n', "")})
    up = workspace.up()
    assert up.updated == [GATEWAY]
    assert up.deleted == [DESK]
    assert call(f"{url}/desk")[0] == 404
    assert len(list(workspace.folder.glob(".sls/*/*/*/functions/*"))) == 1


def test_a_handler_that_does_not_import_leaves_the_old_one_serving(workspace: Workspace) -> None:
    workspace.up()
    url = workspace.outputs()["url"]
    with load(f"{url}/orders/7") as calls:
        workspace.write({"shop/shop.py": f"import nothing_of_that_name\n{SHOP_CODE}"})
        failed = workspace.up(check=False)
        assert failed.exit_code != 0
        assert failed.failed == [SHOP]
        [error] = [line for line in failed.errors if "nothing_of_that_name" in line]
        assert "function 'shop' does not start" in error
        assert "sls_infra/plugin" not in failed.text
        assert "sls_infra/local" not in failed.text
    calls.check()
    version(workspace, 2)
    assert workspace.up().updated == [SHOP]
    assert call(f"{url}/orders/7")[1]["version"] == 2


def test_ports(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free, socket.create_server(("127.0.0.1", 0)) as taken:
        first, second = free.getsockname()[1], taken.getsockname()[1]
        free.close()
        one = make(config={"sls:port": str(first)})
        one.up()
        url = f"http://127.0.0.1:{first}"
        assert one.outputs()["url"] == url

        with load(f"{url}/orders/7") as calls:  # by another program
            one.set_config("sls:port", str(second))
            version(one, 2)
            assert one.preview().step("sls:local:Gateway", "orders").outputs["url"] == UNKNOWN
            failed = one.up(check=False)
            assert failed.failed == [GATEWAY]
            [error] = [line for line in failed.errors if str(second) in line]
            assert "in use by another program" in error
            assert "Traceback" not in failed.text
        calls.check()

    other = make("two", config={"sls:port": str(first)}, project="other")  # by another stack of ours
    failed = other.up(check=False)
    [error] = [line for line in failed.errors if str(first) in line]
    assert "project 'demo'" in error
    assert "stack 'dev'" in error

    moved = one.up()  # the port is free now
    assert moved.updated == [GATEWAY]
    assert call(f"http://127.0.0.1:{second}/orders/7")[1]["version"] == 2
    with pytest.raises(ConnectionRefusedError):
        call(f"{url}/desk")


def test_stacks_side_by_side(workspace: Workspace) -> None:
    workspace.up()
    url = workspace.outputs()["url"]
    workspace.run("stack", "init", "test")
    workspace.set_config("sls:target", "local")
    version(workspace, 2)
    workspace.up()
    other = workspace.outputs()["url"]
    assert other != url
    assert call(f"{url}/orders/7")[1]["version"] == 1
    assert call(f"{other}/orders/7")[1]["version"] == 2
    workspace.destroy()
    workspace.run("stack", "select", "dev")
    assert call(f"{url}/orders/7")[1]["version"] == 1
    assert workspace.up().updated == [SHOP]


def test_secrets_stay_secret(workspace: Workspace) -> None:
    workspace.set_config("token", "hush-hush", secret=True)
    up = workspace.up()
    assert "hush-hush" not in up.text
    state = workspace.stack_export()
    assert "hush-hush" not in json.dumps(state)
    assert "hush-hush" in json.dumps(workspace.stack_export(show_secrets=True))
    url = workspace.outputs()["url"]
    assert call(f"{url}/orders/7")[1]["token"] == "hush-hush"
    assert workspace.up().same == ALL

    # They are plain in a file of this machine, which is for its user alone.
    [spec] = [path for path in workspace.folder.glob(".sls/**/spec.json") if "hush-hush" in path.read_text()]
    for path in (spec, *list(spec.parents)[:7]):
        assert path.stat().st_mode & 0o077 == 0, path
        if path.name == ".sls":
            break

    workspace.set_config("token", "psst-psst", secret=True)
    changed = workspace.up()
    assert changed.updated == [SHOP]
    assert "psst-psst" not in changed.text + json.dumps(workspace.stack_export())
    assert call(f"{url}/orders/7")[1]["token"] == "psst-psst"


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to look into other processes")
def test_what_outlives_the_command_knows_nothing_of_its_environment(workspace: Workspace) -> None:
    workspace.env["OF_THE_DEPLOYER"] = "a credential"
    workspace.up()
    for pid in processes_of(workspace.folder):
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert b"PATH=" in environment
        for foreign in (b"PULUMI_", b"OF_THE_DEPLOYER", b"battery staple"):
            assert foreign not in environment


def test_what_only_the_deployment_knows(workspace: Workspace) -> None:
    closed = PROGRAM.replace("import Api,", "import Api, Jwt,").replace(
        "auth=Public()", 'auth=Jwt(issuer=config.require_secret("issuer"), audience="orders")'
    )
    workspace.write({"__main__.py": closed})
    workspace.set_config("issuer", "http://127.0.0.1:9/hidden", secret=True)
    workspace.up()
    url = workspace.outputs()["url"]
    status, problem = call(f"{url}/desk")
    assert (status, problem["status"]) == (401, 401)
    assert "hidden" not in json.dumps(workspace.stack_export())

    workspace.set_config("issuer", "http://id.example.com/", secret=True)
    failed = workspace.up(check=False)
    assert failed.failed == [GATEWAY]
    assert any("neither https nor http on this machine" in error for error in failed.errors)
    assert "id.example.com" not in failed.text  # it was a secret
    assert call(f"{url}/desk")[0] == 401
    workspace.set_config("issuer", "http://127.0.0.1:9/hidden", secret=True)
    assert workspace.up().same == ALL


def test_the_schema_is_a_packages(workspace: Workspace) -> None:
    schema = json.loads(workspace.run("package", "get-schema", str(BIN / "pulumi-resource-sls")).stdout)
    kinds = ("Function", "Gateway", "Secret", "Key", "Queue", "Topic", "Bucket", "Table", "Subscription")
    assert set(schema["resources"]) == {*(f"sls:local:{kind}" for kind in kinds), "sls:azure:Code"}


def test_a_plugin_that_is_not_found_is_told_before_the_engine_asks_the_network(make: Make) -> None:
    workspace = make(plugins=None)
    found = workspace.env["PATH"]
    workspace.env["PATH"] = os.pathsep.join(
        folder for folder in found.split(os.pathsep) if not (Path(folder) / "pulumi-resource-sls").exists()
    )
    failed = workspace.up(check=False)
    assert any("can't find pulumi-resource-sls" in error for error in failed.errors)
    assert "Traceback" not in failed.text
    workspace.env["PATH"] = found
    assert set(workspace.up().created) >= {SHOP, DESK, GATEWAY}
