"""`sls:azure:Code`: the code of one function app on Azure, put in place through the app's publish endpoint.

Inputs: `app` (the function app's name), `host` (of its SCM site: "app.scm.azurewebsites.net"), `bundle` (path of the
zip: where it lies is no change), `sha256` of the zip. Output: `deployment`, the publish's id as Azure knows it.

Another `sha256` is an update; another `app` or `host` a replacement. Nothing is deleted: code goes with its app.
Azure keeps no lasting record of what is deployed, so looking at it finds only what the site still remembers: that the
last deployment was somebody else's, or left by an `up` that was interrupted. Then the next `up` puts ours back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ..errors import SlsError
from .deployment import Record, Status
from .identity import fresh_id
from .kind import Found
from .publish import Publisher, is_ours
from .scm import scope_of
from .values import UNKNOWN, Values, has_unknown

REQUIRED = ("app", "host", "bundle", "sha256")

Log = Callable[[str, str], None]
"""Takes a URN and a line of progress."""


class AzureCodeKind:
    """Publishes zips to function apps."""

    type = "sls:azure:Code"
    replaces = frozenset({"app", "host"})
    silent = frozenset({"bundle"})

    def __init__(self, publisher: Publisher, log: Log = lambda urn, line: None) -> None:
        self._publisher = publisher
        self._log = log

    def check(self, inputs: Values) -> Iterator[tuple[str, str]]:
        for name in REQUIRED:
            if name not in inputs:
                yield name, "is missing"
            elif not has_unknown(inputs[name]) and not (isinstance(inputs[name], str) and inputs[name]):
                yield name, f"is no text but {inputs[name]!r}"
            elif name == "host" and not has_unknown(inputs[name]) and not scope_of(inputs[name]):
                yield name, f"{inputs[name]!r} is not the name of an SCM host: write app.scm.azurewebsites.net, no URL"

    def foreseen(self, inputs: Values, before: tuple[Values, Values] | None) -> Values:
        return {"deployment": UNKNOWN}

    def create(self, urn: str, inputs: Values) -> tuple[str, Values]:
        return fresh_id(urn), self._publish(urn, inputs)

    def read(self, urn: str, id: str, inputs: Values, computed: Values) -> Found | None:
        try:
            record = self._publisher.latest(inputs["host"])
        except SlsError:
            record = None  # nobody is logged in: a preview goes on without, an `up` says so when it has to publish
        if record is not None and _is_foreign(record, inputs["sha256"], computed.get("deployment")):
            return Found(
                {**inputs, "sha256": f"deployment {record.id} of {record.deployer}: not what is recorded"}, computed
            )
        return Found(inputs, computed)

    def update(self, urn: str, id: str, inputs: Values) -> Values:
        return self._publish(urn, inputs)

    def delete(self, urn: str, id: str, inputs: Values) -> None:
        pass

    def _publish(self, urn: str, inputs: Values) -> Values:
        deployment = self._publisher.publish(
            inputs["app"], inputs["host"], Path(inputs["bundle"]), inputs["sha256"], lambda line: self._log(urn, line)
        )
        return {"deployment": deployment}


def _is_foreign(record: Record, sha256: str, deployment: object) -> bool:
    """Whether the last deployment put something else in place. One without a name to tell by is not judged."""
    if record.status is not Status.SUCCESS or not record.id or not record.deployer:
        return False
    return record.id != deployment and not is_ours(record, sha256)
