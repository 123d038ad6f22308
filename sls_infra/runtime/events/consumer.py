"""From deliveries to the handler of their event source, and from what the handler does to what the platform is told."""

from __future__ import annotations

from _thread import allocate_lock

from .. import dispatch, log
from . import dead_letters
from .delivery import REASON, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from .delivery import DeadLetter, Delivery

MAX_COUNTED = 10_000
"""So many failed events are counted where the platform doesn't; of more, those that failed longest ago are forgotten,
and count from 1 again."""
GENERATOR = "the handler is a generator, of which nothing has run: write it without yield"
AFTER = "not tried: an earlier one of its group failed"


class Consumer:
    """Calls the handlers of a function's event sources. For any number of threads."""

    def __init__(
        self,
        events: Mapping[str, Mapping[str, Any]],
        load: Callable[[str, str], Any],
        bury: Callable[[str, DeadLetter], None] | None,
        ready: Callable[[], None] | None = None,
    ) -> None:
        """`events`: the manifest's; `load(handler, what)`: the callable that "package.module:attribute" names, asked
        until it is had; `bury(event source, letter)`: puts a dead letter where the deployment says; None: somebody else
        counts attempts and buries; `ready()`: raises where the function can't be called now, asked for each event."""
        self._events = events
        self._load = load
        self._bury = bury
        self._ready = ready
        self._handlers: dict[str, Any] = {}
        self._attempts: dict[tuple[str, str], int] = {}
        self._lock = allocate_lock()

    def warm(self) -> list[Exception]:
        """Imports every handler; what went wrong with those that can't be."""
        failures: list[Exception] = []
        for name in self._events:
            try:
                self._handler(name)
            except Exception as error:
                failures.append(error)
        return failures

    def consume(self, name: str, deliveries: Sequence[Delivery]) -> list[Failure]:
        """Calls the handler of an event source once a delivery, in order; those that are to come again.

        One that raises, or whose handler can't be imported, fails alone; in a group, what comes after it is not tried
        and fails with it. One that fails for the last time is buried, and then done; it fails where that does not
        work, so that the platform's own dead-lettering gets it. What the source's filter leaves out is done. Raises
        KeyError for an event source that this function does not have, nothing else. Not for use inside a running loop:
        see `consume_async`.
        """
        batch = _Batch(self, name)
        for delivery in batch.tried(deliveries):
            try:
                result = self._handler(name)(delivery.event)
                if hasattr(result, "__await__"):
                    dispatch.run(result)
                _refuse_generator(result)
            except BaseException as error:  # SystemExit too: one event must not end the process that serves others
                batch.failed(delivery, error)
            else:
                batch.done(delivery)
        return batch.failures

    async def consume_async(self, name: str, deliveries: Sequence[Delivery]) -> list[Failure]:
        """As `consume`, on the running loop. A handler that is not async is called in place and holds the loop up.
        Raises CancelledError when the calling task is cancelled."""
        batch = _Batch(self, name)
        for delivery in batch.tried(deliveries):
            try:
                result = self._handler(name)(delivery.event)
                if hasattr(result, "__await__"):
                    await result
                _refuse_generator(result)
            except BaseException as error:
                if isinstance(error, GeneratorExit) or dispatch.is_cancelled(error):
                    raise
                batch.failed(delivery, error)
            else:
                batch.done(delivery)
        return batch.failures

    def _handler(self, name: str) -> Any:
        if self._ready is not None:
            self._ready()
        found = self._handlers.get(name)
        if found is None:
            handler = self._events[name]["handler"]
            found = self._handlers[name] = self._load(handler, f"the handler {handler!r} of the event {name!r}")
        return found

    def _attempt(self, name: str, delivery: Delivery) -> int:
        """Which delivery this is, from 1."""
        if delivery.attempt is not None:
            return delivery.attempt
        with self._lock:
            return self._attempts.get((name, delivery.id), 0) + 1

    def _count(self, name: str, delivery: Delivery, attempt: int) -> None:
        """Notes a failure, where the platform doesn't."""
        if delivery.attempt is None:
            with self._lock:
                self._attempts.pop((name, delivery.id), None)
                self._attempts[name, delivery.id] = attempt
                while len(self._attempts) > MAX_COUNTED:
                    del self._attempts[next(iter(self._attempts))]

    def _forget(self, name: str, delivery: Delivery) -> None:
        with self._lock:
            self._attempts.pop((name, delivery.id), None)


