"""API Management's own refusals, as the runtime's are: problem+json, a challenge on 401, readable by allowed pages."""

from __future__ import annotations

from collections.abc import Iterator

from ...plan.model import CorsPlan, Plan
from . import claimed, clients, counted, policy, verified
from .policy import Element, element
from .tier import Tier

STATUS, SHARED, KEYED, WAY = "sls-status", "sls-shared", "sls-keyed", "sls-way"
_STATUS = f'(int)context.Variables["{STATUS}"]'
_ORIGIN = 'context.Request.Headers.GetValueOrDefault("Origin", "")'
_ANONYMOUS = f'{claimed.HEADER} == ""'
_KEYED = f'(bool)context.Variables["{KEYED}"]'
"""Whether it is a key that is missing, or none of ours."""
_WORDS = {
    401: ("Unauthorized", ""),
    404: ("Not Found", "there is nothing at this path for this method"),
    413: ("Content Too Large", "the body is too large"),
    429: ("Too Many Requests", "too many calls"),
    502: ("Bad Gateway", "the function does not answer"),
    503: ("Service Unavailable", "the API is being changed: try again"),
    504: ("Gateway Timeout", "the function did not answer in time"),
}
"""Title and detail of each status; any other is a 500."""


def on_error(plan: Plan, tier: Tier) -> list[Element]:
    """The answer where a policy or a step of API Management's own has failed (API Management: "Error handling in
    policies"): whatever goes wrong with a credential is 401."""
    status = (
        '@(context.LastError.Source == "validate-jwt" || context.LastError.Source == "authorization" ? 401'
        ' : context.LastError.Reason == "RateLimitExceeded" ? 429'
        ' : context.LastError.Reason == "OperationNotFound" ? 404'
        ' : context.LastError.Reason == "BackendConnectionFailure" ? 502'
        ' : context.LastError.Reason == "Timeout" ? 504'
        " : context.Response != null && context.Response.StatusCode >= 400 ? context.Response.StatusCode : 500)"
    )
    keyed = policy.variable(KEYED, '@(context.LastError.Source == "authorization")')
    return [policy.variable(STATUS, status), *([keyed] if _key(plan, tier) else []), *_answer(plan, tier)]


def refused(plan: Plan, tier: Tier) -> Element:
    """The answer where the policy has set `policy.REFUSED`, and nothing where it has not."""
    status = policy.variable(STATUS, f'@(int.Parse((string)context.Variables["{policy.REFUSED}"]))')
    keyed = policy.variable(KEYED, f'@(context.Variables.ContainsKey("{clients.CLIENT}"))')
    then = [status, *([keyed] if _key(plan, tier) else []), *_answer(plan, tier)]
    return policy.choose((f'@(context.Variables.ContainsKey("{policy.REFUSED}"))', then))


def _key(plan: Plan, tier: Tier) -> str | None:
    """The header of the keys that API Management looks up; None where it looks up none."""
    keys = verified.counted_keys(plan) if tier.counts else ()
    return keys[0].header if keys else None


def _answer(plan: Plan, tier: Tier) -> list[Element]:
    """The answer whose status is in the variable. Headers that are not to be there are "deleted": whether one is set is
    for `exists-action` to say, which may be an expression (API Management: "Set header")."""
    cors, key = plan.cors, _key(plan, tier)
    challenge = f'{_ANONYMOUS} ? "Bearer" : "Bearer error=\\"invalid_token\\""'
    if key is not None:
        asked = policy.csharp(f'ApiKey header="{key}"')
        of_key = f'{asked} + ({clients.absent(key)} ? "" : ", error=\\"invalid_key\\"")'
        challenge = f"{_KEYED} ? {of_key} : {challenge}"
    response = element(
        "return-response",
        None,
        element("set-status", {"code": f"@({_STATUS})", "reason": "Refused"}),
        policy.set_header("Content-Type", "application/problem+json"),
        _header_if(f"{_STATUS} == 401", "WWW-Authenticate", f"@({challenge})"),
        *_retry(plan, tier),
        *_shared(cors),
        element("set-body", None, _problem(key)),
    )
    told = [*_told(plan, tier, key), response]
    return told if cors is None else [policy.variable(SHARED, f"@({_allows(cors)})"), *told]


