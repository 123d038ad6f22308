"""Questions to an authorizer on Azure: `POST /_sls/authorize/<way>`, by functions of the same Api.

The host has let the call in by the app's key. The gateway has that key too, and a route of an Api may have any path,
`/authorize/<way>` among them: but the gateway sends `x-sls-route` with every request, whatever its caller sent under
that name, and a function that asks does not send it. Only a request without it is taken for a question.
"""

from __future__ import annotations

from ..http import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..dispatch import Dispatcher

PATH = "/_sls/authorize/"
MARK = "x-sls-route"
"""The gateway's, on every request that it sends on."""


def is_question(call: Any) -> bool:
    """Whether an `azure.functions.HttpRequest` asks an authorizer."""
    try:
        address = call.url.partition("?")[0].partition("://")[2]
        path = address[address.index("/") :]
        return call.method == "POST" and path.startswith(PATH) and all(name.lower() != MARK for name in call.headers)
    except (AttributeError, TypeError, ValueError):
        return False


def answer(call: Any, dispatcher: Dispatcher) -> Response:
    """What the authorizer says. Never raises."""
    from ..ways.custom import answer

    body = call.get_body() or b""
    return Response(answer(dispatcher, body), content_type="application/json")
