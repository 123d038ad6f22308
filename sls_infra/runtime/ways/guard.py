"""The ways into routes: which of them a route takes, and whether one of them lets a caller in."""

from __future__ import annotations

from .. import log
from ..audit import Refusal
from ..endpoints import imported
from ..errors import HttpError
from .way import Misconfigured, Refused, Way

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ..http import Request
    from .way import Claims


class Broken(Way):
    """A way in that could not be made: it lets nobody in, and a route that has it is open to nobody without a
    credential of another way."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__(name)
        self.error = error

    def presented(self, request: Request) -> bool:
        return True

    def verify(self, request: Request) -> Claims:
        raise Misconfigured(f"the way in {self.name!r} can't be used: {self.error}") from self.error

    async def verify_async(self, request: Request) -> Claims:
        return self.verify(request)

    def challenge(self, realm: str, reason: str = "") -> str:
        return f'Unavailable realm="{realm}"'


class Guard:
    """Decides who calls, for the routes of a manifest that have "ways". Any one of a route's ways is enough.

    `deployed` is what the deployment says of them: the object in SLS_DEPLOYED; `load` imports an authorizer's handler
    ("package.module:callable", and what it is, for messages). What is missing there, or can't be
    used, closes the routes that need it (500): it never opens one.
    """

    def __init__(
        self, manifest: Mapping[str, Any], deployed: Mapping[str, Any], load: Callable[[str, str], Any] = imported
    ) -> None:
        self.realm = str(manifest.get("api", "")).replace("\\", "").replace('"', "")
        said = deployed.get("ways") or {}
        described = manifest.get("ways") or {}
        self.ways = {name: _made(name, static, said.get(name), load) for name, static in described.items()}

    def of(self, names: Sequence[str]) -> tuple[Way, ...]:
        """The ways of these names, the quick ones first: an authorizer is asked last."""
        ways = [self.ways.get(name) or Broken(name, KeyError("the manifest does not describe it")) for name in names]
        return tuple(sorted(ways, key=lambda way: way.kind == "custom"))

    def admit(self, ways: Sequence[Way], anonymous: bool, request: Request) -> Way | None:
        """Sets the request's claims, and returns the way it came in by: None where it stays anonymous, since the route
        takes that and no credential was sent. Raises HttpError 401, and whatever keeps it from being told."""
        for way in ways:
            if (claims := way.recall(request)) is not None:
                return _enter(request, way, claims)
        outcome = Outcome(self, ways, anonymous)
        for way in ways:
            try:
                if way.presented(request):
                    return _enter(request, way, way.verify(request))
            except (Refused, Misconfigured, HttpError) as error:
                outcome.add(way, error, request)
        outcome.settle()
        return None

    async def admit_async(self, ways: Sequence[Way], anonymous: bool, request: Request) -> Way | None:
        """As `admit`, on the running loop, which waits for nothing here."""
        for way in ways:
            if (claims := way.recall(request)) is not None:
                return _enter(request, way, claims)
        outcome = Outcome(self, ways, anonymous)
        for way in ways:
            try:
                if way.presented(request):
                    return _enter(request, way, await way.verify_async(request))
            except (Refused, Misconfigured, HttpError) as error:
                outcome.add(way, error, request)
        outcome.settle()
        return None


class Outcome:
    """What has kept a caller out so far."""

    def __init__(self, guard: Guard, ways: Sequence[Way], anonymous: bool) -> None:
        self._guard = guard
        self._ways = ways
        self._anonymous = anonymous
        self._reasons: dict[str, str] = {}
        self._trouble: Exception | None = None

    def add(self, way: Way, error: Refused | Misconfigured | HttpError, request: Request) -> None:
        """This way did not let the caller in."""
        if isinstance(error, Refused):
            if self._anonymous and not way.blames(request):
                return
            self._reasons[way.name] = str(error)
            return
        if isinstance(error, Misconfigured):
            log.failure(f"the way in {way.name!r} can't be used", error, request_id=request.id, route=request.route)
            error = HttpError(500, "the server failed to answer")
        self._trouble = self._trouble or error

    def settle(self) -> None:
        """Returns None where the caller may stay anonymous. Raises what the caller is told otherwise."""
        rule = f"auth:{','.join(way.name for way in self._ways)}"
        trouble = self._trouble
        if isinstance(trouble, HttpError):
            if trouble.status in (401, 403, 429):
                raise Refusal.of(trouble, rule)
            raise trouble
        if not self._reasons and self._anonymous:
            return
        reasons, realm = self._reasons, self._guard.realm
        said = dict.fromkeys(way.challenge(realm, reasons.get(way.name, "")) for way in self._ways)
        headers = [("www-authenticate", each) for each in said]
        detail = next(iter(reasons.values()), "") or (self._ways[0].needed if self._ways else Way.needed)
        raise Refusal(401, detail, headers=headers, rule=rule)


def _enter(request: Request, way: Way, claims: Claims) -> Way:
    request.claims, request.authenticated = claims, True
    return way


def _made(
    name: str, static: Mapping[str, Any], deployed: Mapping[str, Any] | None, load: Callable[[str, str], Any]
) -> Way:
    try:
        known = {**(deployed or {}), **static}
        kind = static["kind"]
        if kind == "jwt":
            from .tokens import Jwt

            return Jwt(name, known)
        if kind == "api_key":
            from .api_key import ApiKey

            return ApiKey(name, known)
        if kind == "webhook":
            from .webhook import Webhook

            return Webhook(name, known)
        if kind == "custom":
            from .custom import Custom

            return Custom(name, known, load)
        raise Misconfigured(f"its kind {kind!r} is none that this runtime knows: bundle again")
    except Exception as error:  # the others must go on working
        return Broken(name, error)
