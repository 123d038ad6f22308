"""Events on Google Cloud: `POST /_sls/events/<name>`, by Pub/Sub or Eventarc, as the event's own service account.

Only that account may bring that event, whoever else may invoke the function: its gateway's calls, above all, are
somebody else's words, and come by other paths. An answer of 204 says that it is done, any other that it is to come
again.
"""

from __future__ import annotations

from json import loads

from .. import log
from . import gcp_changes, gcp_messages
from .flask_requests import body_of, target_of
from .gcp_callers import caller_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..dispatch import Dispatcher
    from ..events.delivery import Delivery
    from .flask_requests import Answer, FlaskRequest

PREFIX = "/_sls/events/"


class Events:
    """Hands events to a dispatcher's consumer.

    `described`: the manifest's "events"; `deployed`: what the deployment says of them, of which this needs "source":
    the unique id of the account that brings it.
    """

    def __init__(
        self, dispatcher: Dispatcher, described: Mapping[str, Mapping[str, Any]], deployed: Mapping[str, Any]
    ) -> None:
        self._dispatcher = dispatcher
        self._described = described
        self._sources = {name: known["source"] for name, known in deployed.items() if name in described}

    def is_brought(self, flask_request: FlaskRequest) -> bool:
        """Whether a request means to bring an event, whoever sends it."""
        return target_of(flask_request.environ)[0].startswith(PREFIX)

    def answer(self, flask_request: FlaskRequest) -> Answer:
        """Body, status and headers, as Flask takes them. Never raises."""
        environ = flask_request.environ
        name = target_of(environ)[0][len(PREFIX) :]
        source = self._sources.get(name)
        if environ["REQUEST_METHOD"] != "POST" or source is None or caller_of(environ) != source:
            return b"", 404, []
        try:
            found = self._delivery(name, environ, loads(body_of(flask_request)))
        except Exception as error:  # a body that breaks off or is none of theirs: each server has its own errors
            log.failure(f"what was brought for the event {name!r} can't be read", error)
            return b"", 400, []
        if found is None:
            return b"", 204, []
        try:
            consumer = self._dispatcher.consumer
            assert consumer is not None  # there are events in the manifest
            failures = consumer.consume(name, [found])
        except BaseException as error:  # SystemExit too: one event must not end the process that serves others
            log.failure(f"the event {name!r} failed", error)
            return b"", 500, []
        return b"", 500 if failures else 204, []

    def _delivery(self, name: str, environ: Mapping[str, Any], sent: Mapping[str, Any]) -> Delivery | None:
        described = self._described[name]
        if described["kind"] == "change":
            return gcp_changes.delivery(described, environ, sent)
        return gcp_messages.delivery(described, name, sent)
