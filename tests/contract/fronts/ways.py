"""The routes that are called behind every front, one or more for each way in; and the calls, with what they get."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import jwt

from sls_infra import Api, ApiKey, Cors, Custom, Domain, Function, Jwt, OAuth2, Public, Route, Secret, Webhook

from ..apis import ORIGIN
from ..model import Call
from ..tokens import AUDIENCE
from .served import CODE, Front

SHARED = "a-shared-secret-of-32-characters!"
HOOK = "what-both-sides-sign-with"


def routes(issuer: str) -> dict[str, Route]:
    """Name → route."""
    shop, court = Function("shop", code=CODE, handler="known:show"), Function("court", code=CODE, handler="known:judge")
    token, either = Jwt(issuer=issuer, audience=AUDIENCE), ApiKey(clients={"mobile": [], "web": []})
    hook = Webhook(Secret("hook", value=HOOK), scheme="github")
    shared = Jwt(issuer=issuer, audience=AUDIENCE, key=Secret("shared", value=SHARED), algorithms=["HS256"])
    described = OAuth2(issuer=issuer, audience=AUDIENCE, scopes={"a": "all"})

    def get(name: str, *auth: Any, **more: Any) -> tuple[str, Route]:
        return name, Route("GET", f"/{name}", shop, auth=list(auth), **more)

    return dict(
        [
            get("public", Public()),
            get("jwt", token),
            get("oauth2", described),
            get("scoped", token, scopes=["a", "b"]),
            get("leeway", Jwt(issuer=issuer, audience=AUDIENCE, leeway=300)),
            get("jwks", Jwt(issuer=issuer, audience=AUDIENCE, jwks_uri=f"{issuer}jwks.json")),
            get("scheme", Jwt(issuer=issuer, audience=AUDIENCE, scheme="Token")),
            get("shared", shared),
            get("optional", token, Public()),
            get("custom", Custom(court, ttl=60)),
            get("own", Custom(shop, handler="known:judge")),
            get("key", either),
            get("either", token, either),
            ("hook", Route("POST", "/hook", shop, auth=hook)),
        ]
    )


def apis(issuer: str, front: Front) -> tuple[list[Api], dict[str, list[str]]]:
    """The routes in as few Apis as that front takes them in; and for each that it takes in none, what it says."""
    domain = Domain("api.example.com") if front.name == "gcp-load-balancer" else None
    empty = Api("known", domain=domain, cors=Cors(origins=[ORIGIN], headers=["authorization"]))
    made: list[Api] = []
    refused = {}
    for name, route in routes(issuer).items():
        for index, known in enumerate([*made, empty]):
            wider = replace(known, routes=[*known.routes, route])
            problems = front.problems(wider)
            if not problems:
                made[index : index + 1] = [wider]
                break
        else:
            refused[name] = problems
    return made, refused


REFUSED = {"aws-http": {"key", "either"}}
"""Routes that a front takes in no Api: these, and no others."""


@dataclass(frozen=True)
class Case:
    """A call, and its status behind every front."""

    route: str
    status: int
    call: Callable[[Mapping[str, str], str], Call]
    """Of the clients' keys; and of who the issuer is."""
    claims: Mapping[str, Any] = field(default_factory=dict)
    """What the handler must be told, beside anything else."""


def _get(route: str, status: int, *, headers: Any = (), told: Any = None, late: int = 0, **more: Any) -> Case:
    """`late`: seconds since the token has expired."""

    def call(keys: Mapping[str, str], issuer: str) -> Call:
        said = {"claims": {"sub": "ann", "exp": int(time.time()) - late}} if late else {}
        return Call("GET", f"/{route}", headers=list(headers), **{**more, **said})

    return Case(route, status, call, told or {})


def _keyed(route: str, status: int, client: str, told: Mapping[str, Any] = {}) -> Case:  # never changed
    return Case(
        route, status, lambda keys, issuer: Call("GET", f"/{route}", [("x-api-key", keys.get(client, client))]), told
    )


