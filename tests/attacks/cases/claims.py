"""Tokens of the right key that are not for this Api, or not for now."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from ..model import Answer, Attack, Control, Shot
from ..world import AUDIENCE, World, bearer

FAMILY = "claims"
DAY = 86_400


def _now() -> int:
    return int(time.time())


WRONG: dict[str, Callable[[World], dict[str, Any]]] = {
    "expired a moment ago": lambda w: {"exp": _now() - 1},
    "expired a year ago": lambda w: {"exp": _now() - 365 * DAY},
    "exp is 0": lambda w: {"exp": 0},
    "exp is negative": lambda w: {"exp": -(10**18)},
    "exp is a past fraction": lambda w: {"exp": _now() - 0.5},
    "exp is text": lambda w: {"exp": str(_now() + 600)},
    "exp is an ISO date": lambda w: {"exp": "2999-01-01T00:00:00Z"},
    "exp is infinite": lambda w: {"exp": float("inf")},
    "exp is no number": lambda w: {"exp": float("nan")},
    "exp is true": lambda w: {"exp": True},
    "exp is a list": lambda w: {"exp": [_now() + 600]},
    "exp is an object": lambda w: {"exp": {"a": _now() + 600}},
    "no exp": lambda w: {"exp": None},
    "not valid yet": lambda w: {"nbf": _now() + DAY},
    "not valid for all time": lambda w: {"nbf": 10**300},
    "nbf is infinite": lambda w: {"nbf": float("inf")},
    "nbf is no number": lambda w: {"nbf": float("nan")},
    "nbf is text": lambda w: {"nbf": "soon"},
    "nbf is an object": lambda w: {"nbf": {}},
    "for another audience": lambda w: {"aud": "others"},
    "for another audience, in a list": lambda w: {"aud": ["others", "more"]},
    "for nobody": lambda w: {"aud": []},
    "for the empty name": lambda w: {"aud": ""},
    "aud is missing": lambda w: {"aud": None},
    "aud is an object with the right key": lambda w: {"aud": {AUDIENCE: AUDIENCE}},
    "aud is a list in a list": lambda w: {"aud": [[AUDIENCE]]},
    "aud is a number": lambda w: {"aud": 7},
    "aud is true": lambda w: {"aud": True},
    "aud begins alike": lambda w: {"aud": f"{AUDIENCE}2"},
    "aud ends alike": lambda w: {"aud": f"the-{AUDIENCE}"},
    "aud is a part": lambda w: {"aud": AUDIENCE[:-1]},
    "aud in another case": lambda w: {"aud": AUDIENCE.upper()},
    "aud with a space": lambda w: {"aud": f"{AUDIENCE} "},
    "audiences in one text": lambda w: {"aud": f"others {AUDIENCE}"},
    "aud counts before client_id": lambda w: {"aud": "others", "client_id": AUDIENCE},
    "an empty aud counts before client_id": lambda w: {"aud": [], "client_id": AUDIENCE},
    "client_id of a stranger": lambda w: {"aud": None, "client_id": "others"},
    "azp instead of aud": lambda w: {"aud": None, "azp": AUDIENCE},
    "of another issuer": lambda w: {"iss": "https://evil.example.com/"},
    "iss is missing": lambda w: {"iss": None},
    "iss begins alike": lambda w: {"iss": f"{w.iss}evil"},
    "iss is a part of it": lambda w: {"iss": w.iss[:-2]},
    "iss without its slash": lambda w: {"iss": w.iss.rstrip("/")},
    "iss with a slash too many": lambda w: {"iss": f"{w.iss}/"},
    "iss in upper case": lambda w: {"iss": w.iss.upper()},
    "iss in a list": lambda w: {"iss": [w.iss]},
    "iss is an object": lambda w: {"iss": {"url": w.iss}},
    "iss with a user": lambda w: {"iss": w.iss.replace("://", "://evil@")},
    "iss with a fragment": lambda w: {"iss": f"{w.iss}#evil"},
    "iss with a line break": lambda w: {"iss": f"{w.iss}\n"},
}
BEYOND: dict[str, Callable[[World], dict[str, Any]]] = {
    "exp is huge": lambda w: {"exp": 10**300},
    "exp is beyond any calendar": lambda w: {"exp": 10**15},
    "iat is text": lambda w: {"iat": "now"},
    "sub is an object": lambda w: {"sub": {"a": 1}},
}
"""Strange, and yet the issuer's own word: either answer is right, if it is no 5xx."""

