"""Who calls a private function on Google Cloud, by the identity token in Authorization.

IAM has let the call in: it has verified the token's signature and end, that it was made for this service (its
audience), and that its account may invoke it, and has taken the signature off (cloud.google.com/run/docs/
authenticating/service-to-service). Which of the accounts that may invoke it has called is left to be looked at here.
"""

from __future__ import annotations

from .. import auth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .flask_requests import Environ

_CHECKED = "HTTP_AUTHORIZATION"
_CHECKED_BEFORE = "HTTP_X_SERVERLESS_AUTHORIZATION"
"""Where this is sent, IAM looks at it, and at Authorization no more (Cloud Run, "Authenticate service-to-service")."""


def caller_of(environ: Environ) -> str | None:
    """The unique id of the service account that calls; None where there is none, or none that IAM has looked at."""
    if _CHECKED_BEFORE in environ:
        return None
    subject = (auth.token_claims(environ.get(_CHECKED)) or {}).get("sub")
    return subject if isinstance(subject, str) and subject else None
