"""Whatever a spec says, it renders on a target or is refused with Problems: never a traceback of another kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sls_infra import (
    Api,
    Cors,
    Function,
    Jwt,
    OAuth2,
    Public,
    RateLimit,
    Route,
    Scaling,
    SpecError,
)
from sls_infra.plan import check
from sls_infra.providers.registry import BUILT, capabilities
from sls_infra.testing import render

from .specs import code


def made(cls: Any, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects of a spec class, of nothing but the fields given."""
    return st.fixed_dictionaries(fields).map(lambda given: cls(**given))


odd = st.text(max_size=12)
names = st.one_of(st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,70}", fullmatch=True), odd)
segments = st.one_of(
    st.sampled_from(["orders", "{id}", "{rest+}", "grüße", ".", "..", "{}", "{a", "%2F", "", "_sls"]), odd
)
paths = st.lists(segments, max_size=4).map(lambda parts: "/" + "/".join(parts))
counts = st.integers(-5, 2**40)
urls = st.one_of(
    st.sampled_from(["https://id.example.com/", "http://localhost:1/", "http://x", "https://", "//[", ""]), odd
)
few = st.lists(odd, max_size=3)
tokens: st.SearchStrategy[Any] = made(
    Jwt,
    issuer=urls,
    audience=st.one_of(odd, few),
    jwks_uri=st.none() | urls,
    algorithms=st.lists(st.sampled_from(["RS256", "ES256", "HS256", "none", "x"]), max_size=2),
    leeway=st.integers(-5, 500),
    scheme=st.sampled_from(["Bearer", "", "a b"]),
)
oauth: st.SearchStrategy[Any] = made(OAuth2, issuer=urls, audience=odd, scopes=st.dictionaries(odd, odd, max_size=2))
ways: st.SearchStrategy[Any] = st.one_of(st.none(), made(Public), tokens, oauth, st.lists(tokens, max_size=2))
limits: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    made(
        RateLimit,
        requests=counts,
        per=st.sampled_from(["second", "minute", "day", "eon"]),
        burst=st.none() | counts,
        by=st.sampled_from(["route", "ip", "moon"]),
    ),
)
schemas: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.sampled_from(
        [{}, {"type": "object"}, {"type": 5}, {"$ref": "#/nowhere"}, {"pattern": "("}, {"unknown": 1}, {"allOf": {}}]
    ),
    st.dictionaries(odd, st.one_of(st.integers(), odd, st.none()), max_size=3),
)
cors: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    made(
        Cors,
        origins=st.lists(
            st.one_of(st.sampled_from(["*", "https://a.example.com", "null", "https://["]), odd), max_size=2
        ),
        methods=few,
        headers=few,
        credentials=st.booleans(),
        max_age=counts,
    ),
)


@st.composite
def specs(draw: st.DrawFn, folder: Path) -> Api:
    function = made(
        Function,
        name=names,
        code=st.sampled_from([folder, folder / "nowhere"]),
        handler=st.sampled_from([None, "app:read", "app:no", "x", "pkg.api:write", "..:a"]),
        runtime=st.sampled_from(["python3.12", "python2.7", "node"]),
        memory=counts,
        timeout=st.one_of(st.floats(), st.integers(-1, 1000).map(float)),
        env=st.dictionaries(odd, odd, max_size=2),
        scaling=made(Scaling, min_instances=counts, max_instances=st.none() | counts, concurrency=st.none() | counts),
    )
    good = Function("shop", code=folder, handler="app:read")
    functions = st.one_of(st.just(good), function)
    method = st.sampled_from(["GET", "POST", "ANY", "OPTIONS", "get", ""])
    routes = made(
        Route,
        method=method,
        path=paths,
        function=functions,
        auth=ways,
        scopes=few,
        rate_limit=limits,
        request=schemas,
        operation_id=st.none() | odd,
    )
    name, auth, limit, shared = draw(names), draw(ways), draw(limits), draw(cors)
    return Api(name, auth=auth, rate_limit=limit, cors=shared, routes=draw(st.lists(routes, max_size=4)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return code(tmp_path_factory.mktemp("code"))


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_spec_is_planned_or_refused(folder: Path, data: st.DataObject) -> None:
    api = data.draw(specs(folder))
    for target in BUILT:
        _, problems = check.look(api, capabilities(target))
        assert all(problem.path.startswith("api.") and problem.message and problem.fix for problem in problems)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_not_refused_renders(folder: Path, data: st.DataObject) -> None:
    shop = Function("shop", code=folder, handler="app:read")
    parts = st.lists(st.sampled_from(["orders", "{id}", "a-b", "grüße", "~x", "a.b"]), min_size=1, max_size=3)
    token, described = (
        Jwt(issuer="https://id.example.com/", audience="a"),
        OAuth2(issuer="https://x.example/", audience="b"),
    )
    bucket = made(RateLimit, requests=st.integers(1, 10**6), burst=st.none() | st.integers(1, 10**6))
    route = made(
        Route,
        method=st.sampled_from(["GET", "POST", "ANY"]),
        path=parts.map(lambda given: "/" + "/".join(given)),
        function=st.just(shop),
        auth=st.sampled_from([Public(), token, described]),
        rate_limit=st.none() | st.none() | st.none() | bucket,  # refused on two targets
    )
    name = data.draw(st.from_regex(r"[a-z][a-z0-9_-]{0,60}", fullmatch=True))
    api = Api(name, routes=data.draw(st.lists(route, min_size=1, max_size=5)))
    for target in BUILT:
        if check.look(api, capabilities(target))[1]:
            with pytest.raises(SpecError):
                render(api, target)
        else:
            assert render(api, target).outputs["url"]
