"""Literal `pulumi` commands on the real engine, in a test.

    REGION = {"aws:region": "eu-west-1"}

    @pytest.mark.engine
    def test_it(tmp_path: Path) -> None:
        with StandIn(AWS) as aws, Workspace(tmp_path, program, providers=[aws], config=REGION) as ws:
            assert ws.preview().counts == {"create": 3}
            up = ws.up()                        # raises with all that the engine said, if it fails
            assert up.created == ["aws:iam/role:Role shop", …]
            assert ws.up().counts == {"same": 3}
            ws.write({"__main__.py": changed})
            assert ws.up().updated == ["aws:lambda/function:Function shop"]
            assert ws.up(check=False).exit_code != 0
            assert ws.outputs()["url"].startswith("https://")
            ws.destroy()
            assert ws.resources() == []

A workspace is a folder with a Pulumi project, a stack in a file backend inside it, and an environment in which nothing
but that is configured: no network, no account. The engine comes from `tools.engine`; where none can be had, the test is
skipped with the reason it gives. Programs run on the interpreter of the test. Leaving the `with` block destroys what a
test left deployed, so that no daemon outlives it. Every command is bounded by a time-out.

A provider plugin that is under test is named by the folder that holds its executable: `plugins={"sls": folder}`.
`start` gives a running command, for tests that kill one (`processes.py` looks at what is left). `stand_in.py` has the
stand-in provider, `outcome.py` what a command returns; what only a deployment will know is `wire.UNKNOWN` in it.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import pytest

from tests.engine.outcome import Outcome
from tools.engine.obtain import obtain
from tools.engine.place import EngineError

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 180.0
"""Seconds for one command."""
OTHERS = ("PULUMI_", "AWS_", "ARM_", "AZURE_", "GOOGLE_", "GCLOUD_", "CLOUDSDK_", "SLS_INFRA_AZURE_")
"""What variables begin with that say something of the machine's own clouds and Pulumi settings."""


class Attached(Protocol):
    """A provider that runs already, and that the engine is told to use: `StandIn` is one."""

    @property
    def packages(self) -> Iterable[str]:
        """The packages that it serves: "aws"."""

    @property
    def port(self) -> int:
        """Where, on 127.0.0.1."""


class PulumiFailed(AssertionError):
    """A command failed that a test expected to succeed; the message has all that it said."""


@functools.cache
def obtained() -> Path | EngineError:
    """The folder with the engine, or why none can be had. The first call may build one, and says so on stderr."""
    try:
        return obtain(ROOT).bin
    except EngineError as error:
        return error


def engine_bin() -> Path:
    """The folder with the engine; skips the calling test, with the reason, where none can be had."""
    found = obtained()
    if isinstance(found, EngineError):
        pytest.skip(str(found))
    return found


