"""The local target's control plane: stage functions, start, reload and stop gateways.

For the provider plugin, from any thread: synchronous, no event loop, no state of its own but the files. `root` is the
folder of one stack, `stack_folder(state, urn)`; ids are safe names made by the caller. Whatever can't be done is a
`LocalError` in words for the user, and leaves what was serving before as it was.

    root/functions/<id>/    urn, spec.json, revisions/<hash>/ (this one, the one before, those that gateways serve)
    root/gateways/<id>/     urn, spec.json, state.json, lock (held by the daemon), log
    root/quotas/<urn's digest>.db   see `quotas`
    root/secrets/<id>/      urn, value.json; see `secrets`
    root/events/<urn's digest>/     the state of schedules; see `events.schedules`
    root/{queues,topics,buckets,tables}/<id>/   urn, and what `sls_infra.runtime.links.local` keeps; see `storage`

A gateway learns of a function's new revision by `reload_gateway(root, id, None)`.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection
from pathlib import Path

from ..errors import LocalError
from . import files
from .daemon import LOCK, LOG, REPLY, REQUEST
from .events.state import events_folder, remove_events
from .files import STATE, stack_folder
from .launch import START_TIMEOUT, environment
from .model import PROTOCOL, GatewaySpec, GatewayState
from .quotas import remove_quotas
from .secret_server import remove_socket
from .secrets import SECRETS, remove_secret
from .server import identify
from .staging import read_function, remove_function, stage_function

__all__ = [
    "gateway_specs",
    "gateways_of",
    "read_function",
    "read_gateway",
    "reload_gateway",
    "remove_function",
    "stack_folder",
    "stage_function",
    "start_gateway",
    "stop_gateway",
    "sweep",
]

STARTING = START_TIMEOUT + 15
"""Seconds in which a daemon must be ready, or have reloaded."""

ENDING = 60.0
"""Seconds in which a daemon must have ended before it is killed: functions may take as long as that."""

_NETWORK = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)
"""What a daemon, not its workers, gets besides: how issuers' keys are fetched."""


def start_gateway(root: Path, id: str, spec: GatewaySpec, *, urn: str) -> GatewayState:
    """Starts the gateway's daemon, detached, and returns once it answers. Also how a killed one is put back.

    `LocalError` for a port in use (it says by which project and stack), and for a function that does not start. An
    older gateway of the same urn, left by a run that was killed, is stopped, and its port kept where `spec.port` is 0.
    What clients have used of their quotas goes on.
    """
    root = Path(root)
    folder = files.resource_folder(root, files.GATEWAYS, id)
    port = 0
    for older in list(files.resources(root, files.GATEWAYS)):
        if older.name != id and files.read_urn(older) == urn:
            port = int((files.read_json(older / STATE) or {}).get("port", 0))
            _end(older)
    is_new = not folder.exists()
    files.claim_root(root)
    files.make_folder(folder)
    try:
        with files.locked(folder):
            files.write(folder / files.URN, urn)
            if _is_alive(folder):
                return _reload(folder, spec)
            if port:
                files.write_json(folder / STATE, {"port": port})
            return _start(folder, spec)
    except BaseException:
        if is_new:
            files.remove(folder)
            files.release_root(root)
        raise


def reload_gateway(root: Path, id: str, spec: GatewaySpec | None) -> GatewayState:
    """Serves `spec`, or None: the same with the functions' current revisions. All or nothing, no request dropped.

    A new port is bound before the old one is closed. Starts the daemon where it is gone. On a `LocalError` the old
    spec goes on serving.
    """
    folder = files.resource_folder(Path(root), files.GATEWAYS, id)
    if not folder.exists():
        raise LocalError(f"there is no gateway {id!r} in {root}: run `pulumi up --refresh`")
    with files.locked(folder):
        if _is_alive(folder):
            return _reload(folder, spec)
        if spec is None:
            spec = _read_spec(folder)
        if spec is None:
            raise LocalError(f"the gateway {id!r} in {root} is damaged: run `pulumi up --refresh`")
        return _start(folder, spec)


def stop_gateway(root: Path, id: str) -> None:
    """Lets requests and events in flight finish, ends the daemon and its workers, removes the folder and what was kept
    of quotas and schedules. None there is no error."""
    root = Path(root)
    folder = files.resource_folder(root, files.GATEWAYS, id)
    if folder.exists():
        urn = files.read_urn(folder)
        _end(folder)
        remove_quotas(root, urn)
        remove_events(root, urn)
    files.release_root(root)


def read_gateway(root: Path, id: str) -> GatewayState | None:
    """The gateway, if its daemon is alive."""
    folder = files.resource_folder(Path(root), files.GATEWAYS, id)
    return _state(folder) if _is_alive(folder) else None


def gateways_of(root: Path, function: str) -> list[str]:
    """Ids of the gateways, alive or not, whose spec names the function's id: whom to reload after staging it."""
    found = []
    for folder in files.resources(root, files.GATEWAYS):
        spec = _read_spec(folder)
        if spec is not None and function in spec.functions.values():
            found.append(folder.name)
    return found


def gateway_specs(root: Path) -> list[tuple[Path, GatewaySpec]]:
    """What each gateway of the stack, alive or not, serves, and the folder of what it knows of its events."""
    found = []
    for folder in files.resources(Path(root), files.GATEWAYS):
        spec = _read_spec(folder)
        if spec is not None:
            found.append((events_folder(Path(root), files.read_urn(folder)), spec))
    return found


