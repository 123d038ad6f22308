"""Settings of the contract's cases: every cloud for each of them, started once, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest

from sls_infra.runtime.ways import keys
from sls_infra.spec.api import Api
from tools.issuer import Issuer

from . import apis, results
from .clouds import CLOUDS
from .model import Cloud, Served, Unavailable
from .target import ISSUER

Serve = Callable[[Cloud, str], Served]

APIS: dict[str, Callable[[Cloud, str], Api]] = {
    "shop": lambda cloud, issuer: apis.shop(issuer),
    "one": lambda cloud, issuer: apis.one(),
    "many": lambda cloud, issuer: apis.many(),
    "frameworks": lambda cloud, issuer: apis.frameworks(cloud.python),
}


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    """Who signs tokens, for all clouds."""
    with Issuer() as made:
        yield made


@pytest.fixture(scope="module")
def reached(issuer: Issuer) -> Iterator[Issuer]:
    """The issuer, by the address that hosted Apis know it by: what it publishes is fetched as if from there."""

    def get_json(uri: str, *, loopback: bool) -> dict[str, Any]:
        assert uri.startswith((ISSUER, issuer.url)), uri
        document = dict(issuer.document(urlsplit(uri).path) or {})
        if "jwks_uri" in document and not loopback:
            document |= {"issuer": ISSUER, "jwks_uri": f"{ISSUER}jwks.json"}
        return document

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "get_json", get_json)
        yield issuer


@pytest.fixture(scope="session")
def serve(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """One of the Apis on a cloud, started when it is first asked for and kept."""
    running: dict[tuple[str, str], Served] = {}
    with ExitStack() as stack:

        def serving(cloud: Cloud, name: str) -> Served:
            key = (cloud.name, name)
            if key not in running:
                api = APIS[name](cloud, cloud.issuer(issuer))
                folder = tmp_path_factory.mktemp(f"{cloud.name}-{name}")
                try:
                    running[key] = stack.enter_context(cloud.serving(api, issuer, folder))
                except Unavailable as error:
                    pytest.skip(f"{cloud.name}: {error}")
            return running[key]

        yield serving


@pytest.fixture(scope="session", params=CLOUDS, ids=lambda cloud: cloud.name)
def cloud(request: pytest.FixtureRequest) -> Cloud:
    """Each cloud."""
    made: Cloud = request.param
    return made


@pytest.fixture
def shop(cloud: Cloud, serve: Serve) -> Served:
    """The Api with nearly everything."""
    return serve(cloud, "shop")


@pytest.fixture
def one(cloud: Cloud, serve: Serve) -> Served:
    """The Api with one route, open to pages of any origin."""
    return serve(cloud, "one")


@pytest.fixture
def many(cloud: Cloud, serve: Serve) -> Served:
    """The Api with 300 routes."""
    return serve(cloud, "many")


@pytest.fixture
def frameworks(cloud: Cloud, serve: Serve) -> Served:
    """The Api of apps."""
    return serve(cloud, "frameworks")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is asserted of all cases together comes last."""
    results.collect(items)
    items.sort(key=lambda item: "/contract/test_completeness.py::" in f"/{item.nodeid}")


def pytest_deselected(items: list[pytest.Item]) -> None:
    results.deselected.extend(item.nodeid for item in items)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    results.note(report)
