"""Limits behind Basic v2: the rendered policies, run with a clock of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sls_infra import Api, ApiKey, Azure, Cors, Custom, Function, Jwt, Public, RateLimit, Route, SpecError
from sls_infra.testing import render

from .front import Front, source
from .specs import ISSUER

Serve = Callable[..., Front]
JWT = Jwt(issuer=ISSUER, audience="orders")
PAGE = "https://shop.example.com"


def test_a_route_is_counted_by_itself_and_whoever_calls(serve: Serve, shop: Function) -> None:
    routes = [Route("GET", "/a", shop), Route("GET", "/b", shop), Route("ANY", "/c", shop, rate_limit=RateLimit(2))]
    front = serve(Api("orders", auth=Public(), rate_limit=RateLimit(3, per="minute"), routes=routes))
    assert front.chosen.front_name == "basic-v2"
    assert front.statuses(5, "GET", "/a") == [200, 200, 200, 429, 429]
    assert front.call("GET", "/a", ip="198.51.100.7").status == 429, "all callers together"
    assert front.call("GET", "/b").status == 200, "each route by itself"
    assert [front.call(method, "/c").status for method in ("GET", "POST", "PUT")] == [200, 200, 429], "one route"
    front.gateway.counters.now += 20
    assert front.statuses(2, "GET", "/a") == [200, 429], "three a minute are one in twenty seconds"


def test_over_a_limit_the_answer_is_ours(serve: Serve, shop: Function) -> None:
    limited = Route("GET", "/a", shop, rate_limit=RateLimit(1, per="minute"))
    front = serve(Api("orders", auth=Public(), cors=Cors(origins=[PAGE]), routes=[limited]))
    assert front.call("GET", "/a").status == 200
    answer = front.call("GET", "/a", origin=PAGE)
    assert answer.status == 429
    assert answer.problem()["detail"] == "too many calls"
    assert answer.header("retry-after") == "60"
    assert answer.header("access-control-allow-origin") == PAGE
    assert answer.header("www-authenticate") is None
    front.gateway.counters.now += 60
    assert front.call("GET", "/a").status == 200, "as it was told"
    asked = {"origin": PAGE, "access_control_request_method": "GET"}
    assert front.statuses(3, "OPTIONS", "/a", **asked) == [204, 204, 204], "a preflight is no call of the route"


def test_each_refusal_is_told_with_who_called_once_that_is_verified(serve: Serve, shop: Function) -> None:
    key = ApiKey(clients={"mobile": [RateLimit(1, per="minute")]})
    routes = [Route("GET", "/a", shop, auth=key), Route("GET", "/b", shop, rate_limit=RateLimit(1, by="client"))]
    front = serve(Api("orders", auth=JWT, routes=routes))
    token = front.token()
    mobile = "key-of-orders-mobile-1"
    calls: list[tuple[dict[str, Any], int, str]] = [
        ({"target": "/a?secret=1", "x_api_key": "wrong"}, 401, ""),
        ({"target": "/a?secret=1", "x_api_key": mobile}, 200, ""),
        ({"target": "/a?secret=1", "x_api_key": mobile}, 429, "key:mobile"),
        ({"target": "/b?secret=1", "bearer": f"{token}x"}, 401, ""),
        ({"target": "/b?secret=1", "bearer": token}, 200, ""),
        ({"target": "/b?secret=1", "bearer": token}, 429, "sub:ann"),
        ({"target": "/none?secret=1", "bearer": token}, 404, ""),
    ]
    for call, status, who in calls:
        answer = front.call("GET", **call)
        assert answer.status == status
        if status == 200:
            assert front.gateway.told == []
            continue
        (line,) = front.gateway.told
        told = json.loads(line)
        assert (told["audit"], told["status"], told["who"]) == ("refused", status, who)
        assert told["path"] == call["target"].partition("?")[0]
        assert told["why"] == answer.problem()["detail"]
        assert not [word for word in ("secret", token, "key-of-", "wrong") if word in line]


def test_each_address_has_its_own_count(serve: Serve, shop: Function) -> None:
    front = serve(Api("orders", auth=Public(), rate_limit=RateLimit(2, by="ip"), routes=[Route("GET", "/a", shop)]))
    assert front.statuses(3, "GET", "/a", ip="192.0.2.1") == [200, 200, 429]
    assert front.statuses(3, "GET", "/a", ip="192.0.2.2") == [200, 200, 429]


def test_each_subject_has_its_own_count_once_its_token_is_verified(serve: Serve, shop: Function) -> None:
    front = serve(Api("orders", auth=JWT, rate_limit=RateLimit(2, by="client"), routes=[Route("GET", "/a", shop)]))
    ann, bob = front.token(), front.token(sub="bob")
    forged = ann[:-8] + "AAAAAAAA"
    assert front.statuses(5, "GET", "/a", bearer=forged) == [401] * 5
    assert front.statuses(3, "GET", "/a") == [401] * 3
    assert front.statuses(3, "GET", "/a", bearer=ann) == [200, 200, 429], "forged ones were not counted as hers"
    assert front.statuses(3, "GET", "/a", bearer=bob) == [200, 200, 429]
    nobody = front.token(sub=None)
    assert front.statuses(3, "GET", "/a", bearer=nobody) == [200, 200, 429]


def test_subjects_of_two_issuers_are_two_clients(serve: Serve, shop: Function) -> None:
    other = Jwt(issuer=ISSUER, audience="others")
    routes = [Route("GET", "/a", shop, auth=JWT), Route("POST", "/a", shop, auth=other)]
    front = serve(Api("orders", rate_limit=RateLimit(1, by="client"), routes=routes))
    assert front.statuses(2, "GET", "/a", bearer=front.token()) == [200, 429]
    assert front.statuses(2, "POST", "/a", bearer=front.token(aud="others")) == [200, 429]


def test_several_limits_on_one_route_are_all_kept(serve: Serve, shop: Function) -> None:
    limits = [RateLimit(4, per="minute"), RateLimit(2, per="minute", by="ip")]
    front = serve(Api("orders", auth=Public(), rate_limit=limits, routes=[Route("GET", "/a", shop)]))
    assert front.statuses(3, "GET", "/a", ip="192.0.2.1") == [200, 200, 429]
    assert front.call("GET", "/a", ip="192.0.2.2").status == 200
    assert front.statuses(2, "GET", "/a", ip="192.0.2.3") in ([200, 429], [429, 429])


def test_the_policy_does_not_grow_with_limited_routes(shop: Function) -> None:
    def size(count: int) -> int:
        routes = [Route("GET", f"/r{i}", shop) for i in range(count)]
        api = Api("orders", auth=Public(), rate_limit=[RateLimit(9), RateLimit(5, by="ip")], routes=routes)
        return len(render(api, "azure").one("ApiPolicy").inputs["value"])

    assert size(1) == size(100)


def told(api: Api, target: Azure | str = "azure") -> str:
    with pytest.raises(SpecError) as caught:
        render(api, target)
    return str(caught.value)


def test_a_limit_that_can_not_be_counted_is_refused_with_the_least_that_can(shop: Function) -> None:
    text = told(Api("orders", auth=Public(), rate_limit=RateLimit(11, per="hour"), routes=[Route("GET", "/a", shop)]))
    assert "11 in 3600 s is less than one in 300 s" in text
    assert "allow 12 or more in 3600 s" in text
    key = ApiKey(clients={"mobile": [RateLimit(1, per="day")]})
    assert "clients.mobile: 1 in 86400 s" in told(Api("orders", auth=key, routes=[Route("GET", "/a", shop)]))


def test_clients_that_the_gateway_does_not_know_are_not_counted_in_silence(shop: Function, tmp_path: Path) -> None:
    gate = Function("gate", code=source(tmp_path / "gate"), handler="app:decide")
    by_client = {"rate_limit": RateLimit(5, by="client"), "routes": [Route("GET", "/a", shop)]}
    for auth in (
        Custom(gate),
        Jwt(issuer=ISSUER, audience="a", algorithms=["ES256"]),
        [ApiKey(clients={"m": []}), JWT],
    ):
        text = told(Api("orders", auth=auth, **by_client))  # type: ignore[arg-type]
        assert "counts by client, and API Management knows who calls only by" in text
        assert "count by='ip' or by='route'" in text
    limited = ApiKey(clients={"mobile": [RateLimit(5)]})
    text = told(Api("orders", auth=[limited, JWT], routes=[Route("GET", "/a", shop)]))
    assert "takes a key whose clients have limits, and other ways in" in text
    other = ApiKey(clients={"web": [RateLimit(5)]}, header="x-web-key")
    routes = [Route("GET", "/a", shop, auth=limited), Route("GET", "/b", shop, auth=other)]
    assert "API Management looks in one" in told(Api("orders", routes=routes))
