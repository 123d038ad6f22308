"""Buckets on S3."""

from __future__ import annotations

from io import BufferedReader, RawIOBase

from ...errors import NotFound
from ..drivers import Found
from .clients import client, code_of, translated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, BinaryIO

BUFFER = 1 << 18
"""Bytes that are read at once of an object that is open."""
_NONE = ("NoSuchKey", "404")
"""What S3 says of an object that is not there; HEAD has no body to say more in. To who may not list the bucket it says
403 instead (docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, "Permissions"): readers may."""


class Bucket:
    """A bucket, by its name."""

    def __init__(self, name: str, address: str, described: Mapping[str, Any]) -> None:
        self._what = f'bucket "{name}"'
        self._bucket = address

    def get(self, key: str) -> bytes | None:
        """As `drivers.Bucket.get`."""
        with translated(self._what):
            found = self._asked("get_object", key)
            return None if found is None else bytes(found["Body"].read())

    def head(self, key: str) -> Found | None:
        """As `drivers.Bucket.head`."""
        with translated(self._what):
            found = self._asked("head_object", key)
        if found is None:
            return None
        return Found(found["ContentLength"], found.get("ContentType") or "", str(found["ETag"]).strip('"'))

    def open(self, key: str) -> BinaryIO:
        """As `drivers.Bucket.open`. It can't be sought in: what needs that reads it into a file of its own."""
        with translated(self._what):
            found = self._asked("get_object", key)
        if found is None:
            raise NotFound(f"{self._what}: there is no object {key!r}")
        return BufferedReader(_Content(found["Body"], self._what), BUFFER)

    def put(self, key: str, content: bytes | BinaryIO, content_type: str) -> None:
        """As `drivers.Bucket.put`. A file of more than 8 MiB goes in parts, which become an object with the last."""
        s3 = self._client()
        with translated(self._what):
            if isinstance(content, (bytes, bytearray, memoryview)):
                s3.put_object(Bucket=self._bucket, Key=key, Body=bytes(content), ContentType=content_type)
                return
            from boto3.s3.transfer import TransferConfig  # type: ignore[import-untyped]

            # Without threads: one part in memory at a time, and the file's own errors raised as they are.
            config = TransferConfig(use_threads=False)
            s3.upload_fileobj(
                _Filled(content), self._bucket, key, ExtraArgs={"ContentType": content_type}, Config=config
            )

    def delete(self, key: str) -> None:
        """As `drivers.Bucket.delete`."""
        s3 = self._client()
        with translated(self._what):
            s3.delete_object(Bucket=self._bucket, Key=key)

    def list(self, prefix: str) -> Iterator[str]:
        """As `drivers.Bucket.list`."""
        s3 = self._client()
        more: dict[str, str] = {}
        while True:
            with translated(self._what):
                page = s3.list_objects_v2(Bucket=self._bucket, Prefix=prefix, **more)
            for found in page.get("Contents") or ():
                yield found["Key"]
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def url(self, key: str, expires: int, method: str, content_type: str) -> str:
        """As `drivers.Bucket.url`. It holds no longer than the function's own credentials, which Lambda renews every
        few hours (docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html)."""
        s3 = self._client()
        wanted = {"Bucket": self._bucket, "Key": key}
        if method == "PUT":
            wanted["ContentType"] = content_type
        operation = "put_object" if method == "PUT" else "get_object"
        with translated(self._what):
            return str(s3.generate_presigned_url(operation, Params=wanted, ExpiresIn=expires, HttpMethod=method))

    def _client(self) -> Any:
        return client("s3", self._bucket)

    def _asked(self, operation: str, key: str) -> dict[str, Any] | None:
        """The answer; None where there is no such object."""
        s3 = self._client()
        try:
            return getattr(s3, operation)(Bucket=self._bucket, Key=key)  # type: ignore[no-any-return]
        except s3.exceptions.ClientError as error:
            if code_of(error) not in _NONE:
                raise
            return None


class _Filled:
    """A file that is read from where it stands, and gives as much as it is asked for: boto3 takes less for the end, and
    reads all of the rest at once. It closes what it is given, too."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        parts = []
        left = size
        while left and (part := self._file.read(left)):
            parts.append(part)
            left = left - len(part) if size > 0 else left
        return b"".join(parts)


class _Content(RawIOBase):
    """An object's content as it arrives."""

    def __init__(self, body: Any, what: str) -> None:
        self._body = body
        self._what = what

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with translated(self._what):
            chunk = self._body.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()
