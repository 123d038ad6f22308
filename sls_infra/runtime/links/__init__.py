"""The resources that a function is linked to, reached alike on every cloud.

    order = links.table("orders").get(request.path_params["id"])

A function reaches what its `links` name and nothing else. Anything else raises NotLinked, which says what to add.
"""

from __future__ import annotations

from .. import deployed
from ..errors import NotLinked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from .protocols import Bucket, Queue, Table, Topic

__all__ = ["bucket", "queue", "secret", "table", "topic"]


def table(name: str) -> Table:
    """The table of that name in the spec. Raises NotLinked where this function is not linked to it."""
    _missing("table", name, f"{name}.read()")


def bucket(name: str) -> Bucket:
    """The bucket of that name in the spec. Raises NotLinked where this function is not linked to it."""
    _missing("bucket", name, f"{name}.read()")


def queue(name: str) -> Queue:
    """The queue of that name in the spec. Raises NotLinked where this function is not linked to it."""
    _missing("queue", name, f"{name}.send()")


def topic(name: str) -> Topic:
    """The topic of that name in the spec. Raises NotLinked where this function is not linked to it."""
    _missing("topic", name, f"{name}.publish()")


def secret(name: str) -> str:
    """The value of the secret of that name, in plain text: what it was at most a minute ago, so that it is to be asked
    for where it is used rather than kept. The first call fetches it, and holds up its thread (or loop) meanwhile.

    Raises NotLinked where this function is not linked to it, ServiceError where the platform does not give it.
    """
    ref = deployed.secret_ref(name)
    if ref is None:
        _missing("secret", name, f"{name}.read()")
    from .. import services

    return services.cached_secret(ref)


_function = ""


def serve(function: str) -> None:
    """Says which function this process runs, so that messages can name it. Called by the entry points."""
    global _function
    _function = function


def _missing(kind: str, name: str, link: str) -> NoReturn:
    function = f'Function("{_function}", …)' if _function else "the Function"
    raise NotLinked(f'no {kind} named "{name}" is linked to this function: write links=[{link}] on {function}')
