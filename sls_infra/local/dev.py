"""The API on this machine straight from its working tree, reloaded as files change: the core of `sls-infra dev`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import LocalError, SlsError
from . import files
from .journal import Journal
from .launch import MAX_WORKERS, Launch
from .model import GatewaySpec
from .server import Server

GRACE = 3.0
"""Seconds that requests in flight have when the server is stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DevFunction:
    """A function as it lies in the working tree."""

    name: str
    code: Path
    """The folder its handlers are imported from; what it depends on comes from the running interpreter."""
    manifest: Mapping[str, Any]
    """The bundle's manifest, as `sls_infra.runtime.dispatch.Dispatcher` takes it."""
    env: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 25
    """Seconds a call may take."""
    max_instances: int | None = None
    """Worker processes at most; None: 8."""
    concurrency: int = 1
    """Requests at once in one worker."""


Load = Callable[[], tuple[GatewaySpec, Iterable[DevFunction]]]
"""Makes the API and its functions anew. Runs in a thread; what it raises is reported, and the last one goes on."""


class DevServer:
    """Serves what `load` makes, again after each change."""

    def __init__(self, load: Load, journal: Journal, folder: Path, host: str | None, port: int) -> None:
        self._load = load
        self._folder = folder
        self._host = host
        self._port = port
        self._revision = 0
        self._server = Server(journal, {"api": "(starting)"})

    @property
    def url(self) -> str:
        """Where it answers."""
        return self._server.url

    async def reload(self) -> frozenset[Path]:
        """Serves what there is now; returns the folders it was made of. Raises what went wrong, and goes on as
        before."""
        spec, functions = await asyncio.to_thread(self._loaded)
        self._revision += 1
        launches = {function.name: self._launch(function) for function in functions}
        spec = GatewaySpec.from_json({**spec.to_json(), "host": self._host or spec.host, "port": self._port})
        await self._server.apply(spec, launches)
        self._port = self._server.port
        self._server.gateway.identity["api"] = spec.api
        return frozenset(function.code for function in functions)

    def _loaded(self) -> tuple[GatewaySpec, list[DevFunction]]:
        try:
            spec, functions = self._load()
            return spec, list(functions)
        except SystemExit as ending:
            raise LocalError(f"the module ended the program (exit status {ending.code})") from ending

    async def close(self) -> None:
        """Ends it, workers too."""
        await self._server.close(GRACE)

    def _launch(self, function: DevFunction) -> Launch:
        manifest = self._folder / f"{function.name}.{self._revision}.json"
        files.write_json(manifest, dict(function.manifest))
        package = str(Path(__file__).parents[2])
        here = [path for path in sys.path if path and os.path.isabs(path)]
        return Launch(
            function=function.name,
            paths=tuple(dict.fromkeys([str(function.code), *here, package])),
            manifest=str(manifest),
            env=tuple(sorted(function.env.items())),
            isolated=False,
            max_workers=max(1, function.max_instances or MAX_WORKERS),
            concurrency=function.concurrency,
            timeout=function.timeout,
            revision=self._revision,
        )


def serve(
    load: Load,
    *,
    port: int = 0,
    host: str | None = None,
    watch: Iterable[Path] = (),
    on_ready: Callable[[str], None],
    on_message: Callable[[str], None],
    journal: Journal | None = None,
) -> None:
    """Serves until SIGINT or SIGTERM, and returns once every worker has ended. For the main thread.

    `watch`: folders and files whose change makes it reload, besides the functions' own code. `on_ready` is given the
    URL once it answers; `on_message` one plain message for each reload, or for what keeps it from being one; `journal`
    hears of requests and of what handlers print (default: both go to `on_message`, a line each). What `load` or a
    handler's import raises at the start is raised here; later it is a message, and the last version goes on.
    """
    import uvloop

    if threading.current_thread() is not threading.main_thread():
        raise LocalError("the development server runs in the main thread only")
    with tempfile.TemporaryDirectory(prefix="sls-dev-") as folder:
        server = _Run(load, port, host, tuple(watch), on_ready, on_message, journal, Path(folder))
        uvloop.run(server.run())


class _Run:
    def __init__(
        self,
        load: Load,
        port: int,
        host: str | None,
        watch: tuple[Path, ...],
        on_ready: Callable[[str], None],
        on_message: Callable[[str], None],
        journal: Journal | None,
        folder: Path,
    ) -> None:
        self._watch = watch
        self._on_ready = on_ready
        self._on_message = on_message
        self._server = DevServer(load, journal or Console(on_message), folder, host, port)

    async def run(self) -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        try:
            folders = await self._server.reload()
            self._on_ready(self._server.url)
            watching = asyncio.ensure_future(self._follow(folders, stop))
            await asyncio.wait([watching, asyncio.ensure_future(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            await watching
        finally:
            await self._server.close()

    async def _follow(self, folders: frozenset[Path], stop: asyncio.Event) -> None:
        """Reloads as files change, and follows the folders that the last version is made of."""
        while not stop.is_set():
            folders = await self._changes(folders, stop)

    async def _changes(self, folders: frozenset[Path], stop: asyncio.Event) -> frozenset[Path]:
        from watchfiles import awatch

        places = [place for place in {*folders, *self._watch} if place.exists()]
        async for changes in awatch(*places, stop_event=stop, debounce=200, step=50, recursive=True):
            try:
                now = await self._server.reload()
            except Exception as error:
                self._on_message(f"not reloaded, still serving the last version: {describe(error)}")
                continue
            names = sorted({os.path.basename(path) for _, path in changes})
            self._on_message(f"reloaded ({', '.join(names[:3])}{', …' if len(names) > 3 else ''})")
            if now != folders:
                return now
        return folders


class Console:
    """A journal for whoever sits in front of it: one plain line a request, and what handlers print as they print it."""

    def __init__(self, line: Callable[[str], None]) -> None:
        self._line = line

    def request(self, id: str, method: str, path: str, route: str, status: int, seconds: float, function: str) -> None:
        self._line(f"{status} {method} {path}  {seconds * 1000:.1f} ms")

    def printed(self, function: str, pid: int, stream: str, line: str) -> None:
        self._line(f"{function}: {line}")

    def event(self, level: str, message: str) -> None:
        self._line(message)


def describe(error: BaseException) -> str:
    """An error in one plain message: where, and what."""
    if isinstance(error, SlsError):
        return str(error)
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}: {type(error).__name__}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename and not frame.filename.startswith("<")]
    where = f"{own[-1].filename}:{own[-1].lineno}: " if own else ""
    with contextlib.suppress(Exception):
        return f"{where}{type(error).__name__}: {error}"
    return f"{where}{type(error).__name__}"
