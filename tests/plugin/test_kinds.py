"""Each kind is loaded when it is met, and needs its own extra alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sls_infra.plugin.kinds import Kinds

AZURE = ["azure", "azure.core", "azure.identity", "requests", "msal"]
LOCAL = ["starlette", "uvicorn", "uvloop", "httptools", "jwt", "watchfiles"]


def alone(program: str, *, without: list[str]) -> str:
    """What a program prints in an interpreter that lacks these packages."""
    lacking = f"import sys\nsys.modules.update(dict.fromkeys({without!r}))\n"
    done = subprocess.run([sys.executable, "-c", lacking + program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_starting_loads_nothing_of_an_extra_and_no_server() -> None:
    program = (
        "import sls_infra.plugin.main, sys\n"
        f"print([name for name in {AZURE + LOCAL + ['pydantic', 'sls_infra.local']!r} if sys.modules.get(name)])"
    )
    assert alone(program, without=[]) == "[]"


@pytest.mark.parametrize(
    ("missing", "extra", "works", "fails"),
    [
        (LOCAL, "local", ["sls:azure:Code"], ["sls:local:Function", "sls:local:Gateway"]),
        (
            ["azure", "azure.core", "azure.identity"],
            "azure",
            ["sls:local:Function", "sls:local:Gateway"],
            ["sls:azure:Code"],
        ),
        (["requests"], "azure", ["sls:local:Function", "sls:local:Gateway"], ["sls:azure:Code"]),
    ],
)
def test_one_extra_is_enough_for_its_kinds(missing: list[str], extra: str, works: list[str], fails: list[str]) -> None:
    program = f"""
import sls_infra.plugin.main
from sls_infra.errors import SlsError
from sls_infra.plugin.kinds import Kinds
kinds = Kinds()
for type in {works!r}:
    assert kinds[type].type == type
for type in {fails!r}:
    try:
        kinds[type]
    except SlsError as error:
        assert "pip install 'sls-infra[{extra}]'" in str(error), error
        assert "which is not installed" in str(error), error
    else:
        raise AssertionError(type)
print("as it should be")
"""
    assert alone(program, without=missing) == "as it should be"


def test_kinds_are_told_by_their_types_and_made_once() -> None:
    kinds = Kinds()
    kept_here = ["Function", "Gateway", "Secret", "Key", "Queue", "Topic", "Bucket", "Table", "Subscription"]
    assert list(kinds) == [*(f"sls:local:{kind}" for kind in kept_here), "sls:azure:Code"]
    assert "sls:local:Stream" not in kinds
    assert len(kinds) == 10
    for type in kinds:
        assert kinds[type].type == type
        assert kinds[type] is kinds[type]
