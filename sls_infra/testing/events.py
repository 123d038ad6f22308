"""Events of an Api whose handlers are called in process: what happens, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from ..errors import SlsError
from ..plan.model import ChangePlan, EventPlan, MessagePlan, Plan, SchedulePlan, UploadPlan
from ..runtime.events import dead_letters
from ..runtime.events.consumer import AFTER
from ..runtime.events.delivery import REASON, Delivery, Failure
from ..runtime.events.shapes import Change, Message, Tick, Upload
from ..runtime.links.local.lanes import Lane, Received
from ..spec.resources import Bucket, Queue, Topic
from .resources import Links, Resources

VISIBILITY = 86400.0
"""Seconds that an event stays with the handler it was given to: nothing else takes it meanwhile."""
Consume = Callable[[EventPlan, list[Delivery]], list[Failure]]


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter: an event that failed `max_attempts` times."""

    id: str
    body: str
    """Of a message its own; of others JSON (see `sls_infra.runtime.events.dead_letters`)."""
    attributes: Mapping[str, str]
    """As the message was sent with."""
    source: str
    """The name of the event source that it failed at."""
    attempts: int
    reason: str
    """The last error's class and words: "ValueError: no such address"."""

    def json(self) -> Any:
        """The body as JSON. Raises ValueError where it is none."""
        return json.loads(self.body)


