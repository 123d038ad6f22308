"""Requests as the Functions host hands them over: what a handler sees of them."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import azure.functions as func
import pytest

from sls_infra.plan.names import route_id
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.entry.azure import function_of

from ..azure_host import API, APP, REQUEST_ID, Received, sent, to_worker
from . import azure_calls
from .azure_calls import answered, recorded, serve, trigger
from .conftest import echo

ORDER = route_id("GET", "/orders/{id}")


@pytest.fixture
def handlers() -> Iterator[ModuleType]:
    module = ModuleType(azure_calls.MODULE)
    module.echo = echo  # type: ignore[attr-defined]
    yield module
    sys.modules.pop(azure_calls.MODULE, None)


@pytest.fixture
def orders(handlers: ModuleType) -> Dispatcher:
    return serve(handlers, "GET /orders/{id}", "POST /orders/{id}", "ANY /", "GET /files/{path+}")


def seen(dispatcher: Dispatcher, http: dict[str, Any]) -> dict[str, Any]:
    answer = answered(dispatcher, http)
    assert answer.status == 200, answer
    content: dict[str, Any] = json.loads(answer.body)
    return content


def problem(answer: Received) -> dict[str, Any]:
    assert answer.all("content-type") == ["application/problem+json"]
    content: dict[str, Any] = json.loads(answer.body)
    assert content["status"] == answer.status
    return content


def test_headers_of_azures_front_end_reach_the_handler_and_ours_do_not(orders: Dispatcher) -> None:
    http = recorded("front-end-captured", x_sls_route=route_id("POST", "/orders/{id}"))
    request = seen(orders, http)
    headers = dict(request["headers"])
    assert headers["x-arr-log-id"] == "881073f0-7185-4812-9f17-4db69faf2b68"
    assert headers["x-forwarded-for"] == "192.0.2.1:46066"
    assert not [name for name in headers if name.startswith("x-sls") or name == "x-functions-key"]
    assert headers["host"] == API  # as the caller wrote it, not as the gateway calls the app
    assert request["client_ip"] == "192.0.2.1"
    assert request["id"] == REQUEST_ID
    assert request["url"] == f"https://{API}/orders/7"
    assert base64.b64decode(request["body"]) == b'{"specversion":"1.0"}'


def test_the_hosts_own_test_messages(orders: Dispatcher) -> None:
    query = seen(orders, recorded("host-test-query", x_sls_route=ORDER))
    assert query["query"] == [["say", "Hi"], ["to", ""], ["say", "Ho"]]
    octets = seen(orders, recorded("host-test-octets", x_sls_route=route_id("POST", "/orders/{id}")))
    assert base64.b64decode(octets["body"]) == bytes([1, 2, 3, 4, 5])
    headers = dict(seen(orders, recorded("host-test-headers", x_sls_route=ORDER))["headers"])
    assert (headers["hello"], headers["empty"], headers["x-mx-key"]) == ("world", "", "value")


@pytest.mark.parametrize(
    ("target", "id"),
    [
        ("/orders/7", "7"),
        ("/orders/a%20b", "a b"),
        ("/orders/a+b", "a+b"),
        ("/orders/gr%C3%BCn", "grün"),
        ("/orders/%F0%9F%98%80", "😀"),
        ("/orders/%41", "A"),
        ("/orders/%2541", "%41"),  # the host sends %41 for it
        ("/orders/100%25", "100%"),
        ("/orders/%2520", "%20"),
        ("/orders/a;b=1,c", "a;b=1,c"),
        ("/orders/x%3Ay%40z", "x:y@z"),
        ("/orders/%22%7B%7D%7C", '"{}|'),
    ],
)
def test_a_parameter_is_what_the_caller_wrote_decoded_once(orders: Dispatcher, target: str, id: str) -> None:
    assert seen(orders, sent("GET", target, route=ORDER))["params"] == {"id": id}


@pytest.mark.parametrize("target", ["/orders/a%2Fb", "/orders/a%2fb", "/orders/%FF", "/orders/", "/orders//7", "/x"])
def test_paths_that_no_route_takes(orders: Dispatcher, target: str) -> None:
    assert answered(orders, sent("GET", target, route=ORDER)).status == 404


def test_the_root_with_and_without_its_slash(orders: Dispatcher) -> None:
    root = route_id("ANY", "/")
    for url in (f"https://{APP}/_sls", f"https://{APP}/_sls/"):
        http = to_worker("PATCH", url, [("x-sls-route", root), ("x-sls-url", f"https://{API}/")])
        assert seen(orders, http)["raw_path"] == "/"


def test_a_greedy_parameter_keeps_its_slashes(orders: Dispatcher) -> None:
    http = sent("GET", "/files/a/b%20c/", route=route_id("GET", "/files/{path+}"))
    assert seen(orders, http)["params"] == {"path": "a/b c/"}


def test_a_query_is_as_the_caller_wrote_it(orders: Dispatcher) -> None:
    http = sent("GET", "/orders/7?b=2&a=1&b=%C3%BC&c=a+b&d&e=%26?", route=ORDER)
    pairs = [["b", "2"], ["a", "1"], ["b", "ü"], ["c", "a b"], ["d", ""], ["e", "&?"]]
    assert seen(orders, http)["query"] == pairs


def test_repeated_headers_and_cookies(orders: Dispatcher) -> None:
    headers = [("X-A", "1"), ("x-a", "2"), ("Cookie", "a=1; b=2"), ("X-Unicode", "grün")]
    request = seen(orders, sent("GET", "/orders/7", headers, route=ORDER))
    assert ["x-a", "1,2"] in request["headers"]
    assert ["x-unicode", "grün"] in request["headers"]
    assert request["cookies"] == {"a": "1", "b": "2"}


def test_what_a_caller_sends_under_the_gateways_names_does_not_count(orders: Dispatcher) -> None:
    forged = [("x-sls-route", "r1"), ("X-SLS-IP", "10.0.0.1"), ("x-sls-id", "mine"), ("x-functions-key", "guessed")]
    request = seen(orders, sent("GET", "/orders/7", forged, route=ORDER))
    assert (request["client_ip"], request["id"]) == ("192.0.2.1", REQUEST_ID)


@pytest.mark.parametrize(
    ("ip", "shown"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:46066", "192.0.2.1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("", ""),
    ],
)
def test_an_address_has_no_port(orders: Dispatcher, ip: str, shown: str) -> None:
    assert seen(orders, sent("GET", "/orders/7", route=ORDER, ip=ip))["client_ip"] == shown


@pytest.mark.parametrize("id", ["-", "", "r000000000000", route_id("POST", "/orders/{id}"), route_id("ANY", "/")])
def test_a_route_that_the_gateway_did_not_match_is_404(orders: Dispatcher, id: str) -> None:
    answer = answered(orders, sent("GET", "/orders/7", route=id))
    assert answer.status == 404
    assert problem(answer)["request_id"] == REQUEST_ID


def test_a_body_that_the_host_has_lost_is_411_and_not_empty(orders: Dispatcher) -> None:
    headers = [("x-sls-route", route_id("POST", "/orders/{id}")), ("x-sls-url", f"https://{API}/orders/7")]
    http = to_worker("POST", f"https://{APP}/_sls/orders/7", headers, b"{}", chunked=True)
    answer = answered(orders, http)
    assert answer.status == 411
    assert "Content-Length" in problem(answer)["detail"]


class Broken:
    """An object of the library's shape that is not what it should be."""

    def __init__(self, **known: Any) -> None:
        self.__dict__.update(known)

    def get_body(self) -> Any:
        return self.__dict__.get("body", b"")


