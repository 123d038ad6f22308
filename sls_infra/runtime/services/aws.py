"""AWS: Secrets Manager, authorizers that are Lambda functions, and dead letters in SQS.

Credentials are those that Lambda puts into the environment. They are read for each call, as they may change
(docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html). Where a call goes is the region's endpoint, or what
AWS_ENDPOINT_URL_<SERVICE> (SECRETS_MANAGER, LAMBDA, SQS) or AWS_ENDPOINT_URL say, as for every SDK of AWS
(docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html).
"""

from __future__ import annotations

from os import environ

from ..errors import ServiceError
from . import calling
from .sigv4 import Credentials, signed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..events.delivery import DeadLetter

MAX_ATTRIBUTES = 10
"""Of a message of SQS (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html)."""
THROTTLED = frozenset(
    {"ThrottlingException", "Throttling", "ThrottledException", "RequestLimitExceeded", "TooManyRequestsException",
     "ProvisionedThroughputExceededException", "RequestThrottled", "SlowDown"}
)  # fmt: skip
"""Codes by which services say 429, some with status 400 (botocore's retry handler knows the same)."""


class Services:
    """What is asked of AWS."""

    fresh = 60.0
    fresh_environment = 300.0

    def __init__(self, environment: Mapping[str, str] = environ) -> None:
        self._environment = environment

    def secret(self, ref: str) -> str:
        """The current value of the secret with that ARN or name: its `SecretString`, or its `SecretBinary` where that
        is text in UTF-8 (docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html)."""
        from json import dumps

        what = f"secret {ref}"
        region = self._region(ref)
        url = self._endpoint("SECRETS_MANAGER", f"secretsmanager.{region}") + "/"
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "secretsmanager.GetSecretValue",
        }
        answer = self._call(what, url, "secretsmanager", region, headers, dumps({"SecretId": ref}).encode())
        if answer.status != 200:
            raise _refused(what, answer)
        value = answer.json(what)
        text, binary = value.get("SecretString"), value.get("SecretBinary")
        if isinstance(text, str):
            return text
        if isinstance(binary, str):
            from base64 import b64decode

            try:
                return b64decode(binary).decode()
            except ValueError:
                raise ServiceError(f"{what}: its value is no text") from None
        raise ServiceError(f"{what}: the answer holds no value")

    def call_authorizer(self, target: str, payload: bytes) -> bytes:
        """The answer of the Lambda function with that ARN to the event `{"sls": "authorize", "payload": "…"}`: an
        object, or a string that holds one (docs.aws.amazon.com/lambda/latest/api/API_Invoke.html)."""
        from json import dumps
        from urllib.parse import quote

        what = f"authorizer {target}"
        region = self._region(target)
        path = f"/2015-03-31/functions/{quote(target, safe='')}/invocations"
        url = self._endpoint("LAMBDA", f"lambda.{region}") + path
        event = dumps({"sls": "authorize", "payload": payload.decode()}).encode()
        headers = {"content-type": "application/json", "x-amz-invocation-type": "RequestResponse"}
        answer = self._call(what, url, "lambda", region, headers, event, calling.AUTHORIZER)
        if answer.status != 200:
            raise _refused(what, answer)
        if "x-amz-function-error" in answer.headers:  # its own words may hold what the caller sent
            kind = answer.json(what).get("errorType")
            raise ServiceError(f"{what}: it failed{f', {kind}' if isinstance(kind, str) else ''}")
        return _unwrapped(what, answer.body)

    def dead_letter(self, address: str, letter: DeadLetter) -> None:
        """Sends it to the queue with that ARN
        (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html)."""
        from json import dumps

        what = f"dead letters {address}"
        region = self._region(address)
        endpoint = self._endpoint("SQS", f"sqs.{region}")
        headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.SendMessage"}
        account, name = address.split(":")[-2:]
        message = {"QueueUrl": f"{endpoint}/{account}/{name}", **_message(letter, name.endswith(".fifo"))}
        answer = self._call(what, endpoint + "/", "sqs", region, headers, dumps(message).encode())
        if answer.status != 200:
            raise _refused(what, answer)

    def _call(
        self,
        what: str,
        url: str,
        service: str,
        region: str,
        headers: Mapping[str, str],
        body: bytes,
        read: float = calling.READ,
    ) -> calling.Answer:
        def fresh() -> Mapping[str, str]:
            return signed("POST", url, headers, body, self._credentials(), region, service)

        return calling.call(what, "POST", url, fresh, body, read=read, is_throttled=_is_throttled)

    def _credentials(self) -> Credentials:
        known = self._environment
        try:
            return Credentials(
                known["AWS_ACCESS_KEY_ID"], known["AWS_SECRET_ACCESS_KEY"], known.get("AWS_SESSION_TOKEN", "")
            )
        except KeyError as error:
            raise ServiceError(f"{error.args[0]} is not in the environment: it is Lambda that puts it there") from None

    def _region(self, ref: str) -> str:
        """That of the ARN; of a name, the function's own."""
        parts = ref.split(":")
        if parts[0] == "arn" and len(parts) > 3 and parts[3]:
            region = parts[3]
        else:
            region = self._environment.get("AWS_REGION") or self._environment.get("AWS_DEFAULT_REGION") or ""
        if not region.replace("-", "").isalnum():
            raise ServiceError(f"no region is known for {ref}: AWS_REGION is not in the environment")
        return region

    def _endpoint(self, service: str, host: str) -> str:
        known = self._environment
        if known.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() != "true":
            given = known.get(f"AWS_ENDPOINT_URL_{service}") or known.get("AWS_ENDPOINT_URL")
            if given:
                return given.rstrip("/")
        suffix = "amazonaws.com.cn" if ".cn-" in host else "amazonaws.com"
        return f"https://{host}.{suffix}"


