"""A Lambda authorizer of a REST API: verifies the tokens of one issuer. Its function's handler is
`sls_infra.runtime.entry.aws_authorizer.handler`, and its bundle holds the runtime and a manifest, no code of a user's.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html

Its answer is kept by the gateway for a minute, for every route that asks for this token, so it allows all of them: a
policy that named the one that was called would shut the caller out of the others. Who is not known is denied, which
the gateway's own response turns into 401, rather than by raising, which would count as an error of the function.
"""

from __future__ import annotations

import os.path

from .. import audit, deployed, services
from ..errors import HttpError, ManifestError
from ..http import Request
from ..ways.guard import Guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

ROOT = os.path.abspath(os.path.join(__file__, *[os.path.pardir] * 4))
MAX_PRINCIPAL = 128
"""Characters of a subject that go into the access log."""


def read(root: str) -> dict[str, Any]:
    """The manifest of the bundle unpacked at `root`: `ways` is all that counts here. Raises ManifestError."""
    from json import load

    try:
        with open(f"{root}/sls_manifest.json", encoding="utf-8") as file:
            known: dict[str, Any] = load(file)
    except (OSError, ValueError) as error:
        raise ManifestError(f"no manifest can be read in {root}: {error}") from error
    if not known.get("ways"):
        raise ManifestError(f"the manifest in {root} names no way in: bundle again")
    return known


services.use("aws")
manifest = read(ROOT)
guard = Guard(manifest, deployed.values())
ways = guard.of(tuple(manifest["ways"]))


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """What the gateway calls, with an event of type REQUEST. Raises what keeps it from deciding: a 500 then."""
    request = request_of(event)
    try:
        guard.admit(ways, False, request)
    except HttpError as error:
        if error.status != 401:
            raise
        audit.refused(request, 401, error.detail, f"auth:{','.join(manifest['ways'])}")
        return policy(event, "Deny", "nobody", {"why": error.detail})
    claims = request.claims
    known = {"token": digest_of(request), "exp": str(int(float(claims["exp"])))}
    return policy(event, "Allow", f"sub:{claims.get('sub', '')}"[:MAX_PRINCIPAL], known)


def request_of(event: Mapping[str, Any]) -> Request:
    """As much of the request as says who calls."""
    headers = event.get("multiValueHeaders") or {name: [value] for name, value in (event.get("headers") or {}).items()}
    said = event.get("requestContext") or {}
    return Request(
        event.get("httpMethod") or "",
        event.get("path") or "",
        headers=[(name, value) for name, values in headers.items() for value in values],
        client_ip=(said.get("identity") or {}).get("sourceIp") or "",
        id=said.get("requestId") or "",
        route=f"{event.get('httpMethod')} {event.get('resource')}",
    )


def digest_of(request: Request) -> str:
    """What tells the token that was verified from any other."""
    from hashlib import sha256

    (sent,) = request.headers.get_all("authorization")
    return sha256(sent.encode("utf-8", "surrogatepass")).hexdigest()


def policy(event: Mapping[str, Any], effect: str, principal: str, known: Mapping[str, str]) -> dict[str, Any]:
    """The answer: a policy for every method of this stage of this API (`arn:…:<api>/<stage>/GET/orders` is what was
    called), and what the function is to know."""
    api, stage = str(event["methodArn"]).split("/")[:2]
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": f"{api}/{stage}/*"}
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": dict(known),
    }
