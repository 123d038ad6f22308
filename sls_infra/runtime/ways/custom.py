"""Custom: an authorizer of the user's own, here or in another function, and what it answers a caller.

It sees the method, path, query, headers and address of a call, its id and url, and no body: the same wherever it runs.
Where an answer is kept (`ttl`), it is for the same method, path, query, headers and address alone; the headers that
differ from one call of the same caller to the next (VARYING) are not part of that, and so are not shown to it.
"""

from __future__ import annotations

import json

from .. import log
from ..dispatch import run
from ..errors import HttpError
from ..http import Request
from .answers import Answers, digest
from .way import Misconfigured, Refused, Way

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ..dispatch import Dispatcher
    from .way import Claims

PASSED = frozenset((401, 403, 429, 503))
"""Statuses that an authorizer may raise by HttpError; anything else that it raises is a 500."""

VARYING = frozenset(
    (
        "content-digest", "content-encoding", "content-length", "content-md5", "content-type", "date", "digest",
        "idempotency-key", "if-match", "if-modified-since", "if-none-match", "if-unmodified-since", "range",
        "traceparent", "tracestate", "x-amzn-trace-id", "x-cloud-trace-context", "x-correlation-id", "x-request-id",
    )
)  # fmt: skip

UNKNOWN = "the caller is not known"


class Custom(Way):
    """`known`: handler (None: another function's), target (what the platform calls that one by), ttl in seconds."""

    kind = "custom"
    needed = UNKNOWN

    def __init__(self, name: str, known: Mapping[str, Any], load: Callable[[str, str], Any]) -> None:
        super().__init__(name)
        self._load = load
        self.handler: str | None = known.get("handler")
        self.target = known.get("target")
        if self.handler is None and not isinstance(self.target, str):
            raise Misconfigured("the deployment does not say where its authorizer is")
        self._kept = Answers(int(known.get("ttl") or 0))

    def presented(self, request: Request) -> bool:
        """It alone knows what it looks at, so it is always asked."""
        return True

    def blames(self, request: Request) -> bool:
        """What it looks at is not known here, so on a route that is open too None is an anonymous caller, unless
        something was sent in the header that is there for it."""
        return "authorization" in request.headers

    def recall(self, request: Request) -> Claims | None:
        if not self._kept.ttl:
            return None
        known = self._kept.get(digest(request, VARYING))
        return json.loads(known) if known else None

    def verify(self, request: Request) -> Claims:
        key = self._known(request)
        shown = self._shown(request)
        if self.handler is None:
            return self._settled(request, key, self._remote(shown))
        answer = _called(self._load(self.handler, f"the authorizer {self.name!r}"), shown)
        if hasattr(answer, "__await__"):
            answer = run(_awaited(answer))
        return self._settled(request, key, answer)

    async def verify_async(self, request: Request) -> Claims:
        """An authorizer that is not async is called in place and holds the loop up, as a handler is."""
        if self.handler is None:
            return await super().verify_async(request)
        key = self._known(request)
        answer = _called(self._load(self.handler, f"the authorizer {self.name!r}"), self._shown(request))
        if hasattr(answer, "__await__"):
            answer = await _awaited(answer)
        return self._settled(request, key, answer)

    def challenge(self, realm: str, reason: str = "") -> str:
        """No scheme is registered for what an authorizer wants."""
        return f'Custom realm="{realm}"'

    def _known(self, request: Request) -> bytes:
        """The key of an answer to this call. Raises Refused where it is kept, and was None."""
        if not self._kept.ttl:
            return b""
        key = digest(request, VARYING)
        if self._kept.get(key) == "":
            raise Refused(UNKNOWN)
        return key

    def _shown(self, request: Request) -> Request:
        headers = request.headers.items()
        if self._kept.ttl:
            headers = [header for header in headers if header[0].lower() not in VARYING]
        return Request(
            request.method, request.raw_path, request.raw_query, headers,
            client_ip=request.client_ip, id=request.id, url=request.url,
        )  # fmt: skip

    def _settled(self, request: Request, key: bytes, answer: object) -> Claims:
        text = "" if answer is None else as_json(answer)
        if key:
            self._kept.add(key, text)
        if not text:
            raise Refused(UNKNOWN)
        return json.loads(text)  # type: ignore[no-any-return]  # made of a dict

    def _remote(self, shown: Request) -> object:
        from .. import services

        answer = json.loads(services.call_authorizer(str(self.target), payload_of(self.name, shown)))
        if refused := answer.get("refused"):
            raise HttpError(refused["status"], refused["detail"], headers=map(tuple, refused["headers"]))
        if answer.get("failed"):
            raise RuntimeError(f"the authorizer {self.name!r} failed: its function's log says why")
        return answer["claims"]


def payload_of(way: str, request: Request) -> bytes:
    """What the function of an authorizer is sent."""
    shown = {
        "method": request.method,
        "path": request.raw_path,
        "query": request.raw_query,
        "headers": request.headers.items(),
        "client_ip": request.client_ip,
        "id": request.id,
        "url": request.url,
    }
    return json.dumps({"way": way, "request": shown}).encode()


def answer(dispatcher: Dispatcher, payload: bytes) -> bytes:
    """What the authorizers of this dispatcher's function answer to `payload_of`: `{"claims": {…}}`, null for a caller
    that is not known; beside null, `refused` (status, detail, headers) for an HttpError that may go to the caller, or
    `failed`. For entries, which see to it that only the platform's own calls get here. Never raises."""
    found: dict[str, object] = {"claims": None}
    try:
        asked = json.loads(payload)
        shown = asked["request"]
        request = Request(
            shown["method"], shown["path"], shown["query"], [(name, value) for name, value in shown["headers"]],
            client_ip=shown["client_ip"], id=shown["id"], url=shown["url"],
        )  # fmt: skip
        claims = _called(dispatcher.authorizer(asked["way"]), request)
        if hasattr(claims, "__await__"):
            claims = run(_awaited(claims))
        if claims is not None:
            found["claims"] = json.loads(as_json(claims))
    except HttpError as error:  # of those that may be passed on: `_called` lets no other one through
        headers = dict(error.headers or {}).items()
        found["refused"] = {"status": error.status, "detail": error.detail, "headers": list(headers)}
    except BaseException as error:  # SystemExit too: one call must not end the process that serves others
        log.failure("an authorizer failed", error)
        found["failed"] = True
    return json.dumps(found).encode()


def as_json(claims: object) -> str:
    """Claims as JSON. Raises TypeError or ValueError for what JSON can't hold."""
    if not isinstance(claims, dict) or not all(isinstance(name, str) for name in claims):
        raise TypeError(f"an authorizer returns a dict of claims or None, not {type(claims).__qualname__}")
    return json.dumps(claims, allow_nan=False)


def _called(handler: Callable[[Request], Any], shown: Request) -> Any:
    try:
        return handler(shown)
    except HttpError as error:
        raise _passed(error) from error


async def _awaited(answer: Any) -> Any:
    try:
        return await answer
    except HttpError as error:
        raise _passed(error) from error


def _passed(error: HttpError) -> Exception:
    if error.status in PASSED:
        return error
    return RuntimeError(f"an authorizer raised HttpError {error.status}: it may raise {sorted(PASSED)}")
