"""The process of one gateway: `python -m sls_infra.local.daemon <folder> <fd>`, started by `control.start_gateway`.

It holds a lock on `<folder>/lock` for its whole life, which is how others know that it lives (a killed one may stay a
zombie, which has a pid), and says through the descriptor how starting went: one JSON object, {"url", "port"} or
{"error"}.
SIGHUP: does what `request.json` asks, and says how that went in `reply.json`. SIGTERM: ends, in good order; so it does
when its folder is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import LocalError
from . import files
from .events.state import events_folder
from .journal import Lines, LogFile
from .launch import Launch
from .model import PROTOCOL, GatewaySpec
from .quotas import Quotas, quotas_file
from .secret_server import SecretServer, reader
from .server import Server
from .staging import read_function

LOCK = "lock"
LOG = "log"
REQUEST = "request.json"
REPLY = "reply.json"

LOCK_PATIENCE = 5.0
"""Seconds to wait for the lock: somebody may just be looking whether it is held."""


LOOK = 1.0
"""Seconds between two looks whether the folder is still there."""


class Daemon:
    """One gateway's life: its folder, its server, and what it is asked to do."""

    def __init__(self, folder: Path, lock: int) -> None:
        self.folder = folder
        self._lock = lock
        self.root = folder.parent.parent
        self.log = LogFile(folder / LOG)
        self.read_secret = reader(self.root)
        self.secrets = SecretServer(self.read_secret, folder)
        self.lines = Lines(self.log.write)
        urn = files.read_urn(folder)
        self.quotas_file = quotas_file(self.root, urn)
        self.events = events_folder(self.root, urn)
        project, stack = files.project_and_stack(urn)
        self.identity = {"project": project, "stack": stack, "id": folder.name}
        self._ending = asyncio.Event()
        self._changing = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, ready: int) -> None:
        """Serves until SIGTERM. What goes wrong at the start is said through `ready` and ends it."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._ending.set)
        loop.add_signal_handler(signal.SIGHUP, self._asked)
        spec = self._spec()
        identity = {**self.identity, "api": spec.api}
        quotas = Quotas(self.quotas_file)
        self.server = Server(self.lines, identity, secrets=self.read_secret, quotas=quotas, events=self.events)
        state = files.read_json(self.folder / files.STATE) or {}
        try:
            await self._serve(spec, int(state.get("port", 0)))
        except BaseException:
            await self.server.close(0)
            self.secrets.close()
            raise
        # What was made up to here stays: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        _say(ready, {"url": self.server.url, "port": self.server.port})
        self.lines.event("info", f"serving {spec.api!r} on {self.server.url}")
        await self._until_ended()
        self.lines.event("info", "ending")
        await self.server.close()
        self.secrets.close()
        self.lines.flush()

    async def _until_ended(self) -> None:
        """Until SIGTERM, or until the folder is gone: nobody could find this process any more, nor have its port."""
        while self._is_known():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), LOOK)
                return

    def _is_known(self) -> bool:
        try:
            return os.path.samestat(os.stat(self.folder / LOCK), os.fstat(self._lock))
        except OSError:
            return False

    def _spec(self) -> GatewaySpec:
        found = files.read_json(self.folder / files.SPEC)
        if found is None:
            raise LocalError(f"{self.folder / files.SPEC} can't be read: run `pulumi up` again")
        return GatewaySpec.from_json(found)

    async def _serve(self, spec: GatewaySpec, prefer: int = 0) -> None:
        launches = self._launches(spec)
        await self.server.apply(spec, launches, prefer)
        self.server.gateway.identity["api"] = spec.api
        revisions = {id: launches[name].folder for name, id in spec.functions.items()}
        state = {
            "pid": os.getpid(),
            "url": self.server.url,
            "port": self.server.port,
            "protocol": PROTOCOL,
            "revisions": revisions,
        }
        files.write_json(self.folder / files.STATE, state)

    def _launches(self, spec: GatewaySpec) -> dict[str, Launch]:
        launches = {}
        for name, id in spec.functions.items():
            found = read_function(self.root, id)
            if found is None:
                raise LocalError(f"function {name!r} ({id}) is not there or damaged: run `pulumi up --refresh`")
            launches[name] = Launch.of(found.spec, self.secrets.environment(id, found.spec.env))
        return launches

    def _asked(self) -> None:
        task = asyncio.get_running_loop().create_task(self._change())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _change(self) -> None:
        """Does what was asked for, and writes down how it went."""
        async with self._changing:
            request = files.read_json(self.folder / REQUEST)
            if request is None:
                return
            (self.folder / REQUEST).unlink(missing_ok=True)
            reply: dict[str, Any] = {"nonce": request.get("nonce")}
            try:
                spec = GatewaySpec.from_json(request["spec"]) if request.get("spec") else self._spec()
                await self._serve(spec)
                files.write_json(self.folder / files.SPEC, spec.to_json())
            except Exception as error:  # whatever it is, the old spec goes on, and who asked is told
                reply["error"] = str(error) if isinstance(error, LocalError) else f"{type(error).__name__}: {error}"
                self.lines.event("error", f"not reloaded: {reply['error']}")
            else:
                self.lines.event("info", f"reloaded: {spec.api!r} on {self.server.url}")
            files.write_json(self.folder / REPLY, reply)


def main(arguments: list[str]) -> int:
    """Runs the daemon of a folder."""
    folder, ready = Path(arguments[0]), int(arguments[1])
    os.umask(0o077)
    os.set_inheritable(ready, False)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + LOCK_PATIENCE
    while not files.try_lock(lock):
        if time.monotonic() > deadline:
            _say(ready, {"error": f"the gateway {folder.name} is running already"})
            return 1
        time.sleep(0.02)
    try:
        _run(folder, lock, ready)
    except Exception as error:
        known = isinstance(error, LocalError)
        _say(ready, {"error": str(error) if known else f"the gateway does not start: {type(error).__name__}: {error}"})
        if not known:
            raise
        return 1
    return 0


def _run(folder: Path, lock: int, ready: int) -> None:
    import uvloop

    async def run() -> None:
        await Daemon(folder, lock).run(ready)

    uvloop.run(run())


def _say(ready: int, message: Mapping[str, Any]) -> None:
    os.write(ready, json.dumps(message).encode())
    os.close(ready)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
