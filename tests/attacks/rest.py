"""A REST API that verifies by itself: tokens by the Lambda authorizer made of the runtime, keys by its usage plans. The
function then takes the gateway's word, and looks at the token once more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sls_infra.plan.model import ApiKeyPlan, JwtPlan
from sls_infra.plan.resolve import resolve
from sls_infra.runtime.paths import Matcher
from sls_infra.runtime.ways import keys

from ..contract.fronts.served import FRONTS, Served, serving
from ..contract.model import Call
from ..contract.target import ISSUER
from .api import api
from .model import Answer, Elsewhere, Shot
from .world import World

NATIVE = ("/jwt", "/scoped", "/vault/{id}", "/vault/{id}/deep/{path+}", "/any/{id}", "/key", "/key/{id}")
OPEN = ("/open", "/open/{path+}")


class AwsRestNative:
    """The stand-in of its gateway, made of what is rendered."""

    name = "aws-rest-native"

    def __init__(self, world: World) -> None:
        self.world = world
        self.runs: Path
        self._served: Served
        self._others: Matcher[str]

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        self.runs = folder / "runs"
        self.world.hosted = True
        front = next(front for front in FRONTS if front.name == "aws-rest")
        whole = api(self.world, self.runs)
        taken = [route for route in whole.routes if route.path in NATIVE + OPEN]
        made = replace(whole, routes=taken)
        for route in resolve(made).routes:
            assert not front.capabilities.by_runtime(route), route.key
            assert all(isinstance(way, (JwtPlan, ApiKeyPlan)) for way in route.ways)
        others = [(route.method, route.path, route.path) for route in whole.routes if route not in taken]
        self._others = Matcher(others)
        with ExitStack() as stack:
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            patch.setattr(keys, "get_json", self._fetched)
            patch.setitem(os.environ, "ATTACKS_RUNS", str(self.runs))
            self._served = stack.enter_context(serving(front, made, self.world.issuer, folder))
            self.world.keys.update(self._served.keys)
            yield

    def send(self, shot: Shot) -> Answer:
        if self._others.match(shot.method, shot.path) is not None:
            raise Elsewhere("the runtime verifies this route there, too: see aws-rest")
        call = Call(shot.method, shot.target, shot.headers, shot.body, client_ip="192.0.2.1")
        got = self._served.send(call, shot.headers)
        return Answer(got.status, got.headers, got.body)

    def _fetched(self, uri: str, *, loopback: bool) -> dict[str, Any]:
        assert uri.startswith(ISSUER), uri
        document = dict(self.world.issuer.document(urlsplit(uri).path) or {})
        if "jwks_uri" in document:
            document |= {"issuer": ISSUER, "jwks_uri": f"{ISSUER}jwks.json"}
        return document
