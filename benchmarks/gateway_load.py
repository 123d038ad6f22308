"""The local gateway under load, with a token and a limit on, beside bare Starlette and other ways to serve locally.

    python -m benchmarks.gateway_load [--pairs 5] [--seconds 3] [--connections 32] [--peers PYTHON]

prints JSON. Gateway and Starlette run on the same loop and parser (uvloop, httptools) and answer the same trivial
handler; the gateway verifies a token, counts a limit, and hands each request to a function in a process of its own.
They are measured in turns, in pairs; `ratio` is the median of the pairs' ratios of requests a second. `--peers` is the
Python of a virtual environment that holds functions-framework and chalice (default: this one); what is missing there is
left out. Everything listens on 127.0.0.1, on free ports, and ends by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import sls_infra
from sls_infra.local import control
from sls_infra.local.model import AuthSpec, FunctionSpec, GatewaySpec, LimitSpec, RouteSpec
from tools.issuer import Issuer

from . import loadgen

PATH = "/hello/1"
URN = "urn:pulumi:bench::bench::sls:local:Gateway::bench"
AT_ONCE = 1000

HANDLER = 'def hello(request):\n    return {"hello": "world"}\n'

STARLETTE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def hello(request):
    return JSONResponse({"hello": "world"})

app = Starlette(routes=[Route("/hello/{id}", hello)])
uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="warning")
"""

CHALICE = """
from chalice import Chalice

app = Chalice(app_name="bench")

@app.route("/hello/{id}")
def hello(id):
    return {"hello": "world"}
"""


@contextmanager
def gateway(folder: Path, issuer: Issuer) -> Generator[int]:
    """Our own, deployed as the provider plugin does it."""
    routes = (
        RouteSpec(
            method="GET",
            path="/hello/{id}",
            function="hello",
            auth=(AuthSpec(kind="jwt", issuer=issuer.url, audience=("bench",)),),
            limits=(LimitSpec(requests=1_000_000, seconds=1, burst=1_000_000),),
        ),
    )
    root = control.stack_folder(folder / ".sls", URN)
    function = FunctionSpec(id="hello", name="hello")
    control.stage_function(root, function, _bundle(folder / "hello.zip"), urn=URN + "-hello")
    spec = GatewaySpec(api="bench", routes=routes, functions={"hello": "hello"})
    try:
        yield control.start_gateway(root, "bench", spec, urn=URN).port
    finally:
        control.stop_gateway(root, "bench")
        control.remove_function(root, "hello")


def _bundle(path: Path) -> Path:
    package = Path(sls_infra.__file__).parent
    entry = {"method": "GET", "path": "/hello/{id}", "handler": "app:hello", "auth": ["jwt"], "scopes": []}
    manifest = {"version": 1, "api": "bench", "function": "hello", "routes": [entry]}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("app.py", HANDLER)
        archive.writestr("sls_infra/__init__.py", "")
        archive.writestr("sls_manifest.json", json.dumps(manifest))
        for file in sorted((package / "runtime").rglob("*.py")):
            archive.write(file, f"sls_infra/{file.relative_to(package)}")
    return path


@contextmanager
def program(command: list[str], folder: Path, port: int) -> Generator[int]:
    """A server that was started by its command line and answers on that port."""
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**env, "AWS_DEFAULT_REGION": "eu-west-1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(process, port)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{process.args!r} does not answer on port {port}")


def free_port() -> int:
    """A port that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def peer_commands(python: str, folder: Path) -> dict[str, tuple[list[str], Path, int]]:
    """How each peer is started that this interpreter has."""
    found = {}
    where = str(Path(python).parent)
    if _has(python, "functions_framework"):
        port, place = free_port(), folder / "framework"
        place.mkdir()
        (place / "main.py").write_text(HANDLER)
        command = [f"{where}/functions-framework", "--target", "hello", "--host", "127.0.0.1", "--port", str(port)]
        found["functions-framework"] = (command, place, port)
    if _has(python, "chalice"):
        port, place = free_port(), folder / "chalice"
        (place / ".chalice").mkdir(parents=True)
        (place / ".chalice/config.json").write_text('{"version": "2.0", "app_name": "bench"}')
        (place / "app.py").write_text(CHALICE)
        command = [f"{where}/chalice", "local", "--host", "127.0.0.1", "--port", str(port), "--no-autoreload"]
        found["chalice local"] = (command, place, port)
    return found


def _has(python: str, module: str) -> bool:
    try:
        return subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def measure(pairs: int, seconds: float, connections: int, python: str) -> dict[str, Any]:
    """Runs everything and returns what was found."""
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        issuer = running.enter_context(Issuer())
        token = issuer.token("bench", scope="a b")
        ours = running.enter_context(gateway(folder, issuer))
        starlette_port = free_port()
        (folder / "bare.py").write_text(STARLETTE)
        command = [sys.executable, str(folder / "bare.py"), str(starlette_port)]
        bare = running.enter_context(program(command, folder, starlette_port))
        for port in (ours, bare):
            loadgen.run(port, PATH, connections, 1, token)
        turns = [
            (loadgen.run(bare, PATH, connections, seconds, token), loadgen.run(ours, PATH, connections, seconds, token))
            for _ in range(pairs)
        ]
        answered, took = loadgen.at_once(ours, PATH, AT_ONCE, token)
        rows = [_row("sls-infra gateway, with token and limit", [mine for _, mine in turns])]
        rows.append(_row("uvicorn + Starlette, bare", [other for other, _ in turns]))
    with tempfile.TemporaryDirectory() as other:
        for name, (command, place, port) in peer_commands(python, Path(other)).items():
            with program(command, place, port):
                loadgen.run(port, PATH, connections, 1)
                rows.append(_row(name, [loadgen.run(port, PATH, connections, seconds) for _ in range(min(pairs, 3))]))
    return {
        "rows": rows,
        "ratio": round(statistics.median(mine.rps / other.rps for other, mine in turns), 3),
        "ratios": [round(mine.rps / other.rps, 3) for other, mine in turns],
        "at_once": {"sent": AT_ONCE, "answered": answered, "seconds": round(took, 2)},
        "connections": connections,
        "generator": loadgen.generator(),
    }


def _row(what: str, loads: list[loadgen.Load]) -> dict[str, Any]:
    return {
        "what": what,
        "rps": round(statistics.median(load.rps for load in loads)),
        "p99_ms": round(statistics.median(load.p99_ms for load in loads), 2),
        "failed": sum(load.failed for load in loads),
    }


def main(arguments: list[str] | None = None) -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="The local gateway under load, beside its peers.")
    parser.add_argument("--pairs", type=int, default=5, choices=range(1, 21), metavar="1-20")
    parser.add_argument("--seconds", type=float, default=3, help="of each run, at most 10")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--peers", default=sys.executable, help="the Python that has functions-framework and chalice")
    options = parser.parse_args(arguments)
    connections = max(1, min(options.connections, 1000))
    found = measure(options.pairs, min(max(options.seconds, 1.0), 10.0), connections, options.peers)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
