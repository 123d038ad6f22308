"""AWS: batches of SQS queues and of DynamoDB streams, as Lambda's pollers bring them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote_plus

from boto3.dynamodb.types import TypeSerializer  # type: ignore[import-untyped]

from sls_infra.plan.model import FunctionPlan, Plan
from sls_infra.runtime.entry.http_api import EventError
from tests.runtime.entry.conftest import event as documented

from .process import Graves, entered, load_entry, read_letter, seen
from .world import AGAIN, DONE, Due, Happened, Outcome, Put, Sent, Written

KINDS = {"insert": "INSERT", "update": "MODIFY", "delete": "REMOVE"}


class AwsServed:
    """The entry module, and the queues' ARNs."""

    def __init__(self, entry: ModuleType, told: Mapping[str, Any], graves: Graves) -> None:
        self._entry = entry
        self._told = told
        self._graves = graves

    @property
    def seen(self) -> list[Any]:
        return seen()

    def deliver(self, source: str, events: Sequence[Happened], attempt: int = 1) -> list[Outcome]:
        arn = self._told["events"][source]["source"]
        records = [self._record(event, arn, attempt) for event in events]
        self._graves.letters.clear()
        answered = self._entry.handler(json.loads(json.dumps({"Records": records})), None)
        failed = [each["itemIdentifier"] for each in answered["batchItemFailures"]]
        if any(isinstance(event, Written) for event in events):
            ids = [event.id for event in events]  # a stream goes on from the first one that failed
            failed = ids[ids.index(failed[0]) :] if failed else []
        return [AGAIN if event.id in failed else self._outcome(event, source) for event in events]

    def break_graves(self) -> None:
        self._graves.broken = True

    def stray(self) -> bool:
        arn = "arn:aws:sqs:eu-west-1:123456789012:of-somebody-else"
        try:
            self._entry.handler({"Records": [self._record(Sent(body="x"), arn, 1)]}, None)
        except EventError:
            return True
        return False

    def _outcome(self, event: Happened, source: str) -> Outcome:
        for address, letter in self._graves.letters:
            if letter.body == _body(event) or (
                isinstance(event, Written) and json.loads(letter.body)["id"] == event.id
            ):
                assert address == self._told["events"][source]["dead_letter"]
                return Outcome("dead", read_letter(letter.body, letter.attributes))
        return DONE

    def _record(self, event: Happened, arn: str, attempt: int) -> dict[str, Any]:
        if isinstance(event, Written):
            return _change(event, arn)
        if isinstance(event, Put):  # S3 tells no content type: it is asked for
            content = b"x" * event.size
            self._graves.link("bucket", "receipts", None, {}).put(event.key, content, event.content_type)
        fifo = arn.endswith(".fifo")
        record: dict[str, Any] = documented("sqs-fifo-documented" if fifo else "sqs-documented")["Records"][0]
        known = event.attributes if isinstance(event, Sent) else {}
        attributes = {name: {"stringValue": text, "dataType": "String"} for name, text in known.items()}
        record |= {"messageId": event.id, "body": _body(event), "eventSourceARN": arn, "messageAttributes": attributes}
        record["attributes"]["ApproximateReceiveCount"] = str(attempt)
        if isinstance(event, Sent) and event.group is not None:
            record["attributes"]["MessageGroupId"] = event.group
        return record


def _body(event: Happened) -> str:
    match event:
        case Sent():
            return event.body
        case Due():
            return event.at.strftime("%Y-%m-%dT%H:%M:%SZ")
        case Put():
            told: dict[str, Any] = documented("s3-notification-documented")
            key = quote_plus(event.key, safe="/")
            told["Records"][0]["s3"]["object"] |= {"key": key, "size": event.size, "eTag": event.etag}
            return json.dumps({"Records": told["Records"]})
    return "{"


def _change(event: Written, arn: str) -> dict[str, Any]:
    record: dict[str, Any] = copy.deepcopy(documented("dynamodb-stream-documented")["Records"][0])
    record |= {"eventName": KINDS[event.kind], "eventSourceARN": arn}
    told = {"Keys": _encoded({"id": event.key}), "SequenceNumber": event.id}
    for name, item in (("OldImage", event.old), ("NewImage", event.new)):
        if item is not None:
            told[name] = _encoded({**item, "_version": "5f"})
    return {**record, "dynamodb": told}


def _encoded(item: Mapping[str, Any]) -> Any:
    return TypeSerializer().serialize(json.loads(json.dumps(item), parse_float=Decimal))["M"]


class World:
    """Lambda."""

    platform = "aws"
    lacking: Mapping[str, str] = {}

    @contextmanager
    def serve(
        self, plan: Plan, function: FunctionPlan, deployed: Mapping[str, Any], folder: Path, code: str
    ) -> Iterator[AwsServed]:
        """Imports the entry module."""
        load = partial(load_entry, "aws")
        with entered("aws", plan, function, deployed, folder, code, load) as (entry, graves):
            yield AwsServed(entry, deployed, graves)
