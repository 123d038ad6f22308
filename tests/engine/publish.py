"""A stand-in of the SCM sites of Azure's function apps: takes zips at /api/publish and says what became of them.

    with PublishEndpoint() as azure:
        azure.script(refuse(403), refuse(403))      # then what it always does: take the zip, and succeed
        Workspace(…, env=azure.env)                 # the plugin sends everything there
        assert azure.published == [("shop.scm.azurewebsites.net", sha256, {"RemoteBuild": "false", "Deployer": …})]

One endpoint serves every app: the `Host` header says which one is meant. `.published` are the zips that were taken, in
order; `.posts` counts all that were sent. Records are those of azure-dev's issue 3658: the status in the body, and HTTP
200 whatever it says.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

PENDING, BUILDING, DEPLOYING, FAILED, SUCCESS, CONFLICT, PARTIAL, CANCELLED = 0, 1, 2, 3, 4, 5, 6, -1
HANGING = 30.0
"""Seconds after which even a hanging answer comes to an end."""


class Published(NamedTuple):
    """A zip that was taken."""

    host: str
    sha256: str
    query: dict[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one zip."""

    status: int = 202
    body: Any = None
    """JSON, or the text of an error, or bytes as they are; None: the deployment's id."""
    headers: Mapping[str, str] = field(default_factory=dict)
    then: tuple[Any, ...] = (PENDING, SUCCESS)
    """What becomes of it: a look each, the last for ever. A status, or an HTTP refusal as a `Step`."""
    text: str = ""
    """`status_text` of the record, once it has come to its last status."""
    taken: bool = True
    cut: bool = False
    """The connection is reset after the body, without an answer."""
    unread: bool = False
    """The answer comes before the zip has been read, and the connection is closed upon it."""
    hang: bool = False
    """No answer at all."""
    deployer: str | None = None
    """What the record says of it; None: what the query says."""


def refuse(status: int, body: Any = "", **headers: str) -> Step:
    """The zip is not taken, or a look is refused: `refuse(429, Retry_After="3")`."""
    return Step(status, body, {name.replace("_", "-"): value for name, value in headers.items()}, taken=False)


def becomes(*statuses: Any, text: str = "", **more: Any) -> Step:
    """The zip is taken, and this is what becomes of it."""
    return Step(then=statuses, text=text, **more)


def inside(status: int, text: str) -> Step:
    """The answer is an HTTP 200 that holds a record."""
    return Step(200, {"id": "inside", "status": status, "status_text": text}, taken=False)


@dataclass(slots=True)
class _Deployment:
    id: str
    host: str
    deployer: str
    step: Step
    looks: int = 0


class PublishEndpoint:
    """All sites, on one port of 127.0.0.1."""

    token = "of-the-test"

    def __init__(self) -> None:
        self.published: list[Published] = []
        self.posts = 0
        self.looks = 0
        self.tokens: list[str] = []
        """Of each request."""
        self.steps: deque[Step] = deque()
        self.deployments: list[_Deployment] = []
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self._ids = itertools.count(1)
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def script(self, *steps: Step) -> None:
        """What happens to the next zips, one each."""
        self.steps.extend(steps)

    @property
    def host(self) -> str:
        """Address and port."""
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{self.host}"

    @property
    def env(self) -> dict[str, str]:
        """Variables that make the plugin send everything here."""
        return {"SLS_INFRA_AZURE_SCM": self.url, "SLS_INFRA_AZURE_TOKEN": self.token}

    def deployed_by(self, host: str, deployer: str, status: int = SUCCESS) -> None:
        """Somebody else's deployment."""
        self.take(host, deployer, Step(then=(status,)))

    def take(self, host: str, deployer: str, step: Step) -> _Deployment:
        """A new deployment."""
        said = deployer if step.deployer is None else step.deployer
        made = _Deployment(f"00000000-0000-4000-8000-{next(self._ids):012}", host, said, step)
        self.deployments.append(made)
        return made

    def found(self, host: str, id: str) -> _Deployment | None:
        """A deployment of the app; `latest`: the last."""
        mine = [each for each in self.deployments if each.host == host and id in (each.id, "latest")]
        return mine[-1] if mine else None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


def _record(deployment: _Deployment, status: int, *, last: bool) -> dict[str, Any]:
    return {
        "id": deployment.id,
        "status": status,
        "status_text": deployment.step.text if last else "",
        "deployer": deployment.deployer,
        "remoteBuild": False,
        "message": "",
        "progress": "",
        "complete": status not in (PENDING, BUILDING, DEPLOYING),
        "active": status == SUCCESS,
    }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, azure: PublishEndpoint) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.azure = azure


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = HANGING
    wbufsize = -1  # an answer in one piece
    server: _Server

    def do_POST(self) -> None:
        azure, url = self.server.azure, urlsplit(self.path)
        unread = bool(azure.steps) and azure.steps[0].unread
        self.close_connection = unread
        sha256 = "" if unread else self._hashed()
        with azure.lock:
            azure.posts += 1
            self._seen()
            step = azure.steps.popleft() if azure.steps else Step()
            if url.path != "/api/publish" or self.headers["Content-Type"] != "application/zip":
                step = refuse(415, "zips at /api/publish")
            elif "Content-Length" not in self.headers:
                step = refuse(411)
            body = step.body
            if step.taken:
                query, host = dict(parse_qsl(url.query)), self.headers["Host"]
                azure.published.append(Published(host, sha256, query))
                id = azure.take(host, query.get("Deployer", ""), step).id
                body = id if body is None else body
        if step.hang:
            azure.closing.wait(HANGING)
        elif step.cut:
            self._cut()
        else:
            self._say(step.status, body, step.headers)

    def do_GET(self) -> None:
        azure, (root, _, id) = self.server.azure, urlsplit(self.path).path.rpartition("/")
        with azure.lock:
            azure.looks += 1
            self._seen()
            found = azure.found(self.headers["Host"], id) if root == "/api/deployments" else None
            now: Any = refuse(404, f"Deployment {id} not found.")
            if found is not None:
                look = min(found.looks, len(found.step.then) - 1)
                found.looks += 1
                now = found.step.then[look]
        if isinstance(now, Step):
            self._say(now.status, now.body, now.headers)
        elif found is not None:
            self._say(200, _record(found, now, last=look == len(found.step.then) - 1))

    def _hashed(self) -> str:
        digest, left = hashlib.sha256(), int(self.headers.get("Content-Length", 0))
        while left > 0 and (part := self.rfile.read(min(left, 1 << 16))):
            digest.update(part)
            left -= len(part)
        return digest.hexdigest()

    def _seen(self) -> None:
        self.server.azure.tokens.append(self.headers.get("Authorization", "").removeprefix("Bearer "))

    def _say(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        plain = isinstance(body, bytes) or (isinstance(body, str) and status not in (200, 202))
        data = body if isinstance(body, bytes) else (body if plain else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _cut(self) -> None:
        """Reset, not closed."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.rfile.close()
        self.connection.close()

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # it was cut
            super().finish()

    def log_message(self, *args: object) -> None:
        pass
