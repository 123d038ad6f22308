"""Questions to an authorizer on Google Cloud: `POST /_sls/authorize/<way>`, by functions of the same Api.

IAM has let the call in: it has verified the identity token in Authorization, and that its account may invoke this
function. Here it is seen to that the account is one of a function that asks, and no gateway's, whose calls are
somebody else's words.
"""

from __future__ import annotations

from ..dispatch import failed
from ..errors import HttpError
from ..http import Request
from ..ways.custom import answer
from .flask_requests import body_of, request_id, sent, target_of
from .gcp_callers import caller_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..dispatch import Dispatcher
    from .flask_requests import Answer, Environ, FlaskRequest

PREFIX = "/_sls/authorize/"


class Authorizer:
    """Answers those who ask by the authorizers of a dispatcher's function. `callers`: unique ids of their accounts."""

    def __init__(self, dispatcher: Dispatcher, callers: Iterable[str]) -> None:
        self._dispatcher = dispatcher
        self._callers = frozenset(callers)

    def is_asked(self, flask_request: FlaskRequest) -> bool:
        """Whether a request is meant for an authorizer, whoever sends it."""
        return target_of(flask_request.environ)[0].startswith(PREFIX)

    def answer(self, flask_request: FlaskRequest) -> Answer:
        """Body, status and headers, as Flask takes them. Never raises."""
        environ = flask_request.environ
        if environ["REQUEST_METHOD"] != "POST" or caller_of(environ) not in self._callers:
            return _refused(environ, 404, "there is nothing at this path for this method")
        try:
            payload = body_of(flask_request)
        except Exception:  # a body that breaks off or breaks the protocol: each server has its own errors
            return _refused(environ, 400, "the request can't be read")
        return answer(self._dispatcher, payload), 200, [("content-type", "application/json")]


def _refused(environ: Environ, status: int, detail: str) -> Answer:
    return sent(failed(Request("", "", id=request_id(environ)), HttpError(status, detail)))
