"""Targets, started once each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tools.issuer import Issuer

from . import results
from .clouds import ENTRIES
from .gateway import LocalGateway
from .model import Target
from .world import World, extra_keys

TARGETS = ("local", *(entry.name for entry in ENTRIES))


@pytest.fixture(scope="session", params=TARGETS)
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Each of them, with an issuer of its own."""
    curve, edwards = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
    with ExitStack() as stack:
        issuer, evil = stack.enter_context(Issuer()), stack.enter_context(Issuer())
        issuer.extra_keys = extra_keys(issuer.key, curve, edwards)
        world = World(issuer, evil, curve, edwards)
        made: Target
        if request.param == LocalGateway.name:
            made = LocalGateway(world)
        else:
            made = next(entry(world) for entry in ENTRIES if entry.name == request.param)
        stack.enter_context(made.running(tmp_path_factory.mktemp(request.param)))
        yield made


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    results.note(report)
