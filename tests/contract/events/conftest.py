"""Every world for each case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

import pytest

from . import apis
from .worlds.world import Served, World

PLATFORMS = ("local", "aws", "azure", "gcp")
Serve = Callable[..., Served]

NOTING = """
from sls_infra.runtime import idempotent, links

seen = []

def text_of(event):
    return getattr(event, "body", None) or (event.key if isinstance(getattr(event, "key", None), str) else "")

def note(event):
    seen.append(event)
"""
"""What handlers begin with."""
FAILING = """
def handle(event):
    note(event)
    if "bad" in text_of(event) or (getattr(event, "new", None) or {}).get("is") == "bad":
        raise ValueError("no such address")
"""
"""The handler of a case that gives none: it fails at what is bad."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "needs(*what): skipped where the world's `lacking` says that it lacks one of these"
    )


@pytest.fixture(params=PLATFORMS)
def world(request: pytest.FixtureRequest) -> World:
    """Each world."""
    made: World = import_module(f"{__package__}.worlds.{request.param}").World()
    for mark in request.node.iter_markers("needs"):
        for what in mark.args:
            if what in made.lacking:
                pytest.skip(f"{made.platform}: {made.lacking[what]}")
    return made


@pytest.fixture(scope="session")
def code_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the spec to name."""
    folder = tmp_path_factory.mktemp("code")
    (folder / "contract_work.py").write_text("def handle(event): ...\n")
    return folder


@pytest.fixture
def serve(world: World, code_folder: Path, tmp_path: Path) -> Iterator[Serve]:
    """Makes the function, with a handler of the case's own; `kinds` as `apis.api` has it."""
    with ExitStack() as stack:

        def serve(handler: str = FAILING, kinds: tuple[str, ...] | None = None) -> Served:
            plan, function, told = apis.deployed(world.platform, code_folder, kinds)
            return stack.enter_context(world.serve(plan, function, told, tmp_path, NOTING + handler))

        yield serve
