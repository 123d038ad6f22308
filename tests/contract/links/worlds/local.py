"""The local target: not a stand-in but the thing itself, in a folder."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sls_infra.local.objects import Objects
from sls_infra.runtime.links.local import buckets, queues, signing, tables, topics
from sls_infra.runtime.links.local.lanes import Lane

from .local_gateway import gateway
from .world import Kind, Made, Read

CREATE = {"table": tables.create, "bucket": buckets.create, "queue": queues.create, "topic": topics.create}


class World:
    """A folder with resources in it, and what serves signed URLs of its buckets."""

    platform = "local"
    environment: Mapping[str, str] = {}
    lacking: Mapping[str, str] = {}

    def __init__(self) -> None:
        self._folder = Path()
        self._gateway = ""
        self._objects = Objects()

    def missing(self, kind: Kind) -> str | None:
        """Never."""
        return None

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        """The folder, and a server."""
        self._folder = folder
        with gateway(self._objects) as url:
            self._gateway = url
            yield

    def make(self, kind: Kind, name: str, described: Mapping[str, Any]) -> Made:
        """In a folder of its own."""
        path = str(self._folder / kind / name)
        CREATE[kind](path, described)
        if kind == "bucket":
            signing.tell_gateway(path, self._gateway)
            self._objects.buckets = {**self._objects.buckets, name: buckets.Bucket(name, path, {})}
        reader: Lane | None = None
        if kind == "queue":
            reader = queues.Queue(name, path, described)
        elif kind == "topic":
            reader = topics.Topic(name, path, described).subscribe("reader")
        return Made(path, reader)

    def nowhere(self, kind: Kind) -> Any:
        """A folder that is not there."""
        return str(self._folder / kind / "nowhere")

    def read(self, made: Made, count: int, timeout: float = 5.0) -> list[Read]:
        """Receives and deletes, one at a time, as a FIFO queue gives the next of a group only then."""
        found: list[Read] = []
        end = time.monotonic() + timeout
        while len(found) < count and time.monotonic() < end:
            for message in made.reader.receive(1):
                found.append(Read(message.id, message.body, message.attributes, message.group))
                made.reader.delete(message.receipt)
                break
            else:
                time.sleep(0.02)
        return found
