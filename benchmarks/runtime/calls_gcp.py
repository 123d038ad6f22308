"""Times one call of the function on Google Cloud, beside a bare one: both take Flask's request and return a tuple."""

from __future__ import annotations

import base64
import json
from typing import Any

from calls import CLAIMS
from flask import Flask, Request
from timing import show

from sls_infra.runtime.entry.gcp import handle

USERINFO = base64.urlsafe_b64encode(json.dumps(CLAIMS).encode()).decode()
ENVIRON = {
    "REQUEST_METHOD": "GET",
    "RAW_URI": "/_sls/http/r0/orders/7?expand=items",
    "PATH_INFO": "/_sls/http/r0/orders/7",
    "QUERY_STRING": "expand=items",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "8080",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.url_scheme": "http",
    "HTTP_HOST": "shop-abc-ew.a.run.app",
    "HTTP_ACCEPT": "*/*",
    "HTTP_AUTHORIZATION": "Bearer gateway",
    "HTTP_USER_AGENT": "curl/8.7.1",
    "HTTP_X_APIGATEWAY_API_USERINFO": USERINFO,
    "HTTP_X_CLOUD_TRACE_CONTEXT": "105445aa7843bc8bf206b12000100000/1;o=1",
    "HTTP_X_FORWARDED_AUTHORIZATION": "Bearer x.y.z",
    "HTTP_X_FORWARDED_FOR": "192.0.2.1,198.51.100.1",
    "HTTP_X_FORWARDED_PROTO": "https",
}


def bare(request: Request) -> Any:
    """The same by hand."""
    claims = json.loads(base64.urlsafe_b64decode(request.environ["HTTP_X_APIGATEWAY_API_USERINFO"]))
    if "orders:read" not in claims["scope"].split():
        return b"", 403, []
    body = json.dumps({"id": request.path.rpartition("/")[2], "by": claims["sub"]})
    return body, 200, [("content-type", "application/json")]


def main() -> None:
    """Times and prints."""
    subjects = {"bare handler": bare, "sls_infra.runtime": handle}
    with Flask("x").request_context(dict(ENVIRON)):
        for name, function in subjects.items():
            body, status, _ = function(Request(dict(ENVIRON)))
            if status != 200 or json.loads(body) != {"id": "7", "by": CLAIMS["sub"]}:
                raise SystemExit(f"{name} answers otherwise: {status} {body!r}")
        made = dict(ENVIRON)
        show({name: lambda function=function: function(Request(made)) for name, function in subjects.items()})


if __name__ == "__main__":
    main()
