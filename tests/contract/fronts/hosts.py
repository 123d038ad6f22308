"""From what a gateway sends to a function's answer, as each cloud's host hands it to our entry."""

from __future__ import annotations

import asyncio
from inspect import iscoroutinefunction
from types import SimpleNamespace
from typing import Any

import azure.functions as func
import flask
from werkzeug.test import EnvironBuilder

from sls_infra.runtime import deployed
from sls_infra.runtime.entry import api_gateway, http_api, load_balancer, rest_api
from sls_infra.runtime.entry import azure as azure_entry

from ...runtime import azure_host
from ...runtime.entry.azure_calls import rpc, trigger
from ..model import Answer, Headers
from .functions import Functions


def on_lambda(functions: Functions, function: str, event: dict[str, Any]) -> Any:
    """What a function returns to an HTTP API or a REST API."""
    with functions.running(function) as dispatcher:
        return rest_api.answer(dispatcher, event) if rest_api.is_event(event) else http_api.answer(dispatcher, event)


def on_azure(functions: Functions, host: str, method: str, target: str, headers: Headers, body: bytes) -> Answer:
    """What a function app answers to API Management."""
    with functions.running(host) as dispatcher:
        sent = trigger(azure_host.to_worker(method, f"https://{host}{target}", headers, body))
        function = azure_entry.function_of(dispatcher, func)
        if iscoroutinefunction(function):  # one of the handlers is async, or an app
            context = SimpleNamespace(thread_local_storage=SimpleNamespace(), invocation_id="1")
            answered = asyncio.run(function(sent, context))
        else:
            answered = function(sent)
        received = azure_host.received(rpc(answered), method)
    return Answer(received.status, tuple((name.lower(), value) for name, value in received.headers), received.body)


def on_cloud_run(
    functions: Functions, function: str, method: str, target: str, headers: Headers, body: bytes
) -> Answer:
    """What a function answers to API Gateway, or to a load balancer, as it was told which."""
    with functions.running(function) as dispatcher:
        balanced = deployed.values().get("front") == "load-balancer"
        entry: Any = load_balancer.Entry(dispatcher) if balanced else api_gateway.Entry(dispatcher)
        builder = EnvironBuilder(method=method, headers=list(headers), data=body or None)
        environ = {**builder.get_environ(), "RAW_URI": target, "REQUEST_URI": target}
        builder.close()
        content, status, lines = entry.answer(flask.Request(environ))
    return Answer(status, tuple((name.lower(), value) for name, value in lines), content)
