"""Buckets in Cloud Storage."""

from __future__ import annotations

from ...errors import NotFound
from ..drivers import Found
from .errors import translated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, BinaryIO

TIMEOUT = (3, 30)
"""Seconds to connect, and without a byte of the answer."""
PART = 8 * 1024 * 1024
"""Bytes of a file that are sent at once, in one resumable upload: it becomes an object with the last of them."""

_made: list[Any] = []


def client() -> Any:
    """The client, one for the process: threads share it."""
    if not _made:
        from google.cloud.storage import Client  # type: ignore[import-untyped]

        with translated("the client of Cloud Storage"):
            _made.append(Client())
    return _made[0]


class Bucket:
    """A bucket, by its name."""

    def __init__(self, name: str, address: str, described: Mapping[str, Any]) -> None:
        self._what = f'bucket "{name}"'
        self._bucket = address

    def get(self, key: str) -> bytes | None:
        """As `drivers.Bucket.get`."""
        try:
            with translated(self._what):
                return bytes(self._blob(key).download_as_bytes(timeout=TIMEOUT))
        except NotFound:
            self._look_for_bucket()
            return None

    def head(self, key: str) -> Found | None:
        """As `drivers.Bucket.head`. `etag` is the object resource's own, as events of uploads have it."""
        blob = self._blob(key)
        try:
            with translated(self._what):
                blob.reload(timeout=TIMEOUT)
        except NotFound:
            self._look_for_bucket()
            return None
        return Found(int(blob.size or 0), blob.content_type or "", str(blob.etag or "").strip('"'))

    def open(self, key: str) -> BinaryIO:
        """As `drivers.Bucket.open`."""
        blob = self._blob(key)
        with translated(self._what):
            blob.reload(timeout=TIMEOUT)
            file: BinaryIO = blob.open("rb", timeout=TIMEOUT)
        return file

    def put(self, key: str, content: bytes | BinaryIO, content_type: str) -> None:
        """As `drivers.Bucket.put`."""
        blob = self._blob(key)
        with translated(self._what):
            if isinstance(content, (bytes, bytearray, memoryview)):
                blob.upload_from_string(bytes(content), content_type=content_type, timeout=TIMEOUT)
            else:
                blob.chunk_size = PART
                blob.upload_from_file(_FromHere(content), content_type=content_type, timeout=TIMEOUT)

    def delete(self, key: str) -> None:
        """As `drivers.Bucket.delete`."""
        try:
            with translated(self._what):
                self._blob(key).delete(timeout=TIMEOUT)
        except NotFound:
            self._look_for_bucket()

    def list(self, prefix: str) -> Iterator[str]:
        """As `drivers.Bucket.list`."""
        with translated(self._what):
            for blob in client().list_blobs(self._bucket, prefix=prefix or None, timeout=TIMEOUT):
                yield blob.name

    def url(self, key: str, expires: int, method: str, content_type: str) -> str:
        """As `drivers.Bucket.url`. Signed by the service account, which asks Google to do it: the function has no key
        (cloud.google.com/storage/docs/access-control/signing-urls-with-helpers, IAM's signBlob)."""
        from datetime import timedelta

        more: dict[str, Any] = {"content_type": content_type} if method == "PUT" else {}
        with translated(self._what):
            return str(
                self._blob(key).generate_signed_url(
                    version="v4", expiration=timedelta(seconds=expires), method=method, **more, **self._signer()
                )
            )

    def _signer(self) -> dict[str, str]:
        credentials = client()._credentials
        if hasattr(credentials, "sign_bytes"):  # it has a key of its own
            return {}
        if not credentials.valid:
            from google.auth.transport.requests import Request

            credentials.refresh(Request())
        return {"service_account_email": credentials.service_account_email, "access_token": credentials.token}

    def _blob(self, key: str) -> Any:
        return client().bucket(self._bucket).blob(key)

    def _look_for_bucket(self) -> None:
        """Raises NotFound where it is the bucket that is not there: both are 404."""
        with translated(self._what):
            next(iter(client().list_blobs(self._bucket, max_results=1, timeout=TIMEOUT)), None)


class _FromHere:
    """A file from where it stands, which need not be its beginning, nor a place to return to."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        parts, wanted = [], size
        while wanted and (part := self._file.read(wanted)):  # some give less than they are asked for, before their end
            parts.append(part)
            wanted = wanted - len(part) if size > 0 else -1
        content = b"".join(parts)
        self._at += len(content)
        return content

    def tell(self) -> int:
        return self._at
