"""Two services of two teams, each deployed by itself with the program in `stacks`: one publishes, the other listens."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from examples.events import eventually
from sls_infra.testing.signing import signature
from tests.engine.harness import ROOT, Workspace
from tests.engine.local.shop import Make
from tools.issuer import Issuer

pytestmark = pytest.mark.engine
STACKS = ROOT / "stacks"
SECRET = "whsec_of_the_payment_provider"
PAYMENT = {"id": "pi_1", "amount": 4200, "currency": "eur", "metadata": {"order": "o-1"}}
EVENT = {"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": PAYMENT}}


def service(make: Make, name: str, issuer: Issuer) -> Workspace:
    """The workspace of one of the programs."""
    program = (STACKS / name / "__main__.py").read_text()
    workspace = make(name, program, project=name, env={"PYTHONPATH": str(ROOT)})
    workspace.set_config("issuer", issuer.url)
    return workspace


def test_what_one_stack_publishes_another_packs(make: Make, tmp_path: Path) -> None:
    with Issuer() as issuer, httpx.Client(timeout=20, trust_env=False) as http:
        payments, shipping = service(make, "payments", issuer), service(make, "shipping", issuer)
        payments.set_config("payments-signing", SECRET, secret=True)
        payments.up()
        shipping.set_config("paid", payments.outputs()["topics"]["paid"])
        shipping.up()
        body = json.dumps(EVENT).encode()
        for _ in range(2):  # providers tell again
            told = http.post(
                f"{payments.outputs()['url']}/hooks/payments", content=body, headers=signature("stripe", SECRET, body)
            )
            assert told.status_code in (202, 401), "the second is a replay to the instance that took the first"
        token = {"authorization": f"Bearer {issuer.token('shipping', subject='ann')}"}
        url = f"{shipping.outputs()['url']}/parcels/o-1"
        parcel = eventually(lambda: http.get(url, headers=token), lambda answer: answer.status_code == 200)
        assert parcel.json() == {"id": "o-1", "payment": "pi_1", "state": "packed"}
        shipping.destroy()
        payments.destroy()
