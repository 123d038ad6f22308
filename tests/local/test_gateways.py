"""Gateways' lives: started, killed, put back, stopped; through the control plane."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from sls_infra.errors import LocalError
from sls_infra.local import control
from tests.local.harness import (
    ROUTES,
    Deployed,
    Stack,
    children,
    code,
    eventually,
    fetch,
    free_port,
    is_running,
    modes,
)


def test_a_gateway_starts_answers_and_leaves_nothing(stack: Stack) -> None:
    api = stack.deploy(code("one"), ROUTES)
    assert api.get("/version").text == "one"
    assert api.state.url == f"http://127.0.0.1:{api.state.port}"
    assert control.read_gateway(stack.root, api.id) == api.state
    workers = api.workers()
    assert len(workers) == 1
    control.stop_gateway(stack.root, api.id)
    assert control.read_gateway(stack.root, api.id) is None
    control.remove_function(stack.root, "app")
    assert not [pid for pid in (api.state.pid, *workers) if is_running(pid)]
    assert not stack.state.exists()
    control.stop_gateway(stack.root, api.id)
    control.remove_function(stack.root, "app")
    with pytest.raises(httpx.ConnectError):
        api.get("/version")


def test_everything_on_disk_is_its_users_alone(stack: Stack) -> None:
    umask = os.umask(0)
    try:
        api = stack.deploy(code("one"), ROUTES, function={"env": {"SECRET": "s3cret"}})
        assert api.get("/version").text == "one"
        eventually(lambda: "GET" in (api.folder / "log").read_text())
        assert modes(stack.state) <= {("folder", 0o700), ("file", 0o600)}
        assert (stack.state / ".gitignore").read_text() == "*\n"
    finally:
        os.umask(umask)


def test_the_daemon_stands_alone(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own session, no open output of ours, and nothing of our environment but what it needs."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "s3cret")
    api = stack.deploy(code("one"), ROUTES)
    process = Path(f"/proc/{api.state.pid}")
    for pid in (api.state.pid, *api.workers()):
        assert "s3cret" not in Path(f"/proc/{pid}/environ").read_text()
        assert os.getsid(pid) != os.getsid(0)
    assert process.joinpath("fd/0").readlink() == Path("/dev/null")
    for number in (1, 2):
        assert process.joinpath(f"fd/{number}").readlink() == api.folder / "log"
    ours = {
        os.readlink(f"/proc/self/fd/{fd}")
        for fd in os.listdir("/proc/self/fd")
        if os.path.islink(f"/proc/self/fd/{fd}")
    }
    pipes = {link for link in ours if link.startswith("pipe:")}
    theirs = {str(link.readlink()) for link in process.joinpath("fd").iterdir()}
    assert not pipes & theirs


def test_starting_again_is_no_second_gateway(stack: Stack) -> None:
    api = stack.deploy(code("one"), ROUTES)
    again = control.start_gateway(stack.root, api.id, api.state.spec, urn=stack.urn("Gateway", api.id))
    assert again == api.state


def test_a_port_in_use_says_by_whom(stack: Stack, tmp_path: Path, taken: int) -> None:
    api = stack.deploy(code("one"), ROUTES)
    other = Stack(tmp_path / "other", project="shop", name="prod")
    other.folder.mkdir()
    other.stage("app", code("two"), ROUTES)
    for port, holder in ((api.state.port, "project 'demo', stack 'dev'"), (taken, "another program")):
        with pytest.raises(LocalError, match=rf"port {port} .*{holder}"):
            control.start_gateway(other.root, "g", other.gateway(ROUTES, port=port), urn=other.urn("Gateway", "g"))
    assert not (other.root / "gateways" / "g").exists()
    assert api.get("/version").text == "one"


def test_ports_that_are_none(stack: Stack) -> None:
    stack.stage("app", code("one"), ROUTES)
    for port in (-1, 65_536):
        with pytest.raises(LocalError, match=str(port)):
            control.start_gateway(stack.root, "g", stack.gateway(ROUTES, port=port), urn=stack.urn("Gateway", "g"))


def test_two_stacks_side_by_side(stack: Stack) -> None:
    other = Stack(stack.folder, name="prod")
    try:
        one, two = stack.deploy(code("one"), ROUTES), other.deploy(code("two"), ROUTES)
        assert one.folder != two.folder
        assert (one.get("/version").text, two.get("/version").text) == ("one", "two")
        other.close()
        assert one.get("/version").text == "one"
    finally:
        other.close()


def test_two_gateways_of_one_stack(stack: Stack) -> None:
    one = stack.deploy(code("one"), ROUTES)
    two = stack.deploy(code("two"), ROUTES, id="second")
    assert control.gateways_of(stack.root, "app") == ["demo", "second"]
    assert control.gateways_of(stack.root, "nobody") == []
    # Both serve one function; the first one has not been told of its new revision.
    assert (one.get("/version").text, two.get("/version").text) == ("one", "two")
    control.reload_gateway(stack.root, one.id, None)
    assert one.get("/version").text == "two"


def kill(api: Deployed) -> list[int]:
    """Ends the daemon as a crash would; returns its workers."""
    workers = api.workers()
    os.kill(api.state.pid, signal.SIGKILL)
    eventually(lambda: not is_running(api.state.pid))
    return workers


def test_a_killed_daemon_is_seen_and_put_back(stack: Stack) -> None:
    api = stack.deploy(code("one"), ROUTES)
    with ThreadPoolExecutor(1) as threads:
        hung = threads.submit(api.get, "/slow?s=60")
        time.sleep(0.3)
        workers = kill(api)
        with pytest.raises(httpx.HTTPError):
            hung.result()
    # Also the one that is in the midst of a handler.
    assert eventually(lambda: not [pid for pid in workers if is_running(pid)])
    assert control.read_gateway(stack.root, api.id) is None
    again = control.start_gateway(stack.root, api.id, api.state.spec, urn=stack.urn("Gateway", api.id))
    assert (again.port, again.pid != api.state.pid) == (api.state.port, True)
    assert api.get("/version").text == "one"


def test_a_reload_puts_a_killed_daemon_back(stack: Stack) -> None:
    api = stack.deploy(code("one"), ROUTES)
    kill(api)
    stack.stage("app", code("two"), ROUTES)
    assert control.reload_gateway(stack.root, api.id, None).port == api.state.port
    assert api.get("/version").text == "two"


def test_a_stop_after_a_kill_leaves_nothing(stack: Stack) -> None:
    api = stack.deploy(code("one"), ROUTES)
    kill(api)
    control.stop_gateway(stack.root, api.id)
    assert not api.folder.exists()


def test_an_older_one_of_the_same_urn_is_replaced_on_its_port(stack: Stack) -> None:
    """What a run left that was killed before the engine had recorded it."""
    api = stack.deploy(code("one"), ROUTES)
    stack.stage("app", code("two"), ROUTES, id="app-2")
    spec = replace(api.state.spec, functions={"app": "app-2"})
    state = control.start_gateway(stack.root, "demo-2", spec, urn=stack.urn("Gateway", api.id))
    stack.deployed.append("demo-2")
    assert (state.port, state.pid != api.state.pid) == (api.state.port, True)
    assert not api.folder.exists()
    assert not (stack.root / "functions" / "app").exists()
    assert api.get("/version").text == "two"


def test_sweeping(stack: Stack) -> None:
    api = stack.deploy(code("one"), ROUTES)
    live = {stack.urn("Gateway", "demo"), stack.urn("Function", "app")}
    assert control.sweep(stack.root, live) == []
    assert api.get("/version").text == "one"
    assert set(control.sweep(stack.root, set())) == live
    assert not stack.state.exists()
    assert eventually(lambda: not is_running(api.state.pid))


def test_a_stop_waits_for_requests_in_flight(stack: Stack) -> None:
    api = stack.deploy(code("one"), ROUTES)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(api.get, "/slow?s=1")
        time.sleep(0.3)
        control.stop_gateway(stack.root, api.id)
        assert slow.result().text == "one"


def test_a_daemon_without_its_folder_is_not_taken_for_one(stack: Stack) -> None:
    with pytest.raises(LocalError, match="pulumi up"):
        control.reload_gateway(stack.root, "nobody", None)
    assert control.read_gateway(stack.root, "nobody") is None
    for id in ("", "..", "a/b", ".hidden", "a\x00b"):
        with pytest.raises(LocalError):
            control.read_gateway(stack.root, id)


def test_a_daemon_ends_when_its_folder_is_gone(stack: Stack, tmp_path: Path) -> None:
    port = free_port()
    api = stack.deploy(code("one"), ROUTES, port=port)
    workers = api.workers()
    api.folder.rename(tmp_path / "elsewhere")
    eventually(lambda: not any(map(is_running, [api.state.pid, *workers])), 20)
    again = stack.deploy(code("two"), ROUTES, port=port)
    assert again.get("/version").text == "two"


def test_a_state_folder_with_a_long_and_odd_name(tmp_path: Path) -> None:
    deep = tmp_path / ("ordner mit leerzeichen & ümläut " * 5) / ("x" * 100)
    deep.mkdir(parents=True)
    stack = Stack(deep, project="my project!", name="dev/eu")
    try:
        api = stack.deploy(code("one"), ROUTES)
        assert api.get("/version").text == "one"
    finally:
        stack.close()


def test_no_process_of_a_start_that_fails_is_left(stack: Stack, taken: int) -> None:
    stack.stage("app", code("one"), ROUTES)
    before = set(children(os.getpid()))
    with pytest.raises(LocalError):
        control.start_gateway(stack.root, "g", stack.gateway(ROUTES, port=taken), urn=stack.urn("Gateway", "g"))
    assert set(children(os.getpid())) <= before
    spec = replace(stack.gateway(ROUTES), functions={"app": "nobody"})
    with pytest.raises(LocalError, match="nobody"):
        control.start_gateway(stack.root, "g", spec, urn=stack.urn("Gateway", "g"))
    assert set(children(os.getpid())) <= before


def test_a_caller_that_waits_for_our_output_is_not_held_up(stack: Stack) -> None:
    """`pulumi up` reads its plugin's output to its end: a daemon that had it open would never let it finish."""
    stack.stage("app", code("one"), ROUTES)
    spec = stack.gateway(ROUTES)
    program = (
        "import sys, pathlib\n"
        "from sls_infra.local import control\n"
        "from sls_infra.local.model import GatewaySpec\n"
        f"spec = GatewaySpec.from_json({spec.to_json()!r})\n"
        f"root, urn = pathlib.Path({str(stack.root)!r}), {stack.urn('Gateway', 'demo')!r}\n"
        "print(control.start_gateway(root, 'demo', spec, urn=urn).url)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    stack.deployed.append("demo")
    assert fetch(f"{done.stdout.strip()}/version").text == "one"
