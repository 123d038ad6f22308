"""API Management's policies, as far as Microsoft describes them: the rendered XML, run on a request.

https://learn.microsoft.com/azure/api-management/: policy-reference pages of each statement, "Error handling in API
Management policies" (what `on-error` sees), "Policy expressions" (`context`). A statement that is not known here fails
the case.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import jwt

from tools.issuer import DISCOVERY, Issuer

from . import tokens
from .csharp import evaluated
from .model import Answer, Call, GatewayError, Headers

Element = ElementTree.Element
Forward = Callable[["Run"], Answer]
"""Sends the request on to the backend that the policies have chosen."""


class Failed(Exception):
    """An error inside a policy: processing goes on in `on-error`."""

    def __init__(self, source: str, reason: str, status: int) -> None:
        super().__init__(reason)
        self.source = source
        self.reason = reason
        self.status = status


class Returned(Exception):
    """`return-response`: the caller gets this answer at once."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer


class _Headers:
    """`context.Request.Headers`: values of one name joined by commas."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def GetValueOrDefault(self, name: str, default: str = "") -> str:
        found = [value for key, value in self._run.headers if key == name.lower()]
        return ",".join(found) if found else default

    def ContainsKey(self, name: str) -> bool:
        return any(key == name.lower() for key, _ in self._run.headers)


class _Variables(dict[str, Any]):
    def ContainsKey(self, name: str) -> bool:
        return name in self

    def GetValueOrDefault(self, name: str, default: Any = None) -> Any:
        return self.get(name, default)


class _Text:
    """Something whose ToString is all that matters."""

    def __init__(self, text: str) -> None:
        self._text = text

    def ToString(self) -> str:
        return self._text

    def __str__(self) -> str:
        return self._text


class _Url(_Text):
    """`context.Request.OriginalUrl`."""

    def __init__(self, base: str, call: Call) -> None:
        super().__init__(base + call.target)
        self.Path = call.path


class Counters:
    """What `rate-limit-by-key` has counted: buckets of the v2 tiers, of `calls` at first, refilled at an even pace
    ("Limit call rate by key", usage notes; "Advanced request throttling", classic versus v2 tiers)."""

    def __init__(self) -> None:
        self.now = 0.0
        self._buckets: dict[str, tuple[float, float, tuple[int, int]]] = {}
        """By key: what is in it, since when, and by which limit."""

    def take(self, key: str, calls: int, seconds: int) -> int:
        """0 for a call that may pass, else the seconds after which another is worth a try."""
        if not 1 <= seconds <= 300 or calls < 1:
            raise GatewayError(f"API Management takes no {calls} calls in {seconds} s")
        filled, since, limit = self._buckets.get(key, (float(calls), self.now, (calls, seconds)))
        if limit != (calls, seconds):
            raise GatewayError(f"two limits share the counter {key}, which may do anything")
        filled = min(calls, filled + (self.now - since) * calls / seconds)
        if filled < 1:
            self._buckets[key] = (filled, self.now, limit)
            return max(1, math.ceil((1 - filled) * seconds / calls))
        self._buckets[key] = (filled - 1, self.now, limit)
        return 0


@dataclass
class Run:
    """One request on its way through the policies."""

    call: Call
    headers: list[tuple[str, str]]
    operation: str | None
    """The id of the operation that was matched."""
    url: str
    issuer: Issuer
    trusted: str
    """The `iss` whose keys the issuer's discovery document leads to."""
    counters: Counters
    subscription: str | None = None
    """The name of the subscription whose key was sent."""
    told: list[str] = field(default_factory=list)
    """What `trace` sends to Application Insights."""
    broken: Failed | None = None
    """What a step of API Management's own has failed by, before any policy."""
    request_id: str = "0e7bbd08-5d0c-4d9b-9b8f-1f3f3a7a1c55"
    variables: _Variables = field(default_factory=_Variables)
    backend: str | None = None
    response: Answer | None = None
    error: Failed | None = None

    def scope(self) -> Mapping[str, Any]:
        """What expressions see."""
        request = SimpleNamespace(
            Method=self.call.method,
            Headers=_Headers(self),
            IpAddress=self.call.client_ip,
            OriginalUrl=_Url(self.url, self.call),
        )
        error = self.error and SimpleNamespace(Source=self.error.source, Reason=self.error.reason)
        status = self.response.status if self.response else self.error.status if self.error else None
        context = SimpleNamespace(
            Request=request,
            RequestId=_Text(self.request_id),
            Subscription=None if self.subscription is None else SimpleNamespace(Name=self.subscription),
            Operation=None if self.operation is None else SimpleNamespace(Id=self.operation),
            Variables=self.variables,
            LastError=error,
            Response=None if status is None else SimpleNamespace(StatusCode=status),
        )
        return {"context": context}

    def value(self, text: str | None) -> Any:
        """A text of the policy, evaluated."""
        return evaluated(text or "", self.scope())

    def set_header(self, name: str, values: list[str]) -> None:
        self.headers = [header for header in self.headers if header[0] != name] + [(name, value) for value in values]


