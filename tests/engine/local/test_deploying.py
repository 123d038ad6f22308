"""The local target on the real engine: literal `pulumi` commands that really deploy."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.callers import call, kill, load, processes_of
from tests.engine.harness import Workspace
from tests.engine.processes import eventually, running
from tests.engine.wire import UNKNOWN

pytestmark = pytest.mark.engine

BIN = Path(sys.executable).parent
SHOP, DESK, GATEWAY = "sls:local:Function orders-shop", "sls:local:Function orders-desk", "sls:local:Gateway orders"
API = "sls:index:ServerlessApi orders"
ALL = sorted([API, SHOP, DESK, GATEWAY])

PROGRAM = """
import pulumi
from sls_infra import Api, Function, Public, Route, ServerlessApi

config = pulumi.Config()
shop = Function("shop", code="shop", env={"TOKEN": config.get_secret("token") or "none"})
desk = Function("desk", code="desk")
api = ServerlessApi(Api("orders", auth=Public(), routes=[
    Route("GET", "/orders/{id}", shop, handler="shop:read"),
    Route("GET", "/desk", desk, handler="desk:read"),
]))
pulumi.export("url", api.url)
pulumi.export("functions", api.functions)
"""
SHOP_CODE = """
import os

def read(request):
    return {"id": request.path_params["id"], "version": 1, "token": os.environ["TOKEN"]}
"""
DESK_CODE = """
def read(request):
    return "desk"
"""

Make = Callable[..., Workspace]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes workspaces; when the test is over, everything that it deployed is gone, whatever happened."""
    with contextlib.ExitStack() as stack:

        def workspace(name: str = "one", program: str = PROGRAM, **more: object) -> Workspace:
            files = {"__main__.py": program, "shop/shop.py": SHOP_CODE, "desk/desk.py": DESK_CODE}
            config = {"sls:target": "local", **more.pop("config", {})}  # type: ignore[dict-item]
            env = {"SLS_INFRA_CACHE": str(tmp_path / "cache")}
            made = Workspace(tmp_path / name, files, config=config, plugins={"sls": BIN}, env=env, **more)  # type: ignore[arg-type]
            return stack.enter_context(made)

        try:
            yield workspace
        finally:
            with contextlib.suppress(BaseException):
                stack.close()
            for pid in processes_of(tmp_path):
                kill(pid)


@pytest.fixture
def workspace(make: Make) -> Workspace:
    return make()


def daemon(workspace: Workspace) -> int:
    """The process of the workspace's only gateway."""
    [state] = workspace.folder.glob(".sls/*/*/*/gateways/*/state.json")
    pid: int = json.loads(state.read_text())["pid"]
    return pid


def version(workspace: Workspace, number: object) -> None:
    """Another version of the shop's code."""
    workspace.write({"shop/shop.py": SHOP_CODE.replace('"version": 1', f'"version": {number}')})


def left(workspace: Workspace) -> list[str]:
    """What is in the project's folder besides what the test wrote, and what runs from it."""
    written = {"__main__.py", "Pulumi.yaml", "Pulumi.dev.yaml", "shop", "shop/shop.py", "desk", "desk/desk.py"}
    files = (str(path.relative_to(workspace.folder)) for path in workspace.folder.rglob("*"))
    return [*(file for file in files if file not in written), *processes_of(workspace.folder).values()]


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


def test_a_first_deployment_that_fails_leaves_nothing_on_this_machine(workspace: Workspace) -> None:
    broken = "import nothing_of_that_name\n"
    workspace.write({"shop/shop.py": broken + SHOP_CODE, "desk/desk.py": broken + DESK_CODE})
    failed = workspace.up(check=False)
    assert failed.failed
    assert set(failed.created) <= {API}
    assert left(workspace) == []
    assert workspace.destroy().failed == []
    assert left(workspace) == []


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


def test_a_killed_gateway_is_seen_and_put_back(workspace: Workspace) -> None:
    workspace.up()
    url = workspace.outputs()["url"]

    kill(daemon(workspace))
    eventually(lambda: not processes_of(workspace.folder))  # its workers end with it
    assert workspace.run("refresh", "--preview-only", events=True).deleted == [GATEWAY]
    assert workspace.up().created == [GATEWAY]
    assert call(f"{url}/orders/7")[0] == 200  # on the same port

    kill(daemon(workspace))
    assert workspace.refresh().deleted == [GATEWAY]
    assert workspace.up().created == [GATEWAY]
    assert call(f"{url}/orders/7")[0] == 200

    kill(daemon(workspace))
    workspace.destroy()
    assert left(workspace) == []


def test_a_lost_folder_is_put_back(workspace: Workspace) -> None:
    workspace.up()
    url = workspace.outputs()["url"]
    [folder] = workspace.folder.glob(".sls/*/*/*/functions/orders-shop-*")
    folder.rename(workspace.folder.parent / "elsewhere")
    with load(f"{url}/desk") as calls:
        up = workspace.up()
    calls.check()
    assert (up.created, up.updated, up.same) == ([SHOP], [GATEWAY], sorted([API, DESK]))
    assert call(f"{url}/orders/7")[0] == 200


