"""What the tests of examples with events share: an example behind its development server, with tokens of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from examples.serving import served
from tools.issuer import Issuer

PROGRAM = """
from examples.{example}.infra import api as described

def api():
    return described(issuer={issuer!r})
"""
PATIENCE = 30.0
"""Seconds in which what an event starts must be done."""


@dataclass(frozen=True)
class Running:
    """An example as `sls-infra dev` serves it."""

    http: httpx.Client
    issuer: Issuer
    audience: str

    def token(self, subject: str = "ann") -> dict[str, str]:
        """Headers of somebody who is signed in."""
        return {"authorization": f"Bearer {self.issuer.token(self.audience, subject=subject)}"}


@contextmanager
def running(example: str, folder: Path, secrets: Mapping[str, str] | None = None) -> Iterator[Running]:
    """The example of that name, served from `folder`, which keeps what it stores."""
    with Issuer() as issuer:
        program = PROGRAM.format(example=example, issuer=issuer.url)
        with (
            served(folder, program, secrets) as server,
            httpx.Client(base_url=server.url, timeout=20, trust_env=False) as http,
        ):
            yield Running(http, issuer, example)


def eventually(look: Callable[[], httpx.Response], done: Callable[[httpx.Response], bool]) -> httpx.Response:
    """The first answer that is `done`: what comes of an event comes a little later."""
    deadline = time.monotonic() + PATIENCE
    while not done(answer := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"still {answer.status_code} after {PATIENCE:.0f} s: {answer.text}")
        time.sleep(0.05)
    return answer
