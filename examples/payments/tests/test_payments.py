"""What the payment provider tells is entered once: on the handlers alone, and on this machine for real."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from examples.events import eventually, running
from examples.payments.infra import api
from sls_infra.testing import Client, client, render
from sls_infra.testing.signing import signature

ANN = {"sub": "ann"}
SECRETS = {"payments-signing": "whsec_of_the_payment_provider"}


def event(number: int, kind: str = "payment_intent.succeeded", **changed: Any) -> dict[str, Any]:
    """An event as the provider sends it, in what matters here."""
    payment = {"id": f"pi_{number}", "amount": 4200, "currency": "eur", "metadata": {"order": f"o-{number}"}}
    return {"id": f"evt_{number}", "type": kind, "data": {"object": {**payment, **changed}}}


def told(c: Client, content: dict[str, Any]) -> int:
    return c.post("/hooks/payments", json=content, signed=True).status


def test_a_payment_is_entered_after_the_answer() -> None:
    with client(api(), secrets=SECRETS) as c:
        assert told(c, event(1)) == 202
        assert c.get("/payments/pi_1", claims=ANN).status == 404
        c.run()
        entry = c.get("/payments/pi_1", claims=ANN).json()
        assert entry == {"id": "pi_1", "order": "o-1", "amount": 4200, "currency": "eur", "state": "paid"}


def test_the_provider_may_tell_twice() -> None:
    with client(api(), secrets=SECRETS) as c:
        told(c, event(1))
        c.run()
        c.links.table("payments").update("pi_1", {"state": "refunded"})
        told(c, event(1))
        c.run()
        assert c.get("/payments/pi_1", claims=ANN).json()["state"] == "refunded"


def test_a_payment_that_failed_is_not_told_to_who_ships() -> None:
    with client(api(), secrets=SECRETS) as c:
        told(c, event(1, "payment_intent.payment_failed"))
        c.run()
        assert c.get("/payments/pi_1", claims=ANN).json()["state"] == "failed"


def test_what_is_not_of_interest_is_let_go() -> None:
    with client(api(), secrets=SECRETS) as c:
        told(c, event(1, "customer.created"))
        c.run()
        assert c.get("/payments/pi_1", claims=ANN).status == 404
        assert c.dead_letters("incoming-books-dead-letters") == []


def test_one_that_can_not_be_entered_is_a_dead_letter_and_the_others_are_entered() -> None:
    with client(api(), secrets=SECRETS) as c:
        told(c, event(1))
        told(c, event(2, metadata={}))
        told(c, event(3))
        c.run()
        assert [c.get(f"/payments/pi_{number}", claims=ANN).status for number in (1, 2, 3)] == [200, 404, 200]
        (letter,) = c.dead_letters("incoming-books-dead-letters")
        assert letter.json()["id"] == "evt_2"
        assert letter.reason == "KeyError: 'order'"


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"id": 1, "type": "x"}', b"no json"])
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with client(api(), secrets=SECRETS) as c:
        assert c.post("/hooks/payments", body=body, signed=True).status == 400


def test_who_does_not_sign_is_not_heard() -> None:
    with client(api(), secrets=SECRETS) as c:
        assert c.post("/hooks/payments", json=event(1)).status == 401
        c.run()
        assert c.get("/payments/pi_1", claims=ANN).status == 404


@pytest.mark.parametrize("target", ["aws", "azure", "gcp", "local"])
def test_it_is_for_every_target(target: str) -> None:
    assert render(api(), target, config={"project:payments-signing": "whsec_x"}).outputs["url"]


def test_on_this_machine(tmp_path: Path) -> None:
    with running("payments", tmp_path, SECRETS) as site:
        body = json.dumps(event(7)).encode()
        signed = signature("stripe", SECRETS["payments-signing"], body)
        assert site.http.post("/hooks/payments", content=body, headers=signed).status_code == 202
        assert site.http.post("/hooks/payments", content=body + b" ", headers=signed).status_code == 401
        entry = eventually(
            lambda: site.http.get("/payments/pi_7", headers=site.token()), lambda answer: answer.status_code == 200
        )
        assert entry.json()["order"] == "o-7"
