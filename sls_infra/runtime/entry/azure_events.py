"""Event sources on Azure: a function a source, each registered with its trigger in the v2 programming model.

What carries them: queues and topics Service Bus, uploads an Event Grid subscription with a storage queue, schedules
timers, changes the change feed of Cosmos DB. Names are not known when the bundle is made: a trigger names app settings,
`%SLS_EVENT_…%`, and connections by identity, which the deployment sets (`SLS_BUS__fullyQualifiedNamespace` …).

One message a call. A function whose event is to come again raises, and so the host gives it back: a message is
abandoned, with `delivery_count` as Service Bus counts; an upload's becomes visible again, with the `dequeue_count` of
the storage queue; timers and change feeds are called again by the host, which tells how often, by their retry policy
(learn.microsoft.com/azure/azure-functions/functions-bindings-error-pages). Of the items in one call of a change feed
those that went well are not tried again, as long as the instance lives.

Functions are plain, not async: handlers run in the worker's pool of threads, an async one on a loop of its thread.
"""

from __future__ import annotations

from .. import deployed
from . import azure_deliveries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ..dispatch import Dispatcher
    from ..events.delivery import Delivery

    Read = Callable[[str, Mapping[str, Any], Any, Any], list[Delivery]]

GIVEN = "given"
"""The name of the functions' parameter that a trigger fills."""
PAUSE = "00:00:02"
"""Between a call that failed and the next one, where the host's retry policy makes it."""
MAX_REMEMBERED = 10_000
BUS = "SLS_BUS"
UPLOADS = "SLS_UPLOADS"
COSMOS = "SLS_COSMOS"


class EventFailed(RuntimeError):
    """Raised to the host, so that the event comes again. Why is in the log."""


def register(app: Any, func: Any, dispatcher: Dispatcher, events: Mapping[str, Mapping[str, Any]]) -> None:
    """Adds a function for each of the manifest's events to `app`, a FunctionApp of `func`."""
    told = deployed.values().get("events") or {}
    for name, event in events.items():
        trigger = _trigger(app, func, name, event, (told.get(name) or {}).get("connection"))
        function = function_of(dispatcher, name, event)
        # The worker resolves annotations, and those here name what is imported for type checkers alone.
        function.__annotations__ = {}
        app.function_name(name=function_name(name))(trigger(function))


def function_name(name: str) -> str:
    """An event's name as that of its function on Azure: letters, digits and "_"."""
    return "event_" + "".join(letter if letter.isalnum() else "_" for letter in name)


def setting(name: str, part: str = "", prefix: str = "SLS_EVENT") -> str:
    """The app setting that tells of an event, or of a part of it: "emails-worker" → SLS_EVENT_EMAILS_WORKER."""
    known = "".join(letter if letter.isalnum() else "_" for letter in name.upper())
    return "_".join(text for text in (prefix, known, part) if text)


def function_of(dispatcher: Dispatcher, name: str, event: Mapping[str, Any]) -> Callable[[Any, Any], None]:
    """The function of an event source: its argument is what the trigger gives."""
    read: Read = azure_deliveries.READERS[event["kind"]]
    done: dict[str, None] = {}

    def handle(given: Any, context: Any) -> None:
        consumer = dispatcher.consumer
        assert consumer is not None, "a manifest with events makes a dispatcher that consumes them"
        deliveries = [delivery for delivery in read(name, event, given, context) if delivery.id not in done]
        failures = consumer.consume(name, deliveries)
        if failures:
            failed = {failure.id for failure in failures}
            _remember(done, deliveries, failed)
            raise EventFailed(f"{len(failed)} of {len(deliveries)} of {name}: {failures[0].reason}")
        for delivery in deliveries:
            done.pop(delivery.id, None)

    return handle


def _remember(done: dict[str, None], deliveries: list[Delivery], failed: set[str]) -> None:
    """Keeps in mind what went well in a call that comes again as a whole, the latest alone."""
    if len(deliveries) > 1:
        done.update((delivery.id, None) for delivery in deliveries if delivery.id not in failed)
        while len(done) > MAX_REMEMBERED:
            done.pop(next(iter(done)), None)


def _trigger(app: Any, func: Any, name: str, event: Mapping[str, Any], connection: str | None) -> Callable[[Any], Any]:
    """`connection`: the prefix of the app settings of a resource that is not in the Api's own namespace or account."""
    match event["kind"]:
        case "queue":
            return _queue(app, func, name, event, connection or BUS)
        case "topic":
            return _topic(app, func, name, connection or BUS)
        case "upload":
            return _upload(app, func, name, connection or UPLOADS)
        case "schedule":
            return _retried(app, event, _schedule(app, name))
        case "change":
            return _retried(
                app, event, _change(app, name, event, connection or setting(event["source"], prefix=COSMOS))
            )
    raise ValueError(f"an event of the manifest has the kind {event['kind']!r}, which this runtime does not know")


def _queue(app: Any, func: Any, name: str, event: Mapping[str, Any], connection: str) -> Callable[[Any], Any]:
    trigger: Callable[[Any], Any] = app.service_bus_queue_trigger(
        arg_name=GIVEN,
        connection=connection,
        queue_name=f"%{setting(name)}%",
        data_type=func.DataType.STRING,
        is_sessions_enabled=bool(event.get("fifo")),
        cardinality=func.Cardinality.ONE,
    )
    return trigger


def _topic(app: Any, func: Any, name: str, connection: str) -> Callable[[Any], Any]:
    trigger: Callable[[Any], Any] = app.service_bus_topic_trigger(
        arg_name=GIVEN,
        connection=connection,
        topic_name=f"%{setting(name, 'TOPIC')}%",
        subscription_name=f"%{setting(name, 'SUBSCRIPTION')}%",
        data_type=func.DataType.STRING,
        is_sessions_enabled=False,
        cardinality=func.Cardinality.ONE,
    )
    return trigger


def _upload(app: Any, func: Any, name: str, connection: str) -> Callable[[Any], Any]:
    trigger: Callable[[Any], Any] = app.queue_trigger(
        arg_name=GIVEN, queue_name=f"%{setting(name)}%", connection=connection, data_type=func.DataType.STRING
    )
    return trigger


def _schedule(app: Any, name: str) -> Callable[[Any], Any]:
    # use_monitor: what was due while no instance was there is made up for, once.
    trigger: Callable[[Any], Any] = app.timer_trigger(
        arg_name=GIVEN, schedule=f"%{setting(name)}%", run_on_startup=False, use_monitor=True
    )
    return trigger


def _change(app: Any, name: str, event: Mapping[str, Any], connection: str) -> Callable[[Any], Any]:
    """It begins with what changes after the trigger's first start, whose lease is then there."""
    database = f"%{setting(name, 'DATABASE')}%"
    trigger: Callable[[Any], Any] = app.cosmos_db_trigger(
        arg_name=GIVEN,
        connection=connection,
        database_name=database,
        container_name=f"%{setting(name, 'CONTAINER')}%",
        lease_database_name=database,
        lease_container_name=f"%{setting(name, 'LEASES')}%",
        lease_container_prefix=name,
        create_lease_container_if_not_exists=False,
        max_items_per_invocation=event.get("batch_size", 100),
    )
    return trigger


def _retried(app: Any, event: Mapping[str, Any], trigger: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """With as many retries as attempts: the last one is for a dead letter that could not be written."""
    policy = app.retry(strategy="fixed_delay", max_retry_count=str(event["max_attempts"]), delay_interval=PAUSE)

    def both(function: Any) -> Any:
        return trigger(policy(function))

    return both
