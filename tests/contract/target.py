"""What the clouds of the contract tests share: rendering and planning for a target, and calling through its gateway."""

from __future__ import annotations

from sls_infra.plan.model import Plan
from sls_infra.spec.api import Api
from sls_infra.testing import Rendered, render
from tools.issuer import Issuer

from . import unpacking

ISSUER = "https://id.example.com/"
"""Who the tokens say they are of, where a gateway's stand-in is given the key by the test."""


class Target:
    """A target, by its name."""

    name: str

    def rendered(self, api: Api) -> Rendered:
        return render(api, self.name)

    def planned(self, api: Api) -> Plan:
        return unpacking.planned(api, self.name)


class Hosted(Target):
    """A vendor's, whose gateway is stood in for."""

    def issuer(self, issuer: Issuer) -> str:
        return ISSUER
