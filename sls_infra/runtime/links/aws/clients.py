"""Clients of AWS's services, one a service and region, for the whole process: botocore's are safe to share by threads
(boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html, "Multithreading or multiprocessing with clients";
making one is not, hence the lock). And their errors, as those of every platform.
"""

from __future__ import annotations

from contextlib import contextmanager
from os import environ
from threading import Lock

from ...errors import Conflict, NotFound, ServiceError, Throttled, TooLarge
from ...services.aws import THROTTLED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

CONNECT = 3
"""Seconds to connect."""
READ = 10
"""Seconds without a byte of the answer."""
ATTEMPTS = 4
"""Calls in all, where AWS throttles, fails or does not answer (retry mode "standard", with pauses that grow)."""
MAX_TOLD = 300
"""Characters of a service's own words that go into an error."""

_MISSING = frozenset(
    {"ResourceNotFoundException", "NoSuchBucket", "NoSuchKey", "404", "NotFound", "NotFoundException",
     "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"}
)  # fmt: skip
_TOO_LARGE = ("item size", "must be shorter than", "message too long", "aggregated size of all range keys")
"""How DynamoDB, SQS and SNS say, among all that may be wrong with a call, that it is too large."""
_BUSY = THROTTLED | {"TransactionConflictException", "503", "KMSThrottlingException", "KmsThrottled"}

_lock = Lock()
_clients: dict[tuple[str, str], Any] = {}


def client(service: str, address: str) -> Any:
    """The client of a service, in the region that an ARN names; of anything else, in the function's own. Where it calls
    is the region's endpoint, or what AWS_ENDPOINT_URL_<SERVICE> or AWS_ENDPOINT_URL say."""
    region = _region(address)
    found = _clients.get((service, region))
    if found is None:
        with _lock:
            found = _clients.get((service, region))
            if found is None:
                found = _clients[service, region] = _made(service, region)
    return found


def forget() -> None:
    """Has clients made anew: for tests, which change the environment that they are made by."""
    with _lock:
        _clients.clear()


def _made(service: str, region: str) -> Any:
    from boto3.session import Session  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]

    config = Config(
        connect_timeout=CONNECT,
        read_timeout=READ,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        signature_version="s3v4" if service == "s3" else None,
        # A bucket's own region, so that what is signed there holds: the global endpoint redirects.
        s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"} if service == "s3" else None,
    )
    with translated(f"the client of {service}"):
        return Session().client(service, region_name=region, config=config)


def _region(address: str) -> str:
    parts = address.split(":")
    named = parts[3] if parts[0] == "arn" and len(parts) > 3 else ""
    region = named or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise ServiceError(f"no region is known for {address}: AWS_REGION is not in the environment")
    return region


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Has errors of botocore raised as those of the runtime. `what` names in them what was called."""
    try:
        yield
    except Exception as error:
        response = getattr(error, "response", None)
        if isinstance(response, dict) and "Error" in response:  # a ClientError: told by the service
            raise _of_service(what, response) from None
        if type(error).__module__.partition(".")[0] in ("botocore", "boto3", "s3transfer", "urllib3"):
            raise ServiceError(f"{what}: {type(error).__name__} while calling AWS") from None
        raise


def code_of(error: Exception) -> str:
    """The code of an error that a service answered with; "" of others."""
    response = getattr(error, "response", None)
    return str((response.get("Error") or {}).get("Code") or "") if isinstance(response, dict) else ""


def _of_service(what: str, response: dict[str, Any]) -> Exception:
    told = response["Error"]
    code, words = str(told.get("Code") or ""), str(told.get("Message") or "")
    status = (response.get("ResponseMetadata") or {}).get("HTTPStatusCode")
    said = f"{what}: {code}{f', {words}' if words else ''}"[: MAX_TOLD + len(what)]
    if code in _MISSING:
        return NotFound(said)
    if code == "ConditionalCheckFailedException":
        return Conflict(f"{what}: what is there is not what was expected")
    if code in _BUSY or status == 429:
        return Throttled(said)
    if code == "EntityTooLarge" or any(sign in words.lower() for sign in _TOO_LARGE):
        return TooLarge(said)
    return ServiceError(said)
