"""The values that the local target is told: there and back, and what is none of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sls_infra.errors import LocalError
from sls_infra.local.model import (
    ApiKeySpec,
    AuthSpec,
    ClientSpec,
    CorsSpec,
    FunctionSpec,
    GatewaySpec,
    LimitSpec,
    QuotaSpec,
    RouteSpec,
)

text = st.text(max_size=10)
texts = st.lists(text, max_size=3).map(tuple)
jwt_ways = st.builds(
    AuthSpec,
    kind=st.just("jwt"),
    issuer=text,
    audience=texts,
    name=text,
    jwks_uri=st.none() | text,
    key=st.none() | text,
    algorithms=st.lists(text, min_size=1, max_size=3).map(tuple),
    leeway=st.integers(0, 100).map(float),
    scheme=text,
)
customs = st.builds(
    AuthSpec,
    kind=st.just("custom"),
    name=text,
    function=st.sampled_from(["a", "b"]),
    ttl=st.integers(0, 3600).map(float),
)
plain_ways = st.sampled_from([AuthSpec(kind="public"), AuthSpec(kind="runtime"), AuthSpec(kind="api_key", name="keys")])
ways = st.lists(jwt_ways | customs | plain_ways, min_size=1, max_size=3).map(tuple)
limits = st.builds(
    LimitSpec,
    requests=st.integers(1),
    seconds=st.integers(1, 86_400).map(float),
    burst=st.integers(1),
    by=st.sampled_from(["route", "client", "ip"]),
)
quotas = st.builds(QuotaSpec, requests=st.integers(1), per=st.sampled_from(["day", "week", "month"]))
clients = st.builds(
    ClientSpec,
    name=text,
    keys=st.lists(st.binary(min_size=32, max_size=32).map(bytes.hex), max_size=2).map(tuple),
    limits=st.lists(limits, max_size=2).map(tuple),
    quotas=st.lists(quotas, max_size=2).map(tuple),
)
api_keys = st.builds(
    ApiKeySpec,
    name=st.just("keys"),
    header=st.sampled_from(["x-api-key", "x-key"]),
    clients=st.lists(clients, max_size=3, unique_by=lambda client: client.name).map(tuple),
)
routes = st.builds(
    RouteSpec,
    method=text,
    path=text,
    function=st.sampled_from(["a", "b"]),
    auth=ways,
    limits=st.lists(limits, max_size=2).map(tuple),
)
cors = st.builds(
    CorsSpec,
    origins=texts,
    methods=texts,
    headers=texts,
    expose=texts,
    credentials=st.booleans(),
    max_age=st.integers(0),
)
gateways = st.builds(
    GatewaySpec,
    api=text,
    port=st.integers(0, 65_535),
    max_body=st.integers(0),
    cors=st.none() | cors,
    routes=st.lists(routes, max_size=3).map(tuple),
    functions=st.just({"a": "id-a", "b": "id-b"}),
    api_keys=api_keys.map(lambda keys: (keys,)),
)
functions = st.builds(
    FunctionSpec,
    id=text,
    name=text,
    sha256=text,
    folder=text,
    env=st.dictionaries(text, text, max_size=3),
    min_instances=st.integers(0, 10),
    max_instances=st.none() | st.integers(1, 10),
    concurrency=st.integers(1, 10),
    timeout=st.integers(1, 900).map(float),
    memory=st.integers(1, 10_000),
)


def floats(value: Any) -> Any:
    """As Pulumi hands numbers over."""
    if isinstance(value, dict):
        return {key: floats(part) for key, part in value.items()}
    if isinstance(value, list):
        return [floats(part) for part in value]
    return float(value) if type(value) is int and abs(value) < 2**53 else value


@given(gateways)
def test_gateways_there_and_back(spec: GatewaySpec) -> None:
    assert GatewaySpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec
    assert GatewaySpec.from_json(floats(spec.to_json())) == spec


@given(functions)
def test_functions_there_and_back(spec: FunctionSpec) -> None:
    assert FunctionSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec
    assert FunctionSpec.from_json(floats(spec.to_json())) == spec


ROUTE = {"method": "GET", "path": "/", "function": "a", "auth": [{"kind": "public"}], "limit": None}


def keys(*clients: dict[str, Any]) -> dict[str, Any]:
    return {"name": "k", "header": "x-api-key", "clients": list(clients)}


GATEWAY = {"api": "x", "routes": [ROUTE], "functions": {"a": "1"}}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "expected an object"),
        ({}, "'api' is missing"),
        ({**GATEWAY, "port": "many"}, "many"),
        ({**GATEWAY, "routes": None}, "gateway"),
        ({**GATEWAY, "functions": {}}, "not given: a"),
        ({**GATEWAY, "functions": {"a": 7}}, "expected text, got 7"),
        ({**GATEWAY, "routes": [{**ROUTE, "auth": []}]}, "a route that is open says so"),
        ({**GATEWAY, "routes": [{**ROUTE, "auth": [{"kind": "magic"}]}]}, "unknown kind 'magic'"),
        ({**GATEWAY, "routes": [{**ROUTE, "auth": [{}]}]}, "'kind' is missing"),
        ({**GATEWAY, "routes": [{**ROUTE, "auth": [{"kind": "jwt", "audience": []}]}]}, "'issuer' is missing"),
        ({**GATEWAY, "routes": [{**ROUTE, "limit": {"requests": 0, "seconds": 1}}]}, "at least 1"),
        ({**GATEWAY, "routes": [{**ROUTE, "limit": {"requests": 1}}]}, "'seconds' is missing"),
        ({**GATEWAY, "routes": [{**ROUTE, "limits": [{"requests": 1, "seconds": 1, "by": "mood"}]}]}, "'mood'"),
        (
            {**GATEWAY, "routes": [{**ROUTE, "auth": [{"kind": "api_key", "name": "k"}]}]},
            "API keys that are not given: k",
        ),
        (
            {**GATEWAY, "routes": [{**ROUTE, "auth": [{"kind": "custom", "name": "c", "function": "guard"}]}]},
            "not given: guard",
        ),
        ({**GATEWAY, "api_keys": [keys({"name": "a", "keys": ["the key itself"]})]}, "64 hexadecimal digits"),
        ({**GATEWAY, "api_keys": [keys({"name": "a", "keys": []}, {"name": "a", "keys": []})]}, "two clients"),
        ({**GATEWAY, "api_keys": [keys({"name": "a", "keys": [], "quotas": [{"requests": 1, "per": "x"}]})]}, "day"),
        ({**GATEWAY, "cors": {"methods": []}}, "'origins' is missing"),
        ({**GATEWAY, "cors": 7}, "local cors"),
    ],
    ids=range(20),
)
def test_what_is_no_gateway(value: Any, said: str) -> None:
    with pytest.raises(LocalError, match="local ") as caught:
        GatewaySpec.from_json(value)
    assert said in str(caught.value)


def test_defaults() -> None:
    spec = GatewaySpec.from_json(GATEWAY)
    assert (spec.host, spec.port, spec.max_body, spec.cors) == ("127.0.0.1", 0, 6_291_456, None)
    way = AuthSpec.from_json({"kind": "jwt", "issuer": "https://i", "audience": ["a"]})
    assert (way.algorithms, way.leeway, way.scheme, way.jwks_uri) == (("RS256",), 0, "Bearer", None)
    assert LimitSpec.from_json({"requests": 5.0, "seconds": 60.0}) == LimitSpec(requests=5, seconds=60, burst=5)
    function = FunctionSpec.from_json({"id": "a", "name": "b"})
    assert (function.timeout, function.memory, function.concurrency, function.max_instances) == (25, 512, 1, None)


def test_what_was_written_with_one_limit_a_route_is_read() -> None:
    limit = {"requests": 5, "seconds": 1, "burst": 7}
    spec = GatewaySpec.from_json({**GATEWAY, "routes": [{**ROUTE, "limit": limit}]})
    assert spec.routes[0].limits == (LimitSpec(requests=5, seconds=1, burst=7, by="route"),)
