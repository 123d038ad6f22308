"""Addresses that anybody may use for a while: the local gateway serves them under `PATH`.

    <gateway>/_sls/buckets/<bucket>/<key>?method=GET&expires=<seconds since 1970>&type=<content type>&signature=<hex>

The signature is an HMAC under a key in the bucket's folder, so that workers sign and the gateway verifies.
"""

from __future__ import annotations

from typing import NamedTuple

PATH = "/_sls/buckets/"
"""What the path of each such address starts with."""


class Grant(NamedTuple):
    """What a good address allows."""

    key: str
    method: str
    """GET (and HEAD) or PUT."""
    content_type: str
    """Of a PUT: the one that it must be of; empty: any."""


def tell_gateway(folder: str, url: str) -> None:
    """Says in a bucket's folder which gateway serves its addresses: "http://127.0.0.1:8000". Called by the gateway each
    time that it has a port."""
    raise NotImplementedError


def verify(folder: str, target: str, now: float) -> Grant | None:
    """What a request target (`/_sls/buckets/…?…`, as it was sent) of the bucket in this folder allows; None where it
    has expired, or was not made by this bucket."""
    raise NotImplementedError


def bucket_of(target: str) -> str:
    """The name of the bucket that a request target under `PATH` is of."""
    raise NotImplementedError
