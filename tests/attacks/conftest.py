"""Targets, started once each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tools.issuer import Issuer

from . import results
from .clouds import ENTRIES
from .gateway import LocalGateway
from .model import Target
from .rest import AwsRestNative
from .world import new_world

TARGETS = ("local", *(entry.name for entry in ENTRIES), AwsRestNative.name)


@pytest.fixture(scope="package", params=TARGETS)
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Each of them, with an issuer of its own; gone with the attacks: one changes what fetches keys."""
    with ExitStack() as stack:
        issuer, evil = stack.enter_context(Issuer()), stack.enter_context(Issuer())
        world = new_world(issuer, evil)
        made: Target
        if request.param == LocalGateway.name:
            made = LocalGateway(world)
        elif request.param == AwsRestNative.name:
            made = AwsRestNative(world)
        else:
            made = next(entry(world) for entry in ENTRIES if entry.name == request.param)
        stack.enter_context(made.running(tmp_path_factory.mktemp(request.param)))
        yield made


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    results.note(report)
