"""`sls-infra dev`: the API on this machine, from the working tree, reloading as files change. It consumes events as a
deployed gateway does; see `world` for where it keeps what queues and the like hold."""

from __future__ import annotations

import importlib.util
import os
import sys
from contextlib import ExitStack
from pathlib import Path

from ..errors import SlsError
from ..plan.model import Plan
from .load import load

try:
    from ..local.dev import DevFunction, serve
    from ..local.model import GatewaySpec
    from . import world
except ModuleNotFoundError as error:
    raise SlsError(f"dev needs {error.name}, which is not installed: pip install 'sls-infra[local]'") from None


def dev(reference: str, port: int) -> int:
    """Serves until it is interrupted."""
    known = set(sys.modules)
    told = _Told()
    held = world.Held(told.tell)
    served: list[tuple[Plan, world.Refs]] = []
    with ExitStack() as claims:

        def fresh() -> tuple[GatewaySpec, list[DevFunction]]:
            _forget(known)
            planned = world.planned_here(load(reference))
            held.take(planned)
            if not served and any((planned.queues, planned.topics, planned.buckets, planned.tables, planned.events)):
                claims.enter_context(world.claimed(planned.name))
            refs = world.refs_of(planned)
            world.subscribe(planned, refs)
            served[:] = [(planned, refs)]
            functions = [world.function_of(planned, function, refs) for function in planned.functions]
            return world.gateway_of(planned, held, refs), functions

        first = load(reference)  # a mistake in the reference, or a spec that does not load, ends it here
        try:
            serve(
                fresh,
                port=port,
                watch=_watched(reference),
                on_ready=told.ready,
                on_message=_say,
                secrets=held.read,
                state=world.state_folder(first.name),
            )
        finally:
            for planned, refs in served:
                world.leave(planned, refs)
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


class _Told:
    """Lines that are kept until it answers."""

    def __init__(self) -> None:
        self._kept: list[str] | None = []
        """None: it does."""

    def tell(self, line: str) -> None:
        if self._kept is None:
            _say(line)
        else:
            self._kept.append(line)

    def ready(self, url: str) -> None:
        """Tells where it answers, and what was kept."""
        _say(f"Serving on {url}")
        for line in self._kept or ():
            _say(line)
        self._kept = None


def _watched(reference: str) -> list[Path]:
    found = importlib.util.find_spec(reference.partition(":")[0])
    return [Path(found.origin).parent] if found is not None and found.origin else []


def _forget(known: set[str]) -> None:
    """So that the next import sees the files as they are now: what was imported from the working folder since."""
    here = os.getcwd() + os.sep
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        if name not in known and file.startswith(here) and "site-packages" not in file:
            del sys.modules[name]
