"""The demo, in a copy of the project whose path has a space: deployed, again, changed, interrupted, destroyed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.harness import ROOT, engine_bin
from tests.engine.processes import eventually

pytestmark = pytest.mark.engine

COPIED = ("examples", "stacks", "tools")
LONGEST = 180
"""Seconds for one run."""


class Copy:
    """A checkout of its own, with this one's virtual environment and engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        litter = shutil.ignore_patterns("__pycache__", ".sls", "Pulumi.demo.yaml")
        for name in COPIED:
            shutil.copytree(ROOT / name, folder / name, ignore=litter)
        (folder / ".venv").symlink_to(sys.prefix)
        self.handlers = folder / "examples" / "orders" / "src" / "shop" / "api.py"
        self.home = folder / ".sls" / "demo"
        self.environment = {
            **os.environ, "PATH": f"{engine_bin()}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(folder),
        }  # fmt: skip

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tools.demo", *arguments], cwd=self.folder, env=self.environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def run(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        try:
            said, complaint = process.communicate(timeout=LONGEST)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        return process.returncode, said, complaint

    def addresses(self) -> list[int]:
        """The ports of all that the demo has started."""
        told = json.loads((self.home / "issuer.json").read_text())["address"]
        gateways = [json.loads(file.read_text())["url"] for file in self.home.glob("local/*/*/*/gateways/*/state.json")]
        return [int(url.strip("/").rpartition(":")[2]) for url in (told, *gateways)]


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    made = Copy(tmp_path / "my copy")
    yield made
    if made.home.exists():
        code, said, complaint = made.run("down")
        assert code == 0, said + complaint


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_it_deploys_calls_deploys_what_has_changed_and_leaves_nothing(copy: Copy) -> None:
    before = sorted(path.name for path in (copy.folder / "stacks" / "orders").iterdir())
    code, said, complaint = copy.run()
    assert code == 0, said + complaint
    assert "+ 4 created" in said
    for status in (200, 201, 401, 403, 400, 429):
        assert f"\n  {status} " in said, said
    issuer, gateway = copy.addresses()
    assert f"http://127.0.0.1:{gateway}" in said

    commands = [line.removeprefix("Look at it").strip() for line in said[said.index("Look at it") :].splitlines()[:4]]
    typed = subprocess.run(
        ["sh", "-e", "-c", "\n".join(commands)], cwd=copy.folder, env=copy.environment, text=True, timeout=60,
        capture_output=True,
    )  # fmt: skip
    assert typed.returncode == 0, typed.stderr
    assert "HTTP/1.1 200 OK" in typed.stdout
    assert '"customer":"C-1001"' in typed.stdout
    assert '"route":"POST /orders","status":429' in typed.stdout
    assert "sls:local:Gateway" in typed.stdout

    copy.handlers.write_text(copy.handlers.read_text().replace('"status": "ok"', '"status": "changed"'))
    code, said, complaint = copy.run()
    assert code == 0, said + complaint
    assert "~ 1 updated" in said
    assert '200 {"status":"changed"}' in said
    assert copy.addresses() == [issuer, gateway]

    code, said, complaint = copy.run("down")
    assert code == 0, said + complaint
    assert not answers(issuer)
    assert not answers(gateway)
    assert not copy.home.exists()
    assert sorted(path.name for path in (copy.folder / "stacks" / "orders").iterdir()) == before
    assert copy.run("down")[1].strip() == "There is nothing to destroy."


def test_a_handler_that_can_not_be_imported_is_told_and_the_next_run_goes_on(copy: Copy) -> None:
    good = copy.handlers.read_text()
    copy.handlers.write_text(good + "\nimport antigravitation\n")
    code, said, complaint = copy.run()
    assert code == 1
    assert "antigravitation" in said + complaint
    assert "Traceback" not in complaint
    assert ". .sls/demo/env" in complaint
    copy.handlers.write_text(good)
    code, said, complaint = copy.run()
    assert code == 0, said + complaint


def test_an_interrupted_run_leaves_a_stack_that_the_next_one_takes_up(copy: Copy) -> None:
    process = copy.start()
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("$ pulumi up"):
            break
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does: to the demo and to the engine
    _, complaint = process.communicate(timeout=LONGEST)
    assert process.returncode == 130
    assert complaint.strip().splitlines()[-1].startswith("demo: interrupted")
    code, said, complaint = copy.run()
    assert code == 0, said + complaint


def test_two_runs_at_once_are_told_apart(copy: Copy) -> None:
    first = copy.start()
    assert eventually(lambda: (copy.folder / ".sls" / "demo" / "issuer.json").exists())
    code, _, complaint = copy.run()
    assert (code, "is running" in complaint) == (1, True)
    said, complaint = first.communicate(timeout=LONGEST)
    assert first.returncode == 0, said + complaint


def test_what_is_missing_is_named(copy: Copy) -> None:
    program = "import sys; sys.path.insert(0, '.'); from tools.demo.__main__ import main; sys.exit(main([]))"
    bare = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], cwd=copy.folder, text=True, capture_output=True, timeout=60
    )
    assert bare.returncode == 1
    assert "make demo" in bare.stderr
    assert "uvicorn" in bare.stderr
    assert "Traceback" not in bare.stderr
