"""Once for each event, for handlers that need it: what is delivered again after it has succeeded is not handled again.

    @idempotent(table="handled", ttl=7 * 86400)
    def send(message: Message) -> None: ...

Each event is claimed in a table that the function is linked to for reading and writing. What "once" means: an effect
takes place once, as long as whoever makes it lives to say so. Where the process dies after the effect and before the
claim is marked as done, nobody can tell: after the lease the event is handled again, and the effect repeated. An effect
that must not be repeated even then has to carry the event's id itself, to whoever can tell two of them apart.
"""

from __future__ import annotations

from time import time

from . import log
from .errors import Conflict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from .links.tables import Table

    F = TypeVar("F", bound=Callable[..., Any])

TTL = 7 * 86400
"""Seconds for which it is known that an event was handled."""
LEASE = 60
"""Seconds after which a claim counts as abandoned."""
RUNNING, DONE = "running", "done"


class Running(RuntimeError):
    """Another call is handling this event, or died over it: it is to come again later."""


def idempotent(
    *,
    table: str,
    key: Callable[[Any], str] | None = None,
    ttl: int = TTL,
    lease: int = LEASE,
    name: str | None = None,
) -> Callable[[F], F]:
    """Has a handler, sync or async, called once for each event (see above for what that means).

    `table`: the name of a table linked with `read_write()`; any table will do, one with a `ttl` attribute clears itself
    up. Claims have keys that start with "idempotent:" and, where the table has a sort key, that sort key.

    `key`: what makes two events one, text. Default: a message's id; an upload's bucket, key and etag, so that the same
    content put again counts as the same upload; a change's id, or where it has none its key and both items; a tick's
    name and time. A message that is sent twice has two ids: for that, give a key from its content.

    `ttl`: seconds for which an event that was handled is known, default a week. `lease`: seconds after which a claim
    that was neither marked nor given back counts as abandoned, so that another call takes it over; default 60. It has
    to be longer than the function's timeout, or two calls may handle one event at once, and shorter than the time that
    all attempts take, or an event whose handler has crashed becomes a dead letter. `name`: what the claims are of;
    default: the handler's module and name, so that two subscribers of one topic don't take each other's.

    A handler that raises gives its claim back, and the event is tried again. An event that is being handled elsewhere
    raises, so that it comes again later, when it is known how that ended. Links' errors go through. What the handler
    returns is not kept: a repeated event returns None.
    """
    for value, what in ((ttl, "ttl"), (lease, "lease")):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"idempotent takes {what} as seconds, an int of at least 1, not {value!r}")

    def wrap(handler: F) -> F:
        if _flags(handler) & _GENERATOR:  # calling it runs nothing, and the event would count as handled
            raise TypeError(f"idempotent takes a handler without yield; {handler!r} is a generator")
        owner = name or f"{getattr(handler, '__module__', '')}:{getattr(handler, '__qualname__', repr(handler))}"
        of = key or key_of
        wrapped: Any = _once(handler, lambda event: _claim(table, _identity(owner, of(event)), ttl, lease))
        for attribute in ("__module__", "__name__", "__qualname__", "__doc__"):
            if hasattr(handler, attribute):
                setattr(wrapped, attribute, getattr(handler, attribute))
        wrapped.__wrapped__ = handler
        return wrapped  # type: ignore[no-any-return]

    return wrap


def _once(handler: Any, claim: Callable[[Any], _Claim | None]) -> Any:
    """The handler, sync or async as it is, within a claim."""

    def once(event: Any) -> Any:
        claimed = claim(event)
        if claimed is None:
            return None
        try:
            result = handler(event)
        except BaseException:
            claimed.release()
            raise
        if hasattr(result, "__await__"):
            return _awaited(result, claimed)
        claimed.mark()
        return result

    async def once_async(event: Any) -> Any:
        result = once(event)
        return None if result is None else await result

    return once_async if _is_async(handler) else once


async def _awaited(result: Any, claimed: _Claim) -> Any:
    try:
        value = await result
    except BaseException:
        claimed.release()
        raise
    claimed.mark()
    return value


def _is_async(handler: Any) -> bool:
    """Whether it is written `async def`; without `inspect`, whose import costs milliseconds."""
    return bool(_flags(handler) & _COROUTINE)


