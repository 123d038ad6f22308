"""AWS Lambda, called by an HTTP API or a REST API, or with what queues and streams hold: the function's handler is
`sls_infra.runtime.entry.aws.handler`.

Importing this module is the cold start: it reads the manifest in the bundle's root and imports every handler. One that
can't be imported is told in the log, and its routes answer 500; the others work. Raises ManifestError outside a bundle.

ASGI apps are shut down on SIGTERM, which Lambda sends to functions with an extension only, some hundred milliseconds
before SIGKILL; others are killed at once.
"""

from __future__ import annotations

import os.path

from .. import deployed, log, services
from ..dispatch import Dispatcher, read_manifest
from ..errors import HandlerError
from .http_api import answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .aws_events import Events

ROOT = os.path.abspath(os.path.join(__file__, *[os.path.pardir] * 4))
"""The bundle's root: the folder that holds `sls_infra`, and the manifest beside it."""

services.use("aws")
dispatcher = Dispatcher.of_bundle(ROOT)
try:
    dispatcher.warm()
except HandlerError as error:
    log.failure("a handler can't be imported", error)
if dispatcher.apps:
    from ..asgi import close_on_sigterm

    close_on_sigterm()
_events: Events | None = None
if _known := deployed.values().get("events"):
    from . import aws_events

    _events = aws_events.Events(dispatcher, read_manifest(ROOT).get("events") or {}, _known)


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any] | str:
    """What Lambda calls: with events of a gateway, with batches of a queue or a stream, and, where this function
    decides who may call others, by those.

    No gateway sends an event that says "sls" or "Records": what a caller writes is all within members that the gateway
    names.
    `context` is not used: the event holds the request's id.
    """
    if isinstance(event, dict) and "version" not in event:
        if _events is not None and "Records" in event:
            return _events.answer(event)
        if event.get("sls") == "authorize":
            return _authorized(event)
        from . import rest_api

        if rest_api.is_event(event):
            return rest_api.answer(dispatcher, event)
    return answer(dispatcher, event)


def _authorized(event: Mapping[str, Any]) -> str:
    """The answer of an authorizer in this function, JSON."""
    from ..ways import custom

    return custom.answer(dispatcher, event["payload"].encode()).decode()
