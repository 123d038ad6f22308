"""What Service Bus is to a sender: an AMQP 1.0 peer on this machine, of Apache Qpid Proton.

Proton judges the protocol and reads the messages. What a queue does with them is of our own making, after Microsoft's
description (learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide): a token is put to `$cbs`
before a link is opened, `x-opt-scheduled-enqueue-time` delays, `group-id` is the session. There is nothing on PyPI, npm
or Maven that does more: Microsoft's own emulator is a Docker image.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import azure.servicebus
from proton import Message, SSLDomain
from proton.handlers import MessagingHandler
from proton.reactor import Container

from tests.runtime.services.fakes import Tls

from .world import Read

NAMESPACE = "orders.servicebus.windows.net"
SCHEDULED = "x-opt-scheduled-enqueue-time"
TICK = 0.05


class Entity:
    """A queue, or a topic with a subscription."""

    def __init__(self) -> None:
        self._messages: list[tuple[float, Read]] = []
        self._changed = threading.Condition()

    def put(self, message: Message) -> None:
        """Takes a message as it came."""
        annotations: Any = message.annotations or {}
        body: Any = message.body
        due = annotations.get(SCHEDULED, 0) / 1000
        read = Read(str(message.id), bytes(body).decode(), dict(message.properties or {}), message.group_id)
        with self._changed:
            self._messages.append((due, read))
            self._changed.notify_all()

    def take(self, count: int, timeout: float) -> list[Read]:
        """What is due, in the order in which it came."""
        found: list[Read] = []
        end = time.monotonic() + timeout
        with self._changed:
            while len(found) < count and time.monotonic() < end:
                due = [each for each in self._messages if each[0] <= time.time()]
                if not due:
                    self._changed.wait(TICK)
                    continue
                self._messages.remove(due[0])
                found.append(due[0][1])
        return found


class Bus(MessagingHandler):
    """The peer's side of links."""

    def __init__(self) -> None:
        super().__init__(prefetch=100, auto_accept=False)
        self.listening = threading.Event()
        self.stopping = threading.Event()
        self.port = 0
        self.domain: SSLDomain | None = None
        self._entities: dict[str, Entity] = {}
        self._answers: dict[Any, Any] = {}
        self._trusted: set[tuple[Any, str]] = set()

    def entity(self, name: str) -> Entity:
        """The queue or topic of that name, made now."""
        return self._entities.setdefault(name, Entity())

    def on_start(self, event: Any) -> None:
        acceptor = event.reactor.listen("amqps://127.0.0.1:0", ssl_domain=self.domain)
        self.port = acceptor._selectable._delegate.getsockname()[1]
        self._acceptor = acceptor
        event.reactor.schedule(TICK, self)
        self.listening.set()

    def on_timer_task(self, event: Any) -> None:
        if self.stopping.is_set():
            self._acceptor.close()
            for connection in self._answers:
                connection.close()
            event.reactor.stop()
        else:
            event.reactor.schedule(TICK, self)

    def on_link_opening(self, event: Any) -> None:
        link = event.link
        link.source.copy(link.remote_source)
        link.target.copy(link.remote_target)
        if link.is_sender:
            self._answers[event.connection] = link

    def on_message(self, event: Any) -> None:
        name = _name(event.link.target.address)
        if name == "$cbs":
            self._trust(event)
            self.accept(event.delivery)
        elif (event.connection, name) in self._trusted:
            self._entities[name].put(event.message)
            self.accept(event.delivery)
        else:
            self.reject(event.delivery)

    def _trust(self, event: Any) -> None:
        asked = event.message.properties
        if asked["operation"] == "put-token" and asked["type"] == "jwt" and event.message.body.count(".") == 2:
            self._trusted.add((event.connection, _name(asked["name"])))
        known = {"status-code": 202, "status-description": "Accepted"}
        self._answers[event.connection].send(Message(correlation_id=event.message.id, properties=known))

    def on_transport_error(self, event: Any) -> None:
        """A client that goes away without a word."""


def _name(address: str) -> str:
    return address.rpartition("/")[2]


@contextmanager
def running(bus: Bus, tls: Tls, cert: Path, key: Path) -> Iterator[None]:
    """Runs the peer, and has Microsoft's client find it in place of the namespace."""
    bus.domain = SSLDomain(SSLDomain.MODE_SERVER)
    bus.domain.set_credentials(str(cert), str(key), None)
    thread = threading.Thread(target=Container(bus).run, daemon=True)
    thread.start()
    try:
        assert bus.listening.wait(10)
        client = functools.partial(
            azure.servicebus.ServiceBusClient,
            custom_endpoint_address=f"sb://127.0.0.1:{bus.port}",
            connection_verify=str(tls.authority),
            transport_type=azure.servicebus.TransportType.Amqp,
            retry_backoff_factor=0.05,
            keep_alive=0,
        )
        with mock.patch.object(azure.servicebus, "ServiceBusClient", client):
            yield
    finally:
        bus.stopping.set()
        thread.join(10)
