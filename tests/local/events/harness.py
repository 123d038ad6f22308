"""A gateway with event sources: real bundles, a real daemon, real queues."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sls_infra.local import control, storage
from sls_infra.local.model import EventSpec, FunctionSpec, GatewaySpec, GatewayState, KeptSpec
from sls_infra.runtime.events import dead_letters
from sls_infra.runtime.links.local.buckets import Bucket
from sls_infra.runtime.links.local.lanes import Lane, Received
from sls_infra.runtime.links.local.queues import Queue
from sls_infra.runtime.links.local.tables import Table
from sls_infra.runtime.links.local.topics import Topic
from tests.local.harness import Deployed, R, Stack, eventually, make_bundle

SOURCES: Mapping[str, str] = {"topic": "topic", "upload": "bucket", "change": "table"}


@dataclass
class World:
    """One stack with resources, event sources of one function, and the gateway that consumes them."""

    stack: Stack
    paths: dict[str, str] = field(default_factory=dict)
    """`queue emails` → path."""
    described: dict[str, dict[str, Any]] = field(default_factory=dict)
    specs: list[EventSpec] = field(default_factory=list)
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    links: dict[str, dict[str, Any]] = field(default_factory=dict)
    routes: list[R] = field(default_factory=list)

    def make(self, kind: str, name: str, **described: Any) -> str:
        """Makes a resource that the function is linked to."""
        urn = self.stack.urn(kind.capitalize(), name)
        known = {"key": "id", **described} if kind == "table" else {"name": name, **described}
        _, path = storage.keep(self.stack.root, kind, name, known, urn=urn)
        self.paths[f"{kind} {name}"] = path
        self.described[f"{kind} {name}"] = known
        self.links.setdefault(kind, {})[name] = {"access": "rw", **known}
        return path

    def on(self, kind: str, source: str, handler: str, **options: Any) -> EventSpec:
        """An event source, which has the name of what it consumes; its dead letters go to `<name>-dead`."""
        fields = {name: options.pop(name) for name in list(options) if name in EventSpec.__slots__}
        name = fields.pop("name", source)
        dead = self.paths.get(f"queue {name}-dead")
        if dead is None:
            fifo = bool(self.described.get(f"queue {source}", {}).get("fifo")) and kind == "queue"
            dead = self.make("queue", f"{name}-dead", fifo=fifo)
        if kind == "queue":
            fields["source"] = self.paths[f"queue {source}"]
        elif kind in SOURCES:
            fields["source"] = self.paths[f"{SOURCES[kind]} {source}"]
            fields["subscription"] = f"demo/{name}"
            storage.subscribe(SOURCES[kind], fields["source"], fields["subscription"], options)
        spec = EventSpec(kind=kind, name=name, function="app", dead_letter=dead, **fields)  # type: ignore[arg-type]
        self.specs.append(spec)
        entry = {"kind": kind, "handler": handler, "max_attempts": spec.max_attempts, "source": source, **options}
        if kind == "schedule":
            entry |= {"cron": spec.cron, "timezone": spec.timezone}
        if kind == "change":
            entry = {"kinds": ["insert", "update", "delete"], **entry}
        self.entries[name] = entry
        return spec

    def deploy(self, code: str, *, env: Mapping[str, str] | None = None, **function: Any) -> Deployed:
        """Stages the function with this code and starts the gateway."""
        self.stage(code, env=env, **function)
        urn = self.stack.urn("Gateway", "demo")
        state = control.start_gateway(self.stack.root, "demo", self.gateway(), urn=urn)
        self.stack.deployed.append("demo")
        return Deployed(self.stack, "demo", state)

    def stage(self, code: str, *, env: Mapping[str, str] | None = None, **function: Any) -> None:
        """Stages the function alone."""
        self.stack._count += 1
        path = make_bundle(self.stack.folder / f"bundle-{self.stack._count}.zip", {"app.py": code}, "app", self.routes)
        _describe(path, {"events": self.entries, "links": self.links})
        known: dict[str, dict[str, str]] = {}
        for place, at in self.paths.items():
            kind, name = place.split()
            known.setdefault(kind, {})[name] = at
        given = {"SLS_DEPLOYED": json.dumps(known), "OUT": str(self.stack.folder), **(env or {})}
        spec = FunctionSpec(id="app", name="app", env=given, **function)
        control.stage_function(self.stack.root, spec, path, urn=self.stack.urn("Function", "app"))

    def gateway(self) -> GatewaySpec:
        """What the gateway serves."""
        kept = {f"{kind}s": tuple(self._of(kind)) for kind in ("queue", "topic", "bucket", "table")}
        routes = tuple(route.spec() for route in self.routes)
        return GatewaySpec(
            api="demo", routes=routes, functions={"app": "app"}, events=tuple(self.specs), kept=KeptSpec(**kept)
        )

    def reload(self) -> GatewayState:
        """Has the gateway serve what there is now."""
        return control.reload_gateway(self.stack.root, "demo", self.gateway())

    def queue(self, name: str) -> Queue:
        return Queue(name, self.paths[f"queue {name}"], self.described[f"queue {name}"])

    def topic(self, name: str) -> Topic:
        return Topic(name, self.paths[f"topic {name}"], {})

    def bucket(self, name: str) -> Bucket:
        return Bucket(name, self.paths[f"bucket {name}"], {})

    def table(self, name: str) -> Table:
        return Table(name, self.paths[f"table {name}"], self.described[f"table {name}"])

    def dead(self, event: str) -> list[Received]:
        """The dead letters of an event source."""
        return self.queue(f"{event}-dead").peek(20_000)

    def reasons(self, event: str) -> list[str]:
        """What they died of."""
        return [dead_letters.read(letter.attributes)["reason"] for letter in self.dead(event)]

    def out(self, name: str = "out") -> list[Any]:
        """The JSON lines that handlers have written with `app.note`."""
        path = self.stack.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def come(self, count: int, name: str = "out", seconds: float = 15) -> list[Any]:
        """Those lines, once there are so many."""
        eventually(lambda: len(self.out(name)) >= count, seconds)
        return self.out(name)

    def _of(self, kind: str) -> Sequence[str]:
        return [path for place, path in self.paths.items() if place.startswith(f"{kind} ")]


def emptied(lane: Lane, seconds: float = 30) -> None:
    """Waits until nothing is left in a lane."""
    eventually(lambda: lane.counts().all == 0, seconds)


CODE = """
import json, os, time
from sls_infra.runtime import links

def note(what, name="out"):
    with open(os.path.join(os.environ["OUT"], name), "a") as file:
        file.write(json.dumps(what) + "\\n")
"""
"""What handlers of tests begin with."""


def _describe(bundle: Path, more: Mapping[str, Any]) -> None:
    """Adds to the manifest of a bundle."""
    with zipfile.ZipFile(bundle) as archive:
        contents = {info.filename: archive.read(info) for info in archive.infolist()}
    contents["sls_manifest.json"] = json.dumps({**json.loads(contents["sls_manifest.json"]), **more}).encode()
    with zipfile.ZipFile(bundle, "w") as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name), content)
