"""Where things are on this machine: the folder of all local state, the gateway's address."""

from __future__ import annotations

import hashlib
import ipaddress
import os
from pathlib import Path

import pulumi

from ...errors import Problem, SpecError
from ...spec.targets import Local
from .. import engine

ROOT = "SLS_INFRA_ROOT"
"""Environment variable: the folder below which local deployments keep their state."""


def root() -> str:
    """The folder of all local state, absolute: one a backend, below the config `sls:root`, the environment's
    SLS_INFRA_ROOT, or `.sls` beside Pulumi.yaml.

    Project and stack are folders below it. So two checkouts don't meet, nor two stacks of one name whose states are
    in different backends.
    """
    project = engine.project()
    given = pulumi.Config("sls").get("root") or os.environ.get(ROOT)
    base = project / Path(given).expanduser() if given else project / ".sls"
    return os.path.normpath(base / _backend_key(project))


def port(target: Local) -> int:
    """The port asked for, 0 for any free one. Raises `SpecError` where it is given twice, or is none."""
    configured = pulumi.Config("sls").get("port")
    if target.port is not None:
        if configured is not None:
            fix = "pulumi config rm sls:port, or leave port out of Local(…)"
            raise SpecError([Problem("target.port", "the port is given twice: here and as config sls:port", fix)])
        return _port("target.port", str(target.port), "use one from 1 to 65535, or leave it out for any free one")
    if configured is not None:
        return _port("sls:port", configured, "pulumi config set sls:port 8080, or pulumi config rm sls:port")
    return 0


def host(target: Local) -> str:
    """The address to listen on. Raises `SpecError` for one that others could reach."""
    try:
        local = target.host == "localhost" or ipaddress.ip_address(target.host).is_loopback
    except ValueError:
        local = False
    if not local:
        fix = "leave host out, or use 127.0.0.1 or ::1"
        raise SpecError([Problem("target.host", f"{target.host!r} is no address of this machine alone", fix)])
    return target.host


def _port(where: str, text: str, fix: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise SpecError([Problem(where, f"{text!r} is no port", fix)])
    return int(text)


def _backend_key(project: Path) -> str:
    """Short and stable: of the backend that holds the stack's state, and of the organization there."""
    url = _backend(project).rstrip("/")
    scheme, _, path = url.partition("://")
    if scheme == "file":
        url = os.path.normpath(project / Path(path).expanduser())
    return hashlib.sha256(f"{url}\n{pulumi.get_organization()}".encode()).hexdigest()[:8]


def _backend(project: Path) -> str:
    """The backend's URL, looked for where the engine does; empty where nothing is said."""
    if url := os.environ.get("PULUMI_BACKEND_URL"):
        return url
    if url := engine.declared("backend").get("url"):
        return str(url)
    folder = Path(os.environ.get("PULUMI_CREDENTIALS_PATH") or engine.home())
    return str(engine.read(folder / "credentials.json").get("current") or "")
