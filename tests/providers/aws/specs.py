"""Specs that tests of AWS's fronts share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sls_infra import (
    Api,
    ApiKey,
    Cors,
    Custom,
    Function,
    Jwt,
    Public,
    Quota,
    RateLimit,
    Route,
    Secret,
    SpecError,
    Webhook,
)
from sls_infra.errors import Problem
from sls_infra.testing import render

from ...plan.specs import code

TOKEN = Jwt(issuer="https://id.example.com/", audience="orders")
KEYS = ApiKey(clients={"mobile": [RateLimit(10, burst=20), Quota(1000, per="month")], "web": []})
HOOK = Webhook(Secret("hook", value="whsec"), scheme="github")


def shop(folder: Path, name: str = "shop", **more: Any) -> Function:
    return Function(name, code=code(folder), handler="app:read", **more)


def everything(folder: Path, **more: Any) -> Api:
    """An Api with every way in, which takes the REST API."""
    own, gate = shop(folder, env={"DB": Secret("db", value="db-s3cret")}), shop(folder, "gate")
    limits = [RateLimit(10), RateLimit(60, per="minute", by="ip")]
    routes = [
        Route("GET", "/orders/{id}", own, rate_limit=limits, scopes=["orders:read"]),
        Route("POST", "/orders", own, auth=KEYS, rate_limit=RateLimit(5, by="client")),
        Route("POST", "/hook", own, auth=HOOK),
        Route("GET", "/mine", own, auth=Custom(gate, ttl=10)),
        Route("GET", "/either", own, auth=[TOKEN, Public()]),
        Route("ANY", "/files/{path+}", own),
        Route("GET", "/health", own, auth=Public()),
    ]
    more.setdefault("cors", Cors(origins=["https://shop.example.com"]))
    return Api("orders", auth=TOKEN, routes=routes, **more)


def one(folder: Path, **more: Any) -> Api:
    """An Api with one route of these settings."""
    return Api("orders", routes=[Route("GET", "/orders/{id}", shop(folder), **{"auth": Public(), **more})])


def refused(api: Api, target: Any = "aws", config: Any = None) -> tuple[Problem, ...]:
    """What is wrong with it on AWS."""
    with pytest.raises(SpecError) as told:
        render(api, target, config=config)
    return tuple(told.value.problems)
