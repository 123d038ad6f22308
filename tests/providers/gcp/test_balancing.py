"""Requests find the function and the limit of the route that the runtime finds: any routes, any requests."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sls_infra import Api, Domain, Function, Gcp, Public, RateLimit, Route, SpecError
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.entry.load_balancer import Entry
from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered

from ...plan.specs import code
from .balancing import rule_of, service_of

LITERALS = ["a", "b", "a.b", "grüße", "x:y", "it's", "(c)", "a+b", "$1", "~-_"]
SEGMENTS = st.one_of(st.just("{p}"), st.sampled_from(["a", "b"]), st.sampled_from(LITERALS))
SENT = ["a", "b", "a.b", "axb", "gr%C3%BC%C3%9Fe", "gr%c3%bc%c3%9fe", "x:y", "it's", "(c)", "a+b", "aab", "$1", "~-_",
        "%61", "7", "a%27", "", "..", "%2F", "a=b"]  # fmt: skip
METHODS = ("GET", "POST", "ANY")
LIMIT = RateLimit(60, per="minute")


@st.composite
def paths(draw: st.DrawFn) -> str:
    segments = draw(st.lists(SEGMENTS, max_size=3))
    named = [f"{{p{at}}}" if segment == "{p}" else segment for at, segment in enumerate(segments)]
    return "/" + "/".join([*named, "{rest+}"] if draw(st.booleans()) and draw(st.booleans()) else named)


ROUTES = st.lists(
    st.tuples(st.sampled_from(METHODS), paths(), st.sampled_from(["one", "two", "three"]), st.booleans()),
    min_size=1,
    max_size=7,
    unique_by=lambda route: (route[0], _shape(route[1])),
)
REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(["GET", "POST", "PUT"]),
        st.lists(st.sampled_from(SENT), max_size=4).map(lambda s: "/" + "/".join(s)),
    ),
    min_size=8,
    max_size=30,
)


def _shape(path: str) -> str:
    return "/".join("{}" if segment.startswith("{p") else segment for segment in path.split("/"))


def balanced(folder: Path, routes: Any) -> Rendered:
    """Rendered behind a load balancer; a route is (method, path, function, whether it is limited)."""
    functions = {name: Function(name, code=code(folder), handler="app:read") for name in ("one", "two", "three")}
    made = [
        Route(method, path, functions[function], rate_limit=LIMIT if limited else None)
        for method, path, function, limited in routes
    ]
    return render(
        Api("orders", auth=Public(), domain=Domain("api.example.com"), routes=made), Gcp(front="load-balancer")
    )


def dispatcher_of(routes: Any) -> Dispatcher:
    """One that knows all routes, whichever function is theirs."""
    entries = [
        {"id": "", "method": method, "path": path, "handler": "app:read", "auth": ["public"], "scopes": []}
        for method, path, _, _ in routes
    ]
    return Dispatcher({"version": 1, "api": "orders", "function": "all", "routes": entries})


def taken(dispatcher: Dispatcher, entry: Entry, method: str, path: str) -> str | None:
    """The route that answers a request behind the load balancer; None where it is 404."""
    found = dispatcher.match(method, path)
    return found[0].route if found is not None and entry._is_written_plainly(method, path) else None


@given(routes=ROUTES, requests=REQUESTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_request_comes_to_its_function_and_is_counted_as_its_routes(
    tmp_path: Path, routes: Any, requests: Any
) -> None:
    try:
        stack = balanced(tmp_path, routes)
    except SpecError as error:
        assume("one path" not in str(error))
        raise
    judged(stack, routes, requests)


SETS = [
    [("GET", "/{a}", "one", True), ("GET", "/{a}/{b}", "two", False), ("POST", "/{a}", "three", False)],
    [("GET", "/{r+}", "one", True), ("GET", "/x/{a}", "two", False), ("ANY", "/x/{a}/y", "three", True)],
    [("ANY", "/{r+}", "one", False), ("GET", "/x/{r+}", "two", True), ("GET", "/x/y", "three", False)],
    [
        ("GET", "/x/{a}", "one", True),
        ("ANY", "/{a}/y", "two", True),
        ("POST", "/x/y", "three", False),
        ("GET", "/", "two", True),
    ],
]


@pytest.mark.parametrize("routes", SETS)
def test_routes_that_overlap_are_told_apart(tmp_path: Path, routes: Any) -> None:
    """All requests of up to three segments."""
    segments = ["x", "y", "7", ""]
    sent = ["/" + "/".join(each) for length in (1, 2, 3) for each in itertools.product(segments, repeat=length)]
    judged(balanced(tmp_path, routes), routes, [(method, path) for method in ("GET", "POST") for path in sent])


def judged(stack: Rendered, routes: Any, requests: Any) -> None:
    """Each request comes to the function, and counts for the limit, of the route that the runtime would find."""
    url_map = stack.one("URLMap").inputs
    policies = stack.all("SecurityPolicy")
    assert bool(policies) == any(limited for *_, limited in routes)
    dispatcher = dispatcher_of(routes)
    entry = Entry(dispatcher)
    functions = {f"{method} {path}": (function, limited) for method, path, function, limited in routes}
    for method, path in requests:
        route = taken(dispatcher, entry, method, path)
        if route is None:
            continue
        function, limited = functions[route]
        assert service_of(url_map, method, path).endswith(f"/orders-{function}-0123abc"), (method, path, route)
        if policies:
            rule = rule_of(policies[0].inputs, method, path)
            assert (rule["action"] == "throttle") == limited, (method, path, route, rule)
            assert not limited or rule["description"] == route[:64]


@pytest.mark.parametrize(
    "path", ["/a/../b", "/a//b", "//a", "/.", "/a/.", "/a%2fb", "/a%2Fb", "/%2e%2e/a", "/a%5Cb", "/a\\b"]
)
def test_paths_that_something_could_make_a_route_of_are_refused_where_there_are_limits(
    tmp_path: Path, path: str
) -> None:
    stack = balanced(tmp_path, [("GET", "/{rest+}", "one", True)])
    assert rule_of(stack.one("SecurityPolicy").inputs, "GET", path)["action"] == "deny(404)"
    assert dispatcher_of([("GET", "/{rest+}", "one", True)]).match("GET", path) is None


@pytest.mark.parametrize("path", ["/a/b.c", "/...", "/a/..b", "/a%20b", "/.well-known/x", "/a/b/"])
def test_other_paths_are_not(tmp_path: Path, path: str) -> None:
    stack = balanced(tmp_path, [("GET", "/{rest+}", "one", True)])
    assert rule_of(stack.one("SecurityPolicy").inputs, "GET", path)["action"] == "throttle"


@pytest.mark.parametrize(
    "path",
    ["/it's", "/it's/{x}", "/a')+true+('/{x}", "/a'+request.path!='", "/$/{x}", "/(.*)/{x}", "/a')", "/'"],
)
def test_a_path_is_never_part_of_the_expression(tmp_path: Path, path: str) -> None:
    """It is compared as it is."""
    policy = balanced(tmp_path, [("GET", path, "one", True)]).one("SecurityPolicy").inputs
    assert rule_of(policy, "GET", path.replace("{x}", "7"))["action"] == "throttle"
    for other in ("/", "/x", "/x/7", "/its/7", "/a", "/b"):
        assert rule_of(policy, "GET", other)["action"] == "allow"
    assert rule_of(policy, "POST", path.replace("{x}", "7"))["action"] == "allow"


def test_one_function_needs_no_lines(tmp_path: Path) -> None:
    routes = [("GET", f"/{at}/{{a}}/{{b}}/{{c}}/{{d}}/{{e}}/{{f}}=x", "one", False) for at in range(2)]
    plain = [(method, path.replace("=x", ""), *rest) for method, path, *rest in routes]
    url_map = balanced(tmp_path, plain).one("URLMap").inputs
    assert "pathMatchers" not in url_map
    assert "hostRules" not in url_map


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/{a}/{b}/{c}/{d}/{e}/{f}", "5 wildcards"),
        ("/{a}/{b}/{c}/{d}/{e+}", "a greedy one takes two"),
        ("/a=b/{c}", "in a literal segment"),
        ("/a*b/{c}", "in a literal segment"),
        (f"/{'x' * 260}/{{c}}", "over 255"),
    ],
)
def test_what_a_url_map_can_not_say_is_refused_where_it_would_have_to(tmp_path: Path, path: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        balanced(tmp_path, [("GET", path, "one", False), ("GET", "/b", "two", False)])
    assert said in str(caught.value)
    assert "let one function answer all routes" in str(caught.value)
    assert balanced(tmp_path, [("GET", path, "one", False)]).one("URLMap")


def test_the_documents_are_the_same_whatever_the_order_of_routes(tmp_path: Path) -> None:
    routes = [("GET", "/a", "one", True), ("ANY", "/{x+}", "two", True), ("POST", "/a/{b}", "one", False)]

    def told(given: Any) -> str:
        stack = balanced(tmp_path, given)
        return json.dumps([stack.one("URLMap").inputs, stack.one("SecurityPolicy").inputs], sort_keys=True)

    assert told(routes) == told(routes[::-1])
