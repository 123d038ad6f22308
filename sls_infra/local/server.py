"""Listens, and changes what is served without dropping anything: for the daemon and for `sls-infra dev`."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import http.client
import json
import logging
import math
import socket
from collections.abc import Coroutine, Generator, Mapping
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..errors import LocalError
from ..runtime.links.local.signing import tell_gateway
from .call import Answer, Lost
from .console import IDENTITY
from .events.consumers import Consumers
from .events.delivering import event_head
from .gateway import Gateway
from .journal import Journal
from .launch import Launch
from .model import GatewaySpec
from .objects import bucket_at
from .own_keys import Secrets
from .quotas import Quotas
from .site import Site

KEEP_ALIVE = 30
"""Seconds that an idle connection is kept."""

BACKLOG = 2048


def no_secrets(ref: str) -> str:
    """Where no secrets are kept."""
    raise LocalError(f"there is no secret {ref!r} here")


class Server:
    """One API on one port. `apply` starts it, and later replaces what it serves, all or nothing."""

    def __init__(
        self,
        journal: Journal,
        identity: Mapping[str, str] | None = None,
        *,
        secrets: Secrets = no_secrets,
        quotas: Quotas | None = None,
        events: Path | None = None,
    ) -> None:
        """`secrets`: gives what ways in verify with, by its ref. `quotas`: what clients have used; None: known to this
        process alone. They are closed with the server. `events`: folder of what is known of event sources."""
        self.journal = journal
        self.quotas = quotas or Quotas(None)
        self._secrets = secrets
        self.gateway = Gateway(journal, identity or {})
        self.consumers = Consumers(events, self._deliver, journal)
        self.spec: GatewaySpec | None = None
        self.port = 0
        self._site: Site | None = None
        self._listener: _Listener | None = None
        self._retiring: set[asyncio.Task[None]] = set()
        _forward_warnings(journal)

    @property
    def url(self) -> str:
        """Where it answers."""
        host = self.spec.host if self.spec else ""
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    async def apply(self, spec: GatewaySpec, launches: Mapping[str, Launch], prefer: int = 0) -> None:
        """Serves this spec from now on. Raises LocalError, and goes on as before, where it can't.

        `launches`: function name → how it is started. `prefer`: the port to take where the spec leaves it open.
        """
        before = self.spec
        stay = before is not None and before.host == spec.host and spec.port in (0, self.port)
        bound = None if stay else await bind(spec.host, spec.port, prefer)
        try:
            site = await Site.open(spec, launches, self.journal, self._secrets, self.quotas, self._site)
        except BaseException:
            if bound is not None:
                bound.close()
            raise
        old, self._site, self.gateway.site, self.spec = self._site, site, site, spec
        self.quotas.keep(frozenset(client.name for keys in spec.api_keys for client in keys.clients))
        if bound is not None:
            self.port = bound.getsockname()[1]
            listener, self._listener = self._listener, _Listener(self.gateway, bound)
            await self._listener.start()
            if listener is not None:
                self._retire(listener.close(self._patience()))
        if old is not None:
            self._retire(old.close())
        await asyncio.to_thread(self._serve_buckets)
        calls = {name: launch.max_workers for name, launch in launches.items()}
        await self.consumers.apply(spec.events, spec.kept, calls)

    async def _deliver(self, function: str, event: str, body: bytes) -> Answer:
        """Sends events to a function of the site of this moment. Raises Lost."""
        site = self._site
        if site is None or function not in site.pools:
            raise Lost(503, "the function is being replaced")
        site.active += 1
        try:
            return await site.pools[function].submit(event_head(event), body, patient=True)
        finally:
            site.left()

    def _serve_buckets(self) -> None:
        """Tells the gateway's buckets where their objects have addresses, and serves these from now on."""
        buckets = []
        for path in self.spec.kept.buckets if self.spec else ():
            try:
                tell_gateway(path, self.url)
                buckets.append(bucket_at(path))
            except Exception as error:
                self.journal.event("error", f"the objects of the bucket {path} are not served: {error}")
        self.gateway.objects.buckets = dict(buckets)

    async def close(self, grace: float | None = None) -> None:
        """Stops listening, lets requests in flight finish for `grace` seconds (None: as long as functions may take),
        and ends all workers."""
        grace = self._patience() if grace is None else grace
        ending = asyncio.get_running_loop().create_task(self.consumers.close())
        if self._listener is not None:
            await self._listener.close(grace)
        await asyncio.wait([ending], timeout=grace)
        if self._site is not None:
            self._retire(self._site.close())
        if self._retiring:
            _, late = await asyncio.wait(self._retiring, timeout=grace + 5)
            for task in late:
                task.cancel()
        for pool in list(self._site.pools.values()) if self._site else ():
            await pool.close()
        await asyncio.wait([ending], timeout=grace)
        self.quotas.close()

    def _patience(self) -> float:
        pools = self._site.pools.values() if self._site else ()
        return max((pool.launch.timeout for pool in pools), default=0.0) + 2

    def _retire(self, closing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(closing)
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)


