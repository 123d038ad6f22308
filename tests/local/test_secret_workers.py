"""Functions with secrets, behind a real gateway: staged, started, and when a secret is lost meanwhile."""

from __future__ import annotations

import json
import os
import signal
import time
import zipfile

import httpx
import pytest

from sls_infra.errors import LocalError
from sls_infra.local import control, secrets
from sls_infra.local.model import FunctionSpec, GatewayState
from tests.local.harness import R, Stack, fetch, get, make_bundle

CODE = {
    "app.py": """
import os
from sls_infra.runtime import links
AT_IMPORT = os.environ["DB_PASSWORD"]

def read(request):
    return {"import": AT_IMPORT, "env": os.environ["DB_PASSWORD"], "link": links.secret("db"), "pid": os.getpid()}
"""
}
OLD, NEW = "p4ss-of-the-db", "rotated"
ROUTES: list[R] = [get("/", "app:read")]


def deploy(stack: Stack) -> str:
    """The ref of the secret of a function `app` that needs it to be imported."""
    ref = secrets.write_secret(stack.root, "db-1", OLD, urn=stack.urn("Secret", "db"))
    stage(stack, ref)
    return ref


def stage(stack: Stack, ref: str) -> None:
    bundle = make_bundle(stack.folder / "plain.zip", CODE, "app", ROUTES)
    needy = stack.folder / "needy.zip"
    with zipfile.ZipFile(bundle) as source, zipfile.ZipFile(needy, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            if name == "sls_manifest.json":
                content = json.dumps({**json.loads(content), "env": {"DB_PASSWORD": "db"}}).encode()
            archive.writestr(zipfile.ZipInfo(name), content)
    env = {"SLS_DEPLOYED": json.dumps({"secrets": {"db": ref}})}
    spec = FunctionSpec(id="app", name="app", env=env, max_instances=1)
    control.stage_function(stack.root, spec, needy, urn=stack.urn("Function", "app"))


def serve(stack: Stack) -> GatewayState:
    state = control.start_gateway(stack.root, "demo", stack.gateway(ROUTES), urn=stack.urn("Gateway", "demo"))
    stack.deployed.append("demo")
    return state


def answering(url: str, status: int) -> httpx.Response:
    """The first answer of that status, within some seconds."""
    deadline = time.monotonic() + 30
    while (answer := fetch(url)).status_code != status and time.monotonic() < deadline:
        time.sleep(0.1)
    return answer


def told(stack: Stack, text: str) -> bool:
    """Whether the gateway's journal, which is written now and then, comes to hold the text."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if any(text in path.read_text() for path in stack.root.rglob("log")):
            return True
        time.sleep(0.05)
    return False


def test_a_function_is_staged_and_served_with_its_secrets(stack: Stack) -> None:
    ref = deploy(stack)
    assert secrets.read_ref(stack.state, ref) == OLD
    url = serve(stack).url
    answer = fetch(url).json()
    assert [answer[name] for name in ("import", "env", "link")] == [OLD, OLD, OLD]
    texts = [path.read_text() for path in stack.root.rglob("spec.json")]
    assert texts
    assert not [text for text in texts if OLD in text or "SLS_SECRETS" in text]
    assert not list(stack.root.glob("functions/*/secrets"))


def test_a_reload_with_nothing_changed_keeps_the_processes(stack: Stack) -> None:
    deploy(stack)
    gateway = serve(stack)
    before = fetch(gateway.url).json()["pid"]
    control.reload_gateway(stack.root, gateway.id, None)
    assert fetch(gateway.url).json()["pid"] == before


def test_a_function_whose_secret_is_not_there_is_not_staged(stack: Stack) -> None:
    with pytest.raises(LocalError, match="there is no secret 'demo/dev/db-1'"):
        stage(stack, "demo/dev/db-1")
    assert not stack.root.exists()


def test_a_secret_that_is_lost_is_503_until_it_is_back(stack: Stack) -> None:
    deploy(stack)
    url = serve(stack).url
    pid = fetch(url).json()["pid"]
    secrets.remove_secret(stack.root, "db-1")
    assert fetch(url).json()["import"] == OLD  # who has it goes on
    os.kill(pid, signal.SIGKILL)
    lost = answering(url, 503)
    assert lost.status_code == 503
    assert lost.headers["content-type"] == "application/problem+json"
    assert lost.json()["detail"] == "the function is not ready"
    assert told(stack, "there is no secret")
    secrets.write_secret(stack.root, "db-1", NEW, urn=stack.urn("Secret", "db"))
    back = answering(url, 200).json()
    assert [back[name] for name in ("import", "env", "link")] == [NEW, NEW, NEW]
