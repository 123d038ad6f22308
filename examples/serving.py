"""An example on this machine, as `sls-infra dev` serves it: for the examples' own tests."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

SERVE = """
import os, signal, sys, threading
from sls_infra.cli.main import main

def end_with_the_tests():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=end_with_the_tests, daemon=True).start()
sys.exit(main(["dev", "served:api", "--port", "0"]))
"""


KEY = re.compile(r"Key of (?P<client>\S+): send \S+: (?P<key>\S+)")
"""What the server says of a key that it made."""


class Served(NamedTuple):
    """Where it answers."""

    url: str
    """Without a slash at the end."""
    keys: Mapping[str, str]
    """Client of an `ApiKey` → its key."""


@contextmanager
def served(folder: Path, program: str, secrets: Mapping[str, str] | None = None, clients: int = 0) -> Iterator[Served]:
    """A development server. It serves the `api` that `program`, a module's text, makes in `folder`, and ends with the
    block, and with this process whatever becomes of it. `secrets`: values by name; `clients`: how many have keys."""
    given = {f"SLS_SECRET_{re.sub('[^A-Z0-9]', '_', name.upper())}": text for name, text in (secrets or {}).items()}
    (folder / "served.py").write_text(program)
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", SERVE],
            cwd=folder,
            env={**os.environ, **given},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        line = server.stdout.readline()
        if not line.startswith("Serving on "):
            raise RuntimeError(f"the development server said: {line}{(folder / 'log').read_text()}")
        told = [KEY.fullmatch(server.stdout.readline().strip()) for _ in range(clients)]
        keys = {found["client"]: found["key"] for found in told if found}
        yield Served(line.removeprefix("Serving on ").strip().rstrip("/"), keys)
    finally:
        server.stdin.close()
        try:
            server.wait(20)
        finally:
            server.kill()
            server.stdout.close()