PAYLOADS: dict[str, bytes] = {
    "claims are a list": b"[1]",
    "claims are a text": b'"x"',
    "claims are null": b"null",
    "claims are true": b"true",
    "claims are no JSON": b"{oops",
    "claims are empty": b"",
    "claims are nested deeply": b'{"a":' * 4000 + b"1" + b"}" * 4000,
    "claims are no UTF-8": b'{"sub": "\xff\xfe"}',
    "claims are UTF-16": '{"sub": "ann"}'.encode("utf-16"),
    "a number of 5,000 digits": b'{"exp": ' + b"9" * 5000 + b"}",
}
TWICE: dict[str, Callable[[World], tuple[str, object, object]]] = {
    "exp comes twice, the last in the past": lambda w: ("exp", _now() + 600, 1),
    "aud comes twice, the last of another": lambda w: ("aud", AUDIENCE, "others"),
    "iss comes twice, the last of another": lambda w: ("iss", w.iss, "https://evil.example.com/"),
}
SCOPES: dict[str, dict[str, Any]] = {
    "no scope": {"scope": None},
    "one of two": {"scope": "vault:read"},
    "another case": {"scope": "VAULT:READ VAULT:WRITE"},
    "beginnings of other names": {"scope": "vault:readers vault:writers"},
    "both in one name": {"scope": "vault:readvault:write"},
    "by commas": {"scope": "vault:read,vault:write"},
    "by a no-break space": {"scope": "vault:read\u00a0vault:write"},
    "a star": {"scope": "*"},
    "an object": {"scope": {"vault:read": True, "vault:write": True}},
    "a list in a list": {"scope": [["vault:read", "vault:write"]]},
    "true": {"scope": True},
    "scp beside another scope": {"scope": "x", "scp": "vault:read vault:write"},
    "roles instead": {"scope": None, "roles": ["vault:read", "vault:write"]},
}


def attacks() -> Iterator[Attack]:
    """Every attack of this family."""
    for name, wrong in WRONG.items():
        yield Attack(FAMILY, name, _saying(wrong))
    for name, wrong in BEYOND.items():
        yield Attack(FAMILY, name, _saying(wrong), status=(200, 401), may_run=("GET /jwt",))
    for name, payload in PAYLOADS.items():
        yield Attack(FAMILY, name, _carrying(payload))
    for name, twice in TWICE.items():
        yield Attack(FAMILY, name, _twice(twice))
    for name, scope in SCOPES.items():
        yield Attack(FAMILY, f"scopes: {name}", _scoped(scope), status=(403,))
    yield Attack(FAMILY, "the scope asked for in the query", _query, status=(403,))


def controls() -> Iterator[Control]:
    """What is good after all."""
    yield Control(FAMILY, "audience in a list", lambda w: Shot("/jwt", bearer(w.token(aud=["others", AUDIENCE]))))
    yield Control(FAMILY, "client_id where there is no aud", _client_id)
    yield Control(FAMILY, "exp is a fraction", lambda w: Shot("/jwt", bearer(w.token(exp=time.time() + 600.5))))
    yield Control(FAMILY, "both scopes", lambda w: Shot("/scoped", bearer(w.token())), check=_known)
    yield Control(FAMILY, "scp as a list", lambda w: Shot("/scoped", bearer(_scp(w))))


def _known(answer: Answer) -> None:
    seen = answer.json()
    assert seen["authenticated"] is True
    assert seen["claims"]["sub"] == "somebody"


def _saying(wrong: Callable[[World], dict[str, Any]]) -> Callable[[World], Shot]:
    return lambda w: Shot("/jwt", bearer(w.token(**wrong(w))))


def _carrying(payload: bytes) -> Callable[[World], Shot]:
    return lambda w: Shot("/jwt", bearer(w.signed(payload)))


def _twice(said: Callable[[World], tuple[str, object, object]]) -> Callable[[World], Shot]:
    """JSON lets a name come twice; the last one counts everywhere here."""

    def shot(world: World) -> Shot:
        name, good, bad = said(world)
        rest = json.dumps(world.claims(**{name: None}))[1:]
        text = f'{{"{name}": {json.dumps(good)}, "{name}": {json.dumps(bad)}, {rest}'
        return Shot("/jwt", bearer(world.signed(text.encode())))

    return shot


def _scoped(said: dict[str, Any]) -> Callable[[World], Shot]:
    return lambda w: Shot("/scoped", bearer(w.token(**said)))


def _query(world: World) -> Shot:
    return Shot("/scoped?scope=vault:read%20vault:write", bearer(world.token(scope="")))


def _scp(world: World) -> str:
    return world.token(scope=None, scp=["vault:read", "vault:write"])


def _client_id(world: World) -> Shot:
    return Shot("/jwt", bearer(world.token(aud=None, client_id=AUDIENCE)))
