"""`responses`: the answer itself, and the refusals that a route can really give, as problems (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...plan.model import ApiKeyPlan, RoutePlan
from ...runtime.errors import PHRASES

CONTENT = "application/problem+json"

PROBLEM: Mapping[str, Any] = {
    "title": "Problem",
    "description": "An error (RFC 9457).",
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": "What kind of error; about:blank where the status says it all."},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What is wrong with this call."},
        "request_id": {"type": "string", "description": "What the call is found by in the log."},
        "errors": {
            "type": "array",
            "description": "Each place of the body that does not fit.",
            "items": {
                "title": "Misfit",
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "Where: a JSON pointer (RFC 6901)."},
                    "message": {"type": "string", "description": "What is wrong there."},
                },
                "required": ["pointer", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
}
"""The schema of every refusal of the runtime's and the local gateway's."""

_VENDORS = "Some gateways answer this themselves, with a body of their own."
_RETRY = {
    "description": "Seconds after which it is worth another try. Not every gateway sends it.",
    "schema": {"type": "integer", "minimum": 1},
}
_CHALLENGE = {
    "description": "How to say who calls (RFC 9110, 11.6.1).",
    "schema": {"type": "string"},
    "example": "Bearer",
}


def refusals(route: RoutePlan) -> dict[str, str]:
    """Status → the name of the answer below `components/responses`, for what this route can refuse."""
    found = {}
    if route.request is not None:
        found["400"] = "BadRequest"
    if route.ways:
        found["401"] = "Unauthorized"
    if route.scopes:
        found["403"] = "Forbidden"
    if "{" in route.path:
        found["404"] = "NotFound"
    if route.limits or any(isinstance(way, ApiKeyPlan) and way.limited for way in route.ways):
        found["429"] = "TooManyRequests"
    return {**found, "500": "InternalServerError", "4XX": "Problem", "5XX": "Problem"}


def responses() -> dict[str, Any]:
    """The refusals, by name."""
    return {
        "BadRequest": _problem(
            400,
            "The body is no JSON, or does not fit the schema.",
            "the body does not fit what this route takes",
            errors=[{"pointer": "/quantity", "message": "is less than 1"}],
        ),
        "Unauthorized": _problem(
            401,
            f"No credential, or one that is not good. {_VENDORS}",
            "a token is needed",
            {"WWW-Authenticate": _CHALLENGE},
        ),
        "Forbidden": _problem(
            403,
            f"The caller has not all the scopes that are needed. {_VENDORS}",
            "needs the scopes orders:read",
            {"WWW-Authenticate": {**_CHALLENGE, "example": 'Bearer error="insufficient_scope", scope="orders:read"'}},
        ),
        "NotFound": _problem(
            404, "Nothing is at this path: no segment may hold a slash, dots alone or controls.", "no such thing"
        ),
        "TooManyRequests": _problem(
            429, f"Over a limit or a quota. {_VENDORS}", "too many calls of this route", {"Retry-After": _RETRY}
        ),
        "InternalServerError": _problem(500, "The server failed.", "the server failed to answer"),
        "Problem": {
            "description": "Any other refusal: the gateway's, or the handler's, with a body of its own maybe.",
            "content": {CONTENT: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        },
    }


def _problem(
    status: int, description: str, detail: str, headers: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    shown = {
        "type": "about:blank",
        "title": PHRASES[status],
        "status": status,
        "detail": detail,
        "request_id": "4f1d0c2a9b3e00000001",
        **more,
    }
    made: dict[str, Any] = {"description": description}
    if headers:
        made["headers"] = dict(headers)
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": shown}
    return {**made, "content": {CONTENT: content}}
