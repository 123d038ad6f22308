"""The contract's sample under pyright strict and mypy strict, with and without the pydantic plugin."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "sample"
BIN = Path(sys.executable).parent
GOOD = ("infra.py", "handler.py", "events.py", "stack.py", "unit_tests.py")
WRONG = HERE / "wrong.py"
WRONG_LINES = {n for n, line in enumerate(WRONG.read_text().splitlines(), 1) if re.match(r"[a-z] = ", line)}


def mypy(tmp_path: Path, plugin: bool, *files: str) -> subprocess.CompletedProcess[str]:
    config = tmp_path / "mypy.ini"
    config.write_text("[mypy]\nstrict = True\n" + ("plugins = pydantic.mypy\n" if plugin else ""))
    command = [str(BIN / "mypy"), "--config-file", str(config), "--cache-dir", str(tmp_path / "cache"), *files]
    shutil.copytree(HERE, tmp_path / "project", dirs_exist_ok=True)
    return subprocess.run(command, cwd=tmp_path / "project", capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.parametrize("plugin", [False, True], ids=["plain", "pydantic-plugin"])
def test_mypy_strict(tmp_path: Path, plugin: bool) -> None:
    done = mypy(tmp_path, plugin, *GOOD)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = mypy(tmp_path, plugin, WRONG.name)
    assert {int(line) for line in re.findall(rf"{WRONG.name}:(\d+): error", wrong.stdout)} == WRONG_LINES, wrong.stdout


def test_pyright_strict(tmp_path: Path) -> None:
    project = shutil.copytree(HERE, tmp_path / "project")
    config = {"include": [*GOOD, WRONG.name], "strict": ["."], "pythonVersion": "3.11"}
    (project / "pyrightconfig.json").write_text(json.dumps(config))
    command = [str(BIN / "pyright"), "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=300)
    found = json.loads(done.stdout)["generalDiagnostics"]
    lines: dict[str, set[int]] = {}
    for item in found:
        if item["severity"] == "error":
            lines.setdefault(Path(item["file"]).name, set()).add(item["range"]["start"]["line"] + 1)
    assert lines == {WRONG.name: WRONG_LINES}, json.dumps(found, indent=1)
