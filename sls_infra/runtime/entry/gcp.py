"""Google Cloud Functions behind API Gateway, or behind a load balancer where the deployment says so (`front`): what
functions-framework calls is `sls_infra.runtime.entry.gcp.handle`.

Importing this module is the cold start: it reads the manifest in the bundle's root and imports every handler. One that
can't be imported is told in the log, and its routes answer 500; the others work. Raises ManifestError outside a bundle.
Neither Flask nor functions-framework is imported here: both are there already.
"""

from __future__ import annotations

import os.path

from .. import deployed, log, services
from ..dispatch import Dispatcher, read_manifest
from ..errors import HandlerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .flask_requests import Answer, FlaskRequest
    from .gcp_authorize import Authorizer
    from .gcp_events import Events

ROOT = os.path.abspath(os.path.join(__file__, *[os.path.pardir] * 4))
"""The bundle's root: the folder that holds `sls_infra`, and the manifest beside it."""

services.use("gcp")
dispatcher = Dispatcher.of_bundle(ROOT)
try:
    dispatcher.warm(start=False)  # Gunicorn forks: the apps of a process would be left behind in the parent
except HandlerError as error:
    log.failure("a handler can't be imported", error)
_known = deployed.values()
if _known.get("front") == "load-balancer":
    from .load_balancer import Entry
else:
    from .api_gateway import Entry  # type: ignore[assignment]
_entry = Entry(dispatcher)
_authorizer: Authorizer | None = None
if _known.get("callers"):
    from . import gcp_authorize

    _authorizer = gcp_authorize.Authorizer(dispatcher, _known["callers"])
_events: Events | None = None
if _known.get("events"):
    from . import gcp_events

    _events = gcp_events.Events(dispatcher, read_manifest(ROOT).get("events") or {}, _known["events"])


def handle(request: FlaskRequest) -> Answer:
    """What functions-framework calls, from several threads where the function takes several requests at once."""
    if _events is not None and _events.is_brought(request):
        return _events.answer(request)
    if _authorizer is not None and _authorizer.is_asked(request):
        return _authorizer.answer(request)
    return _entry.answer(request)


def prepare(app: Any) -> None:
    """Make the Flask app that functions-framework has made, and not yet given its routes, pass on what it is given.

    As it is, it redirects a path with an empty segment or answers it by a page of its own, names a content type where
    there is none, and takes headers out of a 304.
    """
    app.url_map.merge_slashes = False
    converters = app.url_map.converters
    converters["path"] = type("AnyPath", (converters["path"],), {"regex": "(?s:.*?)", "part_isolating": False})
    app.response_class = _as_it_is(app.response_class)


def _as_it_is(response_class: type[Any]) -> type[Any]:
    def get_wsgi_headers(response: Any, environ: dict[str, Any]) -> Any:
        headers = response.headers.copy()
        length = response.calculate_content_length()
        if response.status_code in (204, 304) or environ["REQUEST_METHOD"] == "HEAD":
            headers.remove("content-length")
        elif length is not None:
            headers["content-length"] = str(length)
        return headers

    return type("Response", (response_class,), {"default_mimetype": None, "get_wsgi_headers": get_wsgi_headers})
