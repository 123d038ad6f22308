"""One request as the gateway sees it, and who its caller is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ..runtime.audit import MAX_WHO

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from starlette.types import Scope

    from .accounts import Account
    from .site import Entry

    Pairs = list[tuple[bytes, bytes]]

NOTED = frozenset(
    (
        b"authorization",
        b"origin",
        b"content-length",
        b"transfer-encoding",
        b"expect",
        b"access-control-request-method",
        b"access-control-request-headers",
    )
)
"""Headers that the gateway itself looks at."""


class Caller:
    """Somebody who was let in."""

    __slots__ = ("account", "claims", "client", "who")

    def __init__(self, claims: bytes = b"", client: str = "", who: str = "", account: Account | None = None) -> None:
        self.claims = claims
        """As JSON; nothing for an anonymous one."""
        self.client = client
        """What a limit by client counts by."""
        self.who = who
        """For the journal: "sub:<subject>" or "key:<client>"."""
        self.account = account
        """Limits and quotas of its own."""


ANONYMOUS = Caller()


class Visit:
    """One request as the gateway sees it."""

    __slots__ = ("caller", "client", "entry", "extra", "headers", "id", "method", "noted", "path", "query", "unread")

    def __init__(self, id: str, scope: Scope, noted: Collection[bytes] = NOTED) -> None:
        self.id = id
        self.method: str = scope["method"]
        self.extra: Pairs = []
        """Headers that every answer gets, refusals too."""
        self.path: str = scope["raw_path"].decode("latin-1")
        self.query: bytes = scope["query_string"]
        self.client: str = scope["client"][0] if scope.get("client") else ""
        """The caller's address: the connection's."""
        self.entry: Entry | None = None
        self.caller = ANONYMOUS
        self.noted: dict[bytes, list[str]] = {}
        self.headers: Pairs = scope["headers"]
        for name, value in self.headers:
            if name in noted:
                self.noted.setdefault(name, []).append(value.decode("latin-1"))
        self.unread = b"content-length" in self.noted or b"transfer-encoding" in self.noted
        """Whether there is a body that has not been read."""

    def first(self, name: bytes) -> str | None:
        """The first value of a header."""
        values = self.noted.get(name)
        return values[0] if values else None


class Invalid(Exception):  # an outcome, told to the caller as 401
    """A credential that lets nobody in, and why."""


class Way(Protocol):
    """One way into a route that asks who calls."""

    @property
    def name(self) -> str:
        """What the journal calls it."""

    @property
    def needed(self) -> str:
        """What is missing where no credential was sent."""

    @property
    def headers(self) -> Sequence[bytes]:
        """Headers that must be noted, in lower case."""

    def recall(self, visit: Visit) -> Caller | None:
        """A caller who is known already: the short way for most requests."""

    async def admit(self, visit: Visit) -> Caller | None:
        """Who calls; None where no credential of this kind was sent. Raises Invalid for a bad one, and HttpError where
        it can't be told at the moment."""

    def challenge(self, realm: str, reason: str) -> str:
        """The WWW-Authenticate header of a refusal, with the reason only where a credential was sent."""


def subject(claims: dict[str, Any], of: str) -> tuple[str, str]:
    """What a limit by client counts a caller by, and what the journal calls it: its `sub`, else its `client_id`; one
    that has neither is counted with all others of `of`, an issuer or an authorizer, that have none."""
    for name in ("sub", "client_id"):
        value = claims.get(name)
        if value is not None and value != "":
            text = value if isinstance(value, str) else repr(value)
            return f"{of}\n{name}\n{text}", f"sub:{text}"[:MAX_WHO] if name == "sub" else ""
    return f"{of}\n", ""
