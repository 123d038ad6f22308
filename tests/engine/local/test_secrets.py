"""Secrets on this machine, on the real engine: who is given them, where they may not be, and how they change."""

from __future__ import annotations

import base64
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.engine.callers import call, kill, load, processes_of
from tests.engine.harness import Workspace
from tests.engine.local.shop import Make, daemon, left
from tests.engine.secrecy import keeps
from tests.engine.wire import UNKNOWN

pytestmark = pytest.mark.engine

DB, MAIL = "correct-horse-of-the-db", "battery-staple-of-the-mail"
NEW = "rotated-donkey-of-the-db"
SECRETS = ["sls:local:Secret orders-db", "sls:local:Secret orders-mail"]

PROGRAM = """
import pulumi
from sls_infra import Api, Function, Public, Route, Secret, ServerlessApi

db = Secret("db")
mail = Secret("mail", value=pulumi.Config().require_secret("mailKey"))
shop = Function("shop", code="shop", env={"DB_PASSWORD": db}, links=[mail.read()])
desk = Function("desk", code="desk", links=[mail.read()])
api = ServerlessApi(Api("orders", auth=Public(), routes=[
    Route("GET", "/shop", shop, handler="shop:read"),
    Route("GET", "/desk", desk, handler="desk:read"),
]))
pulumi.export("url", api.url)
pulumi.export("deployed", "yes")
"""
SHOP_CODE = """
import os
from sls_infra.runtime import links

AT_IMPORT = os.environ["DB_PASSWORD"]

def read(request):
    print("reading")
    linked = {name: links.secret(name) for name in ("db", "mail")}
    return {"at_import": AT_IMPORT, "env": os.environ["DB_PASSWORD"], **linked}
"""
DESK_CODE = """
import json, os
from sls_infra.runtime import NotLinked, links, services
from sls_infra.runtime.errors import ServiceError

def read(request):
    given = json.loads(os.environ["SLS_DEPLOYED"])["secrets"]
    found = {"mail": links.secret("mail"), "given": sorted(given), "environ": sorted(os.environ.values())}
    try:
        links.secret("db")
    except NotLinked as error:
        found["not_linked"] = str(error)
    try:
        services.secret(given["mail"].replace("orders-mail", "orders-db"))
        services.secret(request.headers["x-ref"])
    except ServiceError as error:
        found["refused"] = str(error)
    return found
"""


@pytest.fixture
def workspace(make: Make) -> Workspace:
    workspace = make(program=PROGRAM)
    workspace.write({"shop/shop.py": SHOP_CODE, "desk/desk.py": DESK_CODE})
    workspace.set_config("db", DB, secret=True)
    workspace.set_config("mailKey", MAIL, secret=True)
    return workspace


def forms(secret: str) -> list[bytes]:
    """As it may look in a file: plain, and in base64 at each of the three places it can begin at."""
    shifted = [base64.b64encode(b"\0" * before + secret.encode()) for before in range(3)]
    return [secret.encode(), *(encoded[4 if before else 0 : -4] for before, encoded in enumerate(shifted))]


def holding(folder: Path, secret: str) -> list[str]:
    """The files below the folder that have it in plain or in base64, inside of zips too, and the processes that were
    started from there with it in their environment."""
    found, looked_for = [], forms(secret)
    for path in folder.rglob("*"):
        if path.is_file():
            contents = [path.read_bytes()]
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    contents += [archive.read(name) for name in archive.namelist()]
            if any(form in content for content in contents for form in looked_for):
                found.append(str(path))
    for pid in processes_of(folder):
        environment = Path(f"/proc/{pid}/environ")
        if environment.exists() and any(form in environment.read_bytes() for form in looked_for):
            found.append(f"process {pid}")
    return found


def refs(workspace: Workspace) -> dict[str, str]:
    return {
        resource["inputs"]["name"]: resource["outputs"]["ref"]
        for resource in workspace.resources()
        if resource["type"] == "sls:local:Secret"
    }


def seen(url: str, expected: dict[str, Any]) -> bool:
    """Whether the shop sees these values, now or a few seconds later: without a deployment of its own."""
    deadline = time.monotonic() + 20
    while (answer := call(f"{url}/shop")[1]) != expected and time.monotonic() < deadline:
        time.sleep(0.1)
    return bool(answer == expected)


