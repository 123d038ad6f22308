"""The ways into a route. Any one of them is enough; a bad credential is 401 even where none is needed."""

from __future__ import annotations

from collections.abc import Sequence

from ..runtime.audit import Refusal
from ..runtime.errors import HttpError
from .visit import ANONYMOUS, Caller, Invalid, Visit, Way

REFUSALS = (401, 403, 429)
"""Statuses of an authorizer's own that refuse the caller; others tell of trouble."""


class Gate:
    """Lets in who may come in."""

    def __init__(self, realm: str, ways: Sequence[Way], *, is_open: bool) -> None:
        """`is_open`: whether who sends no credential is let in too, unknown."""
        self.ways = tuple(ways)
        self.is_open = is_open
        self.realm = realm.replace("\\", "").replace('"', "")
        self.rule = f"auth:{','.join(way.name for way in ways)}"

    def recall(self, visit: Visit) -> Caller | None:
        """A caller who is known already: the short way for most requests."""
        for way in self.ways:
            caller = way.recall(visit)
            if caller is not None:
                return caller
        return None

    async def admit(self, visit: Visit) -> Caller:
        """Who calls. Raises Refusal 401, and what keeps it from being told: HttpError 503 without an issuer's keys."""
        reasons: dict[str, str] = {}
        trouble = None
        for way in self.ways:
            try:
                caller = await way.admit(visit)
            except Invalid as refused:
                reasons[way.name] = str(refused)
            except HttpError as unavailable:
                trouble = trouble or unavailable
            else:
                if caller is not None:
                    return caller
        if trouble is not None:
            raise Refusal.of(trouble, self.rule) if trouble.status in REFUSALS else trouble
        if not reasons and self.is_open:
            return ANONYMOUS
        said = dict.fromkeys(way.challenge(self.realm, reasons.get(way.name, "")) for way in self.ways)
        reason = next(iter(reasons.values()), "") or self.ways[0].needed
        raise Refusal(401, reason, rule=self.rule, headers=[("www-authenticate", each) for each in said])


def challenge(scheme: str, realm: str, reason: str, error: str = "") -> str:
    """A WWW-Authenticate header."""
    parts = [f'realm="{realm}"']
    if reason:
        parts += [f'error="{error}"'] if error else []
        parts.append(f'error_description="{reason}"')
    return f"{scheme} {', '.join(parts)}"
