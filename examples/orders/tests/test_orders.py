"""What callers of the orders API can rely on, whether its handlers are called alone or through the gateway."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest

from sls_infra.testing import Answer

from .callers import ORDER, Shop


@pytest.fixture
def who() -> str:
    """Somebody who has no orders yet."""
    return f"user-{uuid.uuid4().hex}"


def post(shop: Shop, who: str, **fields: Any) -> Answer:
    """What comes of placing an order. That has a limit: it waits as long as it is told to."""
    deadline = time.monotonic() + 30
    while (answer := shop("POST", "/orders", json={**ORDER, **fields}, who=who)).status == 429:
        assert time.monotonic() < deadline, "over the limit for good"
        time.sleep(float(answer.header("retry-after") or 1))
    return answer


def place(shop: Shop, who: str, **fields: Any) -> Answer:
    """An order that was placed."""
    answer = post(shop, who, **fields)
    assert answer.status == 201, answer.text
    return answer


def path_of(answer: Answer) -> str:
    location = answer.header("location")
    assert location is not None
    return location


def tag_of(answer: Answer) -> str:
    tag = answer.header("etag")
    assert tag is not None
    return tag


def change(shop: Shop, path: str, tag: str, who: str, **fields: Any) -> Answer:
    return shop("PUT", path, json={**ORDER, "status": "open", **fields}, headers={"if-match": tag}, who=who)


def test_a_placed_order_reads_back_as_it_was_answered(shop: Shop, who: str) -> None:
    placed = place(shop, who, note="Ring twice — größer")
    order = placed.json()
    assert order["total"] == 2 * 1290 + 900
    assert (order["status"], order["owner"], order["note"]) == ("open", who, "Ring twice — größer")
    assert path_of(placed) == f"/orders/{order['id']}"
    read = shop("GET", path_of(placed), who=who)
    assert (read.status, read.json(), tag_of(read)) == (200, order, tag_of(placed))


def test_a_version_that_is_known_is_not_sent_again(shop: Shop, who: str) -> None:
    placed = place(shop, who)
    again = shop("GET", path_of(placed), headers={"if-none-match": f'"x", W/{tag_of(placed)}'}, who=who)
    assert (again.status, again.body, tag_of(again)) == (304, b"", tag_of(placed))
    assert shop("GET", path_of(placed), headers={"if-none-match": '"0"'}, who=who).status == 200


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"items": []}, "/items"),
        ({"items": [{"sku": "tea", "quantity": 1, "unit_price": 1}]}, "/items/0/sku"),
        ({"items": [{"sku": "TEA", "quantity": 0, "unit_price": 1}]}, "/items/0/quantity"),
        ({"items": [{"sku": "TEA", "quantity": 1.5, "unit_price": 1}]}, "/items/0/quantity"),
        ({"items": [{"sku": "TEA", "quantity": 1, "unit_price": 1}] * 2}, "/items/1/sku"),
        ({"customer": "Ann\n"}, "/customer"),
        ({"currency": "XXX"}, "/currency"),
        ({"total": 0}, "/total"),
    ],
)
def test_an_order_that_does_not_hold_up_is_refused_and_says_where(
    shop: Shop, who: str, fields: dict[str, Any], pointer: str
) -> None:
    answer = post(shop, who, **fields)
    assert (answer.status, answer.header("content-type")) == (400, "application/problem+json")
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert shop("GET", "/orders", who=who).json()["orders"] == []


def test_numbers_that_are_whole_come_back_whole(shop: Shop, who: str) -> None:
    order = place(shop, who, items=[{"sku": "TEA", "quantity": 2.0, "unit_price": 1e2}]).json()
    assert repr((order["items"][0]["quantity"], order["total"])) == "(2, 200)"


def test_a_change_needs_the_version_that_was_seen(shop: Shop, who: str) -> None:
    placed = place(shop, who)
    path = path_of(placed)
    unseen = shop("PUT", path, json={**ORDER, "status": "paid"}, who=who)
    assert unseen.status == 428

    changed = change(shop, path, tag_of(placed), who, status="paid")
    assert (changed.status, changed.json()["status"]) == (200, "paid")
    assert tag_of(changed) != tag_of(placed)
    assert changed.json()["updated_at"] > changed.json()["created_at"]

    late = change(shop, path, tag_of(placed), who, status="cancelled")
    assert (late.status, late.header("content-type")) == (412, "application/problem+json")
    weak = change(shop, path, f"W/{tag_of(changed)}", who, status="cancelled")
    assert weak.status == 412
    assert shop("GET", path, who=who).json() == changed.json()
    assert change(shop, path, f'"none", {tag_of(changed)}', who, status="cancelled").status == 200


def test_changes_follow_the_course_of_an_order(shop: Shop, who: str) -> None:
    placed = place(shop, who)
    path = path_of(placed)
    assert change(shop, path, "*", who, status="shipped").status == 409
    assert change(shop, path, "*", who, note="blue, please").json()["note"] == "blue, please"
    assert change(shop, path, "*", who, status="paid").status == 200
    dearer = change(shop, path, "*", who, status="paid", currency="GBP")
    assert (dearer.status, "currency" in dearer.json()["detail"]) == (409, True)
    assert change(shop, path, "*", who, status="shipped").status == 200
    assert change(shop, path, "*", who, status="cancelled").status == 409
    assert change(shop, path, "*", who, status="lost").status == 400


def test_deleting_needs_the_version_too_and_spares_what_is_paid(shop: Shop, who: str) -> None:
    placed = place(shop, who)
    path = path_of(placed)
    assert shop("DELETE", path, who=who).status == 428
    assert shop("DELETE", path, headers={"if-match": '"99"'}, who=who).status == 412
    paid = change(shop, path, "*", who, status="paid")
    assert shop("DELETE", path, headers={"if-match": tag_of(paid)}, who=who).status == 409
    cancelled = change(shop, path, "*", who, status="cancelled")
    gone = shop("DELETE", path, headers={"if-match": tag_of(cancelled)}, who=who)
    assert (gone.status, gone.body) == (204, b"")
    assert shop("GET", path, who=who).status == 404
    assert shop("DELETE", path, headers={"if-match": "*"}, who=who).status == 404


def test_pages_hold_every_order_once_also_when_some_are_placed_meanwhile(shop: Shop, who: str) -> None:
    placed = [place(shop, who).json() for _ in range(5)]
    first = shop("GET", "/orders?limit=2", who=who).json()
    meanwhile = place(shop, who).json()
    seen, following = first["orders"], first["next"]
    while following is not None:
        page = shop("GET", following, who=who).json()
        assert 1 <= len(page["orders"]) <= 2
        seen, following = seen + page["orders"], page["next"]
    assert seen == placed[::-1]
    assert shop("GET", "/orders?limit=6", who=who).json() == {"orders": [meanwhile, *placed[::-1]], "next": None}


def test_filters_narrow_together_and_stay_on_the_next_page(shop: Shop, who: str) -> None:
    orders = [place(shop, who, customer=customer) for customer in ("C-1", "C-2", "C-1", "C-1+x@y.org")]
    for order in orders[:2]:
        assert change(shop, path_of(order), "*", who, customer=order.json()["customer"], status="paid").status == 200

    def ids(query: str) -> list[str]:
        page = shop("GET", f"/orders?{query}", who=who).json()
        found = [order["id"] for order in page["orders"]]
        return found + (ids(page["next"].partition("?")[2]) if page["next"] else [])

    first, second, third, fourth = (order.json()["id"] for order in orders)
    assert ids("limit=1&customer=C-1") == [third, first]
    assert ids("status=paid") == [second, first]
    assert ids("customer=C-1&status=paid") == [first]
    assert ids("limit=1&customer=C-1%2Bx%40y.org") == [fourth]
    edge = orders[1].json()["created_at"]
    assert ids(f"since={edge}") == [fourth, third, second]
    assert ids(f"before={edge}&limit=1") == [first]
    offset = edge.replace("Z", "+00:00")
    assert ids(f"since={offset}&before={offset}") == []
    assert ids("since=2020-01-01&before=2021-01-01") == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("stauts=paid", "stauts"),
        ("status=lost", "status"),
        ("customer=", "customer"),
        ("since=yesterday", "since"),
        ("before=0001-01-01T00:00:00%2B14:00", "before"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=", "cursor"),
        ("cursor=AAAA", "cursor"),
        ("cursor=%E2%82%AC", "cursor"),
        ("cursor=WyJcdWQ4MDAiLCJ4Il0", "cursor"),
        ("cursor=WzEsMl0", "cursor"),
    ],
)
def test_a_query_that_can_not_be_meant_is_refused_by_name(shop: Shop, query: str, parameter: str) -> None:
    answer = shop("GET", f"/orders?{query}")
    assert answer.status == 400, answer.text
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]


def test_everybody_sees_their_own_orders_alone_and_clerks_all(shop: Shop, who: str) -> None:
    other = f"{who}-other"
    placed = place(shop, who)
    path = path_of(placed)
    assert shop("GET", "/orders", who=other).json()["orders"] == []
    assert shop("GET", path, who=other).status == 404
    assert change(shop, path, "*", other, status="cancelled").status == 404
    assert shop("DELETE", path, headers={"if-match": "*"}, who=other).status == 404
    assert shop("GET", path, who=other, scope="orders:read orders:all").json() == placed.json()
    assert shop("GET", "/orders?limit=1", who=other, scope="orders:read orders:all").json()["orders"] == [placed.json()]
    assert shop("GET", path, who=who).status == 200


def test_scopes_say_what_a_token_is_good_for(shop: Shop, who: str) -> None:
    path = path_of(place(shop, who))
    for method in ("PUT", "DELETE"):
        refused = shop(method, path, json={}, headers={"if-match": "*"}, who=who, scope="orders:read")
        assert (refused.status, refused.header("content-type")) == (403, "application/problem+json")
        assert 'scope="orders:write"' in (refused.header("www-authenticate") or "")
    assert shop("GET", path, who=who, scope="orders:write orders:all").status == 403


def test_nobody_gets_in_without_a_token_except_to_health(shop: Shop) -> None:
    for method, path in [("GET", "/orders"), ("POST", "/orders"), ("GET", "/orders/1"), ("DELETE", "/orders/1")]:
        refused = shop(method, path, who=None)
        assert (refused.status, refused.header("content-type")) == (401, "application/problem+json")
        assert (refused.header("www-authenticate") or "").startswith("Bearer")
    assert shop("GET", "/health", who=None).json() == {"status": "ok"}
