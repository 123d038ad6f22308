"""Functions that are slow, crash, hang, fork or will not start; and what that means for the others."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.local.harness import Deployed, Stack, eventually, get, is_running, post

CODE = {
    "app.py": """
import ctypes, os, subprocess, sys, threading, time
from sls_infra.runtime import Response

def ok(request): return {"pid": os.getpid()}
def slow(request):
    time.sleep(float(request.query.get("s", "1")))
    return {"pid": os.getpid()}
async def slow_async(request):
    import asyncio
    await asyncio.sleep(float(request.query.get("s", "1")))
    return {"pid": os.getpid()}
def exit_hard(request): os._exit(3)
def segfault(request): ctypes.string_at(0)
def killed(request): os.kill(os.getpid(), 9)
def sys_exit(request): sys.exit("bye")
def interrupt(request): raise KeyboardInterrupt
def group(request): raise BaseExceptionGroup("x", [SystemExit(1)])
def close_all(request):
    os.closerange(3, 200)
    return {"closed": True}
def garbage(request):
    for fd in range(3, 30):
        try:
            if os.readlink(f"/proc/self/fd/{fd}").startswith("socket:"):
                os.write(fd, b"HTTP/1.1 200 OK" * 10)
        except OSError:
            pass
    return {"wrote": True}
def forks(request):
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
    return {"child": pid == 0}
def child_stays(request):
    process = subprocess.Popen(["sleep", "30"])
    return {"child": process.pid, "pid": os.getpid()}
def pool(request):
    import multiprocessing
    with multiprocessing.get_context("fork").Pool(2) as workers:
        return workers.map(abs, [-1, -2, -3])
def thread_stays(request):
    threading.Thread(target=time.sleep, args=(30,)).start()
    return {"pid": os.getpid()}
def closes_stdout(request):
    sys.stdout.close()
    return {}
def recursion(request): return recursion(request)
def come(request, who):
    with open(os.environ["COUNT"], "a") as file:
        file.write(f"{who}\\n")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with open(os.environ["COUNT"]) as file:
            come = set(file.read().split())
        if len(come) >= int(request.query["n"]):
            return
        yield
    raise RuntimeError(f"only {come} came")
def meet(request):
    for _ in come(request, os.getpid()): time.sleep(0.02)
    return {"pid": os.getpid()}
def join(request):
    for _ in come(request, request.id): time.sleep(0.02)
    return {"pid": os.getpid()}
async def join_async(request):
    import asyncio
    for _ in come(request, request.id): await asyncio.sleep(0.02)
    return {"pid": os.getpid()}
def wait(request):
    deadline = time.monotonic() + 20
    while not os.path.exists(request.query["until"]):
        if time.monotonic() > deadline: raise RuntimeError("it did not come")
        time.sleep(0.02)
    return {"pid": os.getpid()}
def count(request):
    with open(os.environ["COUNT"], "a") as file:
        file.write(request.query["n"] + "\\n")
    time.sleep(float(request.query.get("s", "0")))
    return {}
"""
}
NAMES = re.findall(r"^(?:async )?def (\w+)\(request\)", CODE["app.py"], re.MULTILINE)
ROUTES = [get(f"/{name}", f"app:{name}") for name in NAMES]


def together(api: Deployed, paths: list[str]) -> list[httpx.Response]:
    """All at once, each over a connection of its own."""
    with ThreadPoolExecutor(len(paths)) as threads:
        return list(threads.map(api.get, paths))


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `/count` adds a line each time that it is run."""
    return tmp_path_factory.mktemp("counted") / "count"


@pytest.fixture(scope="module")
def api(shared_stack: Stack, counted: Path) -> Deployed:
    return shared_stack.deploy(CODE, ROUTES, function={"timeout": 20, "env": {"COUNT": str(counted)}})


