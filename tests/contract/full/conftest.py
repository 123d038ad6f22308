"""The Apis of the cases behind each full front, with their functions in this process (see `fronts`)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest

from sls_infra import Domain, Route
from sls_infra.runtime.paths import Matcher
from tools.issuer import Issuer

from .. import apis
from ..fronts.served import FRONTS, Front, Served, serving
from ..model import Answer, Call

FULL = [front for front in FRONTS if front.name in ("aws-rest", "azure-basic-v2", "gcp-load-balancer")]


@pytest.fixture(scope="module", params=FULL, ids=lambda front: f"front={front.name}")
def front(request: pytest.FixtureRequest) -> Front:
    """Each full front."""
    made: Front = request.param
    return made


@dataclass(frozen=True)
class Partly:
    """The Api as far as a front takes it: a case that calls what it refuses is skipped, with what the front says."""

    served: Served
    left_out: Matcher[str]

    @property
    def url(self) -> str:
        return self.served.url

    def call(self, call: Call) -> Answer:
        """What a caller gets."""
        asked = dict(call.headers).get("access-control-request-method", call.method)
        if (refused := self.left_out.match(asked, call.path)) is not None:
            pytest.skip(f"{self.served.front.name}: {refused[0]}")
        return self.served.call(call)


@pytest.fixture(scope="module")
def shop(front: Front, reached: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partly]:
    """The Api with nearly everything."""
    whole = apis.shop(front.issuer(reached))
    if front.name == "gcp-load-balancer":
        whole = replace(whole, domain=Domain("api.example.com"))
    taken: list[Route] = []
    left_out = []
    for route in whole.routes:
        problems = front.problems(replace(whole, routes=[*taken, route]))
        if problems:
            left_out.append((route.method, route.path, problems[0]))
        else:
            taken.append(route)
    assert len(left_out) <= LEFT_OUT.get(front.name, 0), left_out
    with ExitStack() as stack:
        stack.callback(_forget)
        _forget()
        folder = tmp_path_factory.mktemp(front.name)
        served = stack.enter_context(serving(front, replace(whole, routes=taken), reached, folder))
        yield Partly(served, Matcher(left_out))


DIFFERENT = {
    ("aws-rest", "test_a_query_arrives", "repeated"): "a REST API hands the values of a name over together",
    ("aws-rest", "test_a_preflight_of_an_unknown_path_is_answered_alike", ""): "nothing of ours is asked there: 404",
}
"""Front, case and the end of its id → why it is not as it is elsewhere."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for (front, test, end), why in DIFFERENT.items():
            if item.nodeid.endswith(f"{end}]") and f"{test}[front={front}" in item.nodeid and "/full/" in item.nodeid:
                item.add_marker(pytest.mark.xfail(reason=why, strict=True))


LEFT_OUT = {"aws-rest": 4}
"""Front → so many routes that it refuses, at most."""


def _forget() -> None:
    """Other tests have modules of these names, too."""
    for name in ("app", "web"):
        sys.modules.pop(name, None)