class _Batch:
    """The deliveries of one call."""

    def __init__(self, consumer: Consumer, name: str) -> None:
        self.failures: list[Failure] = []
        self._consumer = consumer
        self._name = name
        self._event = consumer._events[name]
        self._stopped: set[str] = set()
        """Groups of which one has failed."""

    def tried(self, deliveries: Sequence[Delivery]) -> Iterator[Delivery]:
        """Those that the handler is called with, each as it is its turn."""
        for delivery in deliveries:
            if delivery.group is not None and delivery.group in self._stopped:
                self.failures.append(Failure(delivery.id, AFTER))
            elif wanted(self._event, delivery.event):
                attempt = self._consumer._attempt(self._name, delivery)
                _complete(self._name, delivery, attempt)
                if delivery.body is None and self._is_last(attempt):  # the handler may change the event
                    delivery.body = dead_letters.body(delivery.event)
                yield delivery

    def done(self, delivery: Delivery) -> None:
        """The handler has returned."""
        self._consumer._forget(self._name, delivery)

    def failed(self, delivery: Delivery, error: BaseException) -> None:
        """The handler has raised, or is not to be had. Raises nothing."""
        attempt = self._consumer._attempt(self._name, delivery)
        reason = dead_letters.reason(error)
        last = self._is_last(attempt)
        told: dict[str, Any] = {"event": self._name, "id": delivery.id, "attempt": attempt, "reason": reason}
        log.failure("an event failed for the last time" if last else "an event failed", error, **told)
        if last and self._buried(delivery, attempt, reason):
            self._consumer._forget(self._name, delivery)
            return
        self._consumer._count(self._name, delivery, attempt)
        self.failures.append(Failure(delivery.id, reason))
        if delivery.group is not None:
            self._stopped.add(delivery.group)

    def _is_last(self, attempt: int) -> bool:
        """Whether it is buried if it fails once more."""
        return self._consumer._bury is not None and bool(attempt >= self._event["max_attempts"])

    def _buried(self, delivery: Delivery, attempts: int, reason: str) -> bool:
        assert self._consumer._bury is not None
        try:
            self._consumer._bury(self._name, dead_letters.letter(self._name, delivery, attempts, reason))
        except BaseException as error:
            told: dict[str, Any] = {"event": self._name, "id": delivery.id, "attempt": attempts, "reason": reason}
            log.failure("a dead letter could not be written: the event goes back to its source", error, **told)
            return False
        return True


def wanted(event: Mapping[str, Any], what: Any) -> bool:
    """Whether an event fits the filter of its source, as the manifest describes that."""
    match event["kind"]:
        case "queue" | "topic":
            has = what.attributes
            return all(has.get(name) in values for name, values in (event.get("attributes") or {}).items())
        case "upload":
            key: str = what.key
            return key.startswith(event.get("prefix") or "") and key.endswith(event.get("suffix") or "")
        case "change":
            return what.kind in event["kinds"]
    return True


def _refuse_generator(result: object) -> None:
    """Raises TypeError for what calling a function with `yield` returns: done it is not."""
    if hasattr(result, "gi_frame") or hasattr(result, "ag_frame"):
        raise TypeError(GENERATOR)


def _complete(name: str, delivery: Delivery, attempt: int) -> None:
    """Tells the event what only its delivery knows, and leaves out why one that was put back had died. Whoever listens
    to a queue of dead letters is told: they died of another event source."""
    event: Any = delivery.event
    has = getattr(event, "attributes", {})
    if REASON in has and dead_letters.read(has).get("source", name) == name:
        event.attributes = {key: value for key, value in has.items() if key != REASON}
    if delivery.attempt is None and hasattr(event, "attempt"):
        event.attempt = attempt
    if hasattr(event, "kind") and not event.id:
        event.id = delivery.id
