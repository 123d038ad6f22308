"""Each cloud's entry, called as its gateway calls it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from types import SimpleNamespace
from typing import Any

import azure.functions as func
import flask
from werkzeug.test import EnvironBuilder

from sls_infra.plan.names import route_id
from sls_infra.runtime.entry import api_gateway, http_api, load_balancer, rest_api
from sls_infra.runtime.entry import azure as azure_entry
from sls_infra.runtime.entry.local import Worker, decode, encode

from ..contract.aws_gateway import http_event
from ..contract.aws_rest_event import rest_event
from ..contract.model import Call
from ..runtime import azure_host
from ..runtime.entry.azure_calls import rpc, trigger
from .entries import EntryTarget, lowered, octets
from .model import Answer, Shot


class AwsHttp(EntryTarget):
    """Lambda behind an HTTP API: events of payload format 2.0."""

    name = "aws-http"
    manifest = {"open_options": True}

    def call(self, shot: Shot, route: str) -> Answer:
        headers = [(name.lower(), value) for name, value in shot.headers]
        call = Call(shot.method, shot.target, headers, shot.body, client_ip="192.0.2.1")
        event = http_event("vault.execute-api.eu-west-1.amazonaws.com", route or "$default", call, headers)
        answered = http_api.answer(self.dispatcher, json.loads(json.dumps(event)))
        lines = [(name.lower(), str(value)) for name, value in answered["headers"].items()]
        return Answer(answered["statusCode"], tuple(lines), str(answered.get("body") or "").encode())


class AwsRest(EntryTarget):
    """Lambda behind a REST API: events with every value of a header, and the path as it was on the wire."""

    name = "aws-rest"
    manifest = {"open_options": True, "answers_cors": True}

    def call(self, shot: Shot, route: str) -> Answer:
        call = Call(shot.method, shot.target, shot.headers, shot.body, client_ip="192.0.2.1")
        event = rest_event("vault.execute-api.eu-west-1.amazonaws.com", route.partition(" ")[2], call, shot.headers)
        answered = rest_api.answer(self.dispatcher, json.loads(json.dumps(event)))
        lines = [(name, value) for name, values in answered["multiValueHeaders"].items() for value in values]
        return Answer(answered["statusCode"], lowered(lines), str(answered.get("body") or "").encode())


class Azure(EntryTarget):
    """Azure Functions behind API Management: the library's own requests."""

    name = "azure"
    manifest = {"answers_cors": True}

    def prepare(self) -> None:
        self._function_app = azure_entry.function_of(self.dispatcher, func)

    def call(self, shot: Shot, route: str) -> Answer:
        id = route_id(*route.split(" ", 1)) if route else "-"
        sent = azure_host.sent(shot.method, shot.target, shot.headers, shot.body, route=id)
        received = azure_host.received(rpc(self._called(sent)), shot.method)
        return Answer(received.status, lowered(received.headers), received.body)

    def _called(self, http: Any) -> Any:
        return self._function_app(trigger(http))


class AzureAsync(Azure):
    """The same, with handlers that are async: all calls come to the worker's loop."""

    name = "azure-async"
    handler = "vault:later"

    def _called(self, http: Any) -> Any:
        context = SimpleNamespace(thread_local_storage=SimpleNamespace(), invocation_id="1")
        return asyncio.run(self._function_app(trigger(http), context))


class Gcp(EntryTarget):
    """functions-framework behind API Gateway: Flask's requests over a WSGI environment."""

    name = "gcp"
    manifest = {"answers_cors": True}

    def prepare(self) -> None:
        self._entry = api_gateway.Entry(self.dispatcher)

    def call(self, shot: Shot, route: str) -> Answer:
        id = route_id(*route.split(" ", 1)) if route else "-"
        target = f"/_sls/http/{id}{shot.target}"
        headers = [("authorization", "Bearer the-gateways-own"), ("x-forwarded-for", "192.0.2.1,192.0.2.77")]
        for name, value in shot.headers:
            name = name.lower()
            if name != "x-forwarded-for":
                headers.append(("x-forwarded-authorization" if name == "authorization" else name, octets(value)))
        body, status, lines = self._entry.answer(_flask_request(shot, target, headers))
        return Answer(status, lowered(lines), body)


class GcpBalanced(EntryTarget):
    """functions-framework behind a load balancer, which passes everything on, and names no route."""

    name = "gcp-load-balancer"
    manifest = {"answers_cors": True}

    def prepare(self) -> None:
        self._entry = load_balancer.Entry(self.dispatcher)

    def call(self, shot: Shot, route: str) -> Answer:
        forwarded = [value for name, value in shot.headers if name.lower() == "x-forwarded-for"]
        headers = [(name, octets(value)) for name, value in shot.headers if name.lower() != "x-forwarded-for"]
        headers.append(("x-forwarded-for", ",".join([*forwarded, "192.0.2.1", "192.0.2.77"])))
        body, status, lines = self._entry.answer(_flask_request(shot, shot.target, headers))
        return Answer(status, lowered(lines), body)


def _flask_request(shot: Shot, target: str, headers: list[tuple[str, str]]) -> flask.Request:
    builder = EnvironBuilder(method=shot.method, headers=headers, data=shot.body or None)
    environ = {**builder.get_environ(), "RAW_URI": target, "REQUEST_URI": target}
    builder.close()
    return flask.Request(environ)


class LocalWorker(EntryTarget):
    """A worker of the local target: the frames that its gateway sends."""

    name = "local-worker"

    def call(self, shot: Shot, route: str) -> Answer:
        fields = ["id-1", shot.method, shot.path, shot.query, "192.0.2.1", route, ""]
        headers = [("host", "localhost"), *((name.lower(), octets(value)) for name, value in shot.headers)]
        fields += [part for pair in headers for part in pair]
        head = "\0".join(fields).encode("latin-1", "replace")
        ours, theirs = socket.socketpair()
        tokens_read, tokens_write = os.pipe()
        with ours, theirs:
            os.write(tokens_write, b"x")
            ours.settimeout(30)
            ours.sendall(encode(1, 0, head, shot.body))
            ours.shutdown(socket.SHUT_WR)
            Worker(self.dispatcher, theirs, tokens_read).serve()
            theirs.shutdown(socket.SHUT_WR)
            received = bytearray()
            while part := ours.recv(1 << 16):
                received += part
        os.close(tokens_read)
        os.close(tokens_write)
        ((_, status, head, body),) = decode(received)
        parts = head.decode("latin-1").split("\0") if head else []
        return Answer(status, lowered(zip(parts[::2], parts[1::2], strict=True)), body)


ENTRIES: tuple[type[EntryTarget], ...] = (AwsHttp, AwsRest, Azure, AzureAsync, Gcp, GcpBalanced, LocalWorker)
"""Every entry. A further cloud adds its own."""
