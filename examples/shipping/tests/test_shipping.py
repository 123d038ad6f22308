"""Who listens to another team's topic: on the handlers alone, and on this machine for real."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.events import running
from examples.shipping.infra import api
from sls_infra.testing import client, render

ANN = {"sub": "ann"}
PAID = {"id": "pi_1", "order": "o-1", "amount": 4200, "currency": "eur", "state": "paid"}
TOPICS = {
    "aws": "arn:aws:sns:eu-west-1:123456789012:payments-paid-1a2b3c4",
    "azure": "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/payments1a2b3c4/providers"
    "/Microsoft.ServiceBus/namespaces/payments1a2b3c4/topics/payments-paid",
    "gcp": "projects/payments-1a2b3c4/topics/payments-paid",
}


def test_what_is_paid_is_packed_once() -> None:
    with client(api()) as c:
        for payment in (PAID, PAID, {**PAID, "id": "pi_2"}):
            c.send("paid", payment, attributes={"currency": "eur"})
        c.run()
        parcel = c.get("/parcels/o-1", claims=ANN).json()
        assert parcel == {"id": "o-1", "payment": "pi_1", "state": "packed"}


def test_other_currencies_are_for_others() -> None:
    with client(api()) as c:
        c.send("paid", PAID, attributes={"currency": "chf"})
        c.send("paid", PAID)
        c.run()
        assert c.get("/parcels/o-1", claims=ANN).status == 404


@pytest.mark.parametrize(("target", "ref"), TOPICS.items(), ids=TOPICS)
def test_another_stacks_topic_is_listened_to_and_not_made(target: str, ref: str) -> None:
    stack = render(api(ref), target)
    topics = {"aws": "aws:sns/topic:Topic", "azure": "azure-native:servicebus:Topic", "gcp": "gcp:pubsub/topic:Topic"}
    assert not [topic for topic in stack.all(topics[target]) if topic.name == "paid"]
    assert ref in str([resource.inputs for resource in stack.resources]) or target == "azure"


def test_a_ref_of_another_target_is_told_before_anything_is_made() -> None:
    with pytest.raises(Exception, match=r"api\.events\[0\]\.source"):
        render(api(TOPICS["aws"]), "gcp")


def test_on_this_machine(tmp_path: Path) -> None:
    with running("shipping", tmp_path) as site:
        assert site.http.get("/parcels/o-1", headers=site.token()).status_code == 404
