"""What the gateway adds to the handlers: tokens, limits, browsers, many callers at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tools.issuer import Issuer, SigningKey, claims_for

from .callers import ORDER, Gateway
from .conftest import AUDIENCE
from .test_orders import change, path_of, place, tag_of

SHOP_PAGE = "https://shop.example.com"


FLAWS = ["signed by another", "expired", "for another audience", "from another issuer", "empty"]


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_token_that_is_not_good_opens_nothing(gateway: Gateway, issuer: Issuer, flaw: str) -> None:
    def token(who: str, scope: str) -> str:
        match flaw:
            case "signed by another":
                claims = claims_for(issuer.url, AUDIENCE, subject=who, scope=scope)
                return SigningKey().sign(claims, kid=issuer.key.kid)
            case "expired":
                return issuer.token(AUDIENCE, subject=who, scope=scope, seconds=-1)
            case "for another audience":
                return issuer.token("payments", subject=who, scope=scope)
            case "from another issuer":
                return issuer.token(AUDIENCE, subject=who, scope=scope, issuer="https://id.example.com/")
            case _:
                return "e30.e30."

    refused = replace(gateway, token=token)("GET", "/orders")
    assert (refused.status, refused.header("content-type")) == (401, "application/problem+json")
    assert (refused.header("www-authenticate") or "").startswith("Bearer")


def test_placing_orders_has_a_stricter_limit_than_the_rest(gateway: Gateway) -> None:
    """Bodies that don't fit count too, and leave no orders behind."""
    with ThreadPoolExecutor(8) as pool:
        placed = list(pool.map(lambda _: gateway("POST", "/orders", json={}), range(60)))
        looked = list(pool.map(lambda _: gateway("GET", "/orders?limit=1"), range(60)))
    refused = [answer for answer in placed if answer.status == 429]
    assert {answer.status for answer in placed} == {400, 429}
    assert all(int(answer.header("retry-after") or 0) >= 1 for answer in refused)
    assert {answer.header("content-type") for answer in refused} == {"application/problem+json"}
    assert {answer.status for answer in looked} == {200}


def test_of_changes_to_one_version_at_once_one_is_made(gateway: Gateway) -> None:
    placed = place(gateway, "busy")
    path, tag = path_of(placed), tag_of(placed)
    notes = [f"call {number}" for number in range(24)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda note: change(gateway, path, tag, "busy", note=note), notes))
    made = [note for note, answer in zip(notes, answers, strict=True) if answer.status == 200]
    assert [answer.status for answer in answers if answer.status != 200] == [412] * 23
    assert [gateway("GET", path, who="busy").json()["note"]] == made


def test_the_shops_own_page_may_call_from_a_browser_and_no_other(gateway: Gateway) -> None:
    asked = {"access-control-request-method": "PUT", "access-control-request-headers": "authorization,if-match"}
    allowed = gateway("OPTIONS", "/orders/1", headers={"origin": SHOP_PAGE, **asked}, who=None)
    assert (allowed.status, allowed.header("access-control-allow-origin")) == (204, SHOP_PAGE)
    assert "PUT" in (allowed.header("access-control-allow-methods") or "")
    assert "if-match" in (allowed.header("access-control-allow-headers") or "")
    other = gateway(
        "OPTIONS", "/orders/1", headers={"origin": "https://shop.example.com.evil.example", **asked}, who=None
    )
    assert other.header("access-control-allow-origin") is None

    refused = gateway("GET", "/orders", headers={"origin": SHOP_PAGE}, who=None)
    assert (refused.status, refused.header("access-control-allow-origin")) == (401, SHOP_PAGE)
    assert "etag" in (refused.header("access-control-expose-headers") or "").lower()


def test_a_body_that_is_no_json_is_refused_with_its_place(gateway: Gateway) -> None:
    path = path_of(place(gateway, "ann"))
    headers = {"authorization": f"Bearer {gateway.token('ann', 'orders:write')}", "if-match": "*"}
    answer = gateway.http.put(path, content=b'{\n  "customer": }', headers=headers)
    assert answer.status_code == 400
    assert "line 2, column 15" in answer.json()["detail"]


def test_a_path_that_is_written_oddly_reaches_no_order(gateway: Gateway) -> None:
    id = place(gateway, "ann", **ORDER).json()["id"]
    headers = {"authorization": f"Bearer {gateway.token('ann', 'orders:read')}"}
    for path in (f"//orders/{id}", f"/orders/{id}/", f"/orders/x/../{id}", f"/orders/%2E/{id}", f"/orders%2F{id}"):
        as_written = {"target": path.encode()}  # the path goes out as it is: a URL's would be tidied up
        request = gateway.http.build_request("GET", "/health", headers=headers, extensions=as_written)
        assert gateway.http.send(request).status_code == 404, path
