"""Who signs tokens, and Apis that answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sls_infra import Azure, Function
from tools.issuer import Issuer, SigningKey

from .front import Front, handlers, source


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return SigningKey()


@pytest.fixture
def issuer(key: SigningKey) -> Iterator[Issuer]:
    with Issuer(key) as serving:
        yield serving


@pytest.fixture
def serve(issuer: Issuer) -> Iterator[Callable[..., Front]]:
    """`serve(api)`: it answers, with the handlers of `front.handlers`."""
    with handlers():
        yield lambda api, target=Azure(): Front(api, target, issuer)  # noqa: B008


@pytest.fixture
def shop(tmp_path: Path) -> Function:
    return Function("shop", code=source(tmp_path / "shop"), handler="app:read")
