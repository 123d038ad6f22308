"""A key of a generation that is gone lets nobody in; the two that are live do, so that a rotation shuts nobody out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from sls_infra import Api, ApiKey, Domain, Function, Route
from sls_infra.testing import render
from tools.issuer import Issuer

from ..contract.fronts.served import CODE, FRONTS, Front, serving
from ..contract.model import Call

LIVE = {1: (1,), 2: (1, 2), 3: (2, 3), 7: (6, 7)}
"""Configured generation → those that are live."""


def api(front: Front) -> Api:
    shop = Function("shop", code=CODE, handler="known:show")
    domain = Domain("api.example.com") if front.name == "gcp-load-balancer" else None
    return Api("rotated", domain=domain, routes=[Route("GET", "/key", shop, auth=ApiKey(clients={"mobile": []}))])


def config(generation: int) -> dict[str, str]:
    return {"sls:keyGenerations": json.dumps({"mobile": generation})}


@cache
def generations(name: str) -> dict[int, str]:
    """Generation → its key, behind the front of that name."""
    front = next(front for front in FRONTS if front.name == name)
    return {n: render(api(front), front.target, config=config(n)).outputs["api_keys"]["mobile"] for n in range(1, 9)}


KEYED = [front for front in FRONTS if not front.problems(api(front))]


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as made:
        yield made


def test_all_but_one_front_take_keys() -> None:
    assert {front.name for front in FRONTS} - {front.name for front in KEYED} == {"aws-http"}


@pytest.mark.parametrize("generation", LIVE)
@pytest.mark.parametrize("front", [front for front in KEYED if front.cloud != "local"], ids=lambda front: front.name)
def test_a_generation_that_is_gone_lets_nobody_in(
    front: Front, generation: int, issuer: Issuer, tmp_path: Path
) -> None:
    keys = generations(front.name)
    assert len(set(keys.values())) == len(keys)
    with serving(front, api(front), issuer, tmp_path, config(generation)) as served:
        assert served.keys["mobile"] == keys[generation]
        statuses = {n: served.call(Call("GET", "/key", [("x-api-key", key)])).status for n, key in keys.items()}
    assert {n for n, status in statuses.items() if status == 200} == set(LIVE[generation])
    assert {status for n, status in statuses.items() if n not in LIVE[generation]} == {401}


@pytest.mark.parametrize("generation", LIVE)
def test_the_local_gateway_knows_the_live_ones_alone(generation: int) -> None:
    front = next(front for front in KEYED if front.cloud == "local")
    rendered = render(api(front), front.target, config=config(generation))
    (way,) = rendered.one("sls:local:Gateway").inputs["apiKeys"]
    (client,) = way["clients"]
    made = [resource.logical_name for resource in rendered.all("sls:local:Key")]
    assert sorted(made) == [f"rotated-mobile-{n}" for n in LIVE[generation]]
    assert client["keys"] == [
        hashlib.sha256(f"key of rotated-mobile-{n}".encode()).hexdigest() for n in LIVE[generation]
    ]