def test_state_that_was_removed_as_a_whole_is_put_back(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    workspace = make(config={"sls:port": str(port)})
    workspace.up()
    pid = daemon(workspace)
    (workspace.folder / ".sls").rename(workspace.folder.parent / "elsewhere")
    eventually(lambda: not running(pid))  # nobody could find it any more
    assert workspace.up().created == sorted([DESK, GATEWAY, SHOP])
    assert call(f"http://127.0.0.1:{port}/orders/7")[0] == 200


def test_an_engine_killed_in_the_middle_is_recovered_by_the_next_up(workspace: Workspace) -> None:
    sign = workspace.folder.parent / "importing"
    slow = f"import pathlib, time\npathlib.Path({str(sign)!r}).touch()\ntime.sleep(4)\n"
    workspace.write({"shop/shop.py": slow + SHOP_CODE})
    engine = workspace.start("up", "--yes", "--skip-preview")
    eventually(sign.exists)
    kill(engine.pid)
    engine.communicate(timeout=60)
    assert list(workspace.folder.glob(".sls/*/*/*/functions/*"))
    workspace.run("cancel", "--yes")

    workspace.write({"shop/shop.py": SHOP_CODE})
    workspace.up()
    assert len(list(workspace.folder.glob(".sls/*/*/*/functions/*"))) == 2
    url = workspace.outputs()["url"]
    assert call(f"{url}/orders/7")[0] == 200

    sign.unlink()
    workspace.write({"shop/shop.py": slow + SHOP_CODE})
    engine = workspace.start("up", "--yes", "--skip-preview")
    eventually(sign.exists)
    kill(engine.pid)
    engine.communicate(timeout=60)
    workspace.run("cancel", "--yes")
    assert call(f"{url}/orders/7") == (200, {"id": "7", "version": 1, "token": "none"})
    version(workspace, 2)
    assert workspace.up().updated == [SHOP]
    assert call(f"{url}/orders/7")[1]["version"] == 2

    workspace.destroy()
    eventually(lambda: not left(workspace))  # what was imported when the engine was killed may take until now


def test_an_engine_killed_while_the_gateway_starts(workspace: Workspace) -> None:
    engine = workspace.start("up", "--yes", "--skip-preview")
    eventually(lambda: list(workspace.folder.glob(".sls/*/*/*/gateways/*/spec.json")))
    kill(engine.pid)
    engine.communicate(timeout=60)
    workspace.run("cancel", "--yes")
    workspace.up()
    assert call(f"{workspace.outputs()['url']}/orders/7")[0] == 200
    assert len(list(workspace.folder.glob(".sls/*/*/*/gateways/*"))) == 1
    workspace.destroy()
    assert left(workspace) == []


def test_an_interrupted_up_ends_in_good_order(workspace: Workspace) -> None:
    workspace.up()
    url = workspace.outputs()["url"]
    sign = workspace.folder.parent / "importing"
    slow = f"import pathlib, time\npathlib.Path({str(sign)!r}).touch()\ntime.sleep(3)\n"
    workspace.write({"shop/shop.py": slow + SHOP_CODE, "desk/desk.py": DESK_CODE})
    engine = workspace.start("up", "--yes", "--skip-preview")
    eventually(sign.exists)
    os.killpg(engine.pid, signal.SIGINT)  # as a terminal does
    said = "".join(engine.communicate(timeout=60))
    assert engine.returncode != 0
    assert "Traceback" not in said
    assert call(f"{url}/orders/7")[0] == 200
    version(workspace, 2)
    assert workspace.up().updated == [SHOP]  # nothing is locked, nothing is pending
    assert call(f"{url}/orders/7")[1]["version"] == 2


def test_state_can_be_moved(workspace: Workspace) -> None:
    workspace.up()
    workspace.set_config("sls:root", "../elsewhere")
    moved = workspace.up()
    assert moved.replaced == sorted([DESK, GATEWAY, SHOP])
    assert left(workspace) == []
    assert call(f"{workspace.outputs()['url']}/orders/7")[0] == 200
    workspace.destroy()
    assert list((workspace.folder.parent / "elsewhere").rglob("*")) == []


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


def test_everything_can_be_replaced(workspace: Workspace) -> None:
    workspace.up()
    up = workspace.up("--replace", "**")
    assert {SHOP, DESK, GATEWAY} <= set(up.replaced)
    url = workspace.outputs()["url"]
    assert call(f"{url}/orders/7")[0] == 200
    assert len(list(workspace.folder.glob(".sls/*/*/*/functions/*"))) == 2
    assert len(list(workspace.folder.glob(".sls/*/*/*/gateways/*"))) == 1
    assert workspace.up().same == ALL

    shop = next(resource["urn"] for resource in workspace.resources() if resource["urn"].endswith("orders-shop"))
    up = workspace.up("--replace", shop)
    assert (up.replaced, up.updated) == ([SHOP], [GATEWAY])
    assert call(f"{url}/orders/7")[0] == 200


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
    assert set(schema["resources"]) == {"sls:local:Function", "sls:local:Gateway"}
