"""Azure's emulators from npm, installed once below `.sls/cache`, and run by Node.js on free ports of this machine.

Azurite is Microsoft's own for storage; `@vercel/cosmosdb-server` is somebody else's stand-in for Cosmos DB, with a SQL
of its own. Both speak HTTPS here, by a certificate that is given them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from .world import Unavailable

PACKAGES = {"azurite": "3.37.0", "@vercel/cosmosdb-server": "1.0.1"}
FOLDER = Path(__file__).parents[4] / ".sls" / "cache" / "azure-emulators"
INSTALL = 300.0
"""Seconds that npm may take."""
START = 60.0

COSMOS = """
const {readFileSync} = require('fs');
const {createHttpsServer} = require('@vercel/cosmosdb-server');
const [cert, key] = process.argv.slice(1).map(path => readFileSync(path));
const server = createHttpsServer({cert, key});
// It answers 500 where it reads a document that is not there, of a container whose partition key is not its id
// (lib/handler/read-document.js looks into `undefined`): Cosmos DB answers 404.
const [serve] = server.listeners('request');
server.removeAllListeners('request');
server.on('request', (request, response) => {
  const end = response.end.bind(response);
  response.end = text => {
    const isRead = request.method === 'GET' && /[/]docs[/][^/]+[/]?$/.test(request.url);
    if (isRead && response.statusCode === 500) response.statusCode = 404;
    return end(text);
  };
  serve(request, response);
});
server.listen(0, '127.0.0.1', () => console.log(`listens on https://127.0.0.1:${server.address().port}`));
"""


def modules(name: str) -> Path:
    """The folder of npm's modules, with that package in it. Raises Unavailable."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Unavailable("the emulators are of Node.js, and there is no node or npm on this machine")
    package = f"{name}@{PACKAGES[name]}"
    home = FOLDER / re.sub(r"\W", "-", package)
    home.mkdir(parents=True, exist_ok=True)
    marker = home / "installed"
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not marker.exists():
            _install(npm, home, package)
            marker.touch()
    return home / "node_modules"


def _install(npm: str, home: Path, package: str) -> None:
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(home), package]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL, check=False)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"npm could not install {package} within {INSTALL:.0f} s") from None
    if done.returncode:
        raise Unavailable(f"npm could not install {package}: {done.stderr.strip()[-300:]}")


@contextlib.contextmanager
def azurite(cert: Path, key: Path) -> Iterator[str]:
    """Its blob service, in memory, where tokens of Entra count, of which it reads the claims alone. Its URL."""
    script = modules("azurite") / "azurite" / "dist" / "src" / "blob" / "main.js"
    command = [
        "node", str(script), "--blobHost", "127.0.0.1", "--blobPort", "0", "--silent", "--disableTelemetry",
        "--inMemoryPersistence", "--oauth", "basic", "--cert", str(cert), "--key", str(key), "--skipApiVersionCheck",
    ]  # fmt: skip
    with _running(command, {}) as url:
        yield url


@contextlib.contextmanager
def cosmos(cert: Path, key: Path) -> Iterator[str]:
    """The stand-in for Cosmos DB. Its URL."""
    home = modules("@vercel/cosmosdb-server")
    with _running(["node", "-e", COSMOS, str(cert), str(key)], {"NODE_PATH": str(home)}) as url:
        yield url


@contextlib.contextmanager
def _running(command: list[str], more: dict[str, str]) -> Iterator[str]:
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", ""), **more}
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        yield _address(process, process.stdout.fileno())
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


def _address(process: subprocess.Popen[bytes], output: int) -> str:
    said = b""
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        if select.select([output], [], [], 0.2)[0]:
            said += os.read(output, 1 << 16)
            if found := re.search(rb"listens on (https://127\.0\.0\.1:[1-9]\d*)", said):
                return found[1].decode()
    raise Unavailable(f"{process.args!r} did not start: {said.decode(errors='replace')[-300:]}")
