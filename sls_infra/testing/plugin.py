"""Fixtures for pytest, there as soon as the package is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ..spec.api import Api
    from .calling import Client
    from .rendered import Rendered


@pytest.fixture
def sls_render() -> Callable[..., Rendered]:
    """`sls_render(api, target="aws")`: every resource that an Api becomes."""
    from .rendering import render

    return render


@pytest.fixture
def sls_client() -> Iterator[Callable[[Api], Client]]:
    """`sls_client(api).get("/orders")`: calls handlers in process, until the test ends."""
    from .calling import client

    with ExitStack() as stack:
        yield lambda api: stack.enter_context(client(api))
