"""Addresses that anybody may use for a while: the local gateway serves them under `PATH`.

    <gateway>/_sls/buckets/<bucket>/<key>?method=GET&expires=<seconds since 1970>&type=<content type>&signature=<hex>

The signature is an HMAC under a key among the bucket's settings, so that workers sign and the gateway verifies.
"""

from __future__ import annotations

import os
from json import dumps
from typing import NamedTuple

from ...errors import ServiceError
from .store import Store

PATH = "/_sls/buckets/"
"""What the path of each such address starts with."""
FILE = "gateway"


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
    path = os.path.join(folder, FILE)
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(url.rstrip("/"))
    os.replace(temporary, path)


def address(store: Store, grant: Grant, expires: int) -> str:
    """An address good until then, in seconds since 1970. ServiceError where no gateway has told its own."""
    from urllib.parse import quote, urlencode

    settings = store.settings()
    try:
        with open(os.path.join(store.folder, FILE), encoding="utf-8") as file:
            gateway = file.read()
    except FileNotFoundError:
        message = "no local gateway serves its objects, so they have no address"
        raise ServiceError(f"{store.what}: {message}: deploy it with an API, or run `sls-infra dev`") from None
    signature = _signature(settings["secret"], settings["name"], grant, expires)
    query = {"method": grant.method, "expires": expires, "type": grant.content_type, "signature": signature}
    return f"{gateway}{PATH}{quote(settings['name'], safe='')}/{quote(grant.key)}?{urlencode(query)}"


def verify(folder: str, target: str, now: float) -> Grant | None:
    """What a request target (`/_sls/buckets/…?…`, as it was sent) of the bucket in this folder allows; None where it
    has expired, or was not made by this bucket."""
    from hmac import compare_digest
    from urllib.parse import parse_qsl, unquote

    path, _, query = target.partition("?")
    name, key = _parts(path)
    given = dict(parse_qsl(query, keep_blank_values=True))
    settings = Store(folder, f'bucket "{name}"').settings()
    grant = Grant(unquote(key), given.get("method", ""), given.get("type", ""))
    expires = given.get("expires", "")
    if name != settings["name"] or not expires.isascii() or not expires.isdigit() or len(expires) > 15:
        return None
    signature = _signature(settings["secret"], name, grant, int(expires))
    good = compare_digest(signature.encode(), given.get("signature", "").encode())
    return grant if good and now < int(expires) else None


def bucket_of(target: str) -> str:
    """The name of the bucket that a request target under `PATH` is of; empty where it is none."""
    return _parts(target.partition("?")[0])[0]


def _parts(path: str) -> tuple[str, str]:
    from urllib.parse import unquote

    if not path.startswith(PATH):
        return "", ""
    name, _, key = path[len(PATH) :].partition("/")
    return unquote(name), key


def _signature(secret: str, name: str, grant: Grant, expires: int) -> str:
    from hmac import digest

    return digest(bytes.fromhex(secret), dumps([name, *grant, expires]).encode(), "sha256").hex()
