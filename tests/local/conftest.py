from __future__ import annotations

import socket
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.local.harness import Stack
from tools.issuer import Issuer


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A stack of the test's own; its gateways are stopped at the end."""
    made = Stack(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that the tests of a module share."""
    made = Stack(tmp_path_factory.mktemp("stack"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """An issuer that the tests of a module share."""
    with Issuer() as made:
        yield made


@pytest.fixture
def taken() -> Generator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]
