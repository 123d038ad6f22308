"""Gateway and runtime together: whatever the routes, a request is answered by the route that the path grammar means,
or by 404; never by 405, and never past a token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sls_infra import Api, Cors, Function, Jwt, Public, Route
from sls_infra.plan import check
from sls_infra.plan.model import Plan
from sls_infra.providers.gcp import auth
from sls_infra.providers.gcp.capabilities import CAPABILITIES
from sls_infra.providers.gcp.document import METHODS, document
from sls_infra.runtime.paths import Matcher

from ...plan.specs import code
from .espv2 import Proxy
from .specs import told

TOKEN = Jwt(issuer="https://id.example.com/", audience="orders")
SEGMENTS = ("a", "b", "{x}", "{y+}")
PATHS = st.lists(st.sampled_from(SEGMENTS[:3]), max_size=3).flatmap(
    lambda start: st.sampled_from([[*start], [*start, "{y+}"]])
)
ROUTES = st.lists(st.tuples(st.sampled_from(("GET", "POST", "ANY")), PATHS, st.booleans()), min_size=1, max_size=6)
REQUESTS = st.tuples(
    st.sampled_from(METHODS), st.lists(st.sampled_from(("a", "b", "c")), max_size=4), st.sampled_from(("", "/"))
)


def named(segments: list[str]) -> str:
    """The path, with each parameter named by its place, as one path has one set of names."""
    return "/" + "/".join(s.replace("{", f"{{p{i}").replace("x", "").replace("y", "") for i, s in enumerate(segments))


def planned(folder: Path, routes: list[tuple[str, list[str], bool]], **more: Any) -> Plan:
    shop = Function("shop", code=folder, handler="app:read")
    distinct = {(method, named(path)): public for method, path, public in routes}
    made = [
        Route(method, path, shop, auth=Public() if public else TOKEN)  # type: ignore[arg-type]
        for (method, path), public in distinct.items()
    ]
    return check.plan(Api("orders", routes=made, **more), CAPABILITIES)


def of(plan: Plan) -> Proxy:
    definitions = {
        token.name: auth.definition(
            {"issuer": token.issuer, "audience": token.audience, "jwks_uri": None, "scheme": "Bearer"}
        )
        for token in plan.jwts
    }
    return Proxy(document(plan, {"shop": "https://shop.a.run.app"}, definitions))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return code(tmp_path_factory.mktemp("code"))


@settings(max_examples=300, deadline=None)
@given(routes=ROUTES, requests=st.lists(REQUESTS, min_size=1, max_size=8), cors=st.booleans())
def test_a_request_is_answered_by_the_route_that_is_meant(
    folder: Path, routes: list[tuple[str, list[str], bool]], requests: list[tuple[str, list[str], str]], cors: bool
) -> None:
    plan = planned(folder, routes, cors=Cors(origins=["*"]) if cors else None)
    proxy, matcher = of(plan), Matcher([(route.method, route.path, route) for route in plan.routes])
    for method, segments, slash in requests:
        path = "/" + "/".join(segments) + (slash if segments else "")
        operation = proxy.route(method, path)
        assert isinstance(operation, dict), f"{method} {path} is answered {operation} by the gateway"
        found = matcher.match(method, path)
        meant = None if found is None else found[0]
        if meant is not None and told(operation) == meant.id:
            assert bool(operation["security"]) == (not meant.public)
        elif meant is not None:
            # Nobody is let in: the runtime answers 404. That happens in two ways, and in no other.
            preflight = cors and method == "OPTIONS" and not meant.public
            assert path.endswith("/") or preflight, f"{method} {path} is {meant.key}"


@settings(max_examples=200, deadline=None)
@given(routes=ROUTES)
def test_an_operation_that_vouches_for_a_route_asks_for_its_token(
    folder: Path, routes: list[tuple[str, list[str], bool]]
) -> None:
    plan = planned(folder, routes, cors=Cors(origins=["*"]))
    by_id = {route.id: route for route in plan.routes}
    for _, _, _, operation in of(plan).operations:
        id = told(operation)
        if id == "-":
            assert operation["security"] == []
        else:
            assert operation["security"] == ([] if by_id[id].public else [{"jwt": []}])


def test_a_method_that_a_path_lacks_falls_to_the_route_that_has_it(folder: Path) -> None:
    plan = planned(folder, [("GET", ["a", "{x}"], True), ("POST", ["{x}", "b"], True), ("POST", ["{x}", "{y+}"], True)])
    proxy, ids = of(plan), {route.key: route.id for route in plan.routes}
    for path, meant in (("/a/b", "POST /{p0}/b"), ("/a/c", "POST /{p0}/{p1+}")):
        operation = proxy.route("POST", path)
        assert isinstance(operation, dict)
        assert told(operation) == ids[meant]


def test_a_method_that_openapi_has_not_is_the_gateways(folder: Path) -> None:
    assert of(planned(folder, [("ANY", ["a"], True)])).route("TRACE", "/a") == 405
