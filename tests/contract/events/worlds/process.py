"""A function in this very process, as its bundle has it, and nothing left of it afterwards."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, TypeVar

import pytest

from sls_infra.plan import manifest
from sls_infra.plan.manifest_events import table_described
from sls_infra.plan.model import FunctionPlan, Plan
from sls_infra.runtime import deployed, dispatch, links, services
from sls_infra.runtime.errors import ServiceError
from sls_infra.runtime.events import dead_letters
from sls_infra.runtime.events.delivery import REASON, DeadLetter
from sls_infra.runtime.links.local import buckets, tables

from .world import AGAIN, Happened, Letter, Outcome, Sent

T = TypeVar("T")

MODULE = "contract_work"
"""The module of the handlers."""
_DRIVERS: Mapping[str, Any] = {"table": tables.Table, "bucket": buckets.Bucket}


class Graves:
    """The platform as far as handlers reach it: dead letters are kept, and resources are those of this machine."""

    fresh = 0.0
    fresh_environment = 0.0

    def __init__(self, addresses: Mapping[str, Mapping[str, str]]) -> None:
        self.letters: list[tuple[Any, DeadLetter]] = []
        """With the address of each."""
        self.broken = False
        self._addresses = addresses
        self._made: list[Any] = []

    def dead_letter(self, address: Any, letter: DeadLetter) -> None:
        """Keeps it."""
        if self.broken:
            raise ServiceError("the queue of dead letters is not to be had")
        self.letters.append((address, letter))

    def link(self, kind: str, name: str, address: Any, described: Mapping[str, Any]) -> Any:
        """This machine's driver, in the place of the platform's."""
        driver = _DRIVERS[kind](name, self._addresses[kind][name], described)
        self._made.append(driver)
        return driver

    def secret(self, ref: str) -> NoReturn:
        """There is none."""
        raise ServiceError(ref)

    def call_authorizer(self, target: str, payload: bytes) -> NoReturn:
        """There is none."""
        raise ServiceError(target)

    def close(self) -> None:
        """Lets go of files."""
        for driver in self._made:
            driver.store.close()


def make_resources(plan: Plan, folder: Path) -> dict[str, dict[str, str]]:
    """The plan's tables and buckets on this machine: kind → name → address."""
    found: dict[str, dict[str, str]] = {"table": {}, "bucket": {}}
    for table in plan.tables:
        found["table"][table.name] = str(folder / "tables" / table.name)
        tables.create(found["table"][table.name], table_described(table))
    for bucket in plan.buckets:
        found["bucket"][bucket.name] = str(folder / "buckets" / bucket.name)
        buckets.create(found["bucket"][bucket.name], {})
    return found


def write_bundle(plan: Plan, function: FunctionPlan, folder: Path, code: str) -> dict[str, Any]:
    """Its manifest, which is in the folder now, with the code beside it."""
    (folder / f"{MODULE}.py").write_text(code, "utf-8")
    content = manifest.as_bytes(manifest.manifest(plan, function))
    (folder / manifest.FILE).write_bytes(content)
    known: dict[str, Any] = json.loads(content)
    return known


@contextmanager
def process(folder: Path, told: Mapping[str, Any]) -> Iterator[None]:
    """While it lasts, this process is one whose code is in that folder, and whose SLS_DEPLOYED says that."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_name", "_platform", "_cache"):
            patch.setattr(services, name, getattr(services, name))
        for name in ("_function", "_described"):
            patch.setattr(links, name, getattr(links, name))
        patch.setattr(deployed, "_values", None)
        patch.setenv(deployed.VARIABLE, json.dumps(told))
        patch.syspath_prepend(folder)
        patch.delitem(sys.modules, MODULE, raising=False)
        try:
            yield
        finally:
            dispatch.close()
            links.serve("")
            sys.modules.pop(MODULE, None)


@contextmanager
def entered(
    platform: str,
    plan: Plan,
    function: FunctionPlan,
    told: Mapping[str, Any],
    folder: Path,
    code: str,
    load: Callable[[Path], T],
) -> Iterator[tuple[T, Graves]]:
    """What `load` makes of a function's folder in a process of its own, and the platform that it then finds."""
    write_bundle(plan, function, folder, code)
    graves = Graves(make_resources(plan, folder))
    with process(folder, told):
        loaded = load(folder)
        services.use(platform, graves)
        yield loaded, graves
    graves.close()


def one_by_one(events: Sequence[Happened], graves: Graves, handled: Callable[[Happened], Outcome]) -> list[Outcome]:
    """What becomes of each, a call each; those of a group wait behind one that is to come again."""
    outcomes: list[Outcome] = []
    held: set[str] = set()
    for event in events:
        group = event.group if isinstance(event, Sent) else None
        if group in held:
            outcomes.append(AGAIN)
            continue
        graves.letters.clear()
        outcomes.append(handled(event))
        if outcomes[-1] == AGAIN and group is not None:
            held.add(group)
    return outcomes


def load_entry(platform: str, folder: Path) -> ModuleType:
    """The platform's entry module, run anew, from the place that it has in the bundle."""
    place = folder / "sls_infra" / "runtime" / "entry" / f"{platform}.py"
    place.parent.mkdir(parents=True)
    name = f"sls_infra.runtime.entry.{platform}"
    origin = importlib.util.find_spec(name)
    assert origin is not None
    assert origin.origin is not None
    shutil.copyfile(origin.origin, place)
    spec = importlib.util.spec_from_file_location(name, place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def seen() -> list[Any]:
    """What the handlers have noted."""
    found: list[Any] = getattr(sys.modules.get(MODULE), "seen", [])
    return found


def read_letter(body: str, attributes: Mapping[str, str]) -> Letter:
    """A dead letter, by what it says of itself."""
    told = dead_letters.read(attributes)
    others = {name: value for name, value in attributes.items() if name != REASON}
    return Letter(body, others, told["source"], told["attempts"], told["reason"])