def run(documents: list[Element], run: Run, forward: Forward) -> Answer:
    """The answer that policy documents, the widest scope first, make of a request. Each `<base />` is the next wider
    document's section; a document without one does without it."""
    try:
        if run.broken is not None:
            raise run.broken
        for section in ("inbound", "backend", "outbound"):
            _section(documents, section, run, forward)
        assert run.response is not None, "no policy has forwarded the request"
        return run.response
    except Returned as returned:
        return returned.answer
    except Failed as failed:
        run.error = failed
    try:
        _section(documents, "on-error", run, forward)
    except Returned as returned:
        return returned.answer
    body = json.dumps({"statusCode": run.error.status, "message": run.error.reason}).encode()
    return Answer(run.error.status, (("content-type", "application/json"),), body)


def _section(documents: list[Element], name: str, state: Run, forward: Forward) -> None:
    for statement in documents[-1].find(name) or []:
        if statement.tag == "base":
            if len(documents) > 1:
                _section(documents[:-1], name, state, forward)
        else:
            _statement(statement, state, forward)


def _statement(statement: Element, state: Run, forward: Forward) -> None:
    match statement.tag:
        case "set-variable":
            state.variables[statement.attrib["name"]] = state.value(statement.attrib["value"])
        case "choose":
            for inner in _chosen(statement, state):
                _statement(inner, state, forward)
        case "set-backend-service":
            state.backend = str(state.value(statement.attrib["backend-id"]))
        case "forward-request":
            state.response = forward(state)
        case "return-response":
            raise Returned(_response(statement, state))
        case _:
            act = _ACTS.get(statement.tag)
            if act is None:
                raise GatewayError(f"the policy {statement.tag} is not known here")
            act(statement, state)


def _chosen(choose: Element, state: Run) -> list[Element]:
    for case in choose:
        if case.tag == "otherwise":
            return list(case)
        condition = state.value(case.attrib["condition"])
        if not isinstance(condition, bool):
            raise GatewayError(f"{case.attrib['condition']} is no condition: {condition!r}")
        if condition:
            return list(case)
    return []


def _set_header(statement: Element, state: Run) -> None:
    name, action = statement.attrib["name"].lower(), statement.attrib["exists-action"]
    values = [str(state.value(value.text)) for value in statement.findall("value")]
    if action == "delete":
        values = []
    elif action != "override":
        raise GatewayError(f"exists-action {action} would leave what the caller sent")
    if "\r" in "".join(values) or "\n" in "".join(values):
        raise Failed("set-header", "ExpressionValueEvaluationFailure", 500)
    state.set_header(name, values)


