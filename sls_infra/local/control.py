"""The local target's control plane: stage functions, start, reload and stop gateways.

For the provider plugin, from any thread: synchronous, no event loop, no state of its own but the files. `root` is the
folder of one stack, `stack_folder(state, urn)`; ids are safe names made by the caller. Whatever can't be done is a
`LocalError` in words for the user, and leaves what was serving before as it was.

    root/functions/<id>/    urn, spec.json, revisions/<hash>/ (this one and the one before)
    root/gateways/<id>/     urn, spec.json, state.json, lock (held by the daemon), log

A gateway learns of a function's new revision by `reload_gateway(root, id, None)`.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from .model import FunctionSpec, FunctionState, GatewaySpec, GatewayState


def stack_folder(state: Path, urn: str) -> Path:
    """`<state>/<project>/<stack>` for a resource of that urn; nothing is made."""
    raise NotImplementedError


def stage_function(root: Path, spec: FunctionSpec, bundle_zip: Path, *, urn: str) -> FunctionState:
    """Unpacks a bundle as the function's new revision and makes it current. Also how a function is updated.

    Its handlers are imported in a fresh process first; a failure is a `LocalError` with the handler's own error text,
    and the old revision stays. An older folder of the same urn, left by a run that was killed, is removed.
    """
    raise NotImplementedError


def remove_function(root: Path, id: str) -> None:
    """Removes the function's folder. Nothing to do is no error. Reload or stop its gateways first."""
    raise NotImplementedError


def read_function(root: Path, id: str) -> FunctionState | None:
    """The staged function; None where its folder is gone or damaged, so that an `up` puts it back."""
    raise NotImplementedError


def start_gateway(root: Path, id: str, spec: GatewaySpec, *, urn: str) -> GatewayState:
    """Starts the gateway's daemon, detached, and returns once it answers. Also how a killed one is put back.

    `LocalError` for a port in use (it says by which project and stack), and for a function that does not start. An
    older gateway of the same urn, left by a run that was killed, is stopped, and its port kept where `spec.port` is 0.
    """
    raise NotImplementedError


def reload_gateway(root: Path, id: str, spec: GatewaySpec | None) -> GatewayState:
    """Serves `spec`, or None: the same with the functions' current revisions. All or nothing, no request dropped.

    A new port is bound before the old one is closed. Starts the daemon where it is gone. On a `LocalError` the old
    spec goes on serving.
    """
    raise NotImplementedError


def stop_gateway(root: Path, id: str) -> None:
    """Lets requests in flight finish, ends the daemon and its workers, removes the folder. None there is no error."""
    raise NotImplementedError


def read_gateway(root: Path, id: str) -> GatewayState | None:
    """The gateway, if its daemon is alive."""
    raise NotImplementedError


def gateways_of(root: Path, function: str) -> list[str]:
    """Ids of the gateways, alive or not, whose spec names the function's id: whom to reload after staging it."""
    raise NotImplementedError


def sweep(root: Path, live_urns: Collection[str]) -> list[str]:
    """Stops and removes every function and gateway whose urn is not in `live_urns`; returns their urns."""
    raise NotImplementedError
