"""Links that are not there say what to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sls_infra.runtime import NotLinked, links


@pytest.mark.parametrize(
    ("call", "kind", "link"),
    [
        (links.table, "table", "orders.read()"),
        (links.bucket, "bucket", "orders.read()"),
        (links.queue, "queue", "orders.send()"),
        (links.topic, "topic", "orders.publish()"),
        (links.secret, "secret", "orders.read()"),
    ],
)
def test_a_missing_link_is_named(call: Callable[[str], Any], kind: str, link: str) -> None:
    with pytest.raises(NotLinked) as caught:
        call("orders")
    assert f'no {kind} named "orders"' in str(caught.value)
    assert f"links=[{link}]" in str(caught.value)


def test_the_function_is_named_where_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "_function", "")
    links.serve("shop")
    with pytest.raises(NotLinked, match=r'Function\("shop"'):
        links.table("orders")
