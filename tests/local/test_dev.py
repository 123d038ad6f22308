"""The development server: a working tree, served and reloaded, by a program of its own that is sent signals."""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path

import pytest

from sls_infra.errors import LocalError
from sls_infra.local import dev
from sls_infra.local.model import GatewaySpec
from tests.local.harness import children, eventually, fetch, is_running

PROGRAM = """
import importlib.util, pathlib, sys
from sls_infra.local import dev
from sls_infra.local.model import AuthSpec, GatewaySpec, RouteSpec

here = pathlib.Path(sys.argv[1])

def load():
    # As a spec's module is loaded: it says the paths, the code folder holds the handlers.
    found = importlib.util.spec_from_file_location("infra", here / "infra.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    routes = tuple(
        RouteSpec(method="GET", path=path, function="app", auth=(AuthSpec(kind="public"),)) for path in module.PATHS
    )
    entries = [{"method": "GET", "path": path, "handler": at, "auth": ["public"]} for path, at in module.PATHS.items()]
    manifest = {"version": 1, "api": "dev", "function": "app", "routes": entries}
    function = dev.DevFunction(name="app", code=here / "src", manifest=manifest, env={"STAGE": "dev"})
    return GatewaySpec(api="dev", routes=routes, functions={"app": "app"}), [function]

dev.serve(
    load, port=int(sys.argv[2]), watch=[here / "infra.py"],
    on_ready=lambda url: print("ready", url, flush=True), on_message=lambda text: print("said", text, flush=True),
)
print("ended", flush=True)
"""

APP = """
import os, json, time
import pydantic
def ok(request): return os.environ["STAGE"] + " one"
def slow(request):
    time.sleep(1)
    return "slow one"
def fail(request): raise RuntimeError("for the terminal")
def imports(request): return pydantic.VERSION
"""
INFRA = 'PATHS = {"/ok": "app:ok", "/slow": "app:slow", "/fail": "app:fail", "/imports": "app:imports"}\n'


class Running:
    """The program, and what it has said so far."""

    def __init__(self, tree: Path, port: int = 0) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tree), str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.getcwd()},
            start_new_session=True,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.url = ""

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.strip())

    def until(self, fits: Callable[[str], bool], seconds: float = 20) -> str:
        """The next line that fits."""
        deadline = time.monotonic() + seconds
        while True:
            line = self.lines.get(timeout=max(0.1, deadline - time.monotonic()))
            if fits(line):
                return line

    def ready(self) -> None:
        self.url = self.until(lambda line: line.startswith("ready")).split()[1]

    def get(self, path: str) -> str:
        return fetch(self.url + path).text

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            self.reader.join(5)
            stream.close()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/app.py").write_text(APP)
    (tmp_path / "infra.py").write_text(INFRA)
    return tmp_path


@pytest.fixture
def running(tree: Path) -> Generator[Running]:
    started = Running(tree)
    try:
        started.ready()
        yield started
    finally:
        started.close()


def reloaded(line: str) -> bool:
    return line.startswith("said reloaded")


def contains(text: str, line: str) -> bool:
    return text in line


def test_it_serves_the_working_tree(running: Running, tree: Path) -> None:
    assert running.get("/ok") == "dev one"
    # Its dependencies are those of the interpreter that runs it.
    assert running.get("/imports")[0].isdigit()
    assert fetch(running.url + "/_sls/gateway").json() == {"api": "dev"}
    assert not list(tree.rglob("__pycache__/app*"))


def test_code_that_changes(running: Running, tree: Path) -> None:
    for version in ("two", "thr", "fou"):
        (tree / "src/app.py").write_text(APP.replace("one", version))
        assert "app.py" in running.until(reloaded)
        assert running.get("/ok") == f"dev {version}"


def test_routes_that_change(running: Running, tree: Path) -> None:
    assert fetch(running.url + "/new").status_code == 404
    (tree / "src/more.py").write_text("def new(request): return 'new'")
    running.until(reloaded)
    (tree / "infra.py").write_text(INFRA + 'PATHS["/new"] = "more:new"\n')
    running.until(reloaded)
    assert running.get("/new") == "new"


