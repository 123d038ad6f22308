"""Azure: Azurite for blobs, `@vercel/cosmosdb-server` for Cosmos DB, and a peer of Apache Qpid Proton for Service Bus,
each reached by Microsoft's own libraries with the app's identity."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from sls_infra.runtime.links.azure import clients
from tests.runtime.services.fakes import Tls

from . import azure_identity, azure_npm
from .world import Kind, Made, Read, Unavailable

try:
    from . import azure_bus
except ImportError as error:
    NO_BUS = f"{error.name} is not installed: it has no wheels, and is built from source (group `judges`)"
else:
    NO_BUS = ""

DATABASE = "orders"


class World:
    """The emulators that are to be had here."""

    platform = "azure"
    lacking: Mapping[str, str] = {
        "order beyond U+FFFF": "Azurite lists names in the order of UTF-16; the service's own is not documented",
    }

    def __init__(self) -> None:
        self.environment: Mapping[str, str] = {}
        self._missing: dict[str, str] = {"queue": NO_BUS, "topic": NO_BUS} if NO_BUS else {}
        self._blobs = ""
        self._cosmos = ""

    def missing(self, kind: Kind) -> str | None:
        """Why its emulator did not start."""
        return self._missing.get(kind)

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        """Certificates, an identity, and the emulators."""
        tls = Tls.made(folder)
        cert, key = folder / "cert.pem", folder / "key.pem"
        with ExitStack() as stack:
            identity = stack.enter_context(azure_identity.identity())
            # The cases fetch signed addresses by `requests`, which trusts whom this names.
            self.environment = {**identity, "REQUESTS_CA_BUNDLE": str(tls.authority)}
            stack.enter_context(azure_identity.trusted(tls.authority))
            if not NO_BUS:
                self._bus = azure_bus.Bus()
                stack.enter_context(azure_bus.running(self._bus, tls, cert, key))
            stack.callback(clients.close)
            try:
                self._blobs = stack.enter_context(azure_npm.azurite(cert, key)) + "/devstoreaccount1"
            except Unavailable as reason:
                self._missing["bucket"] = str(reason)
            try:
                self._cosmos = stack.enter_context(azure_npm.cosmos(cert, key)) + "/"
            except Unavailable as reason:
                self._missing["table"] = str(reason)
            yield

    def make(self, kind: Kind, name: str, described: Mapping[str, Any]) -> Made:
        """By the drivers' own clients."""
        if kind in ("queue", "topic"):
            return Made({"namespace": azure_bus.NAMESPACE, "name": name}, self._bus.entity(name))
        with mock.patch.dict(os.environ, self.environment):
            if kind == "bucket":
                clients.blobs(self._blobs).create_container(name)
                return Made({"account": self._blobs, "container": name})
            from azure.cosmos import PartitionKey

            database = clients.cosmos(self._cosmos).create_database_if_not_exists(DATABASE)
            database.create_container(name, PartitionKey("/key"), default_ttl=-1)
            return Made({"endpoint": self._cosmos, "database": DATABASE, "container": name})

    def nowhere(self, kind: Kind) -> Any:
        """A container that is not there. Raises Unavailable for the others."""
        if kind in ("queue", "topic"):
            raise Unavailable("a peer of our own making says nothing of how Service Bus refuses a link")
        if kind == "bucket":
            return {"account": self._blobs, "container": "nowhere"}
        return {"endpoint": self._cosmos, "database": DATABASE, "container": "nowhere"}

    def read(self, made: Made, count: int, timeout: float = 5.0) -> list[Read]:
        """As the peer keeps them."""
        found: list[Read] = made.reader.take(count, timeout)
        return found
