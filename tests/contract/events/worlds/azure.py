"""Azure: functions as `azure.functions` registers them, given what its own converters make of the host's words. One
message a call; the next of a session comes once the one before it is done. Items of a change feed come together."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import azure.functions as func
from azure.functions.cosmosdb import CosmosDBTriggerConverter
from azure.functions.meta import Datum
from azure.functions.queue import QueueMessageInConverter
from azure.functions.servicebus import ServiceBusMessageInConverter
from azure.functions.timer import TimerRequestConverter

from sls_infra.plan.model import FunctionPlan, Plan
from sls_infra.runtime.entry import azure as entry
from sls_infra.runtime.entry.azure_events import EventFailed, function_name
from tests.runtime.entry.azure_apps import bus_message, json_of, queue_message, recorded

from .process import Graves, entered, one_by_one, read_letter, seen
from .world import AGAIN, DONE, Due, Happened, Outcome, Put, Sent, Written

CONVERTERS: Mapping[str, Any] = {
    "serviceBusTrigger": ServiceBusMessageInConverter,
    "queueTrigger": QueueMessageInConverter,
    "timerTrigger": TimerRequestConverter,
    "cosmosDBTrigger": CosmosDBTriggerConverter,
}


class AzureServed:
    """The registered functions."""

    def __init__(self, app: func.FunctionApp, told: Mapping[str, Any], graves: Graves) -> None:
        self._functions: dict[str, tuple[str, Callable[..., None]]] = {}
        for each in app.get_functions():
            trigger = json.loads(str(each))["bindings"][0]["type"]
            self._functions[str(each.get_function_name())] = trigger, each.get_user_function()
        self._told = told
        self._graves = graves

    @property
    def seen(self) -> list[Any]:
        return seen()

    def deliver(self, source: str, events: Sequence[Happened], attempt: int = 1) -> list[Outcome]:
        changes = [event for event in events if isinstance(event, Written)]
        if changes:
            return self._changes(source, changes, attempt)

        def handled(event: Happened) -> Outcome:
            done = self._call(source, _given(event, attempt), attempt)
            return (self._dead(source, "") or DONE) if done else AGAIN

        return one_by_one(events, self._graves, handled)

    def break_graves(self) -> None:
        self._graves.broken = True

    def stray(self) -> bool:
        raise NotImplementedError

    def _changes(self, source: str, events: Sequence[Written], attempt: int) -> list[Outcome]:
        """The feed tells no deletes."""
        self._graves.letters.clear()
        documents = [_document(event) for event in events if event.new is not None]
        done = self._call(source, json_of(documents), attempt) if documents else True
        return [(self._dead(source, event.id) or DONE) if done else AGAIN for event in events]

    def _call(self, source: str, given: Mapping[str, Any], attempt: int) -> bool:
        """Whether the host is told that it went well."""
        trigger, function = self._functions[function_name(source)]
        metadata = {name: _datum(value) for name, value in given.get("metadata", {}).items()}
        made = CONVERTERS[trigger].decode(_datum(given["data"]), trigger_metadata=metadata)
        context = SimpleNamespace(invocation_id="1", retry_context=SimpleNamespace(retry_count=attempt - 1))
        try:
            function(made, context)
        except EventFailed as error:
            str(error).encode()  # the worker sends it to the host
            return False
        except ValueError:  # nor can what is garbled be read
            return False
        return True

    def _dead(self, source: str, id: str) -> Outcome | None:
        """The dead letter whose body names that id."""
        for address, letter in self._graves.letters:
            if id in letter.body:
                assert address == self._told["events"][source]["dead_letter"]
                return Outcome("dead", read_letter(letter.body, letter.attributes))
        return None


def _given(event: Happened, attempt: int) -> dict[str, Any]:
    """What the trigger gives."""
    match event:
        case Sent():
            known = dict(event.attributes)
            more = {"ApplicationProperties": known, "UserProperties": known, "SessionId": event.group or ""}
            return bus_message(event.body, MessageId=event.id, DeliveryCount=attempt, **more)
        case Put():
            told = recorded("blob-created-documented")
            url = f"https://acct.blob.core.windows.net/receipts/{quote(event.key)}"
            told |= {"id": event.id, "subject": f"/blobServices/default/containers/receipts/blobs/{event.key}"}
            told["data"] |= {"url": url, "eTag": f'"{event.etag}"', "contentLength": event.size}
            told["data"]["contentType"] = event.content_type
            return queue_message(json.dumps(told), dequeued=attempt)
        case Due():
            told = recorded("timer-captured")
            told["ScheduleStatus"]["Next"] = event.at.isoformat()
            return json_of(told)
    return queue_message("{", dequeued=attempt)


def _document(event: Written) -> dict[str, Any]:
    """As the driver of tables writes one."""
    (told,) = recorded("change-feed-documented")
    return {
        **told,
        "id": f"digest-{event.key}",
        "key": event.key,
        "_etag": f'"{event.id}"',
        "item": dict(event.new or {}),
    }


def _datum(value: Mapping[str, Any]) -> Datum:
    ((type, content),) = value.items()
    return Datum(content, type)


class World:
    """A function app."""

    platform = "azure"
    lacking: Mapping[str, str] = {
        "stray": "the host calls functions by their triggers: one that is not registered has none",
        "kinds": "the change feed tells no kinds: asking for some of them is refused by the plan",
    }

    @contextmanager
    def serve(
        self, plan: Plan, function: FunctionPlan, deployed: Mapping[str, Any], folder: Path, code: str
    ) -> Iterator[AzureServed]:
        """Registers the functions."""
        with entered("azure", plan, function, deployed, folder, code, _registered) as (app, graves):
            yield AzureServed(app, deployed, graves)


def _registered(folder: Path) -> func.FunctionApp:
    app = func.FunctionApp()
    entry.register(app, func, str(folder))
    return app
