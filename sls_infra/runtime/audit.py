"""One JSON line for each call that is refused: who, what, why, by which rule. Never a credential, a body or a query."""

from __future__ import annotations

from .errors import HttpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .http import Request

MAX_PATH = 2048
MAX_WHO = 256
"""Characters that are written down."""


class Refusal(HttpError):
    """A refusal of the runtime's own, rather than a handler's: one that is written down.

    `rule`: what refused, "auth:jwt,api-key" (the ways in that were open), "scopes:orders:read orders:write" or
    "request" (the schema of the body). `why`: for the log; default: what the caller is told.
    """

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        rule: str,
        why: str = "",
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        **members: object,
    ) -> None:
        super().__init__(status, detail, headers=headers, **members)
        self.rule = rule
        self.why = why or detail

    @classmethod
    def of(cls, error: HttpError, rule: str, why: str = "") -> Refusal:
        """Somebody else's error as a refusal: the caller sees no difference."""
        return cls(error.status, error.detail, rule=rule, why=why, headers=error.headers, **error.members)

    def refused(self, request: Request) -> None:
        """Writes it down."""
        refused(request, self.status, self.why, self.rule, who(request))


def who(request: Request) -> str:
    """The caller, as far as known: "key:mobile" by an ApiKey, "sub:…" by a token; "" for nobody."""
    claims = request.claims
    subject = claims.get("sub")
    if not request.authenticated or not isinstance(subject, str):
        return ""
    return f"{'key' if claims == {'sub': subject, 'client_id': subject} else 'sub'}:{subject}"[:MAX_WHO]


def refused(request: Request, status: int, why: str, rule: str, who: str = "") -> None:
    """Writes the line. Never raises: a log that can't be written must not fail the call."""
    from time import time

    from . import log

    log.line(
        {
            "audit": "refused",
            "time": round(time(), 3),
            "request_id": request.id,
            "status": status,
            "method": request.method,
            "path": request.raw_path[:MAX_PATH],
            "route": request.route,
            "rule": rule,
            "why": why,
            "who": who,
            "client_ip": request.client_ip,
        }
    )
