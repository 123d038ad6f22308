"""Times one call of the function on Azure, beside a bare one: both take and return azure.functions' own objects."""

from __future__ import annotations

import json
from typing import Any

import azure.functions as func
from calls import CLAIMS, TOKEN
from timing import show

from sls_infra.runtime import auth
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.entry.azure import ROOT, function_of

HEADERS = {
    "accept": "*/*",
    "authorization": f"Bearer {TOKEN}",
    "host": "shop.azurewebsites.net",
    "user-agent": "curl/8.7.1",
    "x-forwarded-for": "192.0.2.1:50000",
    "x-forwarded-proto": "https",
    "x-functions-key": "k" * 56,
    "x-sls-route": "r0",
    "x-sls-url": "https://shop.azure-api.net/orders/7?expand=items",
    "x-sls-ip": "192.0.2.1",
    "x-sls-id": "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
}
URL = "https://shop.azurewebsites.net/_sls/orders/7?expand=items"


def request() -> Any:
    """What the worker hands to a function."""
    return func.HttpRequest(method="GET", url=URL, headers=HEADERS, params={"expand": "items"}, body=b"")


def bare(req: Any) -> Any:
    """The same by hand."""
    claims = auth.token_claims(req.headers["authorization"]) or {}
    if "orders:read" not in claims["scope"].split():
        return func.HttpResponse(status_code=403)
    body = json.dumps({"id": req.url.partition("?")[0].rpartition("/")[2], "by": claims["sub"]})
    return func.HttpResponse(body, status_code=200, mimetype="application/json")


def main() -> None:
    """Times and prints."""
    ours = function_of(Dispatcher.of_bundle(ROOT), func)
    subjects = {"bare handler": bare, "sls_infra.runtime": ours}
    for name, function in subjects.items():
        answer = function(request())
        if answer.status_code != 200 or json.loads(answer.get_body()) != {"id": "7", "by": CLAIMS["sub"]}:
            raise SystemExit(f"{name} answers otherwise: {answer.status_code} {answer.get_body()!r}")
    made = request()
    show({name: lambda function=function: function(made) for name, function in subjects.items()})


if __name__ == "__main__":
    main()
