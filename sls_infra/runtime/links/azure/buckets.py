"""Buckets on Azure: containers of Blob Storage.

What differs there: an address that takes a PUT wants the header `x-ms-blob-type: BlockBlob` with it, and binds no
content type (learn.microsoft.com/rest/api/storageservices/put-blob): the caller sends the one it likes. Keys are listed
in the service's order, documented as alphabetical: for letters beyond U+FFFF beside some just below it, that is not
known to be the order of their bytes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BufferedReader, RawIOBase
from threading import Lock

from ...errors import NotFound
from ..drivers import Found
from . import clients
from .failures import status, told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, BinaryIO

DAY = timedelta(days=1)
"""How long a key that signs addresses is asked for at least; seven days are the most."""
EARLIER = timedelta(minutes=15)
"""Clocks differ: what is signed is valid from before now on
(learn.microsoft.com/azure/storage/common/storage-sas-overview, best practices)."""
NO_CONTAINER = "ContainerNotFound"


class Bucket:
    """One container."""

    put_headers: Mapping[str, str] = {"x-ms-blob-type": "BlockBlob"}
    """What an address that takes a PUT wants beside the content type."""

    def __init__(self, name: str, address: Mapping[str, str], described: Mapping[str, Any]) -> None:
        self._what = f'bucket "{name}"'
        self._address = address
        self._lock = Lock()
        self._signing: tuple[Any, datetime] | None = None
        """A key that signs addresses, and until when."""

    @property
    def _service(self) -> Any:
        return clients.blobs(self._address["account"])

    def _blob(self, key: str) -> Any:
        return self._service.get_blob_client(self._address["container"], key)

    def get(self, key: str) -> bytes | None:
        with told(self._what):
            content = self._unless_missing(lambda: self._blob(key).download_blob().readall())
        return content if isinstance(content, bytes) else None

    def head(self, key: str) -> Found | None:
        with told(self._what):
            known = self._unless_missing(self._blob(key).get_blob_properties)
        if known is None:
            return None
        return Found(known.size, known.content_settings.content_type or "", known.etag.strip('"'))

    def open(self, key: str) -> BinaryIO:
        with told(self._what):
            download = self._unless_missing(self._blob(key).download_blob)
        if download is None:
            raise NotFound(f"{self._what}: there is no object {key!r}")
        return BufferedReader(_Download(download, self._what), clients.BLOCK)

    def put(self, key: str, content: bytes | BinaryIO, content_type: str) -> None:
        from azure.storage.blob import ContentSettings

        data = content if isinstance(content, bytes) else _Parts(content)
        settings = ContentSettings(content_type=content_type)
        with told(self._what):
            self._blob(key).upload_blob(data, overwrite=True, content_settings=settings)

    def delete(self, key: str) -> None:
        with told(self._what):
            self._unless_missing(lambda: self._blob(key).delete_blob(delete_snapshots="include"))

    def list(self, prefix: str) -> Iterator[str]:
        container = self._service.get_container_client(self._address["container"])
        with told(self._what):
            yield from container.list_blob_names(name_starts_with=prefix or None)

    def url(self, key: str, expires: int, method: str, content_type: str) -> str:
        from azure.storage.blob import BlobSasPermissions, generate_blob_sas

        now = datetime.now(UTC)
        blob = self._blob(key)
        until = now + timedelta(seconds=expires)
        writes = method == "PUT"
        signature = generate_blob_sas(
            account_name=blob.account_name,
            container_name=blob.container_name,
            blob_name=blob.blob_name,
            user_delegation_key=self._signing_key(now, until),
            permission=BlobSasPermissions(read=not writes, create=writes, write=writes),
            start=now - EARLIER,
            expiry=until,
            protocol="https",
        )
        return f"{blob.url}?{signature}"

    def _signing_key(self, now: datetime, until: datetime) -> Any:
        """A key of the app's identity, kept while it covers what is signed: the account's own keys are switched off."""
        with self._lock:
            if self._signing is None or self._signing[1] < until:
                ends = max(until, now + DAY)
                with told(self._what):
                    self._signing = self._service.get_user_delegation_key(now - EARLIER, ends), ends
            return self._signing[0]

    def _unless_missing(self, call: Any) -> Any:
        """What the call gives; None where there is no such object. Where the container is missing, it raises."""
        from azure.core.exceptions import AzureError

        try:
            return call()
        except AzureError as error:
            code = getattr(error, "error_code", None)
            if status(error) == 404 and getattr(code, "value", code) != NO_CONTAINER:
                return None
            raise


class _Parts:
    """A file of which no more is asked than to be read on: the library would take another's size for what is left."""

    def __init__(self, file: BinaryIO) -> None:
        self.read = file.read


class _Download(RawIOBase):
    """A download as a file. If the object is replaced meanwhile, reading on is a Conflict, never a mixture."""

    def __init__(self, download: Any, what: str) -> None:
        self._download = download
        self._what = what

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with told(self._what):
            part = self._download.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)
