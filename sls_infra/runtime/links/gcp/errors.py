"""Errors of Google's libraries, as those of every platform."""

from __future__ import annotations

from contextlib import contextmanager

from ...errors import Conflict, NotFound, ServiceError, Throttled, TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MAX_TOLD = 300
"""Characters of a service's own words that go into an error."""
_OWN = ("google", "grpc", "requests", "urllib3")
_BY_STATUS = {404: NotFound, 409: Conflict, 412: Conflict, 413: TooLarge, 429: Throttled}
_BY_CODE = {"NOT_FOUND": NotFound, "ALREADY_EXISTS": Conflict, "RESOURCE_EXHAUSTED": Throttled, "ABORTED": Throttled}
"""Status codes of gRPC (grpc.io/docs/guides/status-codes): Firestore says ABORTED where too many write one item."""
_TOO_LARGE = ("exceeds the maximum", "maximum allowed size", "longer than", "too large")
"""How Firestore and Pub/Sub say, among all that may be wrong with a call, that it is too large."""


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Has errors of Google's libraries raised as those of the runtime. `what` names in them what was called."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in _OWN:
            raise
        raise _of(what, error) from None


def _of(what: str, error: Any) -> Exception:
    words = str(getattr(error, "message", None) or "") or str(error)
    said = f"{what}: {type(error).__name__}, {words}"[: MAX_TOLD + len(what)]
    name = getattr(getattr(error, "grpc_status_code", None), "name", "")
    status = getattr(error, "code", None)
    if name == "INVALID_ARGUMENT" or status == 400:
        return TooLarge(said) if any(sign in words.lower() for sign in _TOO_LARGE) else ServiceError(said)
    kind = _BY_CODE.get(name) or _BY_STATUS.get(status if isinstance(status, int) else 0)
    if kind is not None:
        return kind(said)
    if not hasattr(error, "code"):  # no answer of a service: nothing that it said could be told
        return ServiceError(f"{what}: {type(error).__name__} while calling Google Cloud")
    return ServiceError(said)
