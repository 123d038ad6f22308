"""Objects of buckets, under addresses that are good for a while: `links.bucket(…).url(…)` makes them."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from starlette.concurrency import iterate_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from ..runtime.errors import NotFound, ServiceError
from ..runtime.links.local.buckets import Bucket
from ..runtime.links.local.signing import PATH, Grant, bucket_of, verify

CHUNK = 1 << 18
IN_MEMORY = 1 << 20
"""Bytes of an upload that are kept in memory; more goes into a temporary file."""
MAX_OBJECT = 5 << 30
"""Bytes that may be put at once: as many as S3 takes."""
REFUSED = "the address has expired, or is none that was made here, or not for this method or content type"


class Objects:
    """Serves the buckets of a gateway."""

    def __init__(self) -> None:
        self.buckets: Mapping[str, Bucket] = {}
        """By name."""

    async def __call__(self, request: Request) -> Response:
        target = request.scope["raw_path"].decode("latin-1")
        if request.scope["query_string"]:
            target += f"?{request.scope['query_string'].decode('latin-1')}"
        bucket = self.buckets.get(bucket_of(target))
        grant = None if bucket is None else await asyncio.to_thread(_granted, bucket, target)
        if bucket is None or grant is None:
            raise HTTPException(403, REFUSED)
        try:
            if request.method in ("GET", "HEAD") and grant.method == "GET":
                return await self._get(bucket, grant, request.method)
            if request.method == "PUT" and grant.method == "PUT":
                return await self._put(bucket, grant, request)
        except NotFound:
            raise HTTPException(404, "there is no such object") from None
        except ServiceError as error:
            raise HTTPException(503, str(error)) from None
        raise HTTPException(403, REFUSED)

    async def _get(self, bucket: Bucket, grant: Grant, method: str) -> Response:
        found = await asyncio.to_thread(bucket.head, grant.key)
        if found is None:
            raise NotFound(grant.key)
        # What was uploaded must not run as a page of this gateway's.
        headers = {
            "content-type": found.content_type,  # not `media_type`, to which a charset would be added
            "etag": f'"{found.etag}"',
            "x-content-type-options": "nosniff",
            "content-security-policy": "sandbox",
        }
        if method == "HEAD":
            return Response(headers={**headers, "content-length": str(found.size)})
        file = await asyncio.to_thread(bucket.open, grant.key)
        return StreamingResponse(iterate_in_threadpool(_chunks(file)), headers=headers)

    async def _put(self, bucket: Bucket, grant: Grant, request: Request) -> Response:
        given = request.headers.get("content-type", "")
        if grant.content_type and given != grant.content_type:
            raise HTTPException(403, f"the address is for content of type {grant.content_type!r}, not {given!r}")
        size = 0
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
            try:
                async for part in request.stream():
                    size += len(part)
                    if size > MAX_OBJECT:
                        raise HTTPException(413, f"an object has at most {MAX_OBJECT} bytes")
                    await asyncio.to_thread(file.write, part)
            except ClientDisconnect:  # nothing is written of what did not come whole
                raise HTTPException(400, "the content did not come whole") from None
            file.seek(0)
            content_type = given or "application/octet-stream"
            await asyncio.to_thread(bucket.put, grant.key, file, content_type)  # type: ignore[arg-type]
        return Response(status_code=200)


def bucket_at(path: str) -> tuple[str, Bucket]:
    """The bucket at a path, and the name that its addresses have."""
    bucket = Bucket(os.path.basename(path), path, {})
    return str(bucket.store.settings()["name"]), bucket


def _granted(bucket: Bucket, target: str) -> Grant | None:
    return verify(bucket.store.folder, target, time.time())


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while part := file.read(CHUNK):
            yield part


__all__ = ["PATH", "Objects", "bucket_at"]
