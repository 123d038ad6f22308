"""What is refused on Google Cloud, with the way out; and that nothing is dropped in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sls_infra import (
    Api,
    ApiKey,
    Cors,
    Domain,
    Function,
    Jwt,
    Public,
    Quota,
    RateLimit,
    Route,
    Scaling,
    Secret,
    SpecError,
)
from sls_infra.plan.capabilities import Capabilities, Refused
from sls_infra.providers.aws.capabilities import FRONTS as AWS
from sls_infra.providers.azure.capabilities import FRONTS as AZURE
from sls_infra.providers.gcp.capabilities import FRONTS
from sls_infra.testing import render

from ...plan.specs import code
from .specs import api_with, document_of


def refusal(api: Api) -> str:
    with pytest.raises(SpecError) as caught:
        render(api, "gcp")
    return str(caught.value)


def api(folder: Path, auth: Any = None, path: str = "/a", *others: str, **more: Any) -> Api:
    shop = Function("shop", code=code(folder), handler="app:read", **more)
    way = auth or Public()
    return Api("orders", auth=way, routes=[Route("GET", each, shop) for each in (path, *others)])


@pytest.mark.parametrize("front", FRONTS, ids=lambda front: str(front.front_name))
def test_whatever_another_cloud_knows_is_met_or_refused_for_a_reason(front: Capabilities) -> None:
    for kind in {kind for other in (*AWS, *AZURE) for kind in other.meets}:
        assert kind in front.meets, f"{kind}: met or refused for a reason of its own"
    for kind, how in front.meets.items():
        if isinstance(how, Refused):
            assert how.why, kind
            assert how.fix, kind


def test_the_load_balancer_does_what_the_gateway_does_and_more() -> None:
    light, full = ({kind for kind, how in front.meets.items() if not isinstance(how, Refused)} for front in FRONTS)
    assert full - light == {
        "domain", "domain.certificate", "domain.zone", "limit.route", "limit.route.window", "limit.route.window_burst",
        "limit.ip", "limit.ip.window", "limit.ip.window_burst",
    }  # fmt: skip
    assert light <= full


@pytest.mark.parametrize("limit", [RateLimit(10), RateLimit(10, per="minute", burst=5), RateLimit(1, by="ip")])
def test_limits_are_refused_without_a_domain_with_the_way_out(tmp_path: Path, limit: RateLimit) -> None:
    text = refusal(api_with(tmp_path, ("GET", "/a"), rate_limit=limit))
    assert "domain=Domain(" in text


def test_callers_are_not_counted_on_any_front(tmp_path: Path) -> None:
    domain = Domain("api.example.com")
    keys = ApiKey(clients={"mobile": [Quota(10), RateLimit(1)]})
    for more in ({"rate_limit": RateLimit(5, by="client")}, {"auth": keys}):
        for api in (
            api_with(tmp_path, ("GET", "/a"), **more),
            api_with(tmp_path, ("GET", "/a"), domain=domain, **more),
        ):
            text = refusal(api)
            assert "by who calls" in text
            assert "or use aws, azure or local" in text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/*", "wildcard"),
        ("/a/*b", "wildcard"),
        ("/a:b/c", "':'"),
        ("/a:b:c", "':'"),
        ("/:a", "':'"),
        ("/a:", "':'"),
        ("/a:b/{x+}", "':'"),
    ],
)
def test_a_path_that_the_gateway_would_misread_is_refused(tmp_path: Path, path: str, said: str) -> None:
    text = refusal(api(tmp_path, None, path))
    assert said in text
    assert "api.routes[0].path" in text


def test_a_verb_beside_the_same_segments_is_refused(tmp_path: Path) -> None:
    assert "one path to API Gateway" in refusal(api(tmp_path, None, "/{x}/a:b", "/{x}/a/b"))


@pytest.mark.parametrize("path", ["/a:b", "/x/{id}/a:b", "/a*b", "/grüße", "/a+b/c.d"])
def test_other_paths_are_taken(tmp_path: Path, path: str) -> None:
    assert render(api(tmp_path, None, path), "gcp").one("Gateway")


def test_two_tokens_of_one_issuer_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    shop = Function("shop", code=code(tmp_path), handler="app:read")
    tokens = [Jwt(issuer="https://id.example.com/", audience=audience) for audience in ("a", "b", "a")]
    routes = [Route("GET", f"/{index}", shop, auth=token) for index, token in enumerate(tokens)]
    text = refusal(Api("orders", routes=routes))
    assert "API Gateway takes one an issuer" in text
    assert "api.routes[1].auth.issuer" in text
    assert "api.routes[2]" not in text
    assert "all audiences for both" in text


@pytest.mark.parametrize(
    "token",
    [
        {"audience": "a,b"},
        {"leeway": 30},
        {"algorithms": ["ES256"]},
        {"audience": ["b", "a,b"]},
        {"key": Secret("key", value="x")},
    ],
)
def test_tokens_that_the_gateway_cannot_check_are_the_runtimes(tmp_path: Path, token: dict[str, Any]) -> None:
    way = Jwt(**{"issuer": "https://id.example.com/", "audience": "a", **token})
    body = document_of(api(tmp_path, way))
    assert body["securityDefinitions"] == {}
    assert body["paths"]["/a"]["get"]["security"] == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"memory": 64}, "at least 128 MiB"),
        ({"memory": 65536}, "at most 32768 MiB"),
        ({"timeout": 3601}, "at most 3600 s"),
        ({"scaling": Scaling(concurrency=1001)}, "at most 1000 requests"),
        ({"architecture": "arm64"}, "arm64 is none of Google Cloud's"),
        ({"runtime": "python3.9"}, "python3.9 is none of Google Cloud's"),
        ({"env": {"K_SERVICE": "x"}}, "K_SERVICE is a name that Google Cloud keeps for itself"),
        ({"env": {"X_GOOGLE_THING": "x"}}, "keeps for itself"),
    ],
)
def test_what_is_past_a_bound_is_refused_with_the_bound(tmp_path: Path, more: dict[str, Any], said: str) -> None:
    assert said in refusal(api(tmp_path, **more))


@pytest.mark.parametrize("tags", [{"Team": "x"}, {"team": "X"}, {"team": "a b"}, {"1": "x"}])
def test_tags_that_are_no_labels_are_refused(tmp_path: Path, tags: dict[str, str]) -> None:
    assert "labels have lower-case letters" in refusal(api_with(tmp_path, ("GET", "/a"), tags=tags))


def test_names_of_ones_own_that_look_like_googles_are_free(tmp_path: Path) -> None:
    assert render(api(tmp_path, env={"GOOGLE_MAPS_KEY": "x"}), "gcp").one("Gateway")


def test_cors_with_credentials_is_met(tmp_path: Path) -> None:
    cors = Cors(origins=["https://shop.example.com"], credentials=True)
    assert render(api_with(tmp_path, ("GET", "/a"), cors=cors), "gcp").one("Gateway")


def test_a_load_balancer_without_a_domain_tells_what_api_gateway_refuses_too(tmp_path: Path) -> None:
    text = refusal(api(tmp_path, None, "/a:b/c"))
    assert "api.domain: a load balancer of Google Cloud needs a host name for its certificate" in text
    assert "API Gateway refuses this: api.routes[0].path: /a:b/c has a ':'" in text
    assert "or, for API Gateway: use '-' or '.' instead" in text
