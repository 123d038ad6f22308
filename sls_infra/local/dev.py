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
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import LocalError, SlsError
from . import files
from .journal import Journal
from .launch import MAX_WORKERS, Launch
from .model import GatewaySpec
from .own_keys import Secrets
from .secret_server import SecretServer
from .server import Server, no_secrets

if TYPE_CHECKING:
    from watchfiles import Change

QUIET = 500
"""Milliseconds without a change after which the watch is looked after."""

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

    def __init__(
        self,
        load: Load,
        journal: Journal,
        folder: Path,
        host: str | None,
        port: int,
        watch: tuple[Path, ...],
        secrets: Secrets = no_secrets,
        state: Path | None = None,
    ) -> None:
        self.places = frozenset(watch)
        """Files and folders that the last version was made of."""
        self.state = state
        self._load = load
        self._watch = watch
        self._seen: Snapshot = {}
        self._folder = folder
        self._host = host
        self._port = port
        self._revision = 0
        self._server = Server(journal, {"api": "(starting)"}, secrets=secrets, events=state)
        self._secrets = SecretServer(secrets, folder)

    @property
    def url(self) -> str:
        """Where it answers."""
        return self._server.url

    async def reload(self) -> None:
        """Serves what there is now. Raises what went wrong, and goes on as before."""
        self._seen = snapshot(self._watch, self.state)
        spec, functions = await asyncio.to_thread(self._loaded)
        code = {function.code for function in functions}
        self._seen |= snapshot(code, self.state)
        self.places = frozenset({*self._watch, *code})
        self._revision += 1
        launches = {function.name: self._launch(function) for function in functions}
        spec = GatewaySpec.from_json({**spec.to_json(), "host": self._host or spec.host, "port": self._port})
        await self._server.apply(spec, launches)
        self._port = self._server.port
        self._server.gateway.identity["api"] = spec.api

    def outdated(self) -> set[str]:
        """The files that are not what they were when they were last loaded."""
        now = snapshot(self.places, self.state)
        return {path for path in now.keys() | self._seen.keys() if now.get(path) != self._seen.get(path)}

    def _loaded(self) -> tuple[GatewaySpec, list[DevFunction]]:
        try:
            spec, functions = self._load()
            return spec, list(functions)
        except SystemExit as ending:
            raise LocalError(f"the module ended the program (exit status {ending.code})") from ending

    async def close(self) -> None:
        """Ends it, workers too."""
        await self._server.close(GRACE)
        self._secrets.close()

    def _launch(self, function: DevFunction) -> Launch:
        return launch_of(function, self._folder, self._secrets, self._revision)


def launch_of(function: DevFunction, folder: Path, secrets: SecretServer, revision: int = 1) -> Launch:
    """How the function's workers are started; its manifest is put into the folder."""
    manifest = folder / f"{function.name}.{revision}.json"
    files.write_json(manifest, dict(function.manifest))
    package = str(Path(__file__).parents[2])
    here = [path for path in sys.path if path and os.path.isabs(path)]
    return Launch(
        function=function.name,
        paths=tuple(dict.fromkeys([str(function.code), *here, package])),
        manifest=str(manifest),
        env=tuple(sorted({**function.env, **secrets.environment(function.name, function.env)}.items())),
        isolated=False,
        max_workers=max(1, function.max_instances or MAX_WORKERS),
        concurrency=function.concurrency,
        timeout=function.timeout,
        revision=revision,
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
    secrets: Secrets = no_secrets,
    state: Path | None = None,
) -> None:
    """Serves until SIGINT or SIGTERM, and returns once every worker has ended. For the main thread.

    `watch`: folders and files whose change makes it reload, besides the functions' own code. `on_ready` is given the
    URL once it answers; `on_message` one plain message for each reload, or for what keeps it from being one; `journal`
    hears of requests and of what handlers print (default: both go to `on_message`, a line each); `secrets` gives the
    values of secrets by their refs; `state` is the folder for the state of schedules. What `load` or a handler's import
    raises at the start is raised here; later it is a message, and the last version goes on.
    """
    import uvloop

    if threading.current_thread() is not threading.main_thread():
        raise LocalError("the development server runs in the main thread only")
    with tempfile.TemporaryDirectory(prefix="sls-dev-") as folder:
        hears = journal or Console(on_message)
        server = DevServer(load, hears, Path(folder), host, port, tuple(watch), secrets, state)
        uvloop.run(_Run(server, on_ready, on_message).run())


