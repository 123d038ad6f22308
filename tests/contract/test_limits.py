"""How often: behind every front that takes a limit, so many calls come through at once and the next is 429; whoever is
counted apart still comes through. A front that can't count so refuses the spec.

The vendors count in their own services, best effort: what is judged is what they are told, by stand-ins whose clocks
stand still. That never more come through in a window is proved on the local target alone (tests/local).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sls_infra import Api, ApiKey, Domain, Function, Jwt, Public, Quota, RateLimit, Route
from tools.issuer import Issuer

from .fronts.served import CODE, FRONTS, Front, Served, serving
from .model import Answer, Call
from .tokens import AUDIENCE

N = 6
LIGHT = {"azure-consumption", "gcp-gateway"}
"""They count nothing."""


@dataclass(frozen=True)
class Case:
    """A route's limit, and who is counted apart."""

    auth: str
    limit: Any = None
    clients: Mapping[str, Any] = field(default_factory=lambda: {"mobile": [], "web": []})
    other: str = ""
    """What tells the one who is counted apart: "ip", "key" or "subject"; "": nothing does."""
    refused: frozenset[str] = frozenset(LIGHT)


BURST: dict[str, Any] = {"per": "minute", "burst": N}
CASES = {
    "by route": Case("public", RateLimit(60, **BURST), refused=frozenset({*LIGHT, "gcp-load-balancer"})),
    "by route, in windows": Case(
        "public", RateLimit(N, per="minute"), refused=frozenset({*LIGHT, "aws-http", "aws-rest"})
    ),
    "by ip": Case("public", RateLimit(30, per="minute", by="ip"), other="ip", refused=frozenset({*LIGHT, "aws-http"})),
    "by client, a key": Case(
        "key", RateLimit(60, by="client", **BURST), other="key",
        refused=frozenset({*LIGHT, "aws-http", "gcp-load-balancer"}),
    ),
    "by client, a subject": Case(
        "token", RateLimit(60, by="client", **BURST), other="subject",
        refused=frozenset({*LIGHT, "aws-http", "aws-rest", "gcp-load-balancer"}),
    ),
    "of a key's client": Case(
        "key", None, {"mobile": [RateLimit(60, **BURST)], "web": []}, other="key",
        refused=frozenset({*LIGHT, "aws-http", "gcp-load-balancer"}),
    ),
    "quota": Case(
        "key", None, {"mobile": [Quota(N, per="day")], "web": []}, other="key",
        refused=frozenset({*LIGHT, "aws-http", "azure-basic-v2", "gcp-load-balancer"}),
    ),
}  # fmt: skip
MOST = 40
"""More calls than any of the limits lets through."""


def spec(case: Case, front: Front, issuer: str) -> Api:
    """The Api of a case, as that front can have one."""
    shop = Function("shop", code=CODE, handler="known:show")
    ways: dict[str, Any] = {
        "public": Public(),
        "key": ApiKey(clients=case.clients),
        "token": Jwt(issuer=issuer, audience=AUDIENCE),
    }
    domain = Domain("api.example.com") if front.name == "gcp-load-balancer" else None
    routes = [
        Route("GET", "/limited", shop, auth=ways[case.auth], rate_limit=case.limit),
        Route("GET", "/free", shop, auth=ways[case.auth]),
    ]
    return Api("limited", domain=domain, routes=routes)


def call(served: Served, case: Case, path: str = "/limited", *, other: bool = False) -> Answer:
    """A call by the one who is counted, or by the other."""
    headers, claims = [], None
    if case.auth == "key":
        headers = [("x-api-key", served.keys["web" if other and case.other == "key" else "mobile"])]
    if case.auth == "token":
        claims = {"sub": "bob" if other and case.other == "subject" else "ann"}
    ip = "127.0.0.2" if other and case.other == "ip" else "127.0.0.1"
    return served.call(Call("GET", path, headers, claims=claims, client_ip=ip))


@pytest.mark.parametrize("front", FRONTS, ids=lambda front: f"front={front.name}")
@pytest.mark.parametrize("name", CASES)
def test_so_many_come_through_and_then_429(front: Front, name: str, reached: Issuer, tmp_path: Path) -> None:
    case = CASES[name]
    api = spec(case, front, front.issuer(reached))
    if front.name in case.refused:
        assert front.problems(api)
        return
    with serving(front, api, reached, tmp_path) as served:
        statuses = [call(served, case).status for _ in range(MOST)]
        through = statuses.count(200)
        least = 30 if case.other == "ip" else N
        assert least <= through <= least + 1, statuses  # one more where a second has passed
        assert set(statuses) == {200, 429}
        assert statuses[:least] == [200] * least
        _told(call(served, case), front)
        if case.other:
            assert call(served, case, other=True).status == 200
        if case.limit is not None:
            assert call(served, case, "/free").status == 200


def _told(refusal: Answer, front: Front) -> None:
    """When to come again, and in our words; or it is said that the vendor's are others."""
    assert refusal.status == 429
    if refusal.header("content-type") != "application/problem+json":
        meets = [getattr(meeting, "note", "") for meeting in front.capabilities.meets.values()]
        assert any("429" in note for note in (*front.capabilities.gateway_notes, *meets)), refusal
    else:
        assert int(str(refusal.header("retry-after"))) >= 1
