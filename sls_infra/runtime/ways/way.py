"""What a way in is to the guard."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from ..http import Request

    Claims: TypeAlias = dict[str, Any]


class Refused(Exception):  # an outcome, told to the caller as 401
    """A credential that lets nobody in, and why: text that the caller may read, of our own words alone."""


class Misconfigured(Exception):  # told to the log; the caller gets a 500
    """What the deployment says of a way in can't be used: nobody is let in by it."""


class Way:
    """One way in. Made once a process, used by many threads at once."""

    kind = ""
    needed = "a credential is needed"
    """What a caller is told who has none."""

    def __init__(self, name: str) -> None:
        self.name = name

    def presented(self, request: Request) -> bool:
        """Whether the request carries a credential of this kind, good or bad."""
        raise NotImplementedError

    def blames(self, request: Request) -> bool:
        """Whether being refused by it means that a bad credential was sent, rather than none."""
        return True

    def recall(self, request: Request) -> Claims | None:
        """The claims of a caller who was let in before and still is, known without waiting for anything; else None."""
        return None

    def verify(self, request: Request) -> Claims:
        """The claims of the caller. May wait for others. Raises Refused, HttpError where it can't be told now, and
        Misconfigured; whatever else it raises lets nobody in either."""
        raise NotImplementedError

    async def verify_async(self, request: Request) -> Claims:
        """As `verify`, without holding up the running loop."""
        from asyncio import to_thread

        return await to_thread(self.verify, request)

    def completed(self, request: Request, status: int) -> None:
        """Told once a request that came in by this way is answered."""

    def challenge(self, realm: str, reason: str = "") -> str:
        """The WWW-Authenticate header of a refusal; `reason` only where a credential was sent."""
        raise NotImplementedError


def one_header(request: Request, name: str, what: str) -> str | None:
    """The value of a header, None where there is none. Raises Refused where it came several times: two readers of such
    a request may each take another one for the credential."""
    values = request.headers.get_all(name)
    if len(values) > 1:
        raise Refused(f"several {what} headers")
    return values[0] if values else None