def _message(letter: DeadLetter, fifo: bool) -> dict[str, Any]:
    """What SQS is told of a letter. Of more attributes than it takes, which only other senders' messages have, those
    that tell of the failure and come first are kept, and the others' names are logged."""
    from ..events.delivery import REASON

    names = [REASON, *(name for name in letter.attributes if name != REASON)]
    attributes = {
        name: {"DataType": "String", "StringValue": letter.attributes[name]}
        for name in names[:MAX_ATTRIBUTES]
        if letter.attributes.get(name)
    }
    if names[MAX_ATTRIBUTES:]:
        from .. import log

        log.line({"level": "warning", "message": "a dead letter lost attributes", "lost": names[MAX_ATTRIBUTES:]})
    message: dict[str, Any] = {"MessageBody": letter.body, "MessageAttributes": attributes}
    if fifo:
        from os import urandom

        # Of its own: by its content it would be one with another that is like it. A repeated call is no other letter.
        message |= {"MessageGroupId": letter.group or "default", "MessageDeduplicationId": urandom(16).hex()}
    return message


def _code(answer: calling.Answer) -> tuple[str, Any]:
    """The error's code, without the namespace some services put before it, and its words."""
    try:
        value = answer.json("")
    except ServiceError:
        value = {}
    code = answer.headers.get("x-amzn-errortype") or value.get("__type") or value.get("Type") or ""
    return str(code).partition(":")[0].rpartition("#")[2], value.get("message") or value.get("Message")


def _is_throttled(answer: calling.Answer) -> bool:
    return answer.status == 400 and _code(answer)[0] in THROTTLED


def _refused(what: str, answer: calling.Answer) -> ServiceError:
    return calling.refused(what, answer, *_code(answer))


def _unwrapped(what: str, body: bytes) -> bytes:
    from json import loads

    try:
        value = loads(body)
    except ValueError:
        raise ServiceError(f"{what}: the answer is no JSON") from None
    return value.encode() if isinstance(value, str) else body