class Workspace:
    """One Pulumi project with one stack, in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        program: str | Mapping[str, str],
        *,
        project: str = "demo",
        stack: str = "dev",
        config: Mapping[str, str] | None = None,
        providers: Iterable[Attached] = (),
        plugins: Mapping[str, Path] | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        """`program` is the text of `__main__.py`, or several files by name; `env` adds to the clean environment."""
        self.folder = folder / "project"
        self.stack = stack
        self.timeout = timeout
        self._events = folder / "events.jsonl"
        home, state = folder / "home", folder / "state"
        for each in (self.folder, home, state):
            each.mkdir(parents=True)
        self.env = _environment(home, state, list(providers), env or {})
        description: dict[str, Any] = {"name": project, "runtime": {"name": "python"}}
        if plugins:
            found = [{"name": name, "path": str(path)} for name, path in plugins.items()]
            description["plugins"] = {"providers": found}
        self.write(program if isinstance(program, Mapping) else {"__main__.py": program})
        self.write({"Pulumi.yaml": json.dumps(description)})  # JSON is YAML
        if config:
            self.write({f"Pulumi.{stack}.yaml": json.dumps({"config": dict(config)})})
        self.run("stack", "init", stack)

    def write(self, files: Mapping[str, str]) -> None:
        """Write these files into the project; those of the same name are replaced, others stay."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def preview(self, *arguments: str, check: bool = True) -> Outcome:
        """`pulumi preview`."""
        return self.run("preview", *arguments, check=check, events=True)

    def up(self, *arguments: str, check: bool = True) -> Outcome:
        """`pulumi up`, without a preview of its own."""
        return self.run("up", "--yes", "--skip-preview", *arguments, check=check, events=True)

    def refresh(self, *arguments: str, check: bool = True) -> Outcome:
        """`pulumi refresh`."""
        return self.run("refresh", "--yes", "--skip-preview", *arguments, check=check, events=True)

    def destroy(self, *arguments: str, check: bool = True) -> Outcome:
        """`pulumi destroy`."""
        return self.run("destroy", "--yes", "--skip-preview", *arguments, check=check, events=True)

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets in plain text."""
        found: dict[str, Any] = json.loads(self.run("stack", "output", "--json", "--show-secrets").stdout)
        return found

    def stack_export(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The stack's state as Pulumi keeps it: secrets encrypted, unless told otherwise."""
        shown = ["--show-secrets"] if show_secrets else []
        found: dict[str, Any] = json.loads(self.run("stack", "export", *shown).stdout)
        return found

    def resources(self) -> list[dict[str, Any]]:
        """The resources in the state, without the stack itself and its providers."""
        everything = self.stack_export()["deployment"].get("resources") or []
        return [found for found in everything if not found["type"].startswith("pulumi:")]

    def set_config(self, key: str, value: str, *, secret: bool = False) -> None:
        """`pulumi config set`; a key without a namespace is the project's."""
        self.run("config", "set", "--secret" if secret else "--plaintext", key, value)

    def run(self, *arguments: str, check: bool = True, events: bool = False) -> Outcome:
        """Any other command. Raises `PulumiFailed` if it fails (unless `check` is false) or outlasts the time-out."""
        self._events.unlink(missing_ok=True)
        logged = ["--event-log", str(self._events)] if events else []
        process = self.start(*arguments, *logged)
        command = f"pulumi {' '.join(arguments)}"
        try:
            stdout, stderr = process.communicate(timeout=self.timeout)
        except subprocess.TimeoutExpired:
            _kill(process)
            stdout, stderr = process.communicate(timeout=10)
            raise PulumiFailed(f"{command}: still running after {self.timeout:.0f} s\n{stdout}{stderr}") from None
        finally:
            _kill(process)
        outcome = Outcome(command, process.returncode, stdout, stderr, self._logged() if events else [])
        if check and outcome.exit_code != 0:
            raise PulumiFailed(f"{command}: exit code {outcome.exit_code}\n{outcome.text}")
        return outcome

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command, in a process group of its own, and leave it running: its end is the caller's business."""
        argv = [str(engine_bin() / "pulumi"), "--non-interactive", "--color", "never", *arguments]
        return subprocess.Popen(
            argv, cwd=self.folder, env=self.env, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        left = self.resources()
        if left:
            self.run("cancel", "--yes", check=False)  # where a test killed a command, its lock is still there
            if any(resource.get("protect") for resource in left):
                self.run("state", "unprotect", "--all", "--yes")
            # A test that fails has its own error to show. One that passes must be able to clean up.
            self.destroy(check=kind is None)

    def _logged(self) -> list[Mapping[str, Any]]:
        if not self._events.exists():
            return []
        return [json.loads(line) for line in self._events.read_text().splitlines() if line.strip()]


def _environment(home: Path, state: Path, providers: list[Attached], extra: Mapping[str, str]) -> dict[str, str]:
    """What the commands see: nothing of the machine's own clouds and Pulumi settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
    path = [str(engine_bin()), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    ours = {
        "PATH": os.pathsep.join(path),
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": "correct horse battery staple",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_PYTHON_CMD": sys.executable,
        "PULUMI_DEBUG_COMMANDS": "true",  # or there is no --event-log
    }
    attached = ",".join(f"{package}:{provider.port}" for provider in providers for package in provider.packages)
    return {**inherited, **ours, **({"PULUMI_DEBUG_PROVIDERS": attached} if attached else {}), **extra}


def _kill(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
