"""The very zip that would be deployed, unpacked, on Microsoft's own Python worker, called as its host calls it."""

from __future__ import annotations

import base64
import dataclasses
import json
import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from examples.orders.infra import api
from examples.orders.tests.callers import ORDER
from sls_infra.bundle import build
from sls_infra.plan import resolve
from sls_infra.providers.azure.capabilities import CAPABILITIES
from sls_infra.providers.azure.package import bundle_spec

from ...runtime import azure_worker
from ...runtime.azure_host import REQUEST_ID, Received, received, sent
from ...runtime.azure_worker import AzureWorker

PLAN = resolve.resolve(api(limited=False))
IDS = {route.key: route.id for route in PLAN.routes}
CALLER = {"sub": "ann", "scope": "orders:read orders:write", "exp": 4102444800}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deployed")
    function = dataclasses.replace(PLAN.functions[0], python="3.13")  # what the worker library runs on
    bundle = build(bundle_spec(PLAN, function, CAPABILITIES), cache=folder / "cache")
    with zipfile.ZipFile(bundle.path) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


@pytest.fixture(scope="module", params=["init", "reload"])
def worker(request: pytest.FixtureRequest, unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Started both ways: with its app, and as a placeholder that is given it."""
    try:
        azure_worker.python()
    except azure_worker.Missing as reason:
        pytest.skip(str(reason))
    database = tmp_path_factory.mktemp("orders") / "orders.db"
    with AzureWorker(unpacked, env={"ORDERS_DB": str(database)}, how=request.param) as worker:
        yield worker


def call(
    worker: AzureWorker,
    route: str,
    target: str,
    *,
    claims: dict[str, Any] | None = None,
    body: Any = None,
    lines: Iterable[tuple[str, str]] = (),
) -> Received:
    """What a caller gets; `route` ("GET /orders") is the one that the gateway matched, "GET -" for none."""
    method, _, path = route.partition(" ")
    lines = [*lines]
    if claims is not None:
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        lines.append(("Authorization", f"Bearer e30.{payload}.c2ln"))
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    id = IDS.get(route, path or "-")
    return received(worker.call(sent(method, target, lines, data, route=id)), method)


def test_it_finds_one_function(worker: AzureWorker) -> None:
    (function,) = worker.functions
    trigger = json.loads(function["bindings"][0])
    assert (function["name"], trigger["route"], trigger["authLevel"]) == ("api", "{*path}", "FUNCTION")


def test_the_orders_example_answers(worker: AzureWorker) -> None:
    reader = {**CALLER, "scope": "orders:read"}
    answers = [
        call(worker, "GET /health", "/health"),
        call(worker, "GET /orders", "/orders"),
        call(worker, "POST /orders", "/orders", claims=reader, body=ORDER),
        call(worker, "POST /orders", "/orders", claims=CALLER, body={"nonsense": 1}),
        call(worker, "POST /orders", "/orders", claims=CALLER, body=b"{"),
        call(worker, "GET /orders", "/orders?limit=2", claims=CALLER),
        call(worker, "GET /orders/{id}", "/orders/none", claims=CALLER),
    ]
    assert [answer.status for answer in answers] == [200, 401, 403, 400, 400, 200, 404]
    assert answers[2].all("www-authenticate")[0].startswith('Bearer error="insufficient_scope"')
    assert json.loads(answers[3].body)["errors"]
    assert {answer.all("content-type")[0] for answer in (*answers[1:5], answers[6])} == {"application/problem+json"}
    assert json.loads(answers[1].body)["request_id"] == REQUEST_ID


def test_an_order_is_placed_read_and_deleted(worker: AzureWorker) -> None:
    placed = call(worker, "POST /orders", "/orders", claims=CALLER, body=ORDER)
    assert placed.status == 201, placed.body
    order = json.loads(placed.body)
    target = f"/orders/{order['id']}"
    read = call(worker, "GET /orders/{id}", target, claims=CALLER)
    assert (read.status, json.loads(read.body)["id"]) == (200, order["id"])
    assert call(worker, "GET /orders/{id}", target, claims={**CALLER, "sub": "bob"}).status == 404
    gone = call(worker, "DELETE /orders/{id}", target, claims=CALLER, lines=[("If-Match", read.all("etag")[0])])
    assert (gone.status, gone.body, gone.all("content-type")) == (204, b"", [])


@pytest.mark.parametrize(
    ("route", "target"),
    [
        ("GET -", "/health"),
        ("GET r000000000000", "/health"),
        ("GET /orders", "/health"),
        ("GET /health", "/orders"),
        ("GET /orders/{id}", "/orders"),
        ("GET /orders/{id}", "/orders/a%2Fb"),
        ("GET /orders/{id}", "/orders/7/"),
        ("GET /health", "/health/"),
        ("POST /orders", "/health"),
        ("GET -", "/nothing"),
    ],
)
def test_what_the_gateway_matched_differently_is_404(worker: AzureWorker, route: str, target: str) -> None:
    assert call(worker, route, target, claims=CALLER).status == 404


def test_preflights_are_answered_and_pages_may_read_refusals(worker: AzureWorker) -> None:
    page = "https://shop.example.com"
    asks = ("Access-Control-Request-Method", "GET")
    preflight = call(worker, "OPTIONS -", "/orders", lines=[("Origin", page), asks])
    assert (preflight.status, preflight.all("access-control-allow-origin")) == (204, [page])
    stranger = call(worker, "OPTIONS -", "/orders", lines=[("Origin", "https://evil.example"), asks])
    assert (stranger.status, stranger.all("access-control-allow-origin")) == (204, [])
    refused = call(worker, "GET /orders", "/orders", lines=[("Origin", page)])
    assert (refused.status, refused.all("access-control-allow-origin")) == (401, [page])
    assert call(worker, "OPTIONS -", "/orders").status == 404


def test_whatever_the_message_holds_the_worker_answers_and_goes_on(worker: AzureWorker) -> None:
    odd: list[dict[str, Any]] = [
        {},
        {"method": "GET"},
        {"method": "GET", "url": "nonsense", "headers": {"x-sls-route": IDS["GET /health"]}},
        {"method": "GET", "url": "https://app/_sls/health"},
        {"method": "\0", "url": "https://app/_sls/health", "headers": {"x-sls-route": IDS["GET /health"]}},
    ]
    assert [received(worker.call(http)).status for http in odd] == [400] * len(odd)
    assert call(worker, "GET /health", "/health").status == 200


def test_calls_at_once_are_all_answered(worker: AzureWorker) -> None:
    http = sent("GET", "/health", route=IDS["GET /health"])
    until = time.monotonic() + 30
    answers = [worker.begin(http) for _ in range(200)]
    done = [answer.result(max(0.1, until - time.monotonic())) for answer in answers]
    assert {answer["http"]["status_code"] for answer in done} == {"200"}


def test_the_zip_holds_what_runs_and_nothing_else(unpacked: Path) -> None:
    files = {file.relative_to(unpacked).as_posix() for file in unpacked.rglob("*") if file.is_file()}
    assert files > {"function_app.py", "host.json", "sls_manifest.json", "shop/api.py"}
    entries = {file for file in files if file.startswith("sls_infra/runtime/entry/")}
    words = "answer authorize cookies deliveries events http"
    names = ("__init__", "azure", *(f"azure_{word}" for word in words.split()))
    assert entries == {f"sls_infra/runtime/entry/{name}.py" for name in names}
    assert ".python_packages/lib/site-packages/azure/functions/__init__.py" in files
    assert not [file for file in files if file.startswith(("sls_infra/spec", "sls_infra/plan", "pulumi", "pydantic"))]
    assert not [file for file in files if file.endswith(".pyc")]
