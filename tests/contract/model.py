"""What a case says and sees, whatever the cloud: calls, answers, and the cloud that turns the one into the other."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sls_infra.plan.model import FunctionPlan, Plan
from sls_infra.spec.api import Api
from sls_infra.testing import Rendered
from tools.issuer import Issuer

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Call:
    """One request, as it is on the wire."""

    method: str
    target: str
    """Path and query, percent-encoded: what stands in the request line."""
    headers: Headers = ()
    body: bytes = b""
    claims: Mapping[str, Any] | None = None
    """Who calls, in a token that is signed, unexpired, and of the right issuer and audience unless it says otherwise;
    None: nobody."""
    token: str | None = None
    """Sent instead of one made of `claims`: whatever a caller may come up with."""
    client_ip: str = "127.0.0.1"
    """Where it comes from: a loopback address, since one of the targets is this machine."""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]


@dataclass(frozen=True)
class Answer:
    """What the caller gets. Header names are lower case, and repeated where there are several."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def problem(self) -> dict[str, Any]:
        """The body of a refusal of ours. Fails the case where it is none."""
        assert self.header("content-type") == "application/problem+json", self
        content = self.json()
        assert content["status"] == self.status
        assert content.keys() >= {"type", "title", "detail", "request_id"}
        return dict(content)


class Served(Protocol):
    """An Api, answering."""

    url: str
    """What the deployment gives as its address, without a slash at the end."""

    def call(self, call: Call) -> Answer:
        """The answer that a caller gets."""

    def forced(self, route: str, call: Call) -> Answer:
        """The answer of the function where its gateway says to have matched `route` ("GET /orders/{id}"; "": none of
        the Api's) for this call, whatever it would really have matched."""


@dataclass(frozen=True)
class NameRule:
    """What the cloud takes as the name of one type of resource."""

    limit: int
    """Characters at most, with the suffix."""
    pattern: str
    """What it must match wholly, with the suffix."""
    suffix: str = ""
    """What Pulumi adds, such as "-0123abc"; "": the name is an input as it is."""
    input: str = ""
    """The input that holds the name (or its beginning, where it ends in "Prefix"); "": the logical name."""
    source: str = ""
    """Whose word that is."""

    def check(self, logical: str, inputs: Mapping[str, Any]) -> None:
        """Fails the case for a name that the cloud would refuse."""
        given = inputs[self.input] if self.input else logical
        assert isinstance(given, str), f"{self.input} is not known: {given!r}"
        name = given + self.suffix
        assert len(name) <= self.limit, f"{name!r} has {len(name)} characters, over {self.limit} ({self.source})"
        assert re.fullmatch(self.pattern, name), f"{name!r} is not {self.pattern} ({self.source})"


THIS = f"python{sys.version_info.major}.{sys.version_info.minor}"
"""This interpreter, as a Function says it."""

UNNAMED = NameRule(0, "")
"""For a type of resource that has no name of its own."""


class Cloud(Protocol):
    """A target, as the cases see it."""

    name: str
    python: str
    """The Python that runs functions here, as a Function says it: "python3.12"."""

    @property
    def names(self) -> Mapping[str, NameRule]:
        """Type of resource → what it may be called. One that is missing here fails the case of names."""

    def issuer(self, issuer: Issuer) -> str:
        """The `iss` that an Api for this cloud may name: that of the running issuer, where it can be reached."""

    def rendered(self, api: Api) -> Rendered:
        """What `pulumi up` would register."""

    def planned(self, api: Api) -> Plan:
        """The Api, checked against what the cloud can do."""

    def serving(self, api: Api, issuer: Issuer, folder: Path) -> AbstractContextManager[Served]:
        """The Api's very zips on the cloud's own runtime, behind what the rendered documents make of its gateway.
        `folder` is empty, and for this Api on this cloud alone."""


@dataclass(frozen=True)
class Bundled:
    """A function's zip, unpacked."""

    plan: FunctionPlan
    folder: Path
    manifest: Mapping[str, Any] = field(repr=False)


class GatewayError(AssertionError):
    """The documents that we made are not what the vendor's gateway takes. It fails the case, whatever it is about."""


class Unavailable(Exception):
    """The cloud's own runtime can't be had on this machine; the message says why."""
