"""What a REST API itself answers where it refuses: problem+json, with the status that every front gives.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
Templates are not run by VTL: `$context` is put in, and nothing is decided there.
"""

from __future__ import annotations

import json
from typing import Any

from ...plan.model import CorsPlan

RETRY, RETRY_QUOTA = 1, 3600
"""Seconds that callers are told to wait: throttles count by the second; how long a quota lasts, the gateway does not
say, so that whoever is over it is told to look again in an hour."""

KINDS = {
    "ACCESS_DENIED": (401, "the token is not accepted"),  # by our authorizer; 403 if it were left alone
    "API_CONFIGURATION_ERROR": (500, "the server failed to answer"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "the server failed to answer"),
    "AUTHORIZER_FAILURE": (500, "the server failed to answer"),
    "BAD_REQUEST_BODY": (400, "the body does not fit what this route takes"),
    "BAD_REQUEST_PARAMETERS": (400, "the request does not fit what this route takes"),
    "DEFAULT_4XX": (None, "the request can't be answered"),
    "DEFAULT_5XX": (None, "the server failed to answer"),
    "EXPIRED_TOKEN": (401, "the token has expired"),
    "INTEGRATION_FAILURE": (502, "the server failed to answer"),
    "INTEGRATION_TIMEOUT": (504, "the server took too long to answer"),
    "INVALID_API_KEY": (401, "a key is needed"),
    "INVALID_SIGNATURE": (401, "the signature is not accepted"),
    "MISSING_AUTHENTICATION_TOKEN": (404, "there is nothing at this path for this method"),
    "QUOTA_EXCEEDED": (429, "the quota is used up"),
    "REQUEST_TOO_LARGE": (413, "the request is too large"),
    "RESOURCE_NOT_FOUND": (404, "there is nothing at this path for this method"),
    "THROTTLED": (429, "too many calls"),
    "UNAUTHORIZED": (401, "a token is needed"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "the body is of a type that is not taken"),
    "WAF_FILTERED": (403, "the call is not let through"),
}
"""Kind → status and what the caller reads; None: the gateway's own status."""

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    504: "Gateway Timeout",
}
CHALLENGES = {
    "ACCESS_DENIED": 'Bearer error="invalid_token"',
    "EXPIRED_TOKEN": 'Bearer error="invalid_token"',
    "INVALID_API_KEY": "ApiKey",
    "UNAUTHORIZED": "Bearer",
}


def gateway_responses(cors: CorsPlan | None) -> dict[str, Any]:
    """The document's part that says them."""
    return {kind: _response(kind, status, detail, cors) for kind, (status, detail) in KINDS.items()}


def shared(cors: CorsPlan | None) -> list[tuple[str, str]]:
    """Headers by which pages of other origins may read a refusal of the gateway's own.

    The gateway can say one origin, or repeat the caller's, whoever that is; it can't look one up in a list. So where
    several are named, pages can't read these refusals: repeating any origin would open them to all.
    """
    if cors is None or len(set(cors.origins)) != 1:
        return []
    found = [("access-control-allow-origin", cors.origins[0])]
    if cors.origins[0] != "*":
        found.append(("vary", "Origin"))
    if cors.credentials:
        found.append(("access-control-allow-credentials", "true"))
    if cors.expose:
        found.append(("access-control-expose-headers", ",".join(cors.expose)))
    return found


def _response(kind: str, status: int | None, detail: str, cors: CorsPlan | None) -> dict[str, Any]:
    headers = [("content-type", "application/problem+json"), *shared(cors)]
    if kind in CHALLENGES:
        headers.append(("www-authenticate", CHALLENGES[kind]))
    if status == 429:
        headers.append(("retry-after", str(RETRY_QUOTA if kind == "QUOTA_EXCEEDED" else RETRY)))
    response: dict[str, Any] = {
        "responseParameters": {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers},
        # Under this type whatever the caller accepts: it is the one that is used where no other fits.
        "responseTemplates": {"application/json": _body(status, detail)},
    }
    if status is not None:
        response["statusCode"] = str(status)
    return response


def _body(status: int | None, detail: str) -> str:
    known: dict[str, Any] = {"type": "about:blank", "title": TITLES.get(status or 0, "Error")}
    if status is not None:
        known["status"] = status
    return json.dumps({**known, "detail": detail, "request_id": "$context.requestId"})
