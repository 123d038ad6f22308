"""The development issuer that signs the demo's tokens: it goes on beside the API, whose gateway fetches its keys."""

from __future__ import annotations

import shlex
import sys
from urllib.parse import urlsplit

from tools.issuer import SigningKey, claims_for

from .background import Background
from .place import AUDIENCE, HOME, ROOT, DemoError, shown

KEYS = HOME / "issuer"
SCOPES = "orders:read orders:write"
START = 20
"""Seconds in which it has to answer."""


class DevelopmentIssuer:
    """The issuer's process, and the tokens that it would give."""

    def __init__(self) -> None:
        self._process = Background(HOME, "issuer")

    def start(self) -> str:
        """Its address: of the one that runs already, or of a new one, on the port of the last where that is free."""
        running = self._process.address()
        if running is not None:
            return running
        last = self._process.last_address()
        if last is not None:
            try:
                return self._serve(urlsplit(last).port or 0)
            except DemoError:
                pass  # that port is somebody else's now
        return self._serve(0)

    def stop(self) -> bool:
        """Ends it; False where it did not run."""
        return self._process.stop()

    def token(self, address: str, scope: str = SCOPES) -> str:
        """A token as it would sign it, for an hour."""
        return SigningKey.kept_in(KEYS).sign(claims_for(address, AUDIENCE, scope=scope))

    def command(self, address: str) -> str:
        """A shell command that prints a token."""
        python, program = shown(ROOT / ".venv" / "bin" / "python"), shown(ROOT / "tools" / "issuer.py")
        wanted = ["--issuer", address, "--audience", AUDIENCE, "--scope", SCOPES]
        return shlex.join([python, program, "token", "--dir", shown(KEYS), *wanted])

    def _serve(self, port: int) -> str:
        program = str(ROOT / "tools" / "issuer.py")
        command = [sys.executable, program, "serve", "--port", str(port), "--dir", str(KEYS)]
        return self._process.start(command, _announced, START)


def _announced(said: str) -> str | None:
    first, ended, _ = said.partition("\n")
    return first.removeprefix("issuer: ") if ended and first.startswith("issuer: ") else None