@pytest.mark.parametrize("crash", ["exit_hard", "segfault", "killed"])
def test_a_crash_is_502_for_its_own_request_alone(api: Deployed, crash: str) -> None:
    before = api.get("/ok").json()["pid"]
    answer = api.get(f"/{crash}")
    assert answer.status_code == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert api.get("/ok").status_code == 200
    assert eventually(lambda: not is_running(before) or api.get("/ok").json()["pid"] != before)


def test_crashes_among_other_requests(api: Deployed) -> None:
    paths = [f"/{'exit_hard' if number % 10 == 0 else 'ok'}" for number in range(100)]
    statuses = [answer.status_code for answer in together(api, paths)]
    assert [status for path, status in zip(paths, statuses, strict=True) if path == "/ok"] == [200] * 90
    assert [status for path, status in zip(paths, statuses, strict=True) if path != "/ok"] == [502] * 10


@pytest.mark.parametrize("path", ["/sys_exit", "/interrupt", "/group", "/recursion"])
def test_what_would_end_a_program_is_500(api: Deployed, path: str) -> None:
    assert api.get(path).status_code == 500
    assert api.get("/ok").status_code == 200


def test_a_handler_that_breaks_the_workers_own_descriptors(api: Deployed) -> None:
    assert api.get("/close_all").status_code == 502
    assert api.get("/ok").status_code == 200
    assert api.get("/garbage").status_code == 502
    assert api.get("/ok").status_code == 200
    assert api.get("/closes_stdout").status_code == 200
    assert api.get("/ok").status_code == 200


def test_forks(api: Deployed) -> None:
    for _ in range(5):
        assert api.get("/forks").json() == {"child": False}
    assert api.get("/pool").json() == [1, 2, 3]
    assert api.get("/ok").status_code == 200


def test_a_slow_request_holds_nobody_up(api: Deployed, tmp_path: Path) -> None:
    for _ in range(50):  # so that requests are sent ahead
        api.get("/ok")
    with ThreadPoolExecutor(60) as threads:
        slow = [threads.submit(api.get, f"/wait?until={tmp_path}/now") for _ in range(3)]
        fast = [threads.submit(api.get, "/ok") for _ in range(50)]
        assert [each.result().status_code for each in fast] == [200] * 50
        assert not any(each.done() for each in slow)
        (tmp_path / "now").touch()
        assert [each.result().status_code for each in slow] == [200] * 3


def test_more_workers_are_started_while_all_are_busy_up_to_the_maximum(stack: Stack, tmp_path: Path) -> None:
    function = {"max_instances": 3, "timeout": 30, "env": {"COUNT": str(tmp_path / "count")}}
    api = stack.deploy(CODE, ROUTES, function=function)
    assert len(api.workers()) == 1
    answers = together(api, ["/meet?n=3"] * 9)
    assert [answer.status_code for answer in answers] == [200] * 9
    assert len({answer.json()["pid"] for answer in answers}) == 3
    assert len(api.workers()) == 3


def test_the_minimum_is_started_at_once(stack: Stack) -> None:
    api = stack.deploy(CODE, ROUTES, function={"min_instances": 3})
    assert len(api.workers()) == 3


def test_concurrency_in_one_worker(stack: Stack, tmp_path: Path) -> None:
    """Ten requests that wait for each other, some of them async, end only if all are run at once."""
    env = {"COUNT": str(tmp_path / "count")}
    api = stack.deploy(CODE, ROUTES, function={"max_instances": 1, "concurrency": 10, "timeout": 30, "env": env})
    answers = together(api, ["/join?n=10", "/join_async?n=10"] * 5)
    assert [answer.status_code for answer in answers] == [200] * 10
    assert len({answer.json()["pid"] for answer in answers}) == 1