def sweep(root: Path, live_urns: Collection[str]) -> list[str]:
    """Stops and removes every function, gateway and secret whose urn is not in `live_urns`; returns their urns."""
    root, swept = Path(root), []
    for kind, end in ((files.GATEWAYS, stop_gateway), (files.FUNCTIONS, remove_function), (SECRETS, remove_secret)):
        for folder in list(files.resources(root, kind)):
            urn = files.read_urn(folder)
            if urn not in live_urns:
                end(root, folder.name)
                swept.append(urn)
    return swept


def _end(folder: Path) -> None:
    with files.locked(folder):
        _stop(folder)
        remove_socket(folder)
        files.remove(folder)


def _is_alive(folder: Path) -> bool:
    try:
        fd = os.open(folder / LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        return not files.try_lock(fd)
    finally:
        os.close(fd)


def _read_spec(folder: Path) -> GatewaySpec | None:
    found = files.read_json(folder / files.SPEC)
    try:
        return GatewaySpec.from_json(found) if found is not None else None
    except LocalError:
        return None


def _state(folder: Path) -> GatewayState | None:
    state, spec = files.read_json(folder / STATE), _read_spec(folder)
    if state is None or spec is None or "pid" not in state:
        return None
    return GatewayState(id=folder.name, url=state["url"], pid=state["pid"], port=state["port"], spec=spec)


def _start(folder: Path, spec: GatewaySpec) -> GatewayState:
    before = _read_spec(folder)
    files.write_json(folder / files.SPEC, spec.to_json())
    (folder / REQUEST).unlink(missing_ok=True)
    log = os.open(folder / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    said, says = os.pipe()
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "sls_infra.local.daemon", str(folder), str(says)],
            cwd=folder,
            env={**environment(os.environ, *_NETWORK), "PYTHONPATH": _package_folder()},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(says,),
            start_new_session=True,
        )
        os.close(says)
        says = -1
        message = _listen(said)
    finally:
        for fd in (log, said, says):
            if fd >= 0:
                os.close(fd)
    trouble = message.get("error") if message else f"the gateway did not start; see {folder / LOG}"
    if not trouble:
        state = _state(folder)
        if state is not None and (identify(spec.host, state.port, timeout=5) or {}).get("id") == folder.name:
            # It outlives us, or ends while we go on: then somebody has to take note of that.
            threading.Thread(target=process.wait, daemon=True).start()
            return state
        trouble = f"the gateway does not answer on port {message.get('port')}; see {folder / LOG}" if message else ""
    _kill(process)
    if before is not None:
        files.write_json(folder / files.SPEC, before.to_json())
    raise LocalError(str(trouble))


def _package_folder() -> str:
    """Where this package is imported from, for the daemon to find it too."""
    return str(Path(__file__).parents[2])


def _listen(said: int) -> dict[str, object] | None:
    """The one message that a starting daemon sends; None where it ended without, or took too long."""
    deadline, content = time.monotonic() + STARTING, b""
    while (left := deadline - time.monotonic()) > 0:
        if select.select([said], [], [], left)[0]:
            part = os.read(said, 1 << 16)
            if not part:
                break
            content += part
    try:
        message = json.loads(content)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends a daemon that has not become ready; its workers end with it."""
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _reload(folder: Path, spec: GatewaySpec | None) -> GatewayState:
    state = files.read_json(folder / STATE) or {}
    if state.get("protocol") != PROTOCOL:
        return _renewed(folder, spec)
    nonce, deadline = secrets.token_hex(8), time.monotonic() + STARTING
    (folder / REPLY).unlink(missing_ok=True)
    files.write_json(folder / REQUEST, {"nonce": nonce, "spec": spec.to_json() if spec else None})
    os.kill(int(state["pid"]), signal.SIGHUP)
    while (reply := files.read_json(folder / REPLY)) is None or reply.get("nonce") != nonce:
        if not _is_alive(folder):
            raise LocalError(f"the gateway ended while it was reloading; see {folder / LOG}")
        if time.monotonic() > deadline:
            raise LocalError(f"the gateway has not reloaded within {STARTING:.0f} s; see {folder / LOG}")
        time.sleep(0.01)
    if reply.get("error"):
        raise LocalError(str(reply["error"]))
    found = _state(folder)
    if found is None:
        raise LocalError(f"the gateway's files in {folder} were changed by somebody else: run `pulumi up --refresh`")
    return found


def _renewed(folder: Path, spec: GatewaySpec | None) -> GatewayState:
    """Starts a daemon of this version of the package in place of one that may not understand the spec. It is not there
    for a moment; where the new one does not start, none is."""
    spec = spec or _read_spec(folder)
    if spec is None:
        raise LocalError(f"the gateway in {folder} was written by another version of this package: run `pulumi up`")
    _stop(folder)
    return _start(folder, spec)


def _stop(folder: Path) -> None:
    state = files.read_json(folder / STATE) or {}
    if not _is_alive(folder) or "pid" not in state:
        return
    for number, patience in ((signal.SIGTERM, ENDING), (signal.SIGKILL, 10.0)):
        try:
            os.kill(int(state["pid"]), number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not _is_alive(folder):
                return
            time.sleep(0.02)
    raise LocalError(f"the gateway's process {state['pid']} does not end: end it, then try again")
