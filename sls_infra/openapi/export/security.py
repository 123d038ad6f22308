"""`components/securitySchemes`, and what each operation asks for."""

from __future__ import annotations

from typing import Any

from ...plan.model import ApiKeyPlan, ClientPlan, CustomPlan, JwtPlan, Plan, RoutePlan, WayPlan, WebhookPlan
from ...runtime.ways.schemes import SCHEMES
from ...spec.values import is_output
from .limits import quotas, rate_limits

PLACEHOLDER = "https://issuer.invalid/"
"""Stands for a URL that only a deployment knows: nothing is ever found there (RFC 2606)."""
DISCOVERY = ".well-known/openid-configuration"

_SIGNED = {"slack": "x-slack-request-timestamp", "standard": "webhook-id and webhook-timestamp"}
"""Scheme → the headers that are signed together with the body."""


def schemes(planned: Plan) -> dict[str, Any]:
    """Each way in that asks who calls, by its name."""
    return {way.name: _scheme(planned, way) for way in planned.ways}


def asked(route: RoutePlan) -> list[dict[str, list[str]]]:
    """The ways into a route: each suffices; `{}` lets anybody in, and so does an empty list."""
    if not route.ways:
        return []
    ways = [way for way in route.ways if not route.scopes or isinstance(way, (JwtPlan, CustomPlan))]
    # A key and a signature carry no scopes: where some are needed, nobody gets in by them.
    found: list[dict[str, list[str]]] = [{way.name: _scopes(route, way)} for way in ways]
    return [*found, {}] if route.public else found


def _scopes(route: RoutePlan, way: WayPlan) -> list[str]:
    return list(route.scopes) if isinstance(way, (JwtPlan, CustomPlan)) else []


def _scheme(planned: Plan, way: WayPlan) -> dict[str, Any]:
    match way:
        case JwtPlan():
            return _token(planned, way)
        case ApiKeyPlan():
            return _api_key(way)
        case WebhookPlan():
            return _webhook(way)
        case CustomPlan():
            return {
                "type": "apiKey",
                "in": "header",
                "name": "authorization",
                "description": "Decided by an authorizer of this API's own, which may look at anything in the request: "
                "what it wants is described elsewhere. OpenAPI has no word for that; the header stands in for it.",
                "x-sls-custom": True,
            }


def _token(planned: Plan, way: JwtPlan) -> dict[str, Any]:
    said = [f"A signed token (JWT, {', '.join(way.algorithms)}) in the header Authorization."]
    unknown = [name for name in ("issuer", "authorization_url", "token_url") if is_output(getattr(way, name))]
    if unknown:
        words = ", ".join(name.replace("_", " ") for name in unknown)
        said.append(f"Only a deployment knows the {words}: {PLACEHOLDER} stands in for it.")
    made: dict[str, Any] = {"description": " ".join(said)}
    if unknown:
        made["x-sls-known-to-the-deployment"] = unknown
    audiences = [value for value in way.audience if isinstance(value, str)]
    if audiences:
        made["x-sls-audience"] = audiences
    if not is_output(way.issuer):
        made["x-sls-issuer"] = str(way.issuer)
    if way.described_scopes is not None:
        scopes = _described(planned, way)
        flows = _flows(way, scopes)
        if flows and way.scheme == "Bearer":
            return {"type": "oauth2", **made, "flows": flows}
        if scopes:
            made["x-sls-scopes"] = scopes
    if way.scheme != "Bearer" or way.key is not None or way.jwks_uri is not None:
        format = {"bearerFormat": "JWT"} if way.scheme == "Bearer" else {}
        return {"type": "http", "scheme": way.scheme.lower(), **format, **made}
    return {"type": "openIdConnect", "openIdConnectUrl": _discovery(way), **made}


def _discovery(way: JwtPlan) -> str:
    issuer = PLACEHOLDER if is_output(way.issuer) else str(way.issuer)
    return f"{issuer.rstrip('/')}/{DISCOVERY}"


def _described(planned: Plan, way: JwtPlan) -> dict[str, str]:
    """Scope → what it allows: those that are described, then those that routes ask for without a description."""
    used = [scope for route in planned.routes if way in route.jwts for scope in route.scopes]
    return {
        **(way.described_scopes or {}),
        **{scope: "" for scope in used if scope not in (way.described_scopes or {})},
    }


def _flows(way: JwtPlan, scopes: dict[str, str]) -> dict[str, Any]:
    """By the URLs that are given: both are those of the authorization code, one alone is that of its flow."""
    urls = {
        "authorizationUrl": _url(way.authorization_url),
        "tokenUrl": _url(way.token_url),
    }
    given = {name: url for name, url in urls.items() if url}
    match tuple(given):
        case ():
            return {}
        case ("tokenUrl",):
            flow = "clientCredentials"
        case ("authorizationUrl",):
            flow = "implicit"
        case _:
            flow = "authorizationCode"
    return {flow: {**given, "scopes": scopes}}


def _url(value: object) -> str:
    if value is None:
        return ""
    return PLACEHOLDER if is_output(value) else str(value)


def _api_key(way: ApiKeyPlan) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "apiKey",
        "in": "header",
        "name": way.header,
        "description": "A key of the client's own, made by the deployment.",
    }
    limits = [_of_client(client) for client in way.clients]
    if any(limits):
        made["description"] += " x-sls-clients are the limits that clients have; their names are not for everybody."
        made["x-sls-clients"] = [each for index, each in enumerate(limits) if each not in limits[:index]]
    return made


def _of_client(client: ClientPlan) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if client.limits:
        found["x-sls-rate-limit"] = rate_limits(client.limits)
    if client.quotas:
        found["x-sls-quota"] = quotas(client.quotas)
    return found


def _webhook(way: WebhookPlan) -> dict[str, Any]:
    signed = _SIGNED.get(way.scheme)
    more = f", together with {signed}" if signed else ""
    return {
        "type": "apiKey",
        "in": "header",
        "name": SCHEMES[way.scheme].header,
        "description": f"The call is signed as {way.scheme!r} webhooks are: a signature of the body as sent{more},"
        " with a secret that both sides hold. It is no fixed key: each call has its own.",
        "x-sls-webhook": way.scheme,
    }
