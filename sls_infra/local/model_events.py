"""What starts functions of a gateway besides calls, as plain values that travel as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from .reading import Reading, text

Kind = Literal["queue", "topic", "upload", "change", "schedule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSpec:
    """One event source of a gateway: where its events come from, and which function they go to."""

    kind: Kind
    name: str
    """Unique within the gateway."""
    function: str
    """The function's name in `GatewaySpec.functions`."""
    source: str = ""
    """The path of the queue, topic, bucket or table; of a schedule: nothing."""
    subscription: str = ""
    """The subscriber's name there; of a queue: nothing."""
    dead_letter: str = ""
    """The path of the queue for what failed so often."""
    max_attempts: int = 3
    batch_size: int = 1
    batch_window: float = 0
    """Seconds to wait for a full batch."""
    concurrency: int | None = None
    """Calls at once at most; None: as many as the function has workers at most."""
    cron: str = ""
    timezone: str = "UTC"

    def to_json(self) -> dict[str, Any]:
        known: dict[str, Any] = {"kind": self.kind, "name": self.name, "function": self.function}
        if self.kind == "schedule":
            known |= {"cron": self.cron, "timezone": self.timezone}
        else:
            known |= {"source": self.source, "subscription": self.subscription, "concurrency": self.concurrency}
            known |= {"batch_size": self.batch_size, "batch_window": self.batch_window}
        return {**known, "dead_letter": self.dead_letter, "max_attempts": self.max_attempts}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> EventSpec:
        with Reading("event", value):
            if value["kind"] not in get_args(Kind):
                known = ", ".join(get_args(Kind))
                raise ValueError(f"unknown kind {value['kind']!r}: this gateway knows {known}")
            timed, told = value["kind"] == "schedule", value["kind"] in ("topic", "upload", "change")
            return cls(
                kind=value["kind"],
                name=text(value["name"]),
                function=text(value["function"]),
                source="" if timed else text(value["source"]),
                subscription=text(value["subscription"]) if told else "",
                dead_letter=text(value["dead_letter"]),
                max_attempts=int(value["max_attempts"]),
                batch_size=int(value.get("batch_size") or 1),
                batch_window=float(value.get("batch_window") or 0),
                concurrency=int(value["concurrency"]) if value.get("concurrency") is not None else None,
                cron=text(value["cron"]) if timed else "",
                timezone=text(value.get("timezone") or "UTC"),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSpec:
    """The paths of the resources that a gateway looks after: what is too old is removed from them, files that were put
    into a bucket's folder are found, and addresses of objects are served."""

    queues: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    buckets: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {kind: list(paths) for kind, paths in asdict(self).items()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> KeptSpec:
        with Reading("kept", value):
            return cls(**{kind: tuple(map(text, value.get(kind) or ())) for kind in cls.__slots__})