def _told(plan: Plan, tier: Tier, key: str | None) -> Iterator[Element]:
    """A line of Application Insights for each refusal, as the runtime writes one to its log; where the tier takes a
    policy that is long enough. Who called is said where that was verified: of those over a limit."""
    if not tier.counts:
        return
    client = f'(string)context.Variables["{clients.CLIENT}"]'
    kind = f'(((string)context.Variables["{WAY}"]).StartsWith("k") ? "key:" : "sub:")' if key else '"sub:"'
    known = f'status == 429 && context.Variables.ContainsKey("{clients.CLIENT}")'
    message = (
        f"@{{ var status = {_STATUS}; var detail = {_detail(key)}; "
        f'var who = {known} ? {kind} + {client} : ""; '
        'return new JObject(new JProperty("audit", "refused"), new JProperty("status", status), '
        'new JProperty("method", context.Request.Method), new JProperty("path", context.Request.OriginalUrl.Path), '
        'new JProperty("route", context.Operation?.Id ?? ""), '
        'new JProperty("rule", context.LastError?.Source ?? "gateway"), '
        'new JProperty("why", detail), new JProperty("who", who), '
        'new JProperty("client_ip", context.Request.IpAddress), '
        'new JProperty("request_id", context.RequestId.ToString())).ToString(); }'
    )
    yield element("trace", {"source": "sls-infra", "severity": "information"}, element("message", None, message))


def _retry(plan: Plan, tier: Tier) -> Iterator[Element]:
    if tier.counts and counted.counts(plan):
        known = f'context.Variables.ContainsKey("{counted.RETRY}")'
        seconds = f'@({known} ? context.Variables["{counted.RETRY}"].ToString() : "1")'
        yield _header_if(f"{_STATUS} == 429", "Retry-After", seconds)


def _problem(key: str | None) -> str:
    """The members of `runtime.http.problem`."""
    titles = "".join(f'status == {status} ? "{title}" : ' for status, (title, _) in _WORDS.items())
    return (
        f"@{{ var status = {_STATUS}; var detail = {_detail(key)}; "
        'return new JObject(new JProperty("type", "about:blank"), '
        f'new JProperty("title", {titles}"Internal Server Error"), '
        'new JProperty("status", status), new JProperty("detail", detail), '
        'new JProperty("request_id", context.RequestId.ToString())).ToString(); }'
    )


def _detail(key: str | None) -> str:
    """What a refusal says, by its `status`."""
    details = "".join(f'status == {status} ? "{detail}" : ' for status, (_, detail) in _WORDS.items() if detail)
    unknown = f'{_ANONYMOUS} ? "a token is needed" : "the token is not valid"'
    if key is not None:
        of_key = f'({clients.absent(key)} ? "a key is needed" : "the key is none that is known")'
        unknown = f"{_KEYED} ? {of_key} : {unknown}"
    return f'status == 401 ? ({unknown}) : {details}"the gateway failed to answer"'


def _allows(cors: CorsPlan) -> str:
    if "*" in cors.origins:
        return f'{_ORIGIN} != ""'
    return f"{policy.csharp_list(cors.origins)}.Contains({_ORIGIN})"


def _shared(cors: CorsPlan | None) -> list[Element]:
    """The headers by which a page may read an answer, as the runtime sends them."""
    if cors is None:
        return []
    everybody = "*" in cors.origins
    headers = {"Access-Control-Allow-Origin": "*" if everybody else f"@({_ORIGIN})"}
    if cors.credentials:
        headers["Access-Control-Allow-Credentials"] = "true"
    if cors.expose:
        headers["Access-Control-Expose-Headers"] = policy.literal(",".join(cors.expose))
    made = [_header_if(f'(bool)context.Variables["{SHARED}"]', name, value) for name, value in headers.items()]
    return made if everybody else [*made, policy.set_header("Vary", "Origin")]


def _header_if(condition: str, name: str, value: str) -> Element:
    action = f'@({condition} ? "override" : "delete")'
    return element("set-header", {"name": name, "exists-action": action}, element("value", None, value))
