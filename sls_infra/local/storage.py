"""Queues, topics, buckets and tables of a stack: folders that `sls_infra.runtime.links.local` makes and looks into.

For the provider plugin: synchronous, no state of its own but the files. A resource's ref is the path of its folder,
`root/<kind>s/<id>`, absolute, by which other stacks of this machine can name it too. What can't be done is a
`LocalError` in words for the user, and leaves everything as it was.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import LocalError
from ..runtime.errors import Conflict, NotFound, ServiceError, Throttled
from ..runtime.links.local import buckets, queues, tables, topics
from ..runtime.links.local.store import FILE, Store, remove
from . import files

Create = Callable[[str, Mapping[str, Any]], list[str]]
_CREATE: Mapping[str, Create] = {
    "queue": queues.create,
    "topic": topics.create,
    "bucket": buckets.create,
    "table": tables.create,
}
KINDS = tuple(_CREATE)


def keep(root: Path, kind: str, id: str, described: Mapping[str, Any], *, urn: str) -> tuple[str, str]:
    """Makes a resource, or brings one that is there to these settings, with all that it holds: its id and path.

    One of the same urn that was made before, by a run that was interrupted or whose state was lost, is taken over with
    what it holds; its id is returned.
    """
    for older in list(files.resources(root, _folder(kind))):
        if files.read_urn(older) == urn:
            id = older.name
    folder = files.resource_folder(Path(root), _folder(kind), id)
    files.claim_root(Path(root))
    files.make_folder(folder)
    with _told():
        _CREATE[kind](str(folder), described)
    files.write(folder / files.URN, urn)
    return id, str(folder)


def find(root: Path, kind: str, id: str) -> tuple[str, Mapping[str, Any]] | None:
    """Path and settings of a resource; None where it is gone, or damaged."""
    folder = files.resource_folder(Path(root), _folder(kind), id)
    store = Store(str(folder), f"the {kind}")
    try:
        return str(folder), store.settings()
    except (NotFound, ServiceError, Throttled):
        return None
    finally:
        store.close()


def drop(root: Path, kind: str, id: str) -> None:
    """Removes a resource with all that it holds. None there is no error."""
    with _told():
        remove(str(files.resource_folder(Path(root), _folder(kind), id)))
    files.release_root(Path(root))


def subscribe(kind: str, path: str, name: str, filter: Mapping[str, Any]) -> None:
    """Has a topic, bucket or table at that path keep for a subscriber of that name what fits the filter, from now on;
    what waits for it already stays. `filter`: {"attributes": …}, {"prefix": …, "suffix": …} or {"kinds": …}."""
    with _told(), _source(kind, path) as source:
        source.subscribe(name, **filter)


def filter_of(kind: str, path: str, name: str) -> Mapping[str, Any] | None:
    """What the subscriber of that name gets; None where there is none."""
    try:
        with _source(kind, path) as source:
            found: Mapping[str, Any] | None = source.subscribers().get(name)
    except (LocalError, NotFound, ServiceError):
        return None
    return {"attributes": found} if kind == "topic" and found is not None else found


def unsubscribe(kind: str, path: str, name: str) -> None:
    """Ends that, and drops what waits for the subscriber. That there is none, or no such resource, is no error."""
    if os.path.exists(os.path.join(path, FILE)):
        with _told(), _source(kind, path) as source:
            source.unsubscribe(name)


def unsubscribe_others(kind: str, path: str, prefix: str, kept: Collection[str]) -> None:
    """Unsubscribes everybody whose name begins so, but for those that are kept. No such resource is no error."""
    if os.path.exists(os.path.join(path, FILE)):
        with _told(), _source(kind, path) as source:
            for name in source.subscribers():
                if name.startswith(prefix) and name not in kept:
                    source.unsubscribe(name)


@contextmanager
def _source(kind: str, path: str) -> Generator[Any]:
    made: Mapping[str, Callable[..., Any]] = {"topic": topics.Topic, "bucket": buckets.Bucket, "table": tables.Table}
    if Path(path).parent.name != _folder(kind) or not os.path.isabs(path):
        raise LocalError(f"{path!r} is no {kind} on this machine: use what the outputs of its own stack give")
    source = made[kind](Path(path).name, path, {})
    try:
        yield source
    finally:
        source.store.close()


@contextmanager
def _told() -> Generator[None]:
    try:
        yield
    except (Conflict, NotFound, Throttled, ServiceError, OSError) as error:
        raise LocalError(str(error)) from error


def _folder(kind: str) -> str:
    return f"{kind}s"