class Events:
    """What happens to the resources of one Api, and the handlers that it starts."""

    def __init__(self, plan: Plan, resources: Resources, links: Links, consume: Consume) -> None:
        self._plan = plan
        self._resources = resources
        self._links = links
        self._consume = consume
        for event in plan.events:
            match event:
                case MessagePlan() if event.kind == "topic":
                    resources.driver("topic", event.source).subscribe(event.name, event.attributes)
                case UploadPlan():
                    resources.driver("bucket", event.source).subscribe(event.name, event.prefix, event.suffix)
                case ChangePlan():
                    resources.driver("table", event.source).subscribe(event.name, event.kinds)
                case _:
                    pass

    def send(
        self, to: str | Queue | Topic, body: object, attributes: Mapping[str, str] | None, delay: int, group: str | None
    ) -> str:
        """A message to a queue or topic; its id."""
        name = to if isinstance(to, str) else to.name
        is_queue = name in {queue.name for queue in self._plan.queues} and not isinstance(to, Topic)
        is_topic = name in {topic.name for topic in self._plan.topics} and not isinstance(to, Queue)
        if is_queue and is_topic:
            raise SlsError(f"{name!r} is a queue and a topic of the Api: give the Queue or the Topic itself")
        if is_queue:
            return self._links.queue(name).send(body, delay=delay, attributes=attributes, group=group)
        if delay or group is not None:
            raise SlsError(f"{name!r} is no queue of the Api: delay and group are a queue's")
        return self._links.topic(name).publish(body, attributes=attributes)

    def upload(self, bucket: str | Bucket, key: str, content: bytes | str | BinaryIO, content_type: str | None) -> None:
        """An object put into a bucket."""
        name = bucket if isinstance(bucket, str) else bucket.name
        self._links.bucket(name).put(key, content, content_type=content_type)

    def tick(self, name: str, at: datetime | None) -> None:
        """A schedule is due."""
        names = [event.name for event in self._plan.events if isinstance(event, SchedulePlan)]
        if name not in names:
            raise SlsError(f"the Api has no schedule {name!r}: it has {', '.join(names) or 'none'}")
        if at is not None and at.tzinfo is None:
            raise SlsError("a tick's time needs a time zone: datetime(…, tzinfo=UTC)")
        moment = (at or datetime.now(UTC).replace(second=0, microsecond=0)).astimezone(UTC)
        self._resources.ticks(name).put(moment.isoformat(), {})

    def run(self, limit: int) -> int:
        """Handles what is there until nothing is left; how many times a handler was called with an event."""
        called = 0
        while found := self._round():
            called += found
            if called > limit:
                raise SlsError(
                    f"after {limit} calls there are still events: does one make the next? Or give run() a limit"
                )
        return called

    def dead_letters(self, queue: str | Queue) -> list[Letter]:
        """What is in a queue of dead letters, as it came."""
        lane: Lane = self._resources.driver("queue", queue if isinstance(queue, str) else queue.name)
        return [_letter(found) for found in lane.peek(limit=1_000_000)]

    def _round(self) -> int:
        """What each event source has now. Where there is nothing, the time of the next delayed message is waited for by
        putting the clock forward."""
        called = sum(self._take(event) for event in self._plan.events)
        if called:
            return called
        due = [lane.next_due() for event in self._plan.events if (lane := self._delayed(event)) is not None]
        times = [time for time in due if time is not None]
        if not times:
            return 0
        self._resources.clock.forward(min(times))
        return sum(self._take(event) for event in self._plan.events)

    def _take(self, event: EventPlan) -> int:
        lane = self._lane(event)
        size = 1 if isinstance(event, SchedulePlan | UploadPlan) else event.batch_size
        taken = {received.id: received for received in lane.receive(size, VISIBILITY)}
        failed = self._consume(event, [_delivery(event, received) for received in taken.values()]) if taken else []
        for failure in failed:
            received = taken.pop(failure.id)
            if failure.reason == AFTER:
                lane.release(received.receipt, counted=False)
            elif received.attempt >= event.max_attempts:
                self._bury(event, lane, received, failure.reason)
            else:
                lane.release(received.receipt)
        for received in taken.values():
            lane.delete(received.receipt)
        return len(taken) + len(failed)

    def _bury(self, event: EventPlan, lane: Lane, received: Received, reason: str) -> None:
        into: Lane = self._resources.driver("queue", event.dead_letter)
        letter = dead_letters.letter(event.name, _delivery(event, received), received.attempt, reason)
        group = letter.group or ("default" if into.fifo else None)
        into.put(letter.body, letter.attributes, group=group if into.fifo else None, id=received.id)
        lane.delete(received.receipt)

    def _lane(self, event: EventPlan) -> Lane:
        match event:
            case SchedulePlan():
                return self._resources.ticks(event.name)
            case MessagePlan() if event.kind == "queue":
                queue: Lane = self._resources.driver("queue", event.source)
                return queue
            case MessagePlan():
                driver = self._resources.driver("topic", event.source)
            case UploadPlan():
                driver = self._resources.driver("bucket", event.source)
            case ChangePlan():
                driver = self._resources.driver("table", event.source)
        lane: Lane = driver.subscription(event.name)
        return lane

    def _delayed(self, event: EventPlan) -> Lane | None:
        return self._lane(event) if isinstance(event, MessagePlan) and event.kind == "queue" else None


def _delivery(event: EventPlan, received: Received) -> Delivery:
    id, known = received.id, {} if isinstance(event, MessagePlan | SchedulePlan) else json.loads(received.body)
    what: Message | Upload | Change | Tick
    match event:
        case SchedulePlan():
            what = Tick(event.name, datetime.fromisoformat(received.body))
        case UploadPlan():
            what = Upload(event.source, known["key"], known["size"], known["content_type"], known["etag"])
        case ChangePlan():
            what = Change(known["kind"], known["key"], known["old"], known["new"], event.source, id)
        case MessagePlan():
            what = Message(id, received.body, received.attributes, received.attempt)
    body = received.body if isinstance(event, MessagePlan) else None
    return Delivery(id, what, attempt=received.attempt, group=received.group, body=body, attributes=received.attributes)


def _letter(found: Received) -> Letter:
    told = dead_letters.read(found.attributes)
    attributes = {name: value for name, value in found.attributes.items() if name != REASON}
    source, reason = str(told.get("source", "")), str(told.get("reason", ""))
    return Letter(found.id, found.body, attributes, source, int(told.get("attempts", 0)), reason)
