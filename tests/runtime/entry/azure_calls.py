"""Calls of an Azure function as its worker makes them: the library's own converters on both sides of the entry."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import azure.functions as func
from azure.functions import http as converters
from azure.functions.meta import Datum

from sls_infra.plan.names import route_id
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.entry.azure import function_of

from ..azure_host import Received, received

EVENTS = Path(__file__).parents[2] / "events" / "azure"
MODULE = "azure_handlers"


def recorded(name: str, **headers: str) -> dict[str, Any]:
    """A recorded message, its body as bytes, with some headers replaced ("x_sls_route" is x-sls-route)."""
    http: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    del http["_source"]
    if "body" in http:
        http["body"] = base64.b64decode(http["body"])
    http.setdefault("headers", {}).update({key.replace("_", "-"): value for key, value in headers.items()})
    return http


def trigger(http: dict[str, Any]) -> func.HttpRequest:
    """What the worker hands the function, for an RpcHttp."""
    texts = {"method": "", "url": "", **{key: value for key, value in http.items() if key in ("method", "url")}}
    maps = {name: http.get(name, {}) for name in ("headers", "query", "params")}
    value = {key: Datum(text, "string") for key, text in texts.items()} | {
        name: {key: Datum(text, "string") for key, text in pairs.items()} for name, pairs in maps.items()
    }
    value["body"] = Datum(http.get("body", b""), "bytes")
    made: func.HttpRequest = converters.HttpRequestConverter.decode(Datum(value, "http"), trigger_metadata={})
    return made


def rpc(answer: func.HttpResponse) -> dict[str, Any]:
    """The RpcHttp that the worker makes of an answer."""
    value = converters.HttpResponseConverter.encode(answer, expected_type=None).value
    cookies = []
    for jar in value["cookies"] or []:
        for name, morsel in jar.items():
            known = {"name": name, "value": morsel.value, "domain": morsel["domain"], "path": morsel["path"]}
            age, site = morsel["max-age"], morsel["samesite"].lower()
            known |= {"secure": bool(morsel["secure"]), "http_only": bool(morsel["httponly"]), "expires": None}
            known |= {"max_age": float(age) if age else None, "same_site": ["", "lax", "strict", "none"].index(site)}
            cookies.append(known)
    return {
        "status_code": value["status_code"].value,
        "headers": {name: datum.value for name, datum in value["headers"].items()},
        "cookies": cookies,
        "body": value["body"].value,
    }


def serve(handlers: ModuleType, *routes: str, auth: str = "public", **manifest: Any) -> Dispatcher:
    """A dispatcher of routes ("GET /orders"), all of one handler. "GET /a name" names another one."""
    entries = []
    for route in routes:
        method, path, *name = route.split(" ")
        handler = f"{MODULE}:{name[0] if name else 'echo'}"
        entry = {"method": method, "path": path, "handler": handler, "auth": [auth], "id": route_id(method, path)}
        entries.append({**entry, **manifest.pop(f"{method} {path}", {})})
    dispatcher = Dispatcher({"version": 1, "api": "orders", "function": "shop", "routes": entries, **manifest})
    sys.modules[MODULE] = handlers
    dispatcher.warm()
    return dispatcher


def answered(dispatcher: Dispatcher, http: dict[str, Any]) -> Received:
    """What the caller gets, for functions whose handlers are not async."""
    return received(rpc(function_of(dispatcher, func)(trigger(http))), http.get("method", "GET"))
