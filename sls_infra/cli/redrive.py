"""`sls-infra redrive`: lists dead letters with their reasons, and puts them back where they failed."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..errors import SlsError
from .load import load

try:
    from ..local import control, redriving
    from ..local.model import EventSpec
    from ..runtime.errors import NotFound
    from . import world
except ModuleNotFoundError as error:
    raise SlsError(f"redrive needs {error.name}, which is not installed: pip install 'sls-infra[local]'") from None

SHOWN = 20
"""Letters of a queue that are shown."""
LONGEST = 100
"""Characters of a body that are shown."""


def redrive(args: argparse.Namespace) -> int:
    """Lists what is in the queues of dead letters, and puts it back unless it is only to be listed."""
    if (args.api is None) == (args.ref is None):
        raise SlsError("say which dead letters: module:attribute for sls-infra dev's, or --ref for a deployed queue's")
    chosen = dict(_deployed(args.ref) if args.ref is not None else _in_dev(args.api, args.queue))
    empty = True
    for path, (name, sources) in chosen.items():
        try:
            empty &= not _show(name, path)
            if not args.list:
                _put_back(name, path, sources)
        except NotFound:
            if args.ref is not None:
                raise SlsError(f"there is no queue at {path}") from None
    if empty:
        print("There are no dead letters.")
    return 0


Chosen = tuple[str, Mapping[str, redriving.Place]]
"""A queue's name, and the event sources that its letters may go back to."""


def _in_dev(reference: str, queue: str | None) -> Iterator[tuple[str, Chosen]]:
    planned = world.planned_here(load(reference))
    refs = world.refs_of(planned, make=False)
    names = list(dict.fromkeys(event.dead_letter for event in planned.events))
    by_event = {event.name: event.dead_letter for event in planned.events}
    wanted = by_event.get(queue, queue) if queue is not None else None
    if wanted is not None and wanted not in names:
        known = ", ".join([*names, *by_event]) or "none, for it has no events"
        raise SlsError(f"{planned.name} has no queue of dead letters {queue!r}; it has {known}")
    held = world.Held()
    events = world.gateway_of(planned, held, refs).events
    places = redriving.places(events, world.state_folder(planned.name))
    for name in names:
        if wanted in (None, name):
            yield refs["queue"][name], (name, places)


def _deployed(ref: str) -> Iterator[tuple[str, Chosen]]:
    path = os.path.normpath(ref)
    if not os.path.isabs(path) or Path(path).parent.name != "queues":
        raise SlsError(f"{ref!r} is no ref of a queue on this machine: use what `pulumi stack output` gives")
    root = Path(path).parent.parent
    found: dict[str, redriving.Place] = {}
    for folder, spec in control.gateway_specs(root):
        events: list[EventSpec] = [event for event in spec.events if event.dead_letter == path]
        found |= redriving.places(events, folder)
    yield path, (Path(path).name, found)


def _show(name: str, path: str) -> int:
    """Prints the letters; how many there are."""
    letters = redriving.letters(path)
    if letters:
        print(f"{name}: {len(letters)} dead letter{'' if len(letters) == 1 else 's'}")
    for letter in letters[:SHOWN]:
        body = letter.body if len(letter.body) <= LONGEST else f"{letter.body[:LONGEST]}…"
        times = f"{letter.attempts} attempt{'' if letter.attempts == 1 else 's'}"
        print(f"  {letter.failed_at}  {letter.source}, after {times}: {letter.reason}")
        print(f"    {letter.id}  {body}")
    if len(letters) > SHOWN:
        print(f"  … and {len(letters) - SHOWN} more")
    return len(letters)


def _put_back(name: str, path: str, sources: Mapping[str, redriving.Place]) -> None:
    done = redriving.put_back(path, sources)
    if done.moved:
        print(f"{name}: {done.moved} put back")
    if done.left:
        print(f"{name}: {done.left} left where they are: they tell no event source that is known here")
