"""Who gets in, and as whom: on the handlers alone and through the local gateway alike."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import SECRETS, Partners

RESERVATION = {"quantity": 2, "reference": "po-1"}


def test_a_partner_is_known_by_its_key(partners: Partners) -> None:
    assert partners("GET", "/stock/tea-250", partner="acme").json() == {"sku": "tea-250", "left": 120, "for": "acme"}
    assert partners("GET", "/stock/tea-250", partner="globex").json()["for"] == "globex"
    assert partners("GET", "/stock/coffee", partner="acme").status == 404


@pytest.mark.parametrize(
    "headers", [{}, {"x-api-key": "guessed"}, {"x-api-key": ""}, {"authorization": "Bearer a.b.c"}]
)
def test_nobody_else_sees_the_stock(partners: Partners, headers: dict[str, str]) -> None:
    refused = partners("GET", "/stock/tea-250", headers=headers)
    assert (refused.status, refused.header("content-type")) == (401, "application/problem+json")
    assert refused.header("www-authenticate")


def test_prices_are_for_staff_and_the_rest_is_for_everybody(partners: Partners) -> None:
    articles = partners("GET", "/catalogue").json()["articles"]
    assert articles
    assert not any("price" in article for article in articles)
    assert all("price" in article for article in partners("GET", "/catalogue", staff="ann").json()["articles"])


def test_a_bad_token_is_not_taken_for_nobody(gateway: Partners) -> None:
    assert gateway("GET", "/catalogue", headers={"authorization": "Bearer e30.e30.AA"}).status == 401


def test_a_reservation_that_does_not_fit_names_each_wrong_field(partners: Partners) -> None:
    wrong = {"quantity": 0, "reference": "", "discount": 50}
    refused = partners("POST", "/stock/tea-250/reservations", json=wrong, partner="acme")
    assert refused.status == 400
    assert {error["pointer"] for error in refused.json()["errors"]} == {"/quantity", "/reference", "/discount"}


def test_a_reservation_is_made_with_the_warehouses_secret(partners: Partners) -> None:
    made = partners("POST", "/stock/tea-250/reservations", json=RESERVATION, partner="acme")
    assert made.status == 201
    assert made.json() == {"sku": "tea-250", **RESERVATION}
    assert SECRETS["warehouse-token"] not in made.text
    assert (
        partners("POST", "/stock/tea-1000/reservations", json={**RESERVATION, "quantity": 15}, partner="acme").status
        == 409
    )


def test_what_the_payment_service_signed_gets_in(partners: Partners) -> None:
    event = {"id": "evt_1", "type": "payment.succeeded"}
    assert partners("POST", "/hooks/payments", json=event, signed=True).status == 201
    again = {**event, "delivered": 2}
    assert partners("POST", "/hooks/payments", json=again, signed=True).status == 200
    assert partners("POST", "/hooks/payments", json=event).status == 401
    assert partners("POST", "/hooks/payments", json=event, signed="another secret").status == 401


@pytest.mark.parametrize(("badge", "status"), [({"x-badge": "b-17"}, 200), ({"x-badge": "b-99"}, 401), ({}, 401)])
def test_the_docks_are_for_badges(partners: Partners, badge: Any, status: int) -> None:
    answer = partners("GET", "/docks/3", headers=badge)
    assert answer.status == status
    if status == 200:
        assert answer.json() == {"dock": "3", "badge": "hanna"}


def test_one_partners_calls_are_not_anothers(gateway: Partners) -> None:
    statuses = [gateway("GET", "/stock/tea-1000", partner="globex").status for _ in range(30)]
    assert 429 in statuses
    assert gateway("GET", "/stock/tea-1000", partner="acme").status == 200