def _hook(status: int, signature: str | None) -> Case:
    def call(keys: Mapping[str, str], issuer: str) -> Call:
        body = b'{"at": %d}' % time.time_ns()
        made = hmac.new(HOOK.encode(), body, hashlib.sha256).hexdigest() if signature == "good" else signature
        headers = [] if made is None else [("x-hub-signature-256", f"sha256={made}")]
        return Call("POST", "/hook", headers, body)

    return Case("hook", status, call)


def _shared(status: int, key: str, **claims: Any) -> Case:
    def call(keys: Mapping[str, str], issuer: str) -> Call:
        said = {"iss": issuer, "aud": AUDIENCE, "sub": "ann", "exp": int(time.time()) + 600, **claims}
        return Call("GET", "/shared", token=jwt.encode(said, key, algorithm="HS256"))

    return Case("shared", status, call)


ANN = {"sub": "ann"}
MOBILE = {"sub": "mobile", "client_id": "mobile"}

CASES: dict[str, Case] = {
    "public: nobody": _get("public", 200),
    "public: a bad token": _get("public", 200, token="x"),
    "jwt: nobody": _get("jwt", 401),
    "jwt: a good token": _get("jwt", 200, claims=ANN, told=ANN),
    "jwt: a bad token": _get("jwt", 401, token="a.b.c"),
    "jwt: expired": _get("jwt", 401, late=120),
    "jwt: for another": _get("jwt", 401, claims={"sub": "ann", "aud": "others"}),
    "jwt: two headers": _get("jwt", 401, token="x", headers=[("authorization", "Bearer y")]),
    "oauth2: a good token": _get("oauth2", 200, claims=ANN, told=ANN),
    "oauth2: nobody": _get("oauth2", 401),
    "scoped: all scopes": _get("scoped", 200, claims={"sub": "ann", "scope": "a b"}, told=ANN),
    "scoped: one of two": _get("scoped", 403, claims={"sub": "ann", "scope": "a"}),
    "scoped: nobody": _get("scoped", 401),
    "leeway: a little late": _get("leeway", 200, late=120, told=ANN),
    "leeway: too late": _get("leeway", 401, late=7200),
    "jwks_uri: a good token": _get("jwks", 200, claims=ANN, told=ANN),
    "jwks_uri: a bad token": _get("jwks", 401, token="a.b.c"),
    "scheme: Bearer, where it is Token": _get("scheme", 401, claims=ANN),
    "optional: nobody": _get("optional", 200),
    "optional: a good token": _get("optional", 200, claims=ANN, told=ANN),
    "optional: a bad token": _get("optional", 401, token="a.b.c"),
    "optional: expired": _get("optional", 401, late=120),
    "custom: let in": _get("custom", 200, headers=[("x-pass", "good")], told={"sub": "judged", "path": "/custom"}),
    "custom: not let in": _get("custom", 401, headers=[("x-pass", "bad")]),
    "custom: nobody": _get("custom", 401),
    "custom, in its own function: let in": _get("own", 200, headers=[("x-pass", "good")], told={"sub": "judged"}),
    "custom, in its own function: not let in": _get("own", 401, headers=[("x-pass", "bad")]),
    "key: nobody": _get("key", 401),
    "key: good": _keyed("key", 200, "mobile", MOBILE),
    "key: another client's": _keyed("key", 200, "web", {"sub": "web"}),
    "key: unknown": _keyed("key", 401, "x" * 40),
    "key: a token instead": _get("key", 401, claims=ANN),
    "either: nobody": _get("either", 401),
    "either: a good token": _get("either", 200, claims=ANN, told=ANN),
    "either: a good key": _keyed("either", 200, "mobile", MOBILE),
    "either: a bad token": _get("either", 401, token="a.b.c"),
    "either: a bad key": _keyed("either", 401, "x" * 40),
    "webhook: signed": _hook(200, "good"),
    "webhook: another signature": _hook(401, "0" * 64),
    "webhook: no signature": _hook(401, None),
    "key of one's own: a good token": _shared(200, SHARED),
    "key of one's own: another key": _shared(401, "x" * 32),
    "key of one's own: another audience": _shared(401, SHARED, aud="others"),
    "nothing there": Case("public", 404, lambda keys, issuer: Call("GET", "/nowhere")),
}
