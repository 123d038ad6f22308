"""The clients of API keys: who holds which key, and how often each of them may call."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256

from ..runtime.ways.api_key import MAX_KEY, WRONG
from .limits import Limiter
from .model import ApiKeySpec, ClientSpec, LimitSpec, QuotaSpec
from .visit import Caller, Invalid, Visit


class Account:
    """A client's limits and quotas, over all routes that its keys open, whichever of them it uses."""

    __slots__ = ("limiters", "name", "quotas")

    def __init__(self, spec: ClientSpec, limiter: Callable[[str, LimitSpec], Limiter]) -> None:
        self.name = spec.name
        self.limiters = tuple(limiter(f"client {spec.name}", limit) for limit in dict.fromkeys(spec.limits))
        self.quotas: tuple[QuotaSpec, ...] = spec.quotas


class ApiKeys:
    """A way in by key.

    A key is looked up by its SHA-256: what the time of a look-up could tell is something about digests of what the
    caller sent, from which no key can be guessed.
    """

    needed = "a key is needed"

    def __init__(self, spec: ApiKeySpec, limiter: Callable[[str, LimitSpec], Limiter]) -> None:
        self.name = spec.name
        self.spec = spec
        self._header = spec.header.encode("latin-1")
        self.headers = (self._header,)
        self._callers: dict[str, Caller] = {}
        for client in spec.clients:
            has_rules = client.limits or client.quotas
            account = Account(client, limiter) if has_rules else None
            claims = json.dumps({"sub": client.name, "client_id": client.name}).encode()
            caller = Caller(claims, f"key\n{client.name}", f"key:{client.name}", account)
            self._callers.update(dict.fromkeys(client.keys, caller))

    def recall(self, visit: Visit) -> Caller | None:
        keys = visit.noted.get(self._header)
        if keys is None or len(keys) != 1 or len(keys[0]) > MAX_KEY:
            return None
        return self._callers.get(digest(keys[0]))

    async def admit(self, visit: Visit) -> Caller | None:
        keys = visit.noted.get(self._header)
        if keys is None:
            return None
        if len(keys) > 1:
            raise Invalid(f"several {self.spec.header} headers")
        caller = self.recall(visit)
        if caller is None:
            raise Invalid(WRONG)
        return caller

    def challenge(self, realm: str, reason: str) -> str:
        """No scheme is registered for keys in a header of their own: this names the header."""
        error = ', error="invalid_key"' if reason else ""
        return f'ApiKey realm="{realm}", header="{self.spec.header}"{error}'


def digest(key: str) -> str:
    """What a key is known by: its SHA-256, hex."""
    return sha256(key.encode("utf-8")).hexdigest()
