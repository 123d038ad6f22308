"""Every world for each case, started once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

import pytest

from .making import Making
from .worlds.world import Unavailable, World

PLATFORMS = ("local", "aws", "azure", "gcp")
FOLDER = Path(__file__).parent / "worlds"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "needs(*what): skipped where the world's `lacking` says that it lacks one of these"
    )


@pytest.fixture(scope="session", params=PLATFORMS)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Making]:
    """Each world, running."""
    platform: str = request.param
    if not (FOLDER / f"{platform}.py").exists():
        pytest.skip(f"{platform}: nobody has written worlds/{platform}.py")
    world: World = import_module(f"{__package__}.worlds.{platform}").World()
    with ExitStack() as stack:
        try:
            stack.enter_context(world.running(tmp_path_factory.mktemp(platform)))
        except Unavailable as error:
            pytest.skip(f"{platform}: {error}")
        yield Making(world)


@pytest.fixture
def making(running: Making, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Making:
    """Makes what a case needs, in one of the worlds."""
    world = running.world
    for mark in request.node.iter_markers("needs"):
        for what in mark.args:
            if what in world.lacking:
                pytest.skip(f"{world.platform}: {world.lacking[what]}")
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    return running
