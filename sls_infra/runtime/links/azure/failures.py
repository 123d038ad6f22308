"""What Microsoft's libraries raise, as errors of links."""

from __future__ import annotations

from contextlib import contextmanager

from ...errors import Conflict, NotFound, ServiceError, Throttled, TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_TOLD = 300
"""Characters of a service's own words that go into an error."""
_STATUSES: dict[int, type[Exception]] = {
    404: NotFound, 409: Conflict, 412: Conflict, 413: TooLarge, 429: Throttled, 449: Throttled,
}  # fmt: skip
"""449: of Cosmos DB, where writes of one item collide
(learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb)."""
_CODES: dict[str, type[Exception]] = {"ServerBusy": Throttled, "OperationTimedOut": Throttled}
"""Of storage, with statuses 503 and 500: both ask to come again later
(learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes)."""
_CLASSES: dict[str, type[Exception]] = {
    "MessageSizeExceededError": TooLarge,
    "MessagingEntityNotFoundError": NotFound,
    "ServiceBusServerBusyError": Throttled,
    "ServiceBusQuotaExceededError": Throttled,
}
"""Of Service Bus, which has no statuses. By name, so that its library is not loaded for others."""


@contextmanager
def told(what: str) -> Iterator[None]:
    """Raises NotFound, Conflict, TooLarge, Throttled or ServiceError in place of a library's error, about `what`."""
    from azure.core.exceptions import AzureError

    try:
        yield
    except AzureError as error:
        raise translated(what, error) from error


def status(error: Exception) -> int:
    """The HTTP status that the service answered with; 0 where it did not."""
    found = getattr(error, "status_code", None)
    return found if isinstance(found, int) else 0


def translated(what: str, error: Exception) -> Exception:
    """The error of links for one of a library's."""
    code = getattr(error, "error_code", None)
    code = getattr(code, "value", code)
    kind = next((_CLASSES[each.__name__] for each in type(error).__mro__ if each.__name__ in _CLASSES), None)
    kind = kind or _CODES.get(str(code)) or _STATUSES.get(status(error)) or ServiceError
    words = str(getattr(error, "message", None) or error).strip().partition("\n")[0]
    answer = ", ".join(str(text) for text in (status(error) or type(error).__name__, code) if text)
    return kind(f"{what}: {answer}: {words}"[:MAX_TOLD])
