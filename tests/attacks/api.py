"""The Api that is attacked: every way in, alone and with others, beside routes that are open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sls_infra import Api, ApiKey, Cors, Custom, Function, Jwt, Public, Route, Secret, Webhook

from .world import AUDIENCE, ORIGIN, SCHEMES, World

CODE = Path(__file__).parent / "code"
SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}


def api(world: World, runs: Path, handler: str = "vault:show") -> Api:
    """`runs` is the file that handlers write to."""
    env = {"ATTACKS_RUNS": str(runs)}
    vault = Function("vault", code=CODE, handler=handler, env=env)
    court = Function("court", code=CODE, handler="vault:judge", env=env)
    return Api(
        "vault",
        cors=Cors(origins=[ORIGIN], headers=["authorization", "x-api-key"], credentials=True),
        routes=[*_tokens(world, vault), *_signed(world, vault), *_others(world, vault, court), *_open(vault)],
    )


def token(world: World, **more: Any) -> Jwt:
    """The way in by token."""
    return Jwt(**{"issuer": world.iss, "audience": AUDIENCE, **more})


def key() -> ApiKey:
    """The way in by key."""
    return ApiKey(clients={"mobile": [], "web": []})


def _tokens(world: World, vault: Function) -> Iterator[Route]:
    known = token(world)
    yield Route("GET", "/jwt", vault, auth=known)
    yield Route("POST", "/jwt", vault, auth=known)
    yield Route("GET", "/scoped", vault, auth=known, scopes=["vault:read", "vault:write"])
    yield Route("GET", "/optional", vault, auth=[known, Public()])
    yield Route("GET", "/rs512", vault, auth=token(world, algorithms=["RS512"]))
    yield Route("GET", "/curves", vault, auth=token(world, algorithms=["ES256", "EdDSA", "PS256"]))
    yield Route(
        "GET", "/shared", vault, auth=token(world, key=Secret("shared", value=world.shared), algorithms=["HS256"])
    )
    yield Route("GET", "/several", vault, auth=[known, key()])
    yield Route("GET", "/vault/{id}", vault, auth=known)
    yield Route("GET", "/vault/{id}/deep/{path+}", vault, auth=known)
    yield Route("ANY", "/any/{id}", vault, auth=known)


def _signed(world: World, vault: Function) -> Iterator[Route]:
    for scheme in SCHEMES:
        secret = Secret(scheme, value=world.hooks[scheme])
        yield Route("POST", f"/hook/{scheme}", vault, auth=Webhook(secret, scheme=scheme))
    checked = Webhook(Secret("github", value=world.hooks["github"]), scheme="github")
    yield Route("POST", "/hook/checked", vault, auth=checked, request=SCHEMA)
    yield Route("POST", "/hook/several", vault, auth=[checked, key()])


def _others(world: World, vault: Function, court: Function) -> Iterator[Route]:
    yield Route("GET", "/key", vault, auth=key())
    yield Route("GET", "/key/{id}", vault, auth=key())
    yield Route("GET", "/custom/{id}", vault, auth=Custom(vault, handler="vault:judge", ttl=300))
    yield Route("GET", "/asked/{id}", vault, auth=Custom(court, ttl=300))


def _open(vault: Function) -> Iterator[Route]:
    yield Route("GET", "/open", vault, auth=Public())
    yield Route("GET", "/open/{path+}", vault, auth=Public())
    yield Route("POST", "/open", vault, auth=Public())
