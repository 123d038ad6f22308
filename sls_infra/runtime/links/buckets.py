"""A bucket, as handlers reach it: `links.bucket("receipts").get("2026/07.pdf")`."""

from __future__ import annotations

from . import limits
from .rights import Rights

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, BinaryIO, Literal

    from . import drivers

BINARY = "application/octet-stream"
TEXT = "text/plain; charset=utf-8"


class Found:
    """What is known of an object."""

    __slots__ = ("content_type", "etag", "size")

    def __init__(self, size: int, content_type: str, etag: str) -> None:
        self.size = size
        """Bytes."""
        self.content_type = content_type
        self.etag = etag
        """Changes with the content; without quotes."""

    def __repr__(self) -> str:
        return f"Found(size={self.size}, content_type={self.content_type!r}, etag={self.etag!r})"


class SignedUrl(str):
    """An address of an object, and what must be sent with it."""

    headers: Mapping[str, str]
    """Headers of the call, to the letter: none for GET; for PUT the content type, and on Azure what kind of blob it is
    to be. Hand them to whoever is to use the address."""

    __slots__ = ("headers",)

    def __new__(cls, url: str, headers: Mapping[str, str]) -> SignedUrl:
        made = super().__new__(cls, url)
        made.headers = dict(headers)
        return made


class Bucket:
    """A bucket of objects, bytes by key. For any number of threads.

    Keys are 1 to 1024 bytes in UTF-8, with "/" between segments, of which none is "." or ".."; no NUL, no backslash, no
    "/" first or last. Another one is a ValueError; a longer one TooLarge. Every method raises NotLinked where the link
    does not give its right, NotFound where the bucket is gone, Throttled and ServiceError.
    """

    def __init__(self, driver: drivers.Bucket, name: str, described: Mapping[str, Any]) -> None:
        self.name = name
        """Its name in the spec."""
        self._driver = driver
        self._rights = Rights("bucket", name, described)

    def get(self, key: str) -> bytes | None:
        """The object's content, all in memory; None where there is none. Needs `read()`."""
        self._rights.need("r")
        return self._driver.get(self._key(key))

    def head(self, key: str) -> Found | None:
        """The object's `size` (bytes), `content_type` and `etag`; None where there is none. Needs `read()`."""
        self._rights.need("r")
        found = self._driver.head(self._key(key))
        return None if found is None else Found(*found)

    def open(self, key: str) -> BinaryIO:
        """The object's content as a binary file to be read and closed, not all in memory: `with bucket.open(key) as
        file`. Raises NotFound where there is none. Needs `read()`."""
        self._rights.need("r")
        return self._driver.open(self._key(key))

    def put(self, key: str, content: bytes | str | BinaryIO, *, content_type: str | None = None) -> None:
        """Writes an object whole or not at all, over one that may be there. Needs `write()`.

        `content`: bytes; text, which is written in UTF-8; or a binary file, read from where it stands to its end.
        `content_type`: default "text/plain; charset=utf-8" for text, else "application/octet-stream".
        """
        self._rights.need("w")
        self._key(key)
        kind = limits.content_type(content_type or (TEXT if isinstance(content, str) else BINARY))
        self._driver.put(key, _content(content), kind)

    def delete(self, key: str) -> None:
        """Removes the object; nothing happens where there is none. Needs `write()`."""
        self._rights.need("w")
        self._driver.delete(self._key(key))

    def list(self, prefix: str = "") -> Iterator[str]:
        """The keys that start with `prefix`, in the order of their UTF-8 bytes, fetched as they are asked for. Needs
        `read()`."""
        self._rights.need("r")
        if prefix:
            limits.key(prefix, f'a prefix of the bucket "{self.name}"')
        return self._driver.list(prefix)

    def url(
        self,
        key: str,
        *,
        expires: int = 3600,
        method: Literal["GET", "PUT"] = "GET",
        content_type: str = BINARY,
    ) -> SignedUrl:
        """An address under which anybody who has it can GET the object, or PUT one. Needs `read()`, or for PUT
        `write()`.

        `expires`: seconds that it is good for, at most 7 days; less where the credentials that sign it end sooner (on
        AWS those of a function: some hours). `content_type`: of what is PUT. What must be sent with it is in the
        address's own `headers`: `{"url": url, "headers": url.headers}` is all that a caller needs to know.
        """
        if method not in ("GET", "PUT"):
            raise ValueError(f"a URL of an object is for GET or PUT, not {method!r}")
        self._rights.need("r" if method == "GET" else "w")
        limits.whole(expires, 1, limits.MAX_EXPIRES, "the seconds that a URL is good for")
        kind = limits.content_type(content_type)
        url = self._driver.url(self._key(key), expires, method, kind)
        headers = {"content-type": kind, **getattr(self._driver, "put_headers", {})} if method == "PUT" else {}
        return SignedUrl(url, headers)

    def _key(self, key: str) -> str:
        return limits.object_key(key, f'a key of the bucket "{self.name}"')


def _content(content: Any) -> bytes | BinaryIO:
    if isinstance(content, str):
        return limits.utf8(content, "the content")
    if isinstance(content, bytes):
        return content
    if isinstance(content, (bytearray, memoryview)):
        return bytes(content)
    if not hasattr(content, "read"):
        raise TypeError(f"the content of an object is bytes, text or a binary file, not {type(content).__qualname__}")
    if isinstance(content.read(0), str):
        raise TypeError("the content of an object is a file opened as text: open it with mode 'rb'")
    return content  # type: ignore[no-any-return]
