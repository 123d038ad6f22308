"""The contract's tests."""

from __future__ import annotations

from infra import api

from sls_infra.testing import client, render


def test_memory() -> None:
    stack = render(api(), target="aws")
    assert stack.one("aws:lambda/function:Function", name="shop").inputs["memorySize"] == 512


def test_reading_needs_the_scope() -> None:
    with client(api()) as c:
        assert c.get("/orders/7", claims={"sub": "u", "scope": "orders:write"}).status == 403
