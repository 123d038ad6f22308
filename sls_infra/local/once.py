"""One call of a function from the working tree, in a process that is started for it: the core of `sls-infra invoke`."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..runtime.entry.local import EVENTS
from .call import Answer, Lost
from .dev import DevFunction, launch_of
from .own_keys import Secrets
from .pool import Pool
from .secret_server import SecretServer
from .server import no_secrets

Printed = Callable[[str], None]
"""Takes a line that a handler prints."""

__all__ = ["Answer", "Lost", "call", "event_frame", "request_frame"]


def call(function: DevFunction, head: bytes, body: bytes, printed: Printed, secrets: Secrets = no_secrets) -> Answer:
    """The function's answer to a frame. LocalError where the function does not start; Lost where no answer comes."""
    import uvloop

    with tempfile.TemporaryDirectory(prefix="sls-invoke-") as folder:
        return uvloop.run(_called(function, head, body, printed, SecretServer(secrets, Path(folder)), Path(folder)))


async def _called(
    function: DevFunction, head: bytes, body: bytes, printed: Printed, secrets: SecretServer, folder: Path
) -> Answer:
    pool = Pool(launch_of(function, folder, secrets), lambda name, pid, stream, line: printed(line))
    try:
        await pool.start()
        answer = await pool.submit(head, body)
        await asyncio.sleep(0)
        return answer
    finally:
        await pool.close()
        secrets.close()


def event_frame(event: str) -> bytes:
    """The head of a frame that holds events of that source."""
    return _head("POST", f"/_sls/events/{event}", "", f"{EVENTS}{event}", b"", ())


def request_frame(
    method: str, path: str, query: str, route: str, claims: bytes, headers: Sequence[tuple[str, str]]
) -> bytes:
    """The head of a frame that holds a request, as the gateway sends it once it has let the caller in."""
    return _head(method, path, query, route, claims, headers)


def _head(method: str, path: str, query: str, route: str, claims: bytes, headers: Sequence[tuple[str, str]]) -> bytes:
    fields = [part.encode("latin-1") for pair in headers for part in pair]
    start = [part.encode() for part in ("invoke", method, path, query, "127.0.0.1", route)]
    return b"\0".join((*start, claims, *fields))


def failures(found: Mapping[str, object]) -> list[str]:
    """The reasons in an answer to events."""
    told = found.get("failures")
    return [str(each["reason"]) for each in told] if isinstance(told, list) else [str(found.get("error"))]
