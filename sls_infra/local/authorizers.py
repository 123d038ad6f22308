"""Custom: authorizers of users' own, asked by the gateway in the workers of their function."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

from ..runtime.entry.local import AUTHORIZE, url_of
from ..runtime.errors import HttpError
from ..runtime.http import Request
from ..runtime.ways.custom import Custom, payload_of
from ..runtime.ways.way import Refused
from .model import AuthSpec
from .pool import Pool
from .visit import Caller, Invalid, Visit, subject

Claims = dict[str, Any]


class _Asked(Custom):
    """An authorizer whose function the gateway asks."""

    @property
    def is_kept(self) -> bool:
        """Whether its answers are."""
        return bool(self._kept.ttl)

    async def claims(self, request: Request, ask: Callable[[bytes], Awaitable[object]]) -> Claims:
        """The caller's claims. Raises Refused for one who is not known, and what `ask` raises."""
        key = self._known(request)
        return self._settled(request, key, await ask(payload_of(self.name, self._shown(request))))


class Authorizer:
    """A way in by an authorizer's word. Which calls share an answer, and what it is shown, is the runtime's to say
    (`sls_infra.runtime.ways.custom`), so that it is the same wherever the authorizer is asked."""

    needed = Custom.needed
    headers: tuple[bytes, ...] = ()

    def __init__(self, spec: AuthSpec, pool: Pool) -> None:
        self.name = spec.name
        self.pool = pool
        self._custom = _Asked(spec.name, {"target": spec.function, "ttl": int(spec.ttl)}, _not_here)
        self._path = f"/_sls/authorize/{spec.name}"

    def recall(self, visit: Visit) -> Caller | None:
        if not self._custom.is_kept:
            return None
        claims = self._custom.recall(request_of(visit))
        return None if claims is None else self._caller(claims)

    async def admit(self, visit: Visit) -> Caller | None:
        """It alone knows what it looks at, so it is always asked. Whom it does not know is anonymous, unless something
        was sent in the header that is there for it."""
        try:
            return self._caller(await self._custom.claims(request_of(visit), partial(self._ask, visit)))
        except Refused as refused:
            if b"authorization" in visit.noted:
                raise Invalid(str(refused)) from None
            return None

    def challenge(self, realm: str, reason: str) -> str:
        return self._custom.challenge(realm, reason)

    async def _ask(self, visit: Visit, payload: bytes) -> object:
        """The authorizer's claims, None for a caller it does not know. Raises HttpError, and Lost where its function
        does not answer."""
        fields = (visit.id, "POST", self._path, "", visit.client, f"{AUTHORIZE}{self.name}", "")
        answer = await self.pool.submit("\0".join(fields).encode("latin-1"), payload)
        try:
            found = json.loads(answer.body)
            if answer.status == 200 and (refused := found.get("refused")):
                headers = [(str(name), str(value)) for name, value in refused["headers"]]
                raise HttpError(int(refused["status"]), str(refused["detail"]), headers=headers)
            if answer.status == 200 and not found.get("failed"):
                return found["claims"]
        except (ValueError, KeyError, TypeError, AttributeError):
            pass
        raise HttpError(500, "the authorizer failed")

    def _caller(self, claims: Claims) -> Caller:
        client, who = subject(claims, f"custom {self.name}")
        return Caller(json.dumps(claims).encode(), client, who)


def _not_here(handler: str, what: str) -> None:
    raise RuntimeError(f"{what} runs in the workers of its function")  # unreachable: no handler is named


def request_of(visit: Visit) -> Request:
    """The call as an authorizer may see it: without its body."""
    headers = list(_texts(visit.headers))
    query = visit.query.decode("latin-1")
    url = url_of(headers, visit.path, query)
    return Request(visit.method, visit.path, query, headers, client_ip=visit.client, id=visit.id, url=url)


def _texts(pairs: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[str, str]]:
    return ((name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs)
