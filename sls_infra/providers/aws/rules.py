"""What the tables of both fronts can't say: rules over a whole Plan. Data only, no SDK is imported."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...errors import Problem
from ...plan.manifest import verified_here
from ...plan.model import CustomPlan, FunctionPlan, JwtPlan, Plan, WayPlan
from ...plan.names import canonical
from ...spec.values import is_output
from .event_rules import EVENT_RULES
from .refs import fifo_topics, resource_refs
from .size_rules import SIZE_RULES, told_of
from .verified import native_tokens, rest_by_runtime

ENVIRONMENT = 4096
"""Bytes of all variables of a function (Lambda quotas: environment variables)."""
_SECRET = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+")
_CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/.+")
REF, WAY, KEY = 130, 120, 14
"""Bytes that one thing takes in the variable that tells a function of its deployment, at the most that is usual: the
ARN of a secret, a way in, a key's id."""


def domain(plan: Plan) -> Iterator[Problem]:
    """A certificate that nobody could validate."""
    known = plan.domain
    if known is not None and known.certificate is None and known.zone is None:
        message = "a certificate is validated by a DNS record, and no zone is given to make it in"
        fix = "give zone='<id of the Route 53 zone>', or certificate='<ARN of one in ACM, in this region>'"
        yield Problem("api.domain", message, fix)


def circles(plan: Plan) -> Iterator[Problem]:
    """Functions that decide for each other: each would have to be there before the other, to be named by it."""
    asks = asked(plan)
    for function in plan.functions:
        seen: set[str] = set()
        front = set(asks[function.name])
        while front:
            seen |= front
            front = {further for name in front for further in asks[name]} - seen
        if function.name in seen:
            others = ", ".join(sorted(seen - {function.name}))
            message = f"{function.name!r} and {others} decide who may call each other"
            yield Problem(f"{function.where}", message, "put the authorizers into a function of their own")
            return


def asked(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Function → the other functions whose word it asks for, as authorizers."""
    found: dict[str, tuple[str, ...]] = {}
    for function in plan.functions:
        ways = verified_here(plan, function, rest_by_runtime)
        names = [way.function for way in ways if isinstance(way, CustomPlan) and way.function != function.name]
        found[function.name] = tuple(dict.fromkeys(names))
    return found


def environment(plan: Plan) -> Iterator[Problem]:
    """What we tell a function of its deployment and its own variables, together, are bounded by Lambda."""
    keys = sum(len(client.name) + 6 + 2 * KEY for way in plan.api_keys for client in way.clients)
    for function in plan.functions:
        ways = verified_here(plan, function, rest_by_runtime)
        ours = 40 + len(function.secrets) * REF + sum(map(told, ways)) + (keys if ways or plan.api_keys else 0)
        ours += told_of(plan, function)
        own = _own(function)
        if own <= ENVIRONMENT < own + ours:  # its own alone being too much is told by a bound
            message = f"its variables have {own} bytes, and what it must know of the deployment about {ours}"
            fix = f"keep both within {ENVIRONMENT} (Lambda quotas): shorter values, fewer clients, links and events"
            yield Problem(f"{function.where}.env", message, fix)


def told(way: WayPlan) -> int:
    """Bytes that are said of a way in."""
    if not isinstance(way, JwtPlan):
        return WAY + REF
    values = [way.issuer, way.jwks_uri or "null", *way.audience]
    return WAY + sum(WAY if is_output(value) else len(str(value)) + 4 for value in values)


def _own(function: FunctionPlan) -> int:
    plain = {name: value for name, value in function.env.items() if not is_output(value)}
    return sum(len(name.encode()) + len(str(value).encode()) for name, value in plain.items())


def taken(plan: Plan) -> Iterator[Problem]:
    """Names that what is made beside the spec's own things has."""
    authorizers = {f"{token.name}-authorizer" for token in native_tokens(plan, rest_by_runtime)}
    for function in plan.functions:
        if canonical(function.name) in authorizers:
            message = f"{function.name!r} is what the function that verifies tokens is called"
            yield Problem(f"{function.where}.name", message, "give it another name")
    keyrings = {f"{way.name}-keyring" for way in plan.api_keys}
    for secret in plan.secrets:
        if canonical(secret.name) in keyrings:
            message = f"{secret.name!r} is what the secret of the keys' digests is called"
            yield Problem(f"{secret.where}.name", message, "give it another name")


def refs(plan: Plan) -> Iterator[Problem]:
    """What is there already, by something that no policy of ours could name."""
    for secret in plan.secrets:
        if isinstance(secret.ref, str) and not _SECRET.match(secret.ref):
            fix = "write its ARN, as arn:aws:secretsmanager:eu-west-1:123456789012:secret:name-AbCdEf"
            yield Problem(secret.where, f"{secret.ref!r} is no ARN of a secret of Secrets Manager", fix)
    certificate = plan.domain.certificate if plan.domain else None
    if isinstance(certificate, str) and not _CERTIFICATE.match(certificate):
        fix = "write its ARN, as arn:aws:acm:eu-west-1:123456789012:certificate/0123…; it is of the Api's own region"
        yield Problem("api.domain.certificate", f"{certificate!r} is no ARN of a certificate of ACM", fix)


RULES = (domain, circles, environment, taken, refs, resource_refs, fifo_topics, *EVENT_RULES, *SIZE_RULES)
"""For both fronts."""