def _flags(handler: Any) -> int:
    """Of its code; 0 where it has none."""
    code = getattr(getattr(handler, "__func__", handler), "__code__", None)
    return 0 if code is None else int(code.co_flags)


_COROUTINE = 0x80
"""The flag of a code object of `async def`."""
_GENERATOR = 0x20 | 0x200
"""The flags of one with `yield`, of either kind."""


def key_of(event: Any) -> str:
    """What makes two events one, where nobody says. Raises TypeError for what is no event."""
    from json import dumps

    if hasattr(event, "scheduled_at"):
        parts = [event.name, event.scheduled_at.isoformat()]
    elif hasattr(event, "etag"):
        parts = [event.bucket, event.key, event.etag]
    elif hasattr(event, "old"):
        parts = [event.table, event.id or [event.kind, event.key, event.old, event.new]]
    elif hasattr(event, "id"):
        parts = [event.id]
    else:
        raise TypeError(f"idempotent knows no key of a {type(event).__qualname__}: give it one, key=…")
    return dumps(parts, sort_keys=True)


class _Claim:
    """One that is ours, as long as its version is."""

    def __init__(self, table: Table, item: dict[str, Any], version: str, ttl: int) -> None:
        self._table = table
        self._item = item
        self._version = version
        self._ttl = ttl

    def mark(self) -> None:
        """It is done. Never raises: the effect has taken place, and an error would have it repeated."""
        item = _item(self._table, self._item[self._table.key], DONE, self._ttl, 0)
        try:
            try:
                self._table.put(item, if_version=self._version)
            except Conflict:
                raise
            except Exception:
                self._table.put(item, if_version=self._version)
        except Exception as error:
            log.failure("an event was handled, which could not be noted: it may be handled again", error)

    def release(self) -> None:
        """It is free again. Never raises: the handler's own error is on its way."""
        where = self._item[self._table.key]
        try:
            self._table.delete(where, _sort(self._table), if_version=self._version)
        except Conflict:
            return  # it was taken over: it is somebody else's
        except Exception as error:
            log.failure("a claim could not be given back: the event waits until it is abandoned", error)


def _claim(name: str, key: str, ttl: int, lease: int) -> _Claim | None:
    """A claim of the event; None where it has been handled. Raises Running, and what links raise."""
    from . import links

    table = links.table(name)
    table.need("rw")
    item = _item(table, key, RUNNING, ttl, lease)
    try:
        return _Claim(table, item, table.put(item, if_absent=True), ttl)
    except Conflict:
        found = table.get(key, _sort(table))
    if found is not None:
        said = found.get(_ATTRIBUTE) or {}
        live = said.get("until", 0) > time()
        if said.get("state") == DONE and live:
            return None
        if live:
            raise Running("this event is being handled by another call, or was when that died: it is to come again")
    try:
        version = table.put(item, if_absent=True) if found is None else table.put(item, if_version=found.version)
    except Conflict:
        raise Running("this event was taken up by another call just now: it is to come again") from None
    return _Claim(table, item, version, ttl)


def _item(table: Table, key: str, state: str, ttl: int, lease: int) -> dict[str, Any]:
    """`until`: when a running claim counts as abandoned, or a done one is forgotten, seconds since 1970. The table's
    own expiry comes later than that of a lease, so that an abandoned claim is taken over by its version."""
    now = int(time())
    until = now + (lease if state == RUNNING else ttl)
    item: dict[str, Any] = {_ATTRIBUTE: {"state": state, "until": until}, table.key: key}
    if table.sort_key is not None:
        item[table.sort_key] = _SORT
    if table.ttl is not None:
        item[table.ttl] = now + lease + ttl
    return item


_SORT = "idempotent"
_ATTRIBUTE = "idempotent_claim"


def _sort(table: Table) -> str | None:
    return None if table.sort_key is None else _SORT


def _identity(owner: str, key: object) -> str:
    if not isinstance(key, str) or not key:
        raise TypeError(f"the key of an idempotent handler is text, and not empty; {owner} got {key!r}"[:300])
    text = f"idempotent:{owner}:{key}"
    if len(text.encode("utf-8", "surrogatepass")) <= 512 and text.isprintable():
        return text
    from hashlib import sha256

    return f"idempotent:sha256:{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