def test_who_is_given_what(workspace: Workspace) -> None:
    preview = workspace.preview()
    assert [each for each in preview.created if each in SECRETS] == SECRETS
    assert preview.outputs["url"] == UNKNOWN
    up = workspace.up()
    url = workspace.outputs()["url"]
    assert call(f"{url}/shop") == (200, {"at_import": DB, "env": DB, "db": DB, "mail": MAIL})

    status, desk = call(f"{url}/desk", headers={"x-ref": refs(workspace)["db"]})
    assert status == 200
    assert (desk["mail"], desk["given"]) == (MAIL, ["mail"])
    assert 'no secret named "db" is linked to this function' in desk["not_linked"]
    assert "this function was not given it" in desk["refused"]
    assert not [value for value in desk["environ"] if DB in value or MAIL in value]

    for secret in (DB, MAIL):
        assert holding(workspace.folder.parent, secret) == []
        keeps(secret, workspace)
        assert secret not in up.text + preview.text
    logs = "".join(path.read_text() for path in workspace.folder.rglob("log"))
    assert "reading" in logs  # or it would be no wonder that no secret is in them

    again = workspace.up()
    assert again.created == again.updated == again.deleted == []
    workspace.destroy()
    assert left(workspace) == []


def test_the_state_alone_has_it_where_it_is_asked_for(workspace: Workspace) -> None:
    """That the search finds what is there to be found."""
    workspace.up()
    shown = workspace.folder.parent / "shown.json"
    shown.write_text(json.dumps(workspace.stack_export(show_secrets=True)))
    assert holding(workspace.folder.parent, DB) == [str(shown)]
    shown.write_bytes(b"." + base64.b64encode(f"xy{DB}z".encode()))
    assert holding(workspace.folder.parent, DB) == [str(shown)]
    with zipfile.ZipFile(shown, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", DB * 10)
    assert holding(workspace.folder.parent, DB) == [str(shown)]


def test_a_rotation_is_seen_by_what_runs(workspace: Workspace) -> None:
    workspace.up()
    url, before = workspace.outputs()["url"], refs(workspace)
    process = daemon(workspace)
    assert seen(url, {"at_import": DB, "env": DB, "db": DB, "mail": MAIL})
    workspace.set_config("db", NEW, secret=True)
    with load(f"{url}/shop") as calls:
        assert workspace.preview().updated == [SECRETS[0]]
        up = workspace.up()
        assert up.updated == [SECRETS[0]]
        assert seen(url, {"at_import": DB, "env": NEW, "db": NEW, "mail": MAIL})
    calls.check()
    assert refs(workspace) == before
    assert daemon(workspace) == process
    for secret in (DB, NEW):
        assert holding(workspace.folder.parent, secret) == []
    assert workspace.up().updated == []


def test_a_secret_without_a_value_is_named_with_the_command(workspace: Workspace) -> None:
    workspace.run("config", "rm", "db")
    up = workspace.up(check=False)
    assert up.exit_code != 0
    assert "the secret 'db' has no value" in up.text
    assert "pulumi config set --secret db" in up.text
    assert left(workspace) == []


def test_what_was_lost_is_put_back_by_a_plain_up(workspace: Workspace) -> None:
    workspace.up()
    url = workspace.outputs()["url"]
    [key] = workspace.folder.rglob("secrets/key")
    key.unlink()
    up = workspace.up()
    assert up.exit_code == 0
    assert seen(url, {"at_import": DB, "env": DB, "db": DB, "mail": MAIL})
    assert sorted(refs(workspace)) == ["db", "mail"]
    workspace.destroy()
    assert left(workspace) == []


def test_a_gateway_that_was_killed_gives_them_again(workspace: Workspace) -> None:
    workspace.up()
    kill(daemon(workspace))
    assert workspace.up().exit_code == 0
    expected = {"at_import": DB, "env": DB, "db": DB, "mail": MAIL}
    assert call(f"{workspace.outputs()['url']}/shop") == (200, expected)
    kill(daemon(workspace))
    workspace.destroy()
    assert left(workspace) == []


def test_a_secret_of_another_stack_is_read_by_its_ref(workspace: Workspace) -> None:
    workspace.up()
    ref = refs(workspace)["db"]
    program = PROGRAM.replace('require_secret("mailKey")', 'get_secret("none") or "plain"').replace("orders", "others")
    program = program.replace('Secret("db")', f'Secret.existing("db", {ref!r})')
    workspace.write({"__main__.py": program})
    workspace.run("stack", "init", "prod")
    workspace.run("config", "set", "sls:target", "local")
    try:
        assert not [name for name in workspace.up().created if "others-db" in name]
        answer = call(f"{workspace.outputs()['url']}/shop")
        assert answer == (200, {"at_import": DB, "env": DB, "db": DB, "mail": "plain"})
    finally:
        workspace.destroy()
        workspace.run("stack", "select", workspace.stack)
    assert "db" in refs(workspace)