class _Uvicorn(uvicorn.Server):
    """Leaves signals to whoever runs the loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class _Corked:
    """A transport that sends what is written in one turn of the loop with one system call: uvicorn writes head and body
    of an answer apart, each at once."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._parts: list[bytes] = []
        self.get_extra_info = transport.get_extra_info
        self.is_closing = transport.is_closing
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading
        self._call_soon = asyncio.get_running_loop().call_soon

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            parts, self._parts = self._parts, []
            self._transport.write(b"".join(parts))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _Protocol(HttpToolsProtocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(_Corked(transport))  # type: ignore[arg-type]  # all of a transport that is used there


class _Listener:
    """A port that is listened to."""

    def __init__(self, gateway: Gateway, bound: socket.socket) -> None:
        self._bound = bound
        self._server = _Uvicorn(
            uvicorn.Config(
                gateway,
                interface="asgi3",
                http=_Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,  # the caller's address is the connection's, whatever a header says
                server_header=False,
                backlog=BACKLOG,
                timeout_keep_alive=KEEP_ALIVE,
            )
        )
        self._task: asyncio.Task[None]

    async def start(self) -> None:
        """Accepts connections."""
        self._task = asyncio.get_running_loop().create_task(self._server.serve(sockets=[self._bound]))
        while not self._server.started:
            await asyncio.sleep(0.001)

    async def close(self, grace: float) -> None:
        """Accepts none any more, and waits for requests in flight."""
        self._server.config.timeout_graceful_shutdown = math.ceil(grace)
        for listening in self._server.servers:
            listening.close()
        self._server.should_exit = True
        await self._task


async def bind(host: str, port: int, prefer: int = 0) -> socket.socket:
    """A listening socket. Raises LocalError where the port can't be had, saying who has it."""
    if not 0 <= port <= 65_535:
        raise LocalError(f"{port} is no port: use 1 to 65535, or 0 for any free one")
    try:
        return _bind(host, port or prefer)
    except OSError as error:
        if not port and prefer:
            return await bind(host, 0)
        if error.errno == errno.EADDRINUSE:
            holder = await asyncio.to_thread(holder_of, host, port)
            raise LocalError(
                f"port {port} on {host} is in use by {holder}: choose another port, leave it out to get a free one, "
                "or stop what holds it"
            ) from None
        raise LocalError(f"can't listen on {host} port {port}: {error}") from None


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(BACKLOG)
        bound.setblocking(False)
    except BaseException:
        bound.close()
        raise
    return bound


def identify(host: str, port: int, timeout: float = 1.0) -> dict[str, str] | None:
    """What the gateway on that port says it is; None where none of ours answers."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", IDENTITY)
        response = connection.getresponse()
        content = json.loads(response.read(1 << 16))
        if response.status == 200 and isinstance(content, dict) and "api" in content:
            return {str(name): str(value) for name, value in content.items()}
    except (OSError, ValueError, http.client.HTTPException):
        pass
    finally:
        connection.close()
    return None


def holder_of(host: str, port: int) -> str:
    """Who has that port, in words."""
    found = identify(host, port)
    if found is None:
        return "another program"
    if "project" in found and "stack" in found:
        return f"api {found['api']!r} of project {found['project']!r}, stack {found['stack']!r}"
    return f"api {found['api']!r} of a development server"


class _Forward(logging.Handler):
    def __init__(self, journal: Journal) -> None:
        super().__init__(logging.WARNING)
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        self._journal.event(record.levelname.lower(), self.format(record))


def _forward_warnings(journal: Journal) -> None:
    """What uvicorn warns of goes to the journal."""
    logger = logging.getLogger("uvicorn.error")
    logger.handlers = [_Forward(journal)]
    logger.propagate = False
    logger.setLevel(logging.WARNING)
