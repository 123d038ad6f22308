"""All mistakes of a spec are told together, each with its place and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sls_infra import (
    Api,
    Budget,
    Cors,
    Function,
    Jwt,
    OAuth2,
    Observability,
    Problem,
    Public,
    RateLimit,
    Route,
    Scaling,
    SpecError,
)
from sls_infra.plan import check
from sls_infra.plan.capabilities import Runtime
from sls_infra.plan.resolve import resolve
from sls_infra.providers.aws.capabilities import CAPABILITIES as AWS
from sls_infra.providers.local.capabilities import CAPABILITIES as LOCAL

from .specs import code, small

ISSUER = "https://id.example.com/"


def problems(api: Api, *clouds: Any) -> Sequence[Problem]:
    return check.look(api, *clouds)[1]


@pytest.fixture
def shop(tmp_path: Path) -> Function:
    return Function("shop", code=code(tmp_path), handler="app:read")


def test_a_good_spec_has_no_problems_on_either_target(tmp_path: Path) -> None:
    assert problems(small(tmp_path), AWS, LOCAL) == []


def test_twenty_mistakes_are_twenty_problems(tmp_path: Path) -> None:
    shop = Function("shop", code=code(tmp_path), handler="app:read")
    wrong = Function(
        "2nd",
        code=tmp_path / "nowhere",
        handler="app:read",
        memory=20000,
        timeout=300,
        runtime="node20",
        env={"A-B": "x"},
        scaling=Scaling(max_instances=0),
    )
    described = OAuth2(issuer=ISSUER, audience="a", scopes={"orders:read": "read"})
    api = Api(
        "orders",
        cors=Cors(origins=["shop.example.com"]),
        routes=[
            Route("GET", "/a", shop, auth=Public()),
            Route("GET", "/a", shop, auth=Public()),
            Route("GET", "/b/{id}/{id}", shop, auth=Public()),
            Route("GET", "/c/{rest+}/d", shop, auth=Public()),
            Route("GET", "/e", shop, auth=described, scopes=["orders:reed"]),
            Route("GET", "/f", shop),
            Route("GET", "/g", shop, handler="app:nobody", auth=Public()),
            Route("GET", "/h", shop, handler="nothing.here:read", auth=Public()),
            Route("FETCH", "/i", shop, auth=Public()),  # type: ignore[arg-type]
            Route("GET", "/j", shop, auth=Public(), rate_limit=RateLimit(0)),
            Route("GET", "/k", shop, auth=Public(), rate_limit=RateLimit(1, per="fortnight")),  # type: ignore[arg-type]
            Route("GET", "/l", shop, auth=Jwt(issuer="id.example.com", audience="a")),
            Route("GET", "m", shop, auth=Public()),
            Route("GET", "/n", wrong, auth=Public()),
        ],
    )
    with pytest.raises(SpecError) as caught:
        check.plan(api, AWS)
    places = {problem.path for problem in caught.value.problems}
    expected = {
        "api.cors.origins[0]",
        "api.routes[1].path",
        "api.routes[2].path",
        "api.routes[3].path",
        "api.routes[4].scopes[0]",
        "api.routes[5].auth",
        "api.routes[6].handler",
        "api.routes[7].handler",
        "api.routes[8].method",
        "api.routes[9].rate_limit.requests",
        "api.routes[10].rate_limit.per",
        "api.routes[11].auth.issuer",
        "api.routes[12].path",
        "api.routes[13].function.name",
        "api.routes[13].function.code",
        "api.routes[13].function.memory",
        "api.routes[13].function.timeout",
        "api.routes[13].function.runtime",
        "api.routes[13].function.env",
        "api.routes[13].function.scaling.max_instances",
    }
    assert len(expected) == 20
    assert expected <= places
    assert all(problem.message and problem.fix for problem in caught.value.problems)
    assert all(place in str(caught.value) for place in expected)


@pytest.mark.parametrize(
    ("changed", "place", "told"),
    [
        ({"path": "/_sls/x"}, "path", "_sls"),
        ({"path": "/a//b"}, "path", ""),
        ({"path": "/a/"}, "path", ""),
        ({"path": "/a/../b"}, "path", ""),
        ({"path": "/a/x{id}"}, "path", ""),
        ({"scopes": ["two words"]}, "scopes[0]", "no scope"),
        ({"auth": ()}, "auth", "lets nobody in"),
        ({"auth": Public(), "scopes": ["a"]}, "scopes", "nobody who can call it has scopes"),
        ({"auth": (Public(), Jwt(issuer=ISSUER, audience="a")), "scopes": ["a"]}, "scopes", "yet is let in"),
        ({"auth": Jwt(issuer="http://id.example.com/", audience="a")}, "auth.issuer", "no https URL"),
        ({"auth": Jwt(issuer=ISSUER, audience=[])}, "auth.audience", "any other service"),
        ({"auth": Jwt(issuer=ISSUER, audience="a", algorithms=["none"])}, "auth.algorithms", "no signature"),
        ({"auth": Jwt(issuer=ISSUER, audience="a", algorithms=["HS256"])}, "auth.algorithms", "key that both"),
        ({"auth": Jwt(issuer=ISSUER, audience="a", algorithms=[])}, "auth.algorithms", "no signature"),
        ({"auth": Jwt(issuer=ISSUER, audience="a", leeway=-1)}, "auth.leeway", "0 to 300"),
        ({"rate_limit": RateLimit(5, burst=0)}, "rate_limit.burst", "lets nobody in"),
        ({"request": {"type": "object"}}, "request", "has no body"),
        ({"method": "get"}, "method", "no method"),
        ({"handler": "app"}, "handler", "form package.module:callable"),
        ({"handler": "app:read:more"}, "handler", "form package.module:callable"),
    ],
)
def test_each_mistake_in_a_route_has_its_place(shop: Function, changed: dict[str, Any], place: str, told: str) -> None:
    good = Route("GET", "/a", shop, auth=Jwt(issuer=ISSUER, audience="a"))
    assert problems(Api("orders", routes=[good])) == []
    found = problems(Api("orders", routes=[replace(good, **changed)]))
    assert [problem.path for problem in found] == [f"api.routes[0].{place}"]
    assert told in found[0].message
    assert found[0].fix


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"name": "no name"}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"memory": 0}, "memory"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"architecture": "sparc"}, "architecture"),
        ({"requirements": "nowhere.txt"}, "requirements"),
        ({"env": {"SLS_X": "1"}}, "env"),
        ({"scaling": Scaling(min_instances=3, max_instances=2)}, "scaling"),
        ({"scaling": Scaling(min_instances=-1)}, "scaling.min_instances"),
        ({"scaling": Scaling(concurrency=0)}, "scaling.concurrency"),
        ({"handler": None}, None),
    ],
)
def test_each_mistake_in_a_function_has_its_place(shop: Function, changed: dict[str, Any], place: str | None) -> None:
    found = problems(Api("orders", routes=[Route("GET", "/a", replace(shop, **changed), auth=Public())]))
    assert [problem.path for problem in found] == [
        f"api.routes[0].function.{place}" if place else "api.routes[0].handler"
    ]


def test_names_that_are_one_on_a_cloud_collide(shop: Function) -> None:
    other = replace(shop, name="SHOP")
    third = replace(shop, name="a_b")
    fourth = replace(shop, name="a-b")
    routes = [Route("GET", f"/{i}", f, auth=Public()) for i, f in enumerate([shop, other, third, fourth])]
    found = problems(Api("orders", routes=routes))
    assert [problem.path for problem in found] == ["api.routes[1].function.name", "api.routes[3].function.name"]


def test_two_functions_of_one_name_must_be_equal(shop: Function) -> None:
    twin, other = replace(shop), replace(shop, memory=1024)
    assert (
        problems(Api("o", routes=[Route("GET", "/a", shop, auth=Public()), Route("GET", "/b", twin, auth=Public())]))
        == []
    )
    found = problems(
        Api("o", routes=[Route("GET", "/a", shop, auth=Public()), Route("GET", "/b", other, auth=Public())])
    )
    assert [problem.path for problem in found] == ["api.routes[1].function"]


def test_one_path_has_one_set_of_parameter_names(shop: Function) -> None:
    def found(*paths: str) -> list[str]:
        methods = ("GET", "POST", "PUT")
        routes = [Route(m, p, shop, auth=Public()) for m, p in zip(methods, paths, strict=False)]  # type: ignore[arg-type]
        return [problem.path for problem in problems(Api("o", routes=routes))]

    assert found("/a/{id}", "/a/{id}") == []
    assert found("/a/{id}", "/a/{name}") == ["api.routes[1].path"]
    assert found("/a/{id}", "/a/{name}/b") == []


def test_handlers_are_found_by_parsing_and_never_imported(tmp_path: Path) -> None:
    (tmp_path / "boom.py").write_text(
        "import os\nraise SystemExit('imported')\n"
        "from elsewhere import borrowed\nif os.name:\n    def inside(request): ...\n"
        "try:\n    import json as decoder\nexcept ImportError:\n    decoder = None\nfirst, second = 1, 2\n"
    )
    (tmp_path / "broken.py").write_text("def read(:\n")
    (tmp_path / "star.py").write_text("from elsewhere import *\n")

    def lacks(handler: str) -> bool:
        function = Function("f", code=tmp_path, handler=handler)
        return bool(problems(Api("o", routes=[Route("GET", "/a", function, auth=Public())])))

    assert not any(
        map(lacks, ["boom:borrowed", "boom:inside", "boom:decoder", "boom:second", "star:anything", "boom:os.path"])
    )
    assert all(map(lacks, ["boom:absent", "broken:read", "nowhere:read", "boom.sub:read", "../boom:read"]))


@pytest.mark.parametrize(
    "more", [{"observability": Observability()}, {"budget": Budget(10)}], ids=lambda more: next(iter(more))
)
@pytest.mark.parametrize("cloud", [AWS, LOCAL], ids=lambda cloud: cloud.target)
def test_what_is_not_built_is_refused_not_dropped(shop: Function, more: dict[str, Any], cloud: Any) -> None:
    spec = Api("o", routes=[Route("GET", "/a", shop, auth=Public())], **more)
    assert problems(spec) == [], "the spec itself is right"
    found = problems(spec, cloud)
    (kind,) = more
    assert any(problem.message.startswith(kind) and "refused" in problem.message for problem in found), found


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ({"jwks_uri": "https://id.example.com/keys"}, "auth.jwt.jwks_uri"),
        ({"algorithms": ["ES256"]}, "auth.jwt.algorithms"),
        ({"leeway": 5}, "auth.jwt.leeway"),
        ({"scheme": "Token"}, "auth.jwt.scheme"),
    ],
)
def test_what_an_http_api_cannot_verify_the_runtime_does_on_aws(
    shop: Function, token: dict[str, Any], kind: str
) -> None:
    spec = Api("o", auth=Jwt(**{"issuer": ISSUER, "audience": "a", **token}), routes=[Route("GET", "/a", shop)])
    assert problems(spec, LOCAL) == []
    assert problems(spec, AWS) == []
    assert isinstance(AWS.meeting(kind), Runtime)
    (route,) = resolve(spec).routes
    assert AWS.by_runtime(route), "the gateway lets it through, and the runtime decides"
    assert not AWS.by_runtime(resolve(replace(spec, auth=Jwt(issuer=ISSUER, audience="a"))).routes[0])


def test_an_issuer_on_this_machine_is_refused_on_aws_and_met_locally(shop: Function) -> None:
    way = Jwt(issuer="http://127.0.0.1:8080/", audience="a")
    spec = Api("o", auth=way, routes=[Route("GET", "/a", shop)])
    assert problems(spec, LOCAL) == []
    assert [problem.message.split(" ")[0] for problem in problems(spec, AWS)] == ["auth.jwt.loopback"]


def test_windows_are_converted_on_aws_only_where_the_result_is_the_same(shop: Function) -> None:
    def found(limit: RateLimit) -> list[str]:
        return [
            p.message.split(" ")[0]
            for p in problems(Api("o", auth=Public(), rate_limit=limit, routes=[Route("GET", "/a", shop)]), AWS)
        ]

    assert found(RateLimit(100)) == []
    assert found(RateLimit(100, per="minute", burst=10)) == []
    assert found(RateLimit(100, per="minute")) == ["limit.route.window"]


def test_bounds_name_the_limit_and_its_source(shop: Function) -> None:
    spec = Api("o", auth=Public(), routes=[Route("GET", f"/a{i}", shop) for i in range(301)])
    (problem,) = problems(spec, AWS)
    assert problem.path == "api.routes"
    assert "301" in problem.message
    assert "300" in problem.message
    assert "quotas" in problem.message
    assert problems(spec, LOCAL) == []


def test_the_plan_writes_out_every_default(tmp_path: Path) -> None:
    planned = resolve(small(tmp_path))
    read, create, health, files = planned.routes
    assert (read.handler, create.handler) == ("app:read", "pkg.api:write")
    assert [(limit.requests, limit.seconds, limit.burst) for limit in read.limits] == [(100, 1, 100)]
    assert [limit.burst for limit in create.limits] == [20]
    assert health.public
    assert [token.name for token in planned.jwts] == ["jwt", "jwt-2"]
    assert files.jwts[0].described_scopes == {}
    assert [route.operation_id for route in planned.routes] == [
        "getOrdersId",
        "postOrders",
        "getHealth",
        "anyFilesPath",
    ]


def test_operation_ids_are_unique_whatever_the_paths(shop: Function) -> None:
    paths = ["/a/b", "/a-b", "/aB", "/A/{b}", "/a/B"]
    planned = resolve(Api("o", auth=Public(), routes=[Route("GET", path, shop) for path in paths]))
    assert len({route.operation_id for route in planned.routes}) == len(paths)
