"""An Api for tests of the local target on the real engine: its program, and what is left of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from tests.engine.callers import processes_of
from tests.engine.harness import Workspace

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
