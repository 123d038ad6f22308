"""What Microsoft's libraries raise, as what links raise."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ServiceRequestError,
)
from azure.cosmos.exceptions import CosmosHttpResponseError
from azure.servicebus.exceptions import (
    MessageSizeExceededError,
    MessagingEntityNotFoundError,
    ServiceBusConnectionError,
    ServiceBusQuotaExceededError,
    ServiceBusServerBusyError,
)

from sls_infra.runtime.errors import Conflict, NotFound, ServiceError, Throttled, TooLarge
from sls_infra.runtime.links.azure.failures import told


def of_cosmos(status: int) -> Exception:
    make: Any = CosmosHttpResponseError
    error: Exception = make(status_code=status, message="words of the service")
    return error


def answered(kind: type[HttpResponseError], status: int, code: str = "") -> HttpResponseError:
    """An error of Azure Core, as its pipeline makes one of an answer."""
    response: Any = SimpleNamespace(status_code=status, reason="", headers={}, request=None, text=lambda: "")
    error = kind(message="words of the service\nRequestId: 1", response=response)
    error.error_code = code  # type: ignore[attr-defined]  # storage's own
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (answered(ResourceNotFoundError, 404, "ContainerNotFound"), NotFound),
        (answered(ResourceExistsError, 409), Conflict),
        (answered(ResourceModifiedError, 412), Conflict),
        (answered(HttpResponseError, 413), TooLarge),
        (answered(HttpResponseError, 429), Throttled),
        (answered(HttpResponseError, 503, "ServerBusy"), Throttled),
        (answered(HttpResponseError, 500, "OperationTimedOut"), Throttled),
        (answered(HttpResponseError, 500, "InternalError"), ServiceError),
        (answered(ClientAuthenticationError, 401), ServiceError),
        (answered(HttpResponseError, 403, "AuthorizationPermissionMismatch"), ServiceError),
        (of_cosmos(449), Throttled),
        (of_cosmos(413), TooLarge),
        (ServiceRequestError("no route to host"), ServiceError),
        (MessageSizeExceededError(message="300000 bytes"), TooLarge),
        (MessagingEntityNotFoundError(message="no such queue"), NotFound),
        (ServiceBusServerBusyError(message="busy"), Throttled),
        (ServiceBusQuotaExceededError(message="full"), Throttled),
        (ServiceBusConnectionError(message="gone"), ServiceError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_each_is_one_of_ours(error: Exception, expected: type[Exception]) -> None:
    with pytest.raises(expected) as caught, told('bucket "receipts"'):
        raise error
    assert type(caught.value) is expected
    assert str(caught.value).startswith('bucket "receipts": ')
    assert "RequestId" not in str(caught.value)
    assert caught.value.__cause__ is error


def test_what_is_none_of_the_librarys_passes() -> None:
    with pytest.raises(KeyError), told("x"):
        raise KeyError("mine")