def test_a_timeout_is_504_and_ends_the_worker(stack: Stack) -> None:
    api = stack.deploy(CODE, ROUTES, function={"timeout": 2, "max_instances": 1})
    pid = api.get("/ok").json()["pid"]
    answers = together(api, ["/slow?s=30", "/ok", "/ok"])
    assert sorted(answer.status_code for answer in answers) == [200, 200, 504]
    late = next(answer for answer in answers if answer.status_code == 504)
    assert late.headers["content-type"] == "application/problem+json"
    assert "2 s" in late.json()["detail"]
    assert eventually(lambda: not is_running(pid))
    assert api.get("/ok").json()["pid"] != pid


def test_a_timeout_beside_others_in_one_worker(stack: Stack) -> None:
    api = stack.deploy(CODE, ROUTES, function={"timeout": 3, "max_instances": 1, "concurrency": 4})
    answers = together(api, ["/slow?s=30", "/slow?s=1"])
    assert [answer.status_code for answer in answers] == [504, 200]
    assert api.get("/ok").status_code == 200


def test_what_a_handler_started_ends_with_its_worker(api: Deployed) -> None:
    child = api.get("/child_stays").json()["child"]
    assert is_running(child)
    # A child that holds the worker's output open does not keep a crash from being noticed.
    assert api.get("/exit_hard").status_code == 502
    assert api.get("/ok").status_code == 200
    assert eventually(lambda: not is_running(child))


def test_a_thread_that_stays_does_not_keep_a_worker_alive(stack: Stack) -> None:
    api = stack.deploy(CODE, ROUTES)
    pid = api.get("/thread_stays").json()["pid"]
    stack.close()
    assert not is_running(pid)


@pytest.mark.parametrize("crash", ["slow?s=0.3", "exit_hard"])
def test_no_request_is_run_twice(api: Deployed, counted: Path, crash: str) -> None:
    """Requests that were sent ahead to a worker that hangs or dies are run by another one: once."""
    together(api, [f"/count?n=warm-{number}" for number in range(32)])
    counted.unlink()
    paths = [f"/count?n={n}" for n in range(60)]
    for at in range(5, 60, 10):
        paths.insert(at, f"/{crash}")
    answers = together(api, paths)
    done = [answer for path, answer in zip(paths, answers, strict=True) if path.startswith("/count")]
    assert [answer.status_code for answer in done] == [200] * 60
    assert sorted(counted.read_text().split()) == sorted(map(str, range(60)))


def test_a_client_that_leaves_does_not_stop_a_handler(api: Deployed, counted: Path) -> None:
    with pytest.raises(httpx.ReadTimeout):
        api.get("/count?n=left&s=0.5", timeout=0.2)
    assert eventually(lambda: counted.exists() and "left" in counted.read_text())
    assert api.get("/ok").status_code == 200


def test_requests_wait_while_a_worker_is_replaced(stack: Stack) -> None:
    api = stack.deploy(CODE, ROUTES, function={"max_instances": 1})
    for _ in range(5):
        assert [answer.status_code for answer in together(api, ["/exit_hard", *["/ok"] * 5])] == [502, *[200] * 5]


def test_a_function_whose_files_are_gone(stack: Stack) -> None:
    """New workers can't start: 502 rather than waiting for ever; and the gateway itself lives on."""
    api = stack.deploy({**CODE, "late.py": "def ok(request): return 1"}, [*ROUTES, get("/late", "late:ok")])
    for file in (stack.root / "functions").rglob("app.py"):
        file.unlink()
    assert api.get("/exit_hard").status_code == 502
    assert api.get("/ok").status_code == 502
    lines = eventually(lambda: [line for line in api.log() if "does not start" in str(line.get("message"))])
    assert "No module named 'app'" in lines[0]["message"]


def test_two_functions_have_processes_of_their_own(stack: Stack) -> None:
    routes = [get("/ok", "app:ok"), post("/ok", "app:ok", function="other")]
    api = stack.deploy(CODE, routes)
    pids = {api.get("/ok").json()["pid"], api.call("POST", "/ok").json()["pid"]}
    assert len(pids) == 2
    assert pids == set(api.workers())
