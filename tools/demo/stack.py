"""The stack: literal `pulumi` commands, on a file backend of the demo's own."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tools.engine.obtain import obtain
from tools.engine.place import EngineError

from .place import CONFIG, HOME, PROJECT, ROOT, STACK, TEMPLATE, DemoError, shown

STATE = HOME / "state"
LOCAL = HOME / "local"
ENVIRONMENT = HOME / "env"
LONGEST = 600
"""Seconds that one command of the engine may take."""


class Stack:
    """stacks/orders, deployed as the stack `demo`. Raises `DemoError` where no engine can be had."""

    def __init__(self) -> None:
        try:
            engine = obtain(ROOT)
        except EngineError as error:
            raise DemoError(str(error)) from None
        self.engine = f"Pulumi {engine.version}, {engine.source}"
        self._settings = {
            "PATH": f"{engine.bin}{os.pathsep}{os.environ.get('PATH', '')}",
            "PULUMI_HOME": str(HOME / "home"),
            "PULUMI_BACKEND_URL": f"file://{STATE}",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "SLS_INFRA_CACHE": str(ROOT / ".sls" / "cache"),
        }
        self._bin = engine.bin

    def configure(self, issuer: str) -> None:
        """Writes what this machine adds to the configuration, and what one needs to type `pulumi` commands oneself."""
        given = CONFIG if CONFIG.exists() else TEMPLATE
        content: dict[str, Any] = yaml.safe_load(given.read_text())
        content["config"] |= {
            "orders:issuer": issuer,
            "orders:database": str(HOME / "orders.db"),
            "sls:root": str(LOCAL),
        }
        CONFIG.write_text(yaml.safe_dump(content, sort_keys=False))
        settings = {name: value for name, value in self._settings.items() if name != "PATH"}
        lines = [f"export {name}={shlex.quote(value)}" for name, value in settings.items()]
        lines.append(f"export PATH={shlex.quote(str(self._bin))}:$PATH")
        ENVIRONMENT.write_text("\n".join(lines) + "\n")

    def up(self) -> str:
        """Makes the stack if there is none, and deploys: the URL."""
        STATE.mkdir(parents=True, exist_ok=True)
        self._run("stack", "select", "--create", STACK, "--non-interactive", quiet=True)
        self._run("up", "--yes", "--skip-preview", "--stack", STACK)
        return self._run("stack", "output", "url", "--stack", STACK, quiet=True).strip()

    def down(self) -> None:
        """Destroys all that was deployed, and forgets the stack."""
        self._run("destroy", "--remove", "--yes", "--skip-preview", "--stack", STACK)

    def exists(self) -> bool:
        """Whether there is one."""
        names = self._run("stack", "ls", "--json", quiet=True) if STATE.exists() else "[]"
        return any(stack["name"] == STACK for stack in yaml.safe_load(names))

    def _run(self, *arguments: str, quiet: bool = False) -> str:
        """Runs a command of the engine: what it says is shown as it comes, or returned if `quiet`."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
        pulumi = shutil.which("pulumi", path=str(self._bin)) or "pulumi"
        if not quiet:
            print(f"$ pulumi {shlex.join(arguments)}", flush=True)
        process = subprocess.Popen(
            [pulumi, *arguments], cwd=PROJECT, env={**environment, **self._settings}, text=True,
            stdin=subprocess.DEVNULL if quiet else None,
            stdout=subprocess.PIPE if quiet else None, stderr=subprocess.PIPE if quiet else None,
        )  # fmt: skip
        said, complaint = _wait(process)
        if process.returncode != 0:
            told = f": {complaint.strip()}" if complaint else ", see above"
            fix = f"to look into it: `. {shown(ENVIRONMENT)}`, then `pulumi -C {shown(PROJECT)} …` is on this stack"
            raise DemoError(f"`pulumi {shlex.join(arguments)}` failed{told}\n    {fix}")
        return said or ""


def log() -> Path | None:
    """The gateway's log."""
    return next(iter(sorted(LOCAL.glob(f"*/orders/{STACK}/gateways/*/log"))), None)


def _wait(process: subprocess.Popen[str]) -> tuple[str | None, str | None]:
    """To the end of the command. An interrupt reaches the engine too, which then stops in good order: wait for it."""
    try:
        return process.communicate(timeout=LONGEST)
    except KeyboardInterrupt:
        _end(process, 60)
        raise
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        _end(process, 60)
        raise DemoError(f"`pulumi` was not done after {LONGEST} s, and was stopped") from None


def _end(process: subprocess.Popen[str], grace: float) -> None:
    try:
        process.wait(grace)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()
