"""Times one call of each subject, in turns within this process: benchmarks.runtime_cost runs it on a bundle."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from timing import show

CLAIMS = {
    "iss": "https://id.example.com/",
    "sub": "auth0|5fe435b5cbbc85006b071eba",
    "aud": "orders",
    "iat": 1718636404,
    "exp": 1718722804,
    "azp": "FT6TMjfHI2lkxjpAbG5tCjEdiEkyvMCA",
    "scope": "orders:read orders:write",
}
COPIES = {name: str(claim) for name, claim in CLAIMS.items()}


def part(content: bytes) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


TOKEN = ".".join([part(b'{"alg":"RS256","kid":"1"}'), part(json.dumps(CLAIMS).encode()), part(b"s" * 256)])
DOMAIN = "aaaaaaaaaa.execute-api.eu-west-1.amazonaws.com"
HEADERS = {
    "accept": "*/*",
    "authorization": f"Bearer {TOKEN}",
    "content-length": "0",
    "host": DOMAIN,
    "user-agent": "curl/8.7.1",
    "x-amzn-trace-id": "Root=1-5e9f0c65-1de4d666d4dd26aced652b6c",
    "x-forwarded-for": "192.0.2.1",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
}
HTTP_API = {
    "version": "2.0",
    "routeKey": "GET /orders/{id}",
    "rawPath": "/orders/7",
    "rawQueryString": "expand=items",
    "headers": HEADERS,
    "queryStringParameters": {"expand": "items"},
    "pathParameters": {"id": "7"},
    "requestContext": {
        "accountId": "123456789012",
        "apiId": "aaaaaaaaaa",
        "authorizer": {"jwt": {"claims": COPIES, "scopes": ["orders:read"]}},
        "domainName": DOMAIN,
        "domainPrefix": "aaaaaaaaaa",
        "http": {
            "method": "GET",
            "path": "/orders/7",
            "protocol": "HTTP/1.1",
            "sourceIp": "192.0.2.1",
            "userAgent": "curl/8.7.1",
        },
        "requestId": "LV7fzho-PHcEJPw=",
        "routeKey": "GET /orders/{id}",
        "stage": "$default",
        "time": "21/Apr/2020:15:08:21 +0000",
        "timeEpoch": 1587481701067,
    },
    "isBase64Encoded": False,
}
REST_API = {
    "resource": "/orders/{id}",
    "path": "/orders/7",
    "httpMethod": "GET",
    "headers": HEADERS,
    "multiValueHeaders": {name: [value] for name, value in HEADERS.items()},
    "queryStringParameters": {"expand": "items"},
    "multiValueQueryStringParameters": {"expand": ["items"]},
    "pathParameters": {"id": "7"},
    "stageVariables": None,
    "requestContext": {
        "accountId": "123456789012",
        "apiId": "aaaaaaaaaa",
        "authorizer": {"claims": COPIES},
        "domainName": DOMAIN,
        "httpMethod": "GET",
        "identity": {"sourceIp": "192.0.2.1", "userAgent": "curl/8.7.1"},
        "path": "/orders/7",
        "protocol": "HTTP/1.1",
        "requestId": "LV7fzho-PHcEJPw=",
        "resourcePath": "/orders/{id}",
        "stage": "api",
    },
    "body": None,
    "isBase64Encoded": False,
}


class Context:
    """What the subjects read of Lambda's context."""

    aws_request_id = "LV7fzho-PHcEJPw="
    function_name = "shop"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:shop"


Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def bare(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The same by hand."""
    claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
    if "orders:read" not in claims["scope"].split():
        return {"statusCode": 403}
    body = json.dumps({"id": event["pathParameters"]["id"], "by": claims["sub"]})
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": body}


def runtime() -> Handler:
    """The runtime's entry point, as Lambda calls it."""
    from sls_infra.runtime.entry.aws import handler

    return handler


def chalice() -> Handler:
    """A Chalice app."""
    from chalice.app import Chalice

    app = Chalice("shop")

    @app.route("/orders/{id}")
    def read(id: str) -> dict[str, str]:
        request = app.current_request
        assert request is not None
        return {"id": id, "by": request.context["authorizer"]["claims"]["sub"]}

    return app


def mangum() -> Handler:
    """A Starlette app behind Mangum."""
    from mangum import Mangum
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def read(request: Request) -> JSONResponse:
        claims = request.scope["aws.event"]["requestContext"]["authorizer"]["jwt"]["claims"]
        return JSONResponse({"id": request.path_params["id"], "by": claims["sub"]})

    return Mangum(Starlette(routes=[Route("/orders/{id}", read)]), lifespan="off")


def powertools() -> Handler:
    """An AWS Lambda Powertools resolver."""
    from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

    app = APIGatewayHttpResolver()

    @app.get("/orders/<id>")
    def read(id: str) -> dict[str, str]:
        return {"id": id, "by": app.current_event.request_context.authorizer.jwt_claim["sub"]}

    return app.resolve


def main() -> None:
    """Times and prints."""
    subjects: dict[str, tuple[Handler, dict[str, Any]]] = {"bare handler": (bare, HTTP_API)}
    made = {"sls_infra.runtime": runtime, "chalice": chalice, "mangum + starlette": mangum, "powertools": powertools}
    for name, make in made.items():
        with suppress(ImportError):  # a peer that is not installed
            subjects[name] = (make(), REST_API if name == "chalice" else HTTP_API)
    for name, (handler, event) in subjects.items():
        answer = handler(event, Context)
        expected = {"id": "7", "by": CLAIMS["sub"]}
        if answer["statusCode"] != 200 or json.loads(answer["body"]) != expected:
            raise SystemExit(f"{name} answers otherwise: {answer}")
    show({name: lambda call=handler, event=event: call(event, Context) for name, (handler, event) in subjects.items()})


if __name__ == "__main__":
    main()
