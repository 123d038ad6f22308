"""Google Cloud: Pub/Sub by Google's own fake, Cloud Storage by fake-gcs-server, Firestore by an emulator from npm."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from google.api_core.exceptions import DeadlineExceeded
from google.cloud import storage  # type: ignore[import-untyped,unused-ignore]
from google.pubsub_v1 import SubscriberClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from grpc import insecure_channel

from sls_infra.runtime.links.gcp import buckets, tables, topics

from .google import obtaining, processes
from .google.signing import Signer
from .world import Kind, Made, Read, Unavailable

PROJECT = "emulated"
TOPICS = f"projects/{PROJECT}/topics"


class World:
    """Three emulators. Each that is not to be had is a kind that is missing."""

    platform = "gcp"

    def __init__(self) -> None:
        self.environment: Mapping[str, str] = {}
        self.lacking: Mapping[str, str] = {
            "signature": "fake-gcs-server answers any URL, signed or not",
            "race": "the Firestore emulator commits a transaction whatever became of what it read",
            "byte order": "the Firestore emulator sorts text by its UTF-16 code units, Firestore by its UTF-8 bytes",
            "index pages": "the Firestore emulator takes no notice of where a query is to start (start_at)",
            "replaced fields": "the Firestore emulator keeps the fields that a write without a mask leaves out",
            "delay": "Pub/Sub has no delays: the driver refuses them",
        }
        self._missing: dict[Kind, str] = {}

    def missing(self, kind: Kind) -> str | None:
        """What could not be started, and why."""
        return self._missing.get(kind)

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        """All of them, and clients of the drivers' that find them."""
        found = {"GOOGLE_CLOUD_PROJECT": PROJECT}
        with ExitStack() as stack:
            with self._having("table"):
                script = obtaining.firestore()
                found["FIRESTORE_EMULATOR_HOST"] = stack.enter_context(processes.telling(["node", str(script)]))
            with self._having("bucket"):
                url = stack.enter_context(processes.storage(obtaining.storage(), folder / "storage.log"))
                found["STORAGE_EMULATOR_HOST"] = url
                buckets._made[:] = [storage.Client(PROJECT, Signer(), client_options={"api_endpoint": url})]
            with self._having("queue", "topic"):
                address = stack.enter_context(processes.telling([str(obtaining.pstest())]))
                found["PUBSUB_EMULATOR_HOST"] = address
                channel = insecure_channel(address)
                stack.callback(channel.close)
                self._subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
            self.environment = found
            try:
                yield
            finally:
                buckets._made.clear()
                topics._made.clear()
                tables._clients.clear()

    @contextmanager
    def _having(self, *kinds: Kind) -> Iterator[None]:
        try:
            yield
        except Unavailable as error:
            self._missing.update(dict.fromkeys(kinds, str(error)))

    def make(self, kind: Kind, name: str, described: Mapping[str, Any]) -> Made:
        """A database, a bucket, or a topic with a subscription."""
        if kind == "table":
            return Made({"database": f"projects/{PROJECT}/databases/{name}", "collection": "items"})
        if kind == "bucket":
            buckets.client().create_bucket(name)
            return Made(name)
        topic, subscription = f"{TOPICS}/{name}", f"projects/{PROJECT}/subscriptions/{name}"
        topics.client().create_topic(name=topic)
        ordered = bool(described.get("fifo"))
        self._subscriber.create_subscription(
            request={"name": subscription, "topic": topic, "enable_message_ordering": ordered}
        )
        return Made(topic, subscription)

    def nowhere(self, kind: Kind) -> Any:
        """What nobody has made."""
        if kind == "bucket":
            return f"nowhere-{uuid4().hex}"
        if kind == "table":
            raise Unavailable("the Firestore emulator has any database that is named")
        return f"{TOPICS}/nowhere"

    def read(self, made: Made, count: int, timeout: float = 5.0) -> list[Read]:
        """Pulls, and acknowledges."""
        found: list[Read] = []
        end = time.monotonic() + timeout
        while len(found) < count and time.monotonic() < end:
            try:
                pulled = self._subscriber.pull(
                    subscription=made.reader, max_messages=count - len(found), timeout=max(0.2, end - time.monotonic())
                )
            except DeadlineExceeded:
                break
            for received in pulled.received_messages:
                message = received.message
                self._subscriber.acknowledge(subscription=made.reader, ack_ids=[received.ack_id])
                group = message.ordering_key or None
                found.append(Read(message.message_id, message.data.decode(), dict(message.attributes), group))
        return found
