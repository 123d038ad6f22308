"""Events and answers of an API Gateway REST API with a Lambda proxy integration.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html

What differs from an HTTP API: `path` comes as it was on the wire, still percent-encoded (an HTTP API decodes it), the
query comes decoded and is written anew, headers keep their case and their repetitions, and the stage's name is in
`requestContext.path` alone.
"""

from __future__ import annotations

from .. import deployed
from ..dispatch import failed
from ..errors import HttpError
from ..http import Request
from .http_api import EventError, body_of, with_body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias

    from ..dispatch import Dispatcher, Endpoint
    from ..http import Response

    Match: TypeAlias = Callable[[str, str], tuple[Endpoint, dict[str, str]] | None]


def answer(dispatcher: Dispatcher, event: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one event. Raises EventError for what is no event of an API, nothing else."""
    try:
        request = to_request(event)
    except HttpError as error:
        request_id = event["requestContext"].get("requestId")
        return to_answer(failed(Request("", "", id=request_id if isinstance(request_id, str) else ""), error))
    return to_answer(dispatcher.handle(request, route=route_of(event, request, dispatcher.match)))


def is_event(event: object) -> bool:
    """Whether it comes from a REST API: an HTTP API's events have a version."""
    return isinstance(event, dict) and "resource" in event and "httpMethod" in event and "version" not in event


def to_request(event: Mapping[str, Any]) -> Request:
    """The request that an event carries. Raises EventError for what is no event of an API, HttpError for one that is
    not as a REST API sends it."""
    context = event.get("requestContext") if isinstance(event, dict) else None
    if not isinstance(context, dict):
        raise EventError("this function answers events of an API Gateway REST API: this event has no requestContext")
    try:
        path = _on_the_wire(event["path"])
        query = _query(event)
        identity = context.get("identity") or {}
        whole = _on_the_wire(context.get("path") or event["path"])
        url = f"https://{context.get('domainName')}{whole}"
        request = Request(
            event["httpMethod"],
            path,
            query,
            _headers(event),
            body_of(event),
            client_ip=identity.get("sourceIp") or "",
            id=context.get("requestId") or "",
            url=f"{url}?{query}" if query else url,
        )
        claims = _claims(request, context.get("authorizer") or {}, identity)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise HttpError(500, "the gateway's event is not as a REST API sends it") from error
    if claims is not None:
        request.claims, request.authenticated = claims, True
    return request


def route_of(event: Mapping[str, Any], request: Request, match: Match) -> str:
    """The route that the gateway matched: it names the path's pattern, and not whether its method or ANY was taken,
    which is the same question here as there. "", which is no route, where we would take another path."""
    found = match(request.method, request.raw_path)
    if found is None or found[0].route.partition(" ")[2] != event["resource"]:
        return ""
    return found[0].route


def to_answer(response: Response) -> dict[str, Any]:
    """What a Lambda function answers a REST API with. Bytes that are no UTF-8 travel in base64."""
    headers: dict[str, list[str]] = {}
    for name, value in response.headers:
        headers.setdefault(name.lower(), []).append(value)
    answer: dict[str, Any] = {"statusCode": response.status, "multiValueHeaders": headers, "isBase64Encoded": False}
    return with_body(answer, response)


def _on_the_wire(path: str) -> str:
    """The path as it was sent: emulators decode it, and then there is what no path on the wire holds."""
    if path.isascii() and path.isprintable() and not ({" ", "?", "#"} & set(path)):
        return path
    from urllib.parse import quote

    return quote(path, safe="/!$&'()*+,;=:@~\\%", errors="surrogatepass")


def _query(event: Mapping[str, Any]) -> str:
    """The query, written anew: the gateway has decoded it, and put the values of a name together."""
    several = event.get("multiValueQueryStringParameters")
    if not several:
        several = {name: [value] for name, value in (event.get("queryStringParameters") or {}).items()}
        if not several:
            return ""
    from urllib.parse import quote

    pairs = [(name, value) for name, values in several.items() for value in values]
    return "&".join(f"{quote(name, safe='', errors='surrogatepass')}={quote(value, safe='', errors='surrogatepass')}"
                    for name, value in pairs)  # fmt: skip


def _headers(event: Mapping[str, Any]) -> list[tuple[str, str]]:
    several = event.get("multiValueHeaders")
    if several is None:
        return list((event.get("headers") or {}).items())
    return [(name, value) for name, values in several.items() for value in values]


def _claims(request: Request, authorizer: Mapping[str, Any], identity: Mapping[str, Any]) -> dict[str, Any] | None:
    """The caller's claims, None where the gateway verified nobody.

    Of a token, our authorizer says the digest alone: the token itself is in the request, and what it claims is read
    from there. An answer of the authorizer that is kept may outlive the token, so its time is looked at once more.
    """
    digest = authorizer.get("token")
    if isinstance(digest, str):
        return _of_token(request, digest, authorizer.get("exp"))
    key = identity.get("apiKeyId")  # null where the method asks for no key
    if not isinstance(key, str):
        return None
    for client, ids in (deployed.values().get("keys") or {}).items():
        if key in ids:
            return {"sub": client, "client_id": client}
    return None


def _of_token(request: Request, digest: str, exp: object) -> dict[str, Any] | None:
    from hashlib import sha256
    from time import time

    from .. import auth

    sent = request.headers.get_all("authorization")
    if len(sent) != 1 or sha256(sent[0].encode("utf-8", "surrogatepass")).hexdigest() != digest:
        return None
    if not isinstance(exp, (str, int, float)) or isinstance(exp, bool) or float(exp) <= time():
        return None
    return auth.token_claims(sent[0])
