"""API Management's own refusals, as the runtime's are: problem+json, a challenge on 401, readable by allowed pages."""

from __future__ import annotations

from ...plan.model import CorsPlan
from . import claimed, policy
from .policy import Element, element

STATUS, SHARED = "sls-status", "sls-shared"
_STATUS = f'(int)context.Variables["{STATUS}"]'
_ORIGIN = 'context.Request.Headers.GetValueOrDefault("Origin", "")'
_ANONYMOUS = f'{claimed.HEADER} == ""'
_WORDS = {
    401: ("Unauthorized", ""),
    404: ("Not Found", "there is nothing at this path for this method"),
    413: ("Content Too Large", "the body is too large"),
    502: ("Bad Gateway", "the function does not answer"),
    503: ("Service Unavailable", "the API is being changed: try again"),
    504: ("Gateway Timeout", "the function did not answer in time"),
}
"""Title and detail of each status; any other is a 500."""


def on_error(cors: CorsPlan | None) -> list[Element]:
    """The answer where a policy or a step of API Management's own has failed (API Management: "Error handling in
    policies"): whatever goes wrong with a token is 401."""
    status = (
        '@(context.LastError.Source == "validate-jwt" ? 401'
        ' : context.LastError.Reason == "OperationNotFound" ? 404'
        ' : context.LastError.Reason == "BackendConnectionFailure" ? 502'
        ' : context.LastError.Reason == "Timeout" ? 504'
        " : context.Response != null && context.Response.StatusCode >= 400 ? context.Response.StatusCode : 500)"
    )
    return [policy.variable(STATUS, status), *_answer(cors)]


def refused(cors: CorsPlan | None) -> Element:
    """The answer where the policy has set `policy.REFUSED`, and nothing where it has not."""
    status = policy.variable(STATUS, f'@(int.Parse((string)context.Variables["{policy.REFUSED}"]))')
    return policy.choose((f'@(context.Variables.ContainsKey("{policy.REFUSED}"))', [status, *_answer(cors)]))


def _answer(cors: CorsPlan | None) -> list[Element]:
    """The answer whose status is in the variable. Headers that are not to be there are "deleted": whether one is set is
    for `exists-action` to say, which may be an expression (API Management: "Set header")."""
    challenge = _header_if(
        f"{_STATUS} == 401", "WWW-Authenticate", f'@({_ANONYMOUS} ? "Bearer" : "Bearer error=\\"invalid_token\\"")'
    )
    response = element(
        "return-response",
        None,
        element("set-status", {"code": f"@({_STATUS})", "reason": "Refused"}),
        policy.set_header("Content-Type", "application/problem+json"),
        challenge,
        *_shared(cors),
        element("set-body", None, _problem()),
    )
    return [response] if cors is None else [policy.variable(SHARED, f"@({_allows(cors)})"), response]


def _problem() -> str:
    """The members of `runtime.http.problem`."""
    titles = "".join(f'status == {status} ? "{title}" : ' for status, (title, _) in _WORDS.items())
    details = "".join(f'status == {status} ? "{detail}" : ' for status, (_, detail) in _WORDS.items() if detail)
    return (
        f"@{{ var status = {_STATUS}; "
        f'var detail = status == 401 ? ({_ANONYMOUS} ? "a token is needed" : "the token is not valid") : '
        f'{details}"the gateway failed to answer"; '
        'return new JObject(new JProperty("type", "about:blank"), '
        f'new JProperty("title", {titles}"Internal Server Error"), '
        'new JProperty("status", status), new JProperty("detail", detail), '
        'new JProperty("request_id", context.RequestId.ToString())).ToString(); }'
    )


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
