"""Gateways reloaded under load: new code, routes and ports, and reloads that fail; through the control plane."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from sls_infra.errors import LocalError
from sls_infra.local import control
from tests.local.harness import (
    ROUTES,
    Stack,
    client,
    code,
    eventually,
    fetch,
    free_port,
    get,
)

LATE = "def slow(request): ...\ndef version(request):\n    import late\n    return late.word\n"


@contextmanager
def load(url: str, threads: int = 4) -> Generator[list[str]]:
    """Calls without a pause, over connections that are kept and new ones; yields what was answered, also when not."""
    stop, answers = threading.Event(), list[str]()

    def call(kept: bool) -> None:
        with client(url) as calling:
            while not stop.is_set():
                try:
                    answer = calling.get("/version") if kept else fetch(f"{url}/version")
                    answers.append(answer.text if answer.status_code == 200 else str(answer.status_code))
                except httpx.HTTPError as error:
                    answers.append(repr(error))

    with ThreadPoolExecutor(threads) as pool:
        for number in range(threads):
            pool.submit(call, number % 2 == 0)
        try:
            yield answers
        finally:
            stop.set()


def test_new_code_without_a_dropped_request(stack: Stack) -> None:
    api = stack.deploy(code("one"), ROUTES)
    with load(api.url) as answers:
        eventually(lambda: len(answers) > 20)
        for version in ("two", "three", "four"):
            stack.stage("app", code(version), ROUTES)
            assert control.reload_gateway(stack.root, api.id, None) == api.state
            seen = len(answers)
            eventually(lambda count=seen: len(answers) > count + 20)  # type: ignore[misc]
    assert set(answers) == {"one", "two", "three", "four"}
    last = {version: len(answers) - answers[::-1].index(version) for version in ("one", "two", "three")}
    assert last["one"] < last["two"] < last["three"]
    assert answers[-1] == "four"
    eventually(lambda: len(api.workers()) == 1)
    revisions = [each for each in (stack.root / "functions/app/revisions").iterdir() if each.is_dir()]
    assert len(revisions) == 2


def test_requests_in_flight_end_with_the_code_that_they_began_with(stack: Stack, tmp_path: Path) -> None:
    api = stack.deploy(code("one"), ROUTES)
    with ThreadPoolExecutor(3) as threads:
        slow = [threads.submit(api.get, f"/wait?until={tmp_path}/now") for _ in range(3)]
        eventually(lambda: len(api.workers()) > 1)
        stack.stage("app", code("two"), ROUTES)
        control.reload_gateway(stack.root, api.id, None)
        assert api.get("/version").text == "two"
        assert not any(each.done() for each in slow)
        (tmp_path / "now").touch()
        assert [each.result().text for each in slow] == ["one"] * 3
    eventually(lambda: len(api.workers()) == 1)


def test_what_has_not_changed_keeps_its_workers(stack: Stack) -> None:
    routes = [*ROUTES, get("/other", "app:version", function="other")]
    api = stack.deploy(code("one"), routes)
    before = set(api.workers())
    stack.stage("other", code("two"), routes)
    control.reload_gateway(stack.root, api.id, None)
    assert (api.get("/version").text, api.get("/other").text) == ("one", "two")
    eventually(lambda: len(api.workers()) == 2)
    assert len(before & set(api.workers())) == 1


def test_new_routes(stack: Stack) -> None:
    api = stack.deploy(code("one"), ROUTES[:1])
    assert api.get("/slow").status_code == 404
    stack.stage("app", code("one"), ROUTES)
    state = control.reload_gateway(stack.root, api.id, stack.gateway(ROUTES, max_body=7))
    assert state.url == api.url
    assert api.get("/slow?s=0").status_code == 200
    assert control.read_gateway(stack.root, api.id) == state
    assert state.spec.max_body == 7


def test_another_port_without_a_dropped_request(stack: Stack) -> None:
    api = stack.deploy(code("one"), ROUTES)
    port = free_port()
    with ThreadPoolExecutor(1) as threads, load(api.url, 2) as answers:
        eventually(lambda: len(answers) > 10)
        slow = threads.submit(api.get, "/slow?s=1")
        time.sleep(0.2)
        state = control.reload_gateway(stack.root, api.id, replace(api.state.spec, port=port))
        assert (state.port, state.pid) == (port, api.state.pid)
        assert fetch(f"{state.url}/version").text == "one"
        assert slow.result().text == "one"
        eventually(lambda: "ConnectError" in answers[-1])
    # Once the old port is closed nobody can be heard there; until then everybody was.
    first = next(number for number, answer in enumerate(answers) if answer != "one")
    assert first > 10
    with pytest.raises(httpx.ConnectError):
        api.get("/version")


def test_a_reload_that_fails_leaves_the_old_one_serving(stack: Stack, taken: int) -> None:
    api = stack.deploy(code("one"), ROUTES)
    workers = api.workers()
    elsewhere = replace(api.state.spec, port=taken)
    unknown = replace(api.state.spec, functions={"app": "nobody"})
    wrong = replace(api.state.spec, routes=(*api.state.spec.routes, api.state.spec.routes[0]))
    for spec, said in ((elsewhere, str(taken)), (unknown, "nobody"), (wrong, "twice")):
        with pytest.raises(LocalError, match=said):
            control.reload_gateway(stack.root, api.id, spec)
        assert api.get("/version").text == "one"
        assert control.read_gateway(stack.root, api.id) == api.state
    assert api.workers() == workers


def test_workers_that_do_not_start_leave_the_old_ones_serving(stack: Stack) -> None:
    """Found out by the reload itself: staging has seen it start, but then a file was changed."""
    api = stack.deploy(code("one"), ROUTES)
    workers = api.workers()
    state = stack.stage("app", {**code("two"), "more.py": ""}, ROUTES)
    module = Path(state.folder, "app.py")
    module.write_text("x" * len(module.read_text()))
    os.utime(module, (0, 0))  # compiled code is kept by time and size
    with pytest.raises(LocalError, match=r"name 'x+' is not defined"):
        control.reload_gateway(stack.root, api.id, None)
    assert api.get("/version").text == "one"
    assert api.workers() == workers


def test_parallel_operations_on_one_gateway(stack: Stack) -> None:
    api = stack.deploy(code("one"), ROUTES)
    specs = [replace(api.state.spec, max_body=1000 + number) for number in range(6)]
    with ThreadPoolExecutor(6) as threads:
        states = list(threads.map(lambda spec: control.reload_gateway(stack.root, api.id, spec), specs))
    assert {state.spec.max_body for state in states} == set(range(1000, 1006))
    assert api.get("/version").text == "one"


def test_what_a_gateway_serves_is_kept_however_often_its_function_is_staged(stack: Stack) -> None:
    api = stack.deploy({**code("one"), "late.py": "word = 'late'", "app.py": LATE}, ROUTES[:2])
    for number in range(3):
        stack.stage("app", code(str(number)), ROUTES)
    assert api.get("/version").text == "late"
    control.reload_gateway(stack.root, api.id, None)
    assert api.get("/version").text == "2"
    stack.stage("app", code("last"), ROUTES)
    revisions = stack.root / "functions" / "app" / "revisions"
    assert len([each for each in revisions.iterdir() if each.is_dir()]) == 2