class _Run:
    def __init__(self, server: DevServer, on_ready: Callable[[str], None], on_message: Callable[[str], None]) -> None:
        self._server = server
        self._on_ready = on_ready
        self._on_message = on_message

    async def run(self) -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        try:
            await self._server.reload()
            self._on_ready(self._server.url)
            while not stop.is_set():
                await self._follow(self._server.places, stop)
        finally:
            await self._server.close()

    async def _follow(self, places: frozenset[Path], stop: asyncio.Event) -> None:
        """Reloads as files change, until it is to stop or the last version is made of other folders."""
        from watchfiles import awatch

        there = [place for place in places if place.exists()]
        if not there:  # between two checkouts, say
            await asyncio.sleep(QUIET / 1000)
            return
        options: dict[str, Any] = {"debounce": 200, "step": 50, "rust_timeout": QUIET, "yield_on_timeout": True}
        options["watch_filter"] = own_files(self._server.state)
        is_first = True
        async for changes in awatch(*there, stop_event=stop, **options):
            # What changed before the watch began has to be looked for.
            changed = {path for _, path in changes} or (self._server.outdated() if is_first else set())
            if changed:
                await self._reload(changed)
            is_first = False
            if self._server.places != places:
                return

    async def _reload(self, changed: Set[str]) -> None:
        names = sorted({os.path.basename(path) for path in changed})
        try:
            await self._server.reload()
        except Exception as error:
            self._on_message(f"not reloaded, still serving the last version: {describe(error)}")
        else:
            self._on_message(f"reloaded ({', '.join(names[:3])}{', …' if len(names) > 3 else ''})")


Snapshot = dict[str, tuple[int, int]]


def own_files(state: Path | None) -> Callable[[Change, str], bool]:
    """Which files are looked at: none of the state that is kept here, and no logs. Whoever writes what this process
    says to a file beside the code would otherwise make it reload for saying that it reloaded."""
    from watchfiles import DefaultFilter

    kept = () if state is None else (str(state),)
    is_code = DefaultFilter(
        ignore_dirs=(*DefaultFilter.ignore_dirs, ".sls"),
        ignore_entity_patterns=(*DefaultFilter.ignore_entity_patterns, r"\.log$"),
        ignore_paths=kept,
    )
    said = {_identity(stream) for stream in (1, 2)} - {None}
    return lambda change, path: is_code(change, path) and _identity(path) not in said


def _identity(file: str | int) -> tuple[int, int] | None:
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def snapshot(places: Iterable[Path], state: Path | None = None) -> Snapshot:
    """Time and size of every file there that is watched."""
    from watchfiles import Change

    is_watched, found = own_files(state), {}
    for place in places:
        files_below = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
        for path in files_below:
            if is_watched(Change.modified, str(path)):
                with contextlib.suppress(OSError):
                    status = path.stat()
                    found[str(path)] = (status.st_mtime_ns, status.st_size)
    return found


class Console:
    """A journal for whoever sits in front of it: one plain line a request, and what handlers print as they print it."""

    def __init__(self, line: Callable[[str], None]) -> None:
        self._line = line

    def request(self, id: str, method: str, path: str, route: str, status: int, seconds: float, function: str) -> None:
        self._line(f"{status} {method} {path}  {seconds * 1000:.1f} ms")

    def refused(self, line: Mapping[str, Any]) -> None:
        self._line(f"refused by {line['rule']}: {line['why']}{f' ({who})' if (who := line['who']) else ''}")

    def printed(self, function: str, pid: int, stream: str, line: str) -> None:
        self._line(f"{function}: {line}")

    def event(self, level: str, message: str) -> None:
        self._line(message)

    def handled(self, event: str, function: str, count: int, failed: Sequence[tuple[str, str]], seconds: float) -> None:
        many = f" ({count})" if count > 1 else ""
        self._line(f"{'failed' if failed else 'done'} {event}{many}  {seconds * 1000:.1f} ms")
        for id, reason in failed:
            self._line(f"{event}: {id} failed: {reason}")


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