BROKEN = [
    ("src/app.py", "def ok(request:", "SyntaxError"),
    ("src/app.py", "import nothing_of_that_name", "No module named 'nothing_of_that_name'"),
    ("infra.py", "PATHS = {", "infra.py:1: SyntaxError"),
    ("infra.py", "PATHS = {}\n1 / 0", "infra.py:2: ZeroDivisionError: division by zero"),
    ("infra.py", "raise SystemExit(3)", "exit status 3"),
    ("infra.py", "PATHS = {'/a//b': 'app:ok'}", "empty segment"),
    ("infra.py", "PATHS = {'/ok': 'app:nothing'}", "app:nothing"),
]


def test_what_is_broken_leaves_the_last_version_serving(running: Running, tree: Path) -> None:
    for file, text, said in BROKEN:
        good = (tree / file).read_text()
        (tree / file).write_text(text)
        message = running.until(lambda line: line.startswith("said not reloaded"))
        assert "still serving the last version" in message
        if said not in message:  # a message may have several lines
            running.until(partial(contains, said))
        assert running.get("/ok") == "dev one"
        (tree / file).write_text(good + "\n")
        running.until(reloaded)
        assert running.get("/ok") == "dev one"


def test_what_handlers_say_is_said(running: Running) -> None:
    assert fetch(running.url + "/fail").status_code == 500
    line = running.until(lambda line: "for the terminal" in line)
    assert line.startswith("said app: ")
    assert running.until(lambda line: line.startswith("said 500 GET /fail"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_good_order(running: Running, number: signal.Signals) -> None:
    workers = children(running.process.pid)
    assert workers
    answers: list[str] = []
    caller = threading.Thread(target=lambda: answers.append(running.get("/slow")))
    caller.start()
    time.sleep(0.3)
    running.process.send_signal(number)
    assert running.until(lambda line: line == "ended")
    assert running.process.wait(10) == 0
    caller.join()
    assert answers == ["slow one"]
    assert not [pid for pid in workers if is_running(pid)]
    assert running.process.stderr is not None
    assert running.process.stderr.read() == ""


def test_it_ends_although_a_change_is_being_loaded(running: Running, tree: Path) -> None:
    (tree / "infra.py").write_text("import time; time.sleep(1)\n" + INFRA)
    time.sleep(0.5)
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(20) == 0
    assert eventually(lambda: not children(running.process.pid))


def test_its_workers_end_when_it_is_killed(running: Running) -> None:
    workers = children(running.process.pid)
    running.process.kill()
    assert eventually(lambda: not [pid for pid in workers if is_running(pid)])


def test_what_is_broken_at_the_start_is_raised(tree: Path) -> None:
    (tree / "src/app.py").write_text("import nothing_of_that_name")
    started = Running(tree)
    try:
        assert started.process.wait(20) == 1
        assert started.process.stderr is not None
        assert "LocalError: function 'app' does not start" in started.process.stderr.read()
    finally:
        started.close()


def test_a_port_in_use(tree: Path, running: Running) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for port, holder in (
            (taken.getsockname()[1], "another program"),
            (int(running.url.rpartition(":")[2]), "api 'dev' of a development server"),
        ):
            second = Running(tree, port)
            try:
                assert second.process.wait(20) == 1
                assert second.process.stderr is not None
                assert f"port {port} on 127.0.0.1 is in use by {holder}" in second.process.stderr.read()
            finally:
                second.close()


def test_only_for_the_main_thread() -> None:
    caught: list[BaseException] = []

    def call() -> None:
        try:
            dev.serve(lambda: (GatewaySpec(api="x"), []), on_ready=print, on_message=print)
        except LocalError as error:
            caught.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert "main thread" in str(caught[0])


def test_what_it_says_may_go_into_a_file_beside_the_code(tmp_path: Path) -> None:
    """Or each reload would be told in the file, and make the next one."""
    names = ["app.py", "data.json", "said.txt", "dev.log"]
    for name in names:
        (tmp_path / name).touch()
    program = (
        "import sys, watchfiles; from sls_infra.local import dev; looked_at = dev.own_files(None)\n"
        "for path in sys.argv[1:]: print(path.rpartition('/')[2], looked_at(watchfiles.Change.modified, path))"
    )
    command = [sys.executable, "-c", program, *(str(tmp_path / name) for name in names)]
    with (tmp_path / "said.txt").open("w") as said:
        subprocess.run(command, stdout=said, check=True, timeout=60)
    assert (tmp_path / "said.txt").read_text().split("\n")[:-1] == [
        "app.py True", "data.json True", "said.txt False", "dev.log False",
    ]  # fmt: skip
