"""The stand-in language host, whichever host the machine has: the engine is told to use this one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pulumi
import pytest

from tests.engine.harness import Workspace, engine_bin
from tests.engine.processes import eventually, running
from tools.engine import language_host
from tools.engine.host import install_host
from tools.engine.place import Place

pytestmark = pytest.mark.engine

BROKEN = """
import pulumi

def helper():
    return {}["missing"]

class Group(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Group", name)
        self.register_outputs({})

Group("first")
"""


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """The stand-in, in a folder of its own."""
    return install_host(Place(tmp_path / "checkout"), tmp_path / "hosts")


@pytest.fixture
def workspace(tmp_path: Path, host: Path) -> Iterator[Workspace]:
    path = os.pathsep.join([str(host.parent), str(engine_bin()), os.environ["PATH"]])
    with Workspace(tmp_path / "workspace", "", env={"PATH": path}) as workspace:
        yield workspace


def test_a_program_runs_in_its_folder_as_the_main_program(workspace: Workspace) -> None:
    main = """
import os, sys, threading
import pulumi, beside
config = pulumi.Config()
print("printed", flush=False)
pulumi.export("seen", [
    __name__, os.getcwd() == os.path.dirname(os.path.abspath(__file__)), sys.path[0] == os.getcwd(), beside.HERE,
    threading.current_thread() is threading.main_thread(), sys.stdin.read(), any("tools" in path for path in sys.path),
])
pulumi.export("names", [pulumi.get_project(), pulumi.get_stack(), pulumi.get_organization()])
pulumi.export("level", config.get("level"))
pulumi.export("key", config.require_secret("key"))
pulumi.export("dry", pulumi.runtime.is_dry_run())
"""
    workspace.write({"__main__.py": main, "beside.py": "HERE = 'beside'\n"})
    workspace.set_config("level", "high")
    workspace.set_config("key", "hush-hush", secret=True)
    assert workspace.preview().outputs["dry"] is True
    up = workspace.up()
    assert "printed" in up.text
    assert up.text.count("printed") == up.stdout.count("printed")
    outputs = workspace.outputs()
    assert outputs["seen"] == ["__main__", True, True, "beside", True, "", False]
    assert outputs["names"] == ["demo", "dev", "organization"]
    assert (outputs["level"], outputs["key"], outputs["dry"]) == ("high", "hush-hush", False)
    assert "hush-hush" not in up.text


@pytest.mark.parametrize(
    ("program", "message", "traceback"),
    [
        ("raise pulumi.RunError('no such region')", "no such region", False),
        (
            "from sls_infra.errors import Problem, SpecError\n"
            "raise SpecError([Problem('api.routes[0]', 'has no auth', 'say so with Public()')])",
            "api.routes[0]: has no auth\n      fix: say so with Public()",
            False,
        ),
        ("raise SystemExit('stop here')", "stop here", False),
        ("raise SystemExit(3)", "exited with code 3", False),
        ("helper()", "KeyError: 'missing'", True),
        ("pulumi.Output.from_input(1).apply(lambda _: helper())", "KeyError: 'missing'", True),
        ("pulumi.export('x', pulumi.Output.from_input(1).apply(lambda _: helper()))", "KeyError: 'missing'", True),
        ("import nowhere_to_be_found", "No module named 'nowhere_to_be_found'", True),
        ("x = (", "SyntaxError: '(' was never closed", False),
    ],
)
def test_an_error_is_shown_once_in_the_users_terms(
    workspace: Workspace, program: str, message: str, traceback: bool
) -> None:
    workspace.write({"__main__.py": f"{BROKEN}\n{program}\n"})
    failed = workspace.preview(check=False)
    assert failed.exit_code != 0
    (error,) = failed.errors
    assert message in error
    assert ("Traceback" in error) == traceback
    assert "language_service" not in error


def test_a_program_that_leaves_with_success_is_no_failure(workspace: Workspace) -> None:
    workspace.write({"__main__.py": f"{BROKEN}\nraise SystemExit(0)\n"})
    assert workspace.preview().exit_code == 0


def test_a_missing_program_is_said(workspace: Workspace) -> None:
    (workspace.folder / "__main__.py").unlink()
    (error,) = workspace.preview(check=False).errors
    assert "__main__.py" in error


@pytest.mark.parametrize("main", ["app", "app/start.py"])
def test_the_main_of_a_project_is_honoured(workspace: Workspace, main: str) -> None:
    program = "import os, pulumi, friend\npulumi.export('cwd', os.path.basename(os.getcwd()))\n"
    workspace.write({"app/__main__.py": program, "app/start.py": program, "app/friend.py": ""})
    workspace.write({"Pulumi.yaml": f"name: demo\nruntime: python\nmain: {main}\n"})
    assert workspace.preview().outputs["cwd"] == "app"


def test_the_virtualenv_of_a_project_is_entered(workspace: Workspace) -> None:
    """The environment of the tests, under another name: its packages, and its own prefix."""
    bin = workspace.folder / "env" / "bin"
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", "--symlinks", str(bin.parent)], check=True, timeout=60
    )
    packages = str(Path(pulumi.__file__).parents[1])
    (site,) = bin.parent.glob("lib/python3*/site-packages")
    (site / "shared.pth").write_text(f"import site; site.addsitedir({packages!r})\n")
    workspace.write({"Pulumi.yaml": "name: demo\nruntime: {name: python, options: {virtualenv: env}}\n"})
    workspace.write({"__main__.py": "import sys, pulumi\npulumi.export('prefix', sys.prefix)\n"})
    assert workspace.preview().outputs["prefix"] == str(bin.parent)

    workspace.write({"Pulumi.yaml": "name: demo\nruntime: {name: python, options: {virtualenv: gone}}\n"})
    failed = workspace.preview(check=False)
    assert failed.exit_code != 0
    assert "`virtualenv` in Pulumi.yaml: there is no" in failed.text
    assert "Traceback" not in failed.text


def test_each_command_runs_the_program_in_a_process_of_its_own(workspace: Workspace) -> None:
    workspace.write({"__main__.py": "import os, pulumi\npulumi.export('pid', os.getpid())\n"})
    pids = {workspace.run("up", "--yes", events=True).outputs["pid"], workspace.preview().outputs["pid"]}
    assert len(pids) == 2


@pytest.mark.parametrize("how", ["stdin ends", "interrupted"])
def test_it_leaves_quietly(host: Path, how: str) -> None:
    argv = [str(host), "-root=.", "127.0.0.1:1"]
    env = {**os.environ, "PULUMI_PYTHON_CMD": sys.executable}
    with subprocess.Popen(argv, stdin=-1, stdout=-1, stderr=-1, env=env, text=True) as process:
        assert process.stdin
        assert process.stdout
        assert int(process.stdout.readline()) > 0
        if how == "interrupted":
            process.send_signal(signal.SIGINT)
        else:
            process.stdin.close()
            process.stdin = None
        stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stdout, stderr) == (0, "", "")


def test_an_interpreter_without_the_sdk_is_told() -> None:
    argv = [sys.executable, "-I", "-S", language_host.__file__, "127.0.0.1:1"]
    with subprocess.Popen(argv, stdin=-1, stdout=-1, stderr=-1, text=True) as process:
        assert process.stderr
        assert process.wait(30) == 1  # stdin is open: it is not that which ends it
        said = process.stderr.read()
    assert "has no Pulumi SDK" in said
    assert "Traceback" not in said


def test_it_is_gone_when_the_engine_was_killed(workspace: Workspace) -> None:
    workspace.write({"__main__.py": "import os, time\nos.mkdir(f'pid-{os.getpid()}')\ntime.sleep(600)\n"})
    process = workspace.start("up", "--yes", "--skip-preview")
    try:
        pid = int(eventually(lambda: next(workspace.folder.glob("pid-*"), None)).name.removeprefix("pid-"))
        assert running(pid)
    finally:
        process.kill()
        process.communicate(timeout=30)
    eventually(lambda: not running(pid))


@pytest.mark.parametrize("choice", ["named", "own", "any"])
def test_it_runs_on_the_interpreter_that_is_meant(tmp_path: Path, choice: str) -> None:
    """Named by PULUMI_PYTHON_CMD, or the checkout's own, or what is on PATH; whatever the folders are called."""
    root = tmp_path / """a 'quoted' "$HOME" folder"""
    script = install_host(Place(root), root / "bin")
    where = {
        "named": tmp_path / "named",
        "own": root / ".venv" / "bin" / "python",
        "any": tmp_path / "path" / "python3",
    }
    for name in ("any", "own", "named")[: ("any", "own", "named").index(choice) + 1]:
        where[name].parent.mkdir(parents=True, exist_ok=True)
        where[name].write_text(f'#!/bin/sh\necho {name} "$@"\n')
        where[name].chmod(0o755)
    named = {"PULUMI_PYTHON_CMD": str(where["named"])} if choice == "named" else {}
    env = {"PATH": f"{where['any'].parent}{os.pathsep}{os.environ['PATH']}", **named}
    result = subprocess.run([str(script), "-root=a b", "x"], capture_output=True, text=True, timeout=30, env=env)
    assert result.stdout == f"{choice} {language_host.__file__} -root=a b x\n", result.stderr
