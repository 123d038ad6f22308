"""Headers by which gateways tell functions who calls: from a caller they are nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator

from ..model import Answer, Attack, Control, Headers, Shot
from ..world import World, bearer

FAMILY = "headers"
EVIL = {"sub": "evil", "scope": "vault:read vault:write", "aud": "vault", "exp": 4_102_444_800}
CLAIMS = base64.urlsafe_b64encode(json.dumps(EVIL).encode()).rstrip(b"=").decode()
TOKEN = f"e30.{CLAIMS}.e30"

FORGED: dict[str, Headers] = {
    "X-Apigateway-Api-Userinfo": [("x-apigateway-api-userinfo", CLAIMS)],
    "X-Apigateway-Api-Userinfo, twice": [("x-apigateway-api-userinfo", CLAIMS)] * 2,
    "X-Apigateway-Api-Userinfo with underscores": [("x_apigateway_api_userinfo", CLAIMS)],
    "X-Endpoint-Api-Userinfo": [("x-endpoint-api-userinfo", CLAIMS)],
    "X-Forwarded-Authorization": [("x-forwarded-authorization", f"Bearer {TOKEN}")],
    "X-Forwarded-Authorization with underscores": [("x_forwarded_authorization", f"Bearer {TOKEN}")],
    "X-Original-Authorization": [("x-original-authorization", f"Bearer {TOKEN}")],
    "X-Serverless-Authorization": [("x-serverless-authorization", f"Bearer {TOKEN}")],
    "X-Goog-Authenticated-User-Id": [("x-goog-authenticated-user-id", "accounts.google.com:1")],
    "X-Goog-Iap-Jwt-Assertion": [("x-goog-iap-jwt-assertion", TOKEN)],
    "X-Ms-Client-Principal": [("x-ms-client-principal", CLAIMS), ("x-ms-client-principal-id", "evil")],
    "X-Ms-Token-Aad-Access-Token": [("x-ms-token-aad-access-token", TOKEN)],
    "X-Functions-Key": [("x-functions-key", "host-key")],
    "X-Amzn-Oidc-Data": [("x-amzn-oidc-data", TOKEN), ("x-amzn-oidc-identity", "evil")],
    "X-Amzn-Request-Context": [("x-amzn-request-context", json.dumps({"authorizer": {"claims": EVIL}}))],
    "X-Amz-Security-Token": [("x-amz-security-token", "x"), ("x-amzn-authorizer", json.dumps(EVIL))],
    "X-Sls-Client": [("x-sls-client", "mobile"), ("x-sls-claims", CLAIMS)],
    "X-Sls-Way": [("x-sls-way", "jwt"), ("x-sls-verified", "true")],
    "X-Authenticated-Userid": [("x-authenticated-userid", "evil"), ("x-consumer-username", "evil")],
    "X-Forwarded-User": [("x-forwarded-user", "evil"), ("remote-user", "evil"), ("x-remote-user", "evil")],
    "X-Client-Cert": [("x-client-cert", "x"), ("x-ssl-client-verify", "SUCCESS"), ("x-arr-clientcert", "x")],
    "X-Original-Url": [("x-original-url", "/open"), ("x-rewrite-url", "/open"), ("x-forwarded-path", "/open")],
    "X-Forwarded-Uri": [("x-forwarded-uri", "/open"), ("x-envoy-original-path", "/open")],
    "X-Forwarded-For of the loopback": [("x-forwarded-for", "127.0.0.1"), ("x-real-ip", "127.0.0.1")],
    "X-Http-Method-Override": [("x-http-method-override", "OPTIONS"), ("x-method-override", "OPTIONS")],
    "Host of another": [("x-forwarded-host", "internal"), ("forwarded", "for=127.0.0.1;host=internal")],
    "Upgrade": [("upgrade", "h2c"), ("http2-settings", "AAMAAABkAAQAAP__")],
    "Connection names Authorization": [("connection", "close, authorization")],
}
ROUTES: dict[str, Headers] = {
    "X-Sls-Route of an open route": [("x-sls-route", "OPEN")],
    "X-Sls-Route by key": [("x-sls-route", "GET /open")],
    "X-Sls-Url of an open route": [("x-sls-url", "https://vault.azure-api.net/open")],
    "X-Sls-Ip and X-Sls-Id": [("x-sls-ip", "10.0.0.1"), ("x-sls-id", "evil")],
}
PROTECTED = ("/jwt", "/scoped", "/key", "/custom/1", "/several")


def attacks() -> Iterator[Attack]:
    """Every attack of this family."""
    for name, forged in (FORGED | ROUTES).items():
        for target in PROTECTED[:1] if name not in ("X-Apigateway-Api-Userinfo", "X-Sls-Client") else PROTECTED:
            yield Attack(FAMILY, f"{name} at {target}", _at(target, forged))
    for target in ("/optional", "/open"):
        name, route = f"all of them at {target}: nobody is known", (f"GET {target}",)
        yield Attack(FAMILY, name, _everything(target), (200,), route, _nobody)
    yield Attack(FAMILY, "all of them beside a good token: its word counts", _beside, (200,), ("GET /jwt",), _token)
    for name in ("x-forwarded-authorization", "x_forwarded_authorization"):
        yield Attack(FAMILY, f"{name} beside a good token", _forwarded(name), (200, 401), ("GET /jwt",), _not_evil)
    yield Attack(FAMILY, "a forged address beside a good token", _address, (200,), ("GET /jwt",), _own_address)
    yield Attack(FAMILY, "a forged scope beside a good token without it", _scope, (403,))
    for method in ("X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override", "_method"):
        yield Attack(FAMILY, f"{method}: POST as GET, where POST is open", _overridden(method), (401,))


def controls() -> Iterator[Control]:
    """None of them keeps a good caller out."""
    yield Control(FAMILY, "a good token beside all of them", _beside)


def _all() -> Headers:
    names: set[str] = {"connection", "upgrade", "http2-settings"}  # of the connection, not of who calls
    names |= {"x-forwarded-authorization", "x_forwarded_authorization"}  # on Google Cloud the caller's own: see below
    found = []
    for headers in (FORGED | ROUTES).values():
        for name, value in headers:
            if name not in names:
                names.add(name)
                found.append((name, value))
    return found


def _at(target: str, forged: Headers) -> Callable[[World], Shot]:
    return lambda w: Shot(target, [(name, value.replace("OPEN", w.open_id)) for name, value in forged])


def _everything(target: str) -> Callable[[World], Shot]:
    return lambda w: Shot(target, _all())


def _beside(world: World) -> Shot:
    return Shot("/jwt", [*bearer(world.token()), *_all()])


def _forwarded(name: str) -> Callable[[World], Shot]:
    return lambda w: Shot("/jwt", [*bearer(w.token()), (name, f"Bearer {TOKEN}")])


def _address(world: World) -> Shot:
    forged = [("x-forwarded-for", "8.8.8.8"), ("x-real-ip", "8.8.8.8"), ("forwarded", "for=8.8.8.8")]
    return Shot("/jwt", [*bearer(world.token()), *forged, ("x-sls-ip", "8.8.8.8"), ("true-client-ip", "8.8.8.8")])


def _scope(world: World) -> Shot:
    return Shot("/scoped", [*bearer(world.token(scope="")), *_all(), ("x-scope", "vault:read vault:write")])


def _overridden(name: str) -> Callable[[World], Shot]:
    return lambda w: Shot("/jwt?_method=OPTIONS", [(name.lower(), "OPTIONS")], "POST", b"_method=OPTIONS")


def _nobody(answer: Answer) -> None:
    seen = answer.json()
    assert (seen["claims"], seen["authenticated"]) == ({}, False)


def _token(answer: Answer) -> None:
    assert answer.json()["claims"]["sub"] == "somebody"


def _not_evil(answer: Answer) -> None:
    assert answer.status == 401 or answer.json()["claims"]["sub"] == "somebody"


def _own_address(answer: Answer) -> None:
    assert answer.json()["client_ip"] in ("127.0.0.1", "192.0.2.1")
