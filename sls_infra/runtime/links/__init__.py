"""The resources that a function is linked to, reached alike on every cloud.

    order = links.table("orders").get(request.path_params["id"])

A function reaches what its `links` name and nothing else. Anything else raises NotLinked, which says what to add.
The same errors come everywhere: NotFound, Conflict, Throttled, TooLarge, NotLinked; what a platform fails at otherwise
is a ServiceError.
"""

from __future__ import annotations

from .. import deployed
from ..errors import NotLinked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn

    from .buckets import Bucket
    from .queues import Queue
    from .tables import Table
    from .topics import Topic

__all__ = ["bucket", "queue", "secret", "table", "topic"]


def table(name: str) -> Table:
    """The table of that name in the spec. Raises NotLinked where this function is not linked to it."""
    found: Table = _linked("table", name, "read()")
    return found


def bucket(name: str) -> Bucket:
    """The bucket of that name in the spec. Raises NotLinked where this function is not linked to it."""
    found: Bucket = _linked("bucket", name, "read()")
    return found


def queue(name: str) -> Queue:
    """The queue of that name in the spec. Raises NotLinked where this function is not linked to it."""
    found: Queue = _linked("queue", name, "send()")
    return found


def topic(name: str) -> Topic:
    """The topic of that name in the spec. Raises NotLinked where this function is not linked to it."""
    found: Topic = _linked("topic", name, "publish()")
    return found


def secret(name: str) -> str:
    """The value of the secret of that name, in plain text: what it was at most a minute ago, so that it is to be asked
    for where it is used rather than kept. The first call fetches it, and holds up its thread (or loop) meanwhile.

    Raises NotLinked where this function is not linked to it, ServiceError where the platform does not give it.
    """
    ref = deployed.secret_ref(name)
    if ref is None:
        missing("secret", name, "read()")
    from .. import services

    return services.cached_secret(ref)


_function = ""
_described: Mapping[str, Any] = {}
_made: dict[tuple[str, str], Any] = {}


def serve(function: str, described: Mapping[str, Any] | None = None) -> None:
    """Says which function this process runs, and what the manifest's "links" say that it may reach. Called by the entry
    points, and by whoever runs functions in its own process, whenever it is another one's turn."""
    global _function, _described
    _function, _described = function, described or {}
    _made.clear()


def of_event(kind: str, name: str) -> Any:
    """The resource behind an event source of this function, to be read alone, whether linked or not."""
    known = f"{kind} of an event", name
    if known not in _made:
        _made[known] = _make(kind, name, {"access": "r"})
    return _made[known]


def missing(kind: str, name: str, link: str) -> NoReturn:
    """Raises NotLinked: this function has no such link."""
    raise NotLinked(f'no {kind} named "{name}" is linked to this function: write links=[{name}.{link}] on {function()}')


def function() -> str:
    """The function that this process runs, as its spec has it."""
    return f'Function("{_function}", …)' if _function else "the Function"


def _linked(kind: str, name: str, link: str) -> Any:
    found = _made.get((kind, name))
    if found is None:
        described = (_described.get(kind) or {}).get(name)
        if described is None:
            missing(kind, name, link)
        found = _made[kind, name] = _make(kind, name, described)
    return found


def _make(kind: str, name: str, described: Mapping[str, Any]) -> Any:
    from .resources import make

    return make(kind, name, described)
