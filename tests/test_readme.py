"""What README shows is tried: its program is tested, planned and deployed, and the output it shows comes out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.engine.aws_outputs import AWS
from tests.engine.harness import ROOT, Workspace
from tests.engine.stand_in import StandIn

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
FILES = {found[1]: block for block in BLOCKS if (found := re.match(r"# ([\w/]+\.py):", block))}
BIN = Path(sys.executable).parent


EVENTS = """
from infra import api
from sls_infra.testing import client

with client(api) as c:
    c.links.table("letters").put({"id": "1", "to": "Ann"})
    c.send("outgoing", {"letter": "1"})
    c.tick("morning")
    c.run()
    dead = c.dead_letters("outgoing-office-dead-letters")
    print(len(dead), "dead letters:", dead[0].reason)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The files of the first screen, in a folder."""
    folder = tmp_path / "shop"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def run(folder: Path, *command: str | Path, width: int = 116, code: int = 0) -> str:
    """What a command prints; it must end with that code."""
    environment = {**os.environ, "COLUMNS": str(width), "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_its_program_is_whole() -> None:
    assert sorted(FILES) == [
        "__main__.py", "infra.py", "post/infra.py", "post/src/office.py", "src/shop.py", "test_shop.py"
    ]  # fmt: skip


def test_its_events_are_met_everywhere_and_handled(program: Path) -> None:
    folder = program / "post"
    run(folder, BIN / "sls-infra", "plan", "infra:api")
    run(folder, sys.executable, "-m", "mypy", "--strict", "infra.py", "src/office.py")
    (folder / "events.py").write_text(EVENTS)
    assert run(folder, sys.executable, "events.py").split("\n")[-2] == "1 dead letters: LookupError: no such letter"


def test_its_tests_pass_and_its_types_hold(program: Path) -> None:
    said = run(program, sys.executable, "-m", "pytest", "-q", "test_shop.py")
    assert "2 passed" in said
    run(program, sys.executable, "-m", "mypy", "--strict", "infra.py", "__main__.py", "test_shop.py", "src/shop.py")


def test_its_spec_is_met_but_for_the_limits_that_it_says_are_refused(program: Path) -> None:
    here = run(program, BIN / "sls-infra", "plan", "infra:api", "--target", "aws", "--target", "local")
    assert "Nothing is refused." in here
    everywhere = run(program, BIN / "sls-infra", "plan", "infra:api", code=1)
    problems = re.findall(r"^  (api\S*): ", everywhere, re.MULTILINE)
    assert set(problems) == {"api.rate_limit", "api.routes[1].rate_limit"}
    assert len(problems) == 2, "Google Cloud alone"


def test_the_plan_that_it_shows_is_what_is_printed() -> None:
    printed = run(ROOT, BIN / "sls-infra", "plan", "examples.orders.infra:api", code=1)
    table = printed[: printed.index("AWS: ")]
    assert "\n".join(map(str.rstrip, table.splitlines())).strip() in README


@pytest.mark.engine
def test_its_program_is_deployed_to_this_machine(tmp_path: Path) -> None:
    files = {name: text for name, text in FILES.items() if name != "test_shop.py"}
    # The example's issuer is nobody's; what asks for a token is refused without one all the same.
    with Workspace(tmp_path, files, plugins={"sls": BIN}, config={"sls:target": "local"}) as ws:
        ws.up()
        with urllib.request.urlopen(f"{ws.outputs()['url']}/health", timeout=20) as answer:
            assert answer.read() == b"ok"
        ws.destroy()


@pytest.mark.engine
def test_its_transform_and_nodes_do_what_it_says(tmp_path: Path) -> None:
    (block,) = [block for block in BLOCKS if "transform=kept" in block]
    config = {"aws:region": "eu-west-1", "sls:target": "aws"}
    with StandIn(AWS) as aws, Workspace(tmp_path, block, providers=[aws], config=config) as ws:
        ws.up()
        made = {resource["type"]: resource.get("inputs") or {} for resource in ws.resources()}
    assert made["aws:cloudwatch/logGroup:LogGroup"]["retentionInDays"] == 365
    assert made["aws:iam/rolePolicyAttachment:RolePolicyAttachment"]["role"]
