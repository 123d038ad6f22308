"""This machine: the process that started this one has the secrets, and gives them over a Unix socket.

Asked with one line of JSON, `{"token": …, "secret": <ref>}`, it answers with one: `{"value": …}` or `{"error": …}`. The
environment variable SLS_SECRETS holds the token, which opens the secrets of this function alone, and the socket's path.
"""

from __future__ import annotations

from os import environ

from ..errors import ServiceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..events.delivery import DeadLetter

VARIABLE = "SLS_SECRETS"
TIMEOUT = 5.0
"""Seconds."""
MAX_ANSWER = 1 << 20
"""Bytes."""


def variable(token: str, path: str) -> str:
    """The content of SLS_SECRETS."""
    return f"{token}@{path}"


class Services:
    """What is asked of this machine. Asking is cheap, so that a new value is seen at once."""

    fresh = 1.0
    fresh_environment = 2.0

    def __init__(self, environment: Mapping[str, str] = environ) -> None:
        self._environment = environment

    def secret(self, ref: str) -> str:
        """The current value of the secret of that ref."""
        from json import dumps, loads

        token, separator, path = self._environment.get(VARIABLE, "").partition("@")
        if not separator:
            raise ServiceError(f"secret {ref}: this function was given no secrets")
        try:
            answer = loads(_asked(path, dumps({"token": token, "secret": ref}).encode() + b"\n"))
            value, error = answer.get("value"), answer.get("error")
        except (OSError, ValueError, AttributeError) as failure:
            raise ServiceError(f"secret {ref}: {type(failure).__name__} while asking the gateway for it") from None
        if not isinstance(value, str):
            raise ServiceError(f"secret {ref}: {error}")
        return value

    def call_authorizer(self, target: str, payload: bytes) -> bytes:
        """Never needed: the local gateway asks authorizers itself."""
        raise ServiceError("on this machine it is the gateway that asks authorizers")

    def dead_letter(self, address: Any, letter: DeadLetter) -> None:
        """Never needed: the local gateway counts attempts, and buries what failed."""
        raise ServiceError("on this machine it is the gateway that buries dead letters")


def _asked(path: str, line: bytes) -> bytes:
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(TIMEOUT)
        connection.connect(path)
        connection.sendall(line)
        answer = bytearray()
        while len(answer) < MAX_ANSWER and (part := connection.recv(1 << 16)):
            answer += part
    return bytes(answer)
