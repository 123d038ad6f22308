"""Microsoft's clients, one an account or namespace and process, all by the app's managed identity.

Made once, since each keeps connections and tokens. The libraries are in the bundle where a link needs them, and are
imported by the first call that does.
"""

from __future__ import annotations

from os import environ
from threading import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

BLOCK = 4 << 20
"""Bytes of an object that are in memory at once while it is streamed, either way."""
THROTTLED = 5
"""So often a call that Cosmos DB throttles is sent again, after the time that it says."""

_lock = Lock()
_made: dict[tuple[str, str], Any] = {}


def blobs(account: str) -> Any:
    """The BlobServiceClient of `https://<account>.blob.core.windows.net`."""

    def make(credential: Any) -> Any:
        from azure.storage.blob import BlobServiceClient

        return BlobServiceClient(account, credential, max_single_get_size=BLOCK, max_chunk_get_size=BLOCK)

    return _once("blobs", account, make)


def cosmos(endpoint: str) -> Any:
    """The CosmosClient of `https://<account>.documents.azure.com:443/`."""

    def make(credential: Any) -> Any:
        from azure.cosmos import CosmosClient

        return CosmosClient(endpoint, credential, retry_throttle_total=THROTTLED)

    return _once("cosmos", endpoint, make)


def bus(namespace: str) -> Any:
    """The ServiceBusClient of `<namespace>.servicebus.windows.net`."""

    def make(credential: Any) -> Any:
        from azure.servicebus import ServiceBusClient

        return ServiceBusClient(namespace, credential)

    return _once("bus", namespace, make)


def close() -> None:
    """Closes all of them. For programs that end in good order."""
    with _lock:
        for client in _made.values():
            getattr(client, "close", lambda: None)()
        _made.clear()


def _once(kind: str, where: str, make: Callable[[Any], Any]) -> Any:
    client = _made.get((kind, where))
    if client is None:
        with _lock:
            client = _made.get((kind, where))
            if client is None:
                client = _made[kind, where] = make(_credential())
    return client


def _credential() -> Any:
    """The identity AZURE_CLIENT_ID, the app's own without. Never another that the machine may have, such as a
    developer's, which would hide a right that the function lacks. With `_lock` held."""
    credential = _made.get(("identity", ""))
    if credential is None:
        from azure.identity import ManagedIdentityCredential

        credential = _made["identity", ""] = ManagedIdentityCredential(client_id=environ.get("AZURE_CLIENT_ID"))
    return credential
