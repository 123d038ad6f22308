"""The gateway itself, an ASGI application. In order: CORS, route, size, limits by ip, ways in, other limits, worker.

So a flood of bad credentials is counted by the limit by ip, and nobody who is not let in takes anything away from the
budget of those who are. (On a route whose callers the runtime verifies, the gateway can't tell them apart: there the
limit of the route counts all. A call that was answered with 401 is not given back: who guesses is to be counted.)
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping
from time import monotonic_ns, perf_counter, time
from typing import TYPE_CHECKING

from ..errors import LocalError
from ..runtime.audit import MAX_PATH as MAX_WRITTEN
from ..runtime.audit import Refusal
from ..runtime.errors import HttpError
from ..runtime.http import NO_BODY, Response, problem
from .call import Answer, Lost
from .console import PREFIX, console
from .counting import count, count_ip
from .objects import Objects
from .visit import Visit

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from .journal import Journal
    from .site import Entry, Site

    Pairs = list[tuple[bytes, bytes]]

MAX_PATH = 8 * 1024
"""Bytes of a path or a query; more is 414."""

MAX_HEADERS = 64 * 1024
"""Bytes of all headers together; more is 431."""

BODY_TIMEOUT = 30.0
"""Seconds in which a body must have come; else 408."""

_OWN_PAGES = PREFIX.encode()
_OURS = frozenset((b"x-request-id", b"date", b"content-length"))


class Gone(Exception):  # the client has left: there is nobody to answer
    """The caller closed the connection before its request was complete."""


class Gateway:
    """Answers every request from the site of the moment; a request keeps the site that it began with."""

    def __init__(self, journal: Journal, identity: Mapping[str, str]) -> None:
        self.site: Site
        self.journal = journal
        self.identity = dict(identity)
        self.objects = Objects()
        self._console = console(self.identity, self.objects)
        self._prefix = os.urandom(6).hex()
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["raw_path"].startswith(_OWN_PAGES):
            await self._console(scope, receive, send)
            return
        began = perf_counter()
        site = self.site
        site.active += 1
        try:
            self._count += 1
            visit = Visit(f"{self._prefix}{self._count:08x}", scope, site.noted)
            answer = await self._visit(site, visit, scope, receive)
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            await send({"type": "http.response.body", "body": answer.body})
            entry = visit.entry
            route, function = (entry.key, entry.function) if entry else ("", "")
            seconds = perf_counter() - began
            self.journal.request(visit.id, visit.method, visit.path, route, answer.status, seconds, function)
        except Gone:
            pass
        finally:
            site.left()

    async def _visit(self, site: Site, visit: Visit, scope: Scope, receive: Receive) -> Answer:
        """The answer to send, refusals too."""
        if site.cors is not None:
            visit.extra = _raw(site.cors.actual(visit.first(b"origin")))
        try:
            return _dressed(await self._answer(site, visit, scope, receive), visit, site)
        except HttpError as refused:
            if isinstance(refused, Refusal):
                self.journal.refused(_told(visit, refused))
            answer = problem(refused.status, refused.detail, request_id=visit.id, headers=refused.headers)
        except Lost as lost:
            retry = {"retry-after": str(lost.retry_after)} if lost.retry_after else None
            answer = problem(lost.status, lost.detail, request_id=visit.id, headers=retry)
        except ValueError as error:
            self.journal.event("error", f"request {visit.id}: the function sent what is no answer: {error}")
            answer = problem(502, "the function sent what is no answer", request_id=visit.id)
        if visit.unread and b"expect" in visit.noted:
            # Nobody can tell whether a client that asked first goes on to send its body after a refusal.
            visit.extra = [*visit.extra, (b"connection", b"close")]
        return _dressed(_own(answer), visit, site)

    async def _answer(self, site: Site, visit: Visit, scope: Scope, receive: Receive) -> Answer:
        """The answer of the function, or the gateway's own. Raises HttpError and Lost for refusals."""
        if site.cors is not None and visit.method == "OPTIONS":
            asked, origin = visit.first(b"access-control-request-method"), visit.first(b"origin")
            if asked is not None and origin is not None:
                # A browser's question whether a page may call: needs no token, and no route of its own.
                names = visit.first(b"access-control-request-headers")
                visit.extra = _raw(site.cors.preflight(origin, asked, names))
                return Answer(204, [], b"")
        if len(visit.path) > MAX_PATH or len(visit.query) > MAX_PATH:
            said = f"the path and the query have at most {MAX_PATH} bytes each"
            raise Refusal(414, said, rule="size:path")
        entry = _route(site, visit)
        if entry.by_ip:
            count_ip(entry, visit.client, monotonic_ns())
        if entry.gate.ways:
            visit.caller = entry.gate.recall(visit) or await entry.gate.admit(visit)
        caller = visit.caller
        if entry.counts or caller.account is not None:
            self._counted(site, entry, visit)
        body = await _read(receive, visit, site.spec.max_body) if visit.unread else b""
        return await entry.pool.submit(_head(visit, entry.key), body)

    def _counted(self, site: Site, entry: Entry, visit: Visit) -> None:
        try:
            count(entry, visit.caller, site.quotas, monotonic_ns())
        except LocalError as error:  # what can't be counted does not pass
            self.journal.event("error", str(error))
            raise HttpError(503, "calls can't be counted at the moment", headers={"retry-after": "5"}) from None


