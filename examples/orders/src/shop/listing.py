"""The query of a list: filters, page size, and the cursor that says where the next page begins."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from json import dumps, loads
from typing import TypeVar

from sls_infra.runtime import HttpError, Request

from .rules import NEXT
from .store import Order

T = TypeVar("T")

PAGE = 20
MAX_PAGE = 100
"""Orders on a page: unless asked for, and at the most."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that was asked for."""

    filters: dict[str, str]
    limit: int
    after: tuple[str, str] | None


def parse(request: Request) -> Listing:
    """What `?status=&customer=&since=&before=&limit=&cursor=` asks for.

    Raises HttpError 400 that names every parameter that can't be meant: a misspelt filter that is ignored would show
    more than was asked for.
    """
    errors = [
        {"parameter": name, "message": f"there is no such parameter: use {', '.join(PARAMETERS)}"}
        for name in request.query
        if name not in PARAMETERS
    ]

    def take(name: str, read: Callable[[str], T]) -> T | None:
        values = request.query.get_all(name)
        try:
            if len(values) > 1:
                raise ValueError("is given more than once")
            return read(values[0]) if values else None
        except ValueError as error:
            errors.append({"parameter": name, "message": str(error)})
            return None

    filters = {name: value for name, read in _FILTERS.items() if (value := take(name, read)) is not None}
    asked = Listing(filters, take("limit", _limit) or PAGE, take("cursor", _cursor))
    if errors:
        raise HttpError(400, "the query can't be understood", errors=errors)
    return asked


def cursor(last: Order) -> str:
    """Where the page after this order begins. Opaque to callers: it may look otherwise tomorrow."""
    place = dumps([last["created_at"], last["id"]], separators=(",", ":"))
    return urlsafe_b64encode(place.encode()).decode().rstrip("=")


def moment(time: datetime) -> str:
    """A time as orders hold it: UTC, to the microsecond, always of the same length."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _status(text: str) -> str:
    if text not in NEXT:
        raise ValueError(f"is one of {', '.join(NEXT)}")
    return text


def _customer(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return text


def _time(text: str) -> str:
    try:
        # A "+" that was not percent-encoded arrives as a space.
        time = datetime.fromisoformat(text.replace(" ", "+"))
        return moment(time if time.tzinfo else time.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise ValueError("is a date or a time in ISO 8601, as 2026-01-31 or 2026-01-31T12:00:00Z") from None


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MAX_PAGE):
        raise ValueError(f"is a number from 1 to {MAX_PAGE}")
    return int(text)


def _cursor(text: str) -> tuple[str, str]:
    try:
        time, id = loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, RecursionError):
        time = id = None
    if not (isinstance(time, str) and isinstance(id, str) and (time + id).isascii()):
        raise ValueError("is not one that this list gave: start again without")
    return time, id


_FILTERS: dict[str, Callable[[str], str]] = {
    "status": _status,
    "customer": _customer,
    "since": _time,
    "before": _time,
}
PARAMETERS = (*_FILTERS, "limit", "cursor")
