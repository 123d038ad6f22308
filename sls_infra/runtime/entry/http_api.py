"""Events and answers of an API Gateway HTTP API with a Lambda integration of payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

from .. import auth
from ..dispatch import failed
from ..errors import HttpError
from ..http import Request, one_value_a_name
from ..paths import NEVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, TypeAlias

    from ..dispatch import Dispatcher, Endpoint
    from ..http import Response

    Match: TypeAlias = Callable[[str, str], tuple[Endpoint, dict[str, str]] | None]


class EventError(ValueError):
    """The event is none of an HTTP API. Raised, so that the call counts as failed and whoever sent it may try again."""


def answer(dispatcher: Dispatcher, event: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one event. Raises EventError for what is no event of an API, nothing else."""
    try:
        request = to_request(event, dispatcher.match)
    except HttpError as error:
        request_id = event["requestContext"].get("requestId")
        return to_answer(failed(Request("", "", id=request_id if isinstance(request_id, str) else ""), error))
    return to_answer(dispatcher.handle(request, route=route_of(event)))


def to_request(event: Mapping[str, Any], match: Match) -> Request:
    """The request that an event carries. `match` finds the route of a path, to read a path that reads in two ways.

    Raises EventError for what is no event of an API, HttpError for one that is not of payload format 2.0.
    """
    context = event.get("requestContext") if isinstance(event, dict) else None
    if not isinstance(context, dict):
        raise EventError("this function answers events of an API Gateway HTTP API: this event has no requestContext")
    try:
        http = context["http"]
        method: str = http["method"]
        path: str = event["rawPath"]
        plain = path.isascii() and not ("%" in path or " " in path or "?" in path or "#" in path)
        if not plain or context.get("stage") != "$default":
            path = _path(event, method, match)
        query: str = event.get("rawQueryString") or ""
        url = f"https://{context.get('domainName')}{path}"
        return Request(
            method,
            path,
            query,
            _headers(event),
            body_of(event),
            claims=_claims(event, context.get("authorizer")),
            client_ip=http.get("sourceIp", ""),
            id=context.get("requestId", ""),
            url=f"{url}?{query}" if query else url,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise HttpError(500, "the gateway's event is not of payload format 2.0") from error


def route_of(event: Mapping[str, Any]) -> str | None:
    """The route that the gateway matched ("GET /orders/{id}"), None where it has only a default one."""
    route: str | None = event.get("routeKey")
    return None if route == "$default" else route


def to_answer(response: Response) -> dict[str, Any]:
    """What a Lambda function answers an HTTP API with. Bytes that are no UTF-8 travel in base64."""
    headers, cookies = one_value_a_name(response)
    answer: dict[str, Any] = {"statusCode": response.status, "headers": headers, "isBase64Encoded": False}
    if cookies:
        answer["cookies"] = cookies
    return with_body(answer, response)


def with_body(answer: dict[str, Any], response: Response) -> dict[str, Any]:
    """The answer of a Lambda function, with the response's body. Bytes that are no UTF-8 travel in base64."""
    try:
        answer["body"] = response.body.decode("utf-8")
    except UnicodeDecodeError:
        from binascii import b2a_base64

        answer["body"] = b2a_base64(response.body, newline=False).decode("ascii")
        answer["isBase64Encoded"] = True
    return answer


def _path(event: Mapping[str, Any], method: str, match: Match) -> str:
    """The path as on the wire, from an event that leaves room for doubt; "" (which nothing matches) to refuse it.

    An HTTP API sends `rawPath` percent-decoded, whatever its name says; a function URL and most emulators send it
    encoded; and where the stage has a name, it may come first. The reading counts that leads to the route and the
    parameters that the gateway itself found. What would be a slash, a dot or a control if decoded once more is refused.
    """
    readings = list(_readings(event["rawPath"], event["requestContext"].get("stage")))
    for escape in event["rawPath"].split("%")[1:]:
        if escape[:2].lower() in NEVER:
            return ""
    route, params = route_of(event), event.get("pathParameters") or None
    fitting = []
    for path in readings:
        found = match(method, path)
        if found is not None and route in (None, found[0].route):
            if params in (None, found[1]):
                return path
            fitting.append(path)
    return (fitting or readings)[0]


def _readings(raw_path: str, stage: object) -> Iterator[str]:
    """What a path may have been on the wire, the likeliest first."""
    from urllib.parse import quote

    paths = [raw_path]
    if isinstance(stage, str) and stage != "$default" and f"{raw_path}/".startswith(f"/{stage}/"):
        paths.insert(0, raw_path[len(stage) + 1 :] or "/")
    for path in paths:
        yield quote(path, safe="/!$&'()*+,;=:@~\\", errors="surrogatepass")
        if "%" in path:
            yield path


def _headers(event: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """The gateway joins repeated headers by commas, and takes cookies out."""
    headers = (event.get("headers") or {}).items()
    cookies = event.get("cookies")
    if not cookies:
        return headers
    return [*((name, value) for name, value in headers if name.lower() != "cookie"), ("cookie", "; ".join(cookies))]


def body_of(event: Mapping[str, Any]) -> bytes:
    """The body's bytes. Raises HttpError 400 where they can't be told."""
    body = event.get("body")
    if not body:
        return b""
    if not event.get("isBase64Encoded"):
        return bytes(body.encode("utf-8", "surrogatepass"))
    from binascii import a2b_base64

    try:
        return a2b_base64(body)
    except ValueError:
        raise HttpError(400, "the body is said to be base64 and is not") from None


def _claims(event: Mapping[str, Any], authorizer: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The caller's claims, None where the gateway verified no token.

    The gateway's own copy has strings for all values, so the verified token is read once more for the types; unless it
    is not the one that the gateway's copy was made of. A claim that the gateway does not pass on is left out.
    """
    copies = ((authorizer or {}).get("jwt") or {}).get("claims")
    if not isinstance(copies, dict):
        return None
    headers = event.get("headers") or {}
    claims = auth.token_claims(headers.get("authorization") or headers.get("Authorization"))
    if claims is None:
        return dict(copies)
    vouched = {}
    for name, copy in copies.items():
        claim = claims.get(name)
        if claim != copy and (name not in claims or isinstance(claim, str)):
            return dict(copies)
        vouched[name] = claim
    return vouched
