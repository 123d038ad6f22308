"""The very zip that would be deployed, unpacked, on Google's functions-framework, called as API Gateway would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.orders.infra import api
from sls_infra.plan import check
from sls_infra.plan.model import Plan
from sls_infra.providers.gcp import package
from sls_infra.providers.gcp.capabilities import CAPABILITIES

from ...runtime.functions_framework import FunctionsFramework
from .gateway import Gateway, unpack

WRITER = {"sub": "ann", "scope": "orders:read orders:write"}
ORIGIN = ("Origin", "https://shop.example.com")


@pytest.fixture(scope="module")
def planned() -> Plan:
    return check.plan(api(limited=False), CAPABILITIES)


@pytest.fixture(scope="module")
def unpacked(planned: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpack(planned, tmp_path_factory.mktemp("deployed"))


@pytest.fixture(scope="module")
def gateway(planned: Plan, unpacked: Path) -> Iterator[Gateway]:
    env = {"ORDERS_DB": str(unpacked.parent / "orders.db")}
    with FunctionsFramework(unpacked, env=env) as function:
        yield Gateway(planned, function)


def test_the_orders_example_answers(gateway: Gateway) -> None:
    call = gateway.call
    reader = {"sub": "ann", "scope": "orders:write"}
    answers = [
        call("GET /health", "/health"),
        call("GET /orders", "/orders"),
        call("GET /orders", "/orders", claims=reader),
        call("POST /orders", "/orders", claims=WRITER, body={"nonsense": 1}),
        call("GET /orders", "/orders?limit=2", claims=WRITER),
        call("GET /orders/{id}", "/orders/none", claims=WRITER),
    ]
    assert [status for status, _, _ in answers] == [200, 401, 403, 400, 200, 404]
    assert answers[2][1]["www-authenticate"].startswith('Bearer error="insufficient_scope"')
    refused = json.loads(answers[3][2])
    assert refused["errors"]
    assert refused["request_id"] == "65011637f09e0a5179677a7429456db7"
    assert answers[5][1]["content-type"] == "application/problem+json"


def test_an_order_is_placed_changed_and_deleted(gateway: Gateway) -> None:
    items = [{"sku": "TEA-250", "quantity": 2, "unit_price": 1250}]
    order = {"customer": "ann@example.com", "currency": "EUR", "items": items}
    status, headers, body = gateway.call("POST /orders", "/orders", ORIGIN, claims=WRITER, body=order)
    assert status == 201, body
    assert headers["access-control-allow-origin"] == "https://shop.example.com"
    where = headers["location"]
    status, headers, _ = gateway.call("GET /orders/{id}", where, claims=WRITER)
    assert (status, headers["content-type"]) == (200, "application/json")
    unchanged = gateway.call("GET /orders/{id}", where, ("If-None-Match", headers["etag"]), claims=WRITER)
    assert (unchanged[0], unchanged[1]["etag"], unchanged[2]) == (304, headers["etag"], b"")
    status, headers, body = gateway.call("DELETE /orders/{id}", where, ("If-Match", headers["etag"]), claims=WRITER)
    assert (status, body) == (204, b"")
    assert "content-type" not in headers
    assert gateway.call("GET /orders/{id}", where, claims=WRITER)[0] == 404


@pytest.mark.parametrize(
    ("route", "target"),
    [
        ("GET /orders", "/health"),  # another route's id
        ("GET /health", "/orders"),
        ("GET id=-", "/health"),  # an operation that is no route
        ("GET id=r000000000000", "/health"),
        ("GET id=", "/health"),
        ("GET /orders/{id}", "/orders/7/"),
        ("GET /orders/{id}", "/orders/"),
        ("GET /orders/{id}", "/orders/a%2Fb"),
        ("GET /orders/{id}", "/orders/a%0Ab"),
        ("GET /orders/{id}", "//orders/7"),
        ("GET /orders/{id}", "/orders//7"),
        ("GET /orders/{id}", "/orders/../orders"),
        ("GET /orders/{id}", ""),
    ],
)
def test_what_is_matched_differently_is_not_found(gateway: Gateway, route: str, target: str) -> None:
    status, headers, body = gateway.call(route, target, ORIGIN, claims=WRITER)
    assert status == 404
    assert json.loads(body)["status"] == 404
    assert headers["content-type"] == "application/problem+json"
    assert headers["access-control-allow-origin"] == "https://shop.example.com"


def test_claims_count_on_routes_that_ask_for_a_token_only(gateway: Gateway) -> None:
    forged = gateway.call("GET /health", "/orders", claims=WRITER)
    assert forged[0] == 404, "let through by an open operation, and asked of a closed route"
    for payload in ("", "%%%", "bm90IGpzb24", "W10", "e30,e30", "eyJzdWIiOiJhbm4ifQ==,eyJzdWIiOiJldmUifQ=="):
        sent = ("X-Apigateway-Api-Userinfo", payload)
        assert gateway.call("GET /orders", "/orders", sent)[0] == 401, payload
    assert gateway.call("GET /orders", "/orders", ("X-Forwarded-Authorization", "Bearer e30.e30.e30"))[0] == 401


def test_preflights_are_answered(gateway: Gateway) -> None:
    asked = [ORIGIN, ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type")]
    status, headers, body = gateway.call("OPTIONS id=-", "/orders", *asked)
    assert (status, body) == (204, b"")
    assert headers["access-control-allow-origin"] == "https://shop.example.com"
    assert "content-type" not in headers
    assert gateway.call("OPTIONS id=-", "/orders")[0] == 404, "it is no preflight"


def test_what_does_not_come_through_the_gateway_is_not_found(gateway: Gateway) -> None:
    for target in (
        "/",
        "/health",
        "/_sls/http",
        "/_sls/http/",
        "/_sls/events/x",
        "/%5Fsls/http/x/y",
    ):
        assert gateway.function.call("GET", target)[0] == 404, target


def test_a_target_in_absolute_form(gateway: Gateway) -> None:
    id = gateway.ids["GET /health"]
    assert gateway.function.call("GET", f"https://shop.a.run.app/_sls/http/{id}/health?x=1")[0] == 200


def test_the_zip_holds_source_and_a_list_of_packages(unpacked: Path) -> None:
    files = {str(file.relative_to(unpacked)) for file in unpacked.rglob("*") if file.is_file()}
    assert {"sls_manifest.json", package.SOURCE_FILE, "requirements.txt", "sls_infra/runtime/entry/gcp.py"} <= files
    assert "sls_infra/runtime/entry/local.py" not in files
    assert not [file for file in files if file.startswith(("sls_infra/spec", "sls_infra/plan", "flask", "pulumi"))]
    assert not [file for file in files if file.endswith(".pyc")]
    listed = (unpacked / "requirements.txt").read_text()
    assert f"\n{package.FRAMEWORK} \\\n    --hash=sha256:" in listed