def _route(site: Site, visit: Visit) -> Entry:
    """The route that was asked for, unless its head alone says that it can't be answered."""
    found = site.matcher.match(visit.method, visit.path)
    if found is None:
        raise HttpError(404, "there is nothing at this path for this method")
    visit.entry = found[0]
    if visit.unread and _declared(visit) > site.spec.max_body:
        raise _too_long(site.spec.max_body)
    return found[0]


def _head(visit: Visit, route: str) -> bytes:
    """The head of the frame that goes to a worker: see `sls_infra.runtime.entry.local`."""
    fields = [part for pair in visit.headers for part in pair]
    start = "\0".join((visit.id, visit.method, visit.path)).encode("latin-1")
    claims = visit.caller.claims
    head = b"\0".join((start, visit.query, visit.client.encode(), route.encode(), claims, *fields))
    if sum(map(len, fields)) > MAX_HEADERS:
        raise Refusal(431, f"the headers have at most {MAX_HEADERS} bytes together", rule="size:headers")
    if head.count(b"\0") != 6 + len(fields):  # the parser lets none through; and claims would be at stake
        raise Refusal(400, "a NUL in the query or a header", rule="syntax")
    return head


def _declared(visit: Visit) -> int:
    """The length that the request says its body has; 0 where it says none."""
    text = visit.first(b"content-length") or "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _too_long(limit: int) -> Refusal:
    return Refusal(413, f"the body has at most {limit} bytes", rule="size:body")


async def _read(receive: Receive, visit: Visit, limit: int) -> bytes:
    """The body. Raises 413 as soon as it has come to more than the limit, and Gone where the caller hung up."""
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise Gone
                part = message.get("body", b"")
                size += len(part)
                if size > limit:
                    raise _too_long(limit)
                parts.append(part)
                if not message.get("more_body"):
                    visit.unread = False
                    return b"".join(parts)
    except TimeoutError:
        raise HttpError(408, f"the body did not come within {BODY_TIMEOUT:.0f} s") from None


def _told(visit: Visit, refused: Refusal) -> dict[str, object]:
    """The line for the journal, in the runtime's words: see `sls_infra.runtime.audit`."""
    return {
        "audit": "refused",
        "time": round(time(), 3),
        "request_id": visit.id,
        "status": refused.status,
        "method": visit.method,
        "path": visit.path[:MAX_WRITTEN],
        "route": visit.entry.key if visit.entry else "",
        "rule": refused.rule,
        "why": refused.why,
        "who": visit.caller.who,
        "client_ip": visit.client,
    }


def _raw(pairs: Iterable[tuple[str, str]]) -> Pairs:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


def _own(response: Response) -> Answer:
    return Answer(response.status, _raw(response.headers), response.body)


def _dressed(answer: Answer, visit: Visit, site: Site) -> Answer:
    """The answer with the headers that the gateway sets instead of the function: with CORS on, a function's own
    headers of that kind don't count, as on AWS. Raises ValueError for a status that can't be sent."""
    if not 200 <= answer.status <= 599:
        raise ValueError(f"status {answer.status}")
    cors = site.cors is not None
    headers = [
        pair
        for pair in answer.headers
        if (name := pair[0].lower()) not in _OURS and not (cors and name.startswith(b"access-control-"))
    ]
    headers.append((b"x-request-id", visit.id.encode()))
    if visit.extra:
        headers += visit.extra
    if visit.method == "HEAD":
        answer.body = b""
    elif answer.status not in NO_BODY:
        headers.append((b"content-length", b"%d" % len(answer.body)))
    answer.headers = headers
    return answer
