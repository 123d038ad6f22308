"""Gives secrets to functions, over a Unix socket: for the gateway's process, for staging, and for `sls-infra dev`.

Each function's processes have a token in their environment (SLS_SECRETS), which opens the secrets that the function was
given, no others. The socket lies in a folder that only this user can enter. All functions run as that user: this keeps
secrets from functions that ask for what is not theirs, not from one that looks into files or processes of another.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import socketserver
import stat
import tempfile
import threading
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

from ..errors import LocalError
from ..runtime import deployed
from ..runtime.services.local import VARIABLE, variable
from . import files
from .secrets import read_ref

SOCKET = "secrets"
MAX_PATH = 100
"""Bytes of a socket's path: systems take 103 (macOS) or 107 (Linux) at the most."""
MAX_LINE = 1 << 14
"""Bytes of a question."""
TIMEOUT = 5.0
"""Seconds in which a question must have come."""

Read = Callable[[str], str]
"""Ref → value. Raises LocalError where there is none."""


class SecretServer:
    """Answers from threads of its own, from the first function that has secrets until `close`."""

    def __init__(self, read: Read, folder: Path) -> None:
        """`folder`: where the socket is made, in the file system's terms; one server each."""
        self._read = read
        self._folder = folder
        self._server: _Server | None = None
        self._tokens: dict[tuple[str, frozenset[str]], str] = {}
        self._granted: dict[str, frozenset[str]] = {}

    def environment(self, function: str, env: Mapping[str, str]) -> dict[str, str]:
        """What the processes of that function need besides `env`, which says which secrets it was given: nothing where
        there are none. The same for the same secrets, as long as this server lives. LocalError where no socket can be
        made."""
        refs = granted(env)
        if not refs:
            return {}
        if self._server is None:
            self._server = _Server(str(_made(self._folder)), self._answer)
            threading.Thread(target=self._server.serve_forever, name="secrets", daemon=True).start()
        token = self._tokens.setdefault((function, refs), secrets.token_hex(32))
        self._granted[token] = refs
        return {VARIABLE: variable(token, str(self._server.server_address))}

    def close(self) -> None:
        """Answers nobody any more, and removes the socket."""
        server, self._server = self._server, None
        self._granted = {}
        if server is not None:
            # Its thread notices that within half a second, which nobody need wait for.
            threading.Thread(target=server.end, name="secrets", daemon=True).start()
        remove_socket(self._folder)

    def _answer(self, line: bytes) -> dict[str, str]:
        try:
            asked: Any = json.loads(line)
            token, ref = str(asked["token"]), str(asked["secret"])
        except (ValueError, TypeError, KeyError):
            return {"error": "not a question that is understood here"}
        if ref not in self._granted.get(token, ()):
            return {"error": "this function was not given it"}
        try:
            return {"value": self._read(ref)}
        except LocalError as error:
            return {"error": str(error)}


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, path: str, answer: Callable[[bytes], dict[str, str]]) -> None:
        self.answer = answer
        try:
            super().__init__(path, _Handler)
        except OSError as error:
            raise LocalError(f"no socket can be made at {path}: {error}") from error

    def end(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A process that went away in the midst of it is no matter."""


class _Handler(socketserver.StreamRequestHandler):
    timeout = TIMEOUT

    def handle(self) -> None:
        line = self.rfile.readline(MAX_LINE)
        assert isinstance(self.server, _Server)
        self.wfile.write(json.dumps(self.server.answer(line)).encode())


def granted(env: Mapping[str, str]) -> frozenset[str]:
    """The refs of the secrets that a function was given, by what the deployment says in its environment."""
    try:
        known = json.loads(env.get(deployed.VARIABLE) or "{}")
        refs = [*(known.get("secrets") or {}).values()]
        refs += [way["keyring"] for way in (known.get("ways") or {}).values() if "keyring" in way]
    except (ValueError, AttributeError, TypeError):
        raise LocalError(f"{deployed.VARIABLE} can't be read: deploy the function again") from None
    return frozenset(ref for ref in refs if isinstance(ref, str))


@contextlib.contextmanager
def serving(root: Path, folder: Path, function: str, env: Mapping[str, str]) -> Generator[dict[str, str]]:
    """The variables for one function of the stack at `root`, for as long as it is needed."""
    server = SecretServer(reader(root), folder)
    try:
        yield server.environment(function, env)
    finally:
        server.close()


def reader(root: Path) -> Read:
    """Reads secrets of the state that the stack's folder `root` is in."""
    state = Path(root).parent.parent
    return lambda ref: read_ref(state, ref)


def remove_socket(folder: Path) -> None:
    """Removes the socket that a server of that folder has left."""
    path = _place(folder)
    path.unlink(missing_ok=True)
    if path.parent != folder:
        with contextlib.suppress(OSError):
            path.parent.rmdir()


def _place(folder: Path) -> Path:
    """In the folder; where its path is too long for a socket, below the system's folder for temporary files."""
    path = folder / SOCKET
    if len(os.fsencode(path)) <= MAX_PATH:
        return path
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"sls-{os.getuid()}-{name}" / SOCKET


def _made(folder: Path) -> Path:
    """The path of a socket that can be bound: its folder is there, and this user's alone."""
    path = _place(folder)
    if path.parent == folder:
        files.make_folder(folder)
    else:
        with contextlib.suppress(FileExistsError):
            path.parent.mkdir(mode=0o700)
        found = path.parent.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise LocalError(f"{path.parent} is not a folder of this user alone: remove it")
    path.unlink(missing_ok=True)
    return path
