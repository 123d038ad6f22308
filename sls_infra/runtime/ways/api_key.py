"""ApiKey: a key a client, in a header, known by its digest alone."""

from __future__ import annotations

import hashlib
import json

from .held import FRESH, Held
from .way import Misconfigured, Refused, Way, one_header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..http import Request
    from .way import Claims

UNKNOWN = 5.0
"""Seconds between two readings that unknown keys ask for: a client may come with a key that was made just now."""

MAX_KEY = 512
"""Characters; longer ones are no key of ours."""

WRONG = "the key is none that is known"


class ApiKey(Way):
    """`known`: header, and the ref of its keyring: a secret that holds `{"<SHA-256 of a key, hex>": "<client>"}`.

    A key is looked up by its digest. How long that takes may tell something of digests, of which nobody gets a key;
    of keys, or whose they are, it tells nothing.
    """

    kind = "api_key"
    needed = "a key is needed"

    def __init__(self, name: str, known: Mapping[str, Any]) -> None:
        super().__init__(name)
        self.header: str = known["header"].lower()
        ref = known.get("keyring")
        if not isinstance(ref, str) or not ref:
            raise Misconfigured("the deployment does not say where its keyring is")
        self._held = Held(ref)
        self._read: tuple[str, dict[str, str]] | None = None

    def presented(self, request: Request) -> bool:
        return self.header in request.headers

    def recall(self, request: Request) -> Claims | None:
        values = request.headers.get_all(self.header)
        if len(values) != 1 or not self._held.current:
            return None
        try:
            client = self._clients().get(_digest(values[0]))
        except Misconfigured:
            return None  # `verify` says it
        return None if client is None else _claims(client)

    def verify(self, request: Request) -> Claims:
        key = one_header(request, self.header, self.header) or ""
        if not key or len(key) > MAX_KEY:
            raise Refused(WRONG)
        digest = _digest(key)
        client = self._clients().get(digest)
        if client is None:
            client = self._clients(younger_than=UNKNOWN).get(digest)
        if client is None:
            raise Refused(WRONG)
        return _claims(client)

    def challenge(self, realm: str, reason: str = "") -> str:
        """No scheme is registered for keys in a header of their own: this names the header."""
        error = ', error="invalid_key"' if reason else ""
        return f'ApiKey realm="{realm}", header="{self.header}"{error}'

    def _clients(self, younger_than: float = FRESH) -> Mapping[str, str]:
        """Digest → client."""
        text = self._held.value(younger_than=younger_than)
        read = self._read
        if read is None or read[0] is not text:
            read = self._read = (text, _keyring(text))
        return read[1]


def _keyring(text: str) -> dict[str, str]:
    try:
        keyring = json.loads(text)
    except ValueError:
        keyring = None
    if not isinstance(keyring, dict) or not all(isinstance(client, str) for client in keyring.values()):
        raise Misconfigured("its keyring is no JSON object of digest → client")
    return keyring


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _claims(client: str) -> Claims:
    return {"sub": client, "client_id": client}
