"""What a table of bounds cannot say of a Plan on Google Cloud: paths and tokens that API Gateway would misread."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...errors import Problem
from ...plan.model import JwtPlan, Plan, RoutePlan
from ...spec.values import is_output

_TEMPLATE = "API Gateway reads a path as a template of google.api.http"


def paths(plan: Plan) -> Iterator[Problem]:
    """Literal segments with what its path templates mean otherwise: a `*` is a wildcard, a `:` starts a verb, which
    may stand in the last segment alone (google/api/http.proto, "Path template syntax")."""
    for route in plan.routes:
        segments = [segment for segment in route.path.split("/") if segment and not segment.startswith("{")]
        if any(segment.startswith("*") for segment in segments):
            message = f"{route.path} has a segment that starts with '*': {_TEMPLATE}, where that is a wildcard"
            yield Problem(f"{route.where}.path", message, "leave the '*' out, or put another character before it")
        if ":" in route.path and not re.fullmatch(r"[^:]*/[^:/]+:[^:/]+", route.path):
            message = f"{route.path} has a ':' that is not within its last segment, once: {_TEMPLATE}"
            yield Problem(f"{route.where}.path", message, "use '-' or '.' instead")
        else:
            yield from _verb_again(plan, route)


def _verb_again(plan: Plan, verbal: RoutePlan) -> Iterator[Problem]:
    """`/a:b` beside `/a/b`: a verb is told from a segment only when requests are matched (ESPv2, `httppattern`)."""
    if ":" not in verbal.path:
        return
    for route in plan.routes:
        alike = route.method == verbal.method or "ANY" in (route.method, verbal.method)
        if alike and re.sub(r"\{\w+\}", "{}", route.path) == re.sub(r"\{\w+\}", "{}", verbal.path.replace(":", "/")):
            message = f"{verbal.path} and {route.path} are one path to API Gateway, which refuses it twice"
            yield Problem(f"{verbal.where}.path", message, "use '-' or '.' instead of ':'")


def tokens(plan: Plan) -> Iterator[Problem]:
    """Each security definition needs an issuer of its own (API Gateway, "Authentication between services": multiple
    definitions), and holds its audiences as one text, taken apart at commas."""
    first: dict[str, JwtPlan] = {}
    for token in plan.jwts:
        where = next(route.where for route in plan.routes if token in route.jwts)
        for audience in token.audience:
            if isinstance(audience, str) and "," in audience:
                message = f"the audience {audience!r} has a comma, at which API Gateway would take it apart"
                yield Problem(f"{where}.auth.audience", message, "choose an audience without one")
        if is_output(token.issuer):
            continue
        other = first.setdefault(str(token.issuer), token)
        if other != token:
            message = f"two different tokens are of the issuer {token.issuer}: API Gateway takes one an issuer"
            fix = "use one Jwt(…) with all audiences for both and tell routes apart by scopes, or give each an Api"
            yield Problem(f"{where}.auth.issuer", message, fix)
