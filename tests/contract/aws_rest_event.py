"""What an API Gateway REST API calls a Lambda function with: the shape of tests/events/aws/rest-api-documented.json."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from .model import Call, Headers


def rest_event(
    host: str,
    resource: str,
    call: Call,
    headers: Headers,
    *,
    authorizer: Mapping[str, Any] | None = None,
    key_id: str | None = None,
    stage: str = "live",
) -> dict[str, Any]:
    """A proxy integration's event: the path as it was sent, every value of a header, the query decoded, the body in
    base64 ("binary media types" being */*). `resource`: the pattern that was matched."""
    several: dict[str, list[str]] = {"Host": [host], "X-Forwarded-Proto": ["https"]}
    for name, value in [*headers, ("X-Forwarded-For", call.client_ip)]:
        if name.lower() != "host":
            several.setdefault(name, []).append(value)
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(call.query, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    identity = {"sourceIp": call.client_ip, "userAgent": None, "apiKeyId": key_id}
    context: dict[str, Any] = {
        "accountId": "123456789012",
        "apiId": host.partition(".")[0],
        "domainName": host,
        "httpMethod": call.method,
        "identity": identity,
        "path": f"/{stage}{call.path}",
        "protocol": "HTTP/1.1",
        "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "resourcePath": resource,
        "stage": stage,
    }
    if authorizer is not None:
        context["authorizer"] = dict(authorizer)
    return {
        "resource": resource,
        "path": call.path,
        "httpMethod": call.method,
        "headers": {name: values[-1] for name, values in several.items()},
        "multiValueHeaders": several,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": _parameters(resource, call.path),
        "stageVariables": None,
        "requestContext": context,
        "body": base64.b64encode(call.body).decode() if call.body else None,
        "isBase64Encoded": bool(call.body),
    }


def _parameters(resource: str, path: str) -> dict[str, str] | None:
    wanted, given = resource.split("/")[1:], path.split("/")[1:]
    found = {}
    for index, want in enumerate(wanted):
        if want.startswith("{"):
            rest = "/".join(given[index:]) if "+}" in want else "".join(given[index:][:1])
            found[want.strip("{}").rstrip("+")] = unquote(rest, errors="surrogateescape")
    return found or None