def _response(statement: Element, state: Run) -> Answer:
    status, body = 200, b""
    headers: list[tuple[str, str]] = []
    for part in statement:
        match part.tag:
            case "set-status":
                status = int(state.value(part.attrib["code"]))
            case "set-header":
                name = part.attrib["name"].lower()
                headers = [header for header in headers if header[0] != name]
                if state.value(part.attrib["exists-action"]) == "delete":
                    continue
                headers += [(name, str(state.value(value.text))) for value in part.findall("value")]
            case "set-body":
                body = str(state.value(part.text)).encode()
            case _:
                raise GatewayError(f"{part.tag} in a return-response is not known here")
    return Answer(status, tuple(headers), b"" if state.call.method == "HEAD" else body)


def _validate_jwt(statement: Element, state: Run) -> None:
    """Refuses what does not pass, with the status that the statement names."""
    given = statement.attrib
    status = int(given.get("failed-validation-httpcode", "401"))
    sent = [value for name, value in state.headers if name == given["header-name"].lower()]
    scheme, _, token = (sent[-1] if sent else "").partition(" ")
    if not sent or not token or scheme.lower() != given["require-scheme"].lower():
        raise Failed("validate-jwt", "TokenNotPresent", status)
    if given.get("require-signed-tokens", "true") != "true" or given.get("require-expiration-time", "true") != "true":
        raise GatewayError("tokens without signature or expiry would be taken")
    configured = statement.find("openid-config")
    if configured is None or configured.attrib["url"] != state.trusted.rstrip("/") + DISCOVERY:
        raise GatewayError(f"no keys are found there: {ElementTree.tostring(statement, encoding='unicode')}")
    audiences = [str(state.value(each.text)) for each in statement.findall("audiences/audience")]
    issuers = [str(state.value(each.text)) for each in statement.findall("issuers/issuer")] or [state.trusted]
    try:
        claims = jwt.decode(
            token, state.issuer.key.public_pem(), algorithms=["RS256"], issuer=issuers, audience=audiences or None,
            leeway=int(given.get("clock-skew", "0")), options={"require": ["exp"], "verify_aud": bool(audiences)},
        )  # fmt: skip
    except jwt.PyJWTError as error:
        raise Failed("validate-jwt", f"TokenSignatureInvalid: {error}", status) from None
    for claim in statement.findall("required-claims/claim"):
        wanted = [str(state.value(value.text)) for value in claim.findall("value")]
        have = claims.get(claim.attrib["name"])
        if not any(each in wanted for each in (have if isinstance(have, list) else [have])):
            raise Failed("validate-jwt", "TokenClaimValueNotAllowed", status)


def _rate_limit(statement: Element, state: Run) -> None:
    given = {name: state.value(value) for name, value in statement.attrib.items()}
    wait = state.counters.take(given["counter-key"], int(given["calls"]), int(given["renewal-period"]))
    if wait:
        state.variables[given["retry-after-variable-name"]] = wait
        raise Failed("rate-limit-by-key", "RateLimitExceeded", 429)


def _trace(statement: Element, state: Run) -> None:
    state.told.append(str(state.value(statement.findtext("message"))))


_ACTS: Mapping[str, Callable[[Element, Run], None]] = {
    "set-header": _set_header,
    "validate-jwt": _validate_jwt,
    "rate-limit-by-key": _rate_limit,
    "trace": _trace,
}


def as_jwt(token: str) -> Any:
    """`AsJwt()`: what a token says, unverified; None for what is none."""
    try:
        header, claims = jwt.get_unverified_header(token), dict(tokens.payload(token))
    except (jwt.PyJWTError, ValueError, IndexError):
        return None
    audience = claims.get("aud", [])
    return SimpleNamespace(
        Algorithm=header.get("alg"),
        Audiences=audience if isinstance(audience, list) else [audience],
        Issuer=claims.get("iss"),
        Subject=claims.get("sub"),
    )


def lowered(headers: Headers) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in headers]
