"""Apps and the process they live in: how it ends, forks, and what its import costs."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from sls_infra.runtime.asgi.loop import SHUTDOWN

ROOT = Path(__file__).parents[2]

PROGRAM = """
import asyncio, os, sys, types, warnings
from contextlib import asynccontextmanager
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from sls_infra.runtime import Request
from sls_infra.runtime.asgi import close_on_sigterm
from sls_infra.runtime.dispatch import Dispatcher

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

@asynccontextmanager
async def lifespan(app):
    say("up", os.getpid())
    yield
    # Executors refuse work once the interpreter is past its threads.
    say(await asyncio.to_thread(lambda: f"down {os.getpid()}"))

async def answer(request):
    return PlainTextResponse(str(os.getpid()))

app = Starlette(routes=[Route("/", answer)], lifespan=lifespan)
sys.modules["shop"] = types.ModuleType("shop")
sys.modules["shop"].app = app
dispatcher = Dispatcher({"version": 1, "routes": [
    {"method": "GET", "path": "/", "handler": "shop:app", "auth": ["public"]}]})

def get():
    response = dispatcher.handle(Request("GET", "/"))
    say("got", response.status, response.body.decode())
"""


def run(program: str) -> subprocess.Popen[str]:
    code = PROGRAM + textwrap.dedent(program)
    command = [sys.executable, "-c", code]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def said(program: str) -> tuple[int, list[str], str]:
    """Exit status, lines with the first process named "p" and others "c", and what went to stderr."""
    with run(program) as process:
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    lines = [line.replace(str(process.pid), "p") for line in out.splitlines()]
    return process.returncode, ["".join(c for c in line if not c.isdigit() or "got" in line) for line in lines], err


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise SystemExit", "1 / 0", "os.kill(os.getpid(), 2)"])
def test_apps_shut_down_as_the_process_ends(end: str) -> None:
    _, lines, err = said(f"get()\n{end}")
    assert lines == ["up p", "got 200 p", "down p"]
    assert "asyncio" not in err.lower() or end == "os.kill(os.getpid(), 2)"


def test_a_process_whose_app_hangs_ends_nevertheless() -> None:
    status, lines, err = said(
        f"""
        from sls_infra.runtime.asgi import loop
        async def app(scope, receive, send):
            await receive()
            await send({{"type": "lifespan.startup.complete"}})
            await receive()
            import time
            say("hangs"), time.sleep(3600)
        sys.modules["shop"].app = app
        loop.close.__defaults__ = (0.1,)
        assert {SHUTDOWN} > 0
        dispatcher.warm()
        """
    )
    assert (status, lines) == (0, ["hangs"])
    assert "did not end in good order" in err


def test_sigterm_shuts_apps_down_and_ends_the_process() -> None:
    with run("close_on_sigterm(); get(); import time; time.sleep(60)") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        rest, err = process.communicate(timeout=30)
    assert [line.split()[0] for line in lines] == ["up", "got"]
    assert (rest.split()[0], err) == ("down", "")
    assert process.returncode == -signal.SIGTERM


def test_a_handler_of_somebody_else_keeps_sigterm() -> None:
    status, lines, _ = said(
        """
        import signal
        signal.signal(signal.SIGTERM, lambda *_: say("theirs"))
        close_on_sigterm()
        os.kill(os.getpid(), signal.SIGTERM)
        """
    )
    assert (status, lines) == (0, ["theirs"])


@pytest.mark.parametrize("before", ["dispatcher.warm(start=False)", "dispatcher.warm()", "get()"])
def test_a_fork_has_apps_of_its_own(before: str) -> None:
    """As gunicorn forks after functions-framework has imported the function."""
    status, lines, err = said(
        f"""
        {before}
        warnings.simplefilter("ignore")
        child = os.fork()
        get()
        if child:
            assert os.waitpid(child, 0)[1] == 0
            get()
        """
    )
    assert status == 0, err
    assert sorted(line for line in lines if line.startswith("up")) == ["up ", "up p"]
    assert sorted(line for line in lines if line.startswith("down")) == ["down ", "down p"]
    assert lines[-1] == "down p"
    assert all(" 200 " in line for line in lines if line.startswith("got"))
    assert err == ""


def test_other_cold_starts_do_not_pay() -> None:
    code = """
import sys
from sls_infra.runtime import Request
from sls_infra.runtime.dispatch import Dispatcher
sys.modules["shop"] = type(sys)("shop")
sys.modules["shop"].read = lambda request: "read"
class Shop:
    def __call__(self, request): return "called"
    def read(self, request): return "read"
sys.modules["shop"].shop = Shop()
routes = [{"method": "GET", "path": f"/{n}", "handler": f"shop:{n}", "auth": ["public"]}
          for n in ("read", "shop", "shop.read")]
dispatcher = Dispatcher({"version": 1, "routes": routes})
dispatcher.warm()
assert [dispatcher.handle(Request("GET", f"/{n}")).body for n in ("read", "shop", "shop.read")] == [
    b"read", b"called", b"read"]
dispatcher.close()
print([name for name in ("sls_infra.runtime.asgi", "asyncio", "threading", "inspect") if name in sys.modules])
"""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert ran.stdout.strip() == "[]"
