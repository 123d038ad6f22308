"""An example on this machine, as `sls-infra dev` serves it: for the examples' own tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVE = """
import os, signal, sys, threading
from sls_infra.cli.main import main

def end_with_the_tests():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=end_with_the_tests, daemon=True).start()
sys.exit(main(["dev", "served:api", "--port", "0"]))
"""


@contextmanager
def served(folder: Path, program: str) -> Iterator[str]:
    """The URL of a development server, without a slash at the end. It serves the `api` that `program`, a module's text,
    makes in `folder`, and ends with the block, and with this process whatever becomes of it."""
    (folder / "served.py").write_text(program)
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", SERVE],
            cwd=folder,
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
        yield line.removeprefix("Serving on ").strip().rstrip("/")
    finally:
        server.stdin.close()
        try:
            server.wait(20)
        finally:
            server.kill()
            server.stdout.close()
