"""Ways in that the gateway verifies, once all that a deployment decides of them is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pulumi

from ...errors import Problem, SpecError
from ...plan.model import Plan
from . import clients, verified
from .tier import Tier
from .tokens import Token, way
from .ways import Ways


def ways(plan: Plan, tier: Tier) -> pulumi.Output[Ways]:
    """Each of them, by its name in the plan."""
    given: Mapping[str, Any] = {
        token.name: {
            "issuer": token.issuer,
            "audience": list(token.audience),
            "algorithms": list(token.algorithms),
            "leeway": token.leeway,
            "scheme": token.scheme,
        }
        for token in verified.tokens(plan)
    }
    keys = {key.name: clients.way(key) for key in verified.counted_keys(plan)} if tier.counts else {}
    return pulumi.Output.from_input(given).apply(
        lambda known: {**{name: way(_token(of)) for name, of in known.items()}, **keys}
    )


def _token(known: Mapping[str, Any]) -> Token:
    issuer = str(known["issuer"])
    if urlsplit(issuer).scheme != "https":  # an Output is known only now
        raise SpecError([Problem("api.auth.issuer", f"{issuer!r} is no https URL", "use an https issuer")])
    return Token(
        issuer=issuer,
        audience=tuple(map(str, known["audience"])),
        algorithms=tuple(known["algorithms"]),
        leeway=int(known["leeway"]),
        scheme=str(known["scheme"]),
    )
