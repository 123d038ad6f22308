"""The local target on the real engine when things go wrong: killed, lost, interrupted, moved, replaced."""

from __future__ import annotations

import os
import signal
import socket

import pytest

from tests.engine.callers import call, kill, load, processes_of
from tests.engine.harness import Workspace
from tests.engine.local.shop import (
    ALL,
    API,
    DESK,
    DESK_CODE,
    GATEWAY,
    SHOP,
    SHOP_CODE,
    Make,
    daemon,
    left,
    version,
)
from tests.engine.processes import eventually, running

pytestmark = pytest.mark.engine


def test_a_first_deployment_that_fails_leaves_nothing_on_this_machine(workspace: Workspace) -> None:
    broken = "import nothing_of_that_name\n"
    workspace.write({"shop/shop.py": broken + SHOP_CODE, "desk/desk.py": broken + DESK_CODE})
    failed = workspace.up(check=False)
    assert failed.failed
    assert set(failed.created) <= {API}
    assert left(workspace) == []
    assert workspace.destroy().failed == []
    assert left(workspace) == []


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