@pytest.mark.parametrize(
    "call",
    [
        trigger(recorded("worker-test-bare")),
        trigger(recorded("worker-test-bare", x_sls_route=ORDER)),
        func.HttpRequest("GET", "https://app/_sls/orders/7", body=b""),
        func.HttpRequest("", "https://app/_sls/orders/7", headers={"x-sls-route": ORDER}, body=b""),
        func.HttpRequest("G T", "https://app/_sls/orders/7", headers={"x-sls-route": ORDER}, body=b""),
        func.HttpRequest("GET", "/_sls/orders/7", headers={"x-sls-route": ORDER}, body=b""),
        func.HttpRequest("GET", "https://app/_sls/orders/7", headers={"x-sls-route": 7}, body=b""),  # type: ignore[dict-item]
        func.HttpRequest("GET", "https://app/_sls/orders/7", headers={"x-sls-route": ORDER}, body="text"),  # type: ignore[arg-type]
        func.HttpRequest("GET", None, headers={"x-sls-route": ORDER}, body=b""),  # type: ignore[arg-type]
        Broken(),
        Broken(headers=None, method="GET", url="https://app/_sls/"),
        Broken(headers={"x-sls-route": ORDER}, method=7, url="https://app/_sls/orders/7"),
        None,
    ],
)
def test_what_is_no_request_of_the_gateways_is_400(orders: Dispatcher, call: Any) -> None:
    answer = function_of(orders, func)(call)
    assert answer.status_code == 400
    assert json.loads(answer.get_body())["detail"] == "this is no request as the API's gateway sends it"


@pytest.mark.parametrize(
    "url", ["https://app/", "https://app", "https://app/api/orders/7", "https://app/_slsx/orders/7"]
)
def test_paths_outside_the_prefix_are_404(orders: Dispatcher, url: str) -> None:
    assert answered(orders, to_worker("GET", url, [("x-sls-route", ORDER)])).status == 404
