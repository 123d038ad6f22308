"""Calling an Api's handlers in process: the same runtime that ships with them, no gateway, no process."""

from __future__ import annotations

import json as jsonlib
import os
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..plan import check
from ..plan.manifest import manifest
from ..plan.model import Plan
from ..providers.local.capabilities import CAPABILITIES
from ..runtime.dispatch import Dispatcher
from ..runtime.http import Request, Response, problem
from ..runtime.paths import Matcher
from ..spec.api import Api


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller gets."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """Names as sent, repeated where there are several."""
    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()

    def json(self) -> Any:
        """The body as JSON."""
        return jsonlib.loads(self.body)

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Client:
    """Calls the handlers of an Api as its gateway would: paths, ways in, scopes, validation, then the handler.

    Limits, CORS and signatures of tokens are the gateway's, and not applied: `claims` stands in for a verified caller.
    """

    def __init__(self, plan: Plan, dispatchers: Mapping[str, Dispatcher]) -> None:
        self._dispatchers = dispatchers
        self._matcher = Matcher((route.method, route.path, (route.function, route.key)) for route in plan.routes)

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        claims: Mapping[str, Any] | None = None,
    ) -> Answer:
        """One call. `path` may have a query; `claims` are those of a verified token, None for an anonymous caller."""
        sent = list((headers or {}).items())
        if json is not None:
            body = jsonlib.dumps(json).encode()
            sent.append(("content-type", "application/json"))
        raw_path, _, query = path.partition("?")
        request_id = uuid.uuid4().hex
        request = Request(
            method,
            raw_path,
            query,
            sent,
            body,
            claims=None if claims is None else dict(claims),
            client_ip="127.0.0.1",
            id=request_id,
            url=f"http://testserver{path}",
        )
        found = self._matcher.match(method, raw_path)
        if found is None:
            return _answer(problem(404, "there is nothing at this path for this method", request_id=request_id))
        function, route = found[0]
        return _answer(self._dispatchers[function].handle(request, route=route))

    def get(self, path: str, **more: Any) -> Answer:
        """GET; see `request`."""
        return self.request("GET", path, **more)

    def head(self, path: str, **more: Any) -> Answer:
        """HEAD; see `request`."""
        return self.request("HEAD", path, **more)

    def post(self, path: str, **more: Any) -> Answer:
        """POST; see `request`."""
        return self.request("POST", path, **more)

    def put(self, path: str, **more: Any) -> Answer:
        """PUT; see `request`."""
        return self.request("PUT", path, **more)

    def patch(self, path: str, **more: Any) -> Answer:
        """PATCH; see `request`."""
        return self.request("PATCH", path, **more)

    def delete(self, path: str, **more: Any) -> Answer:
        """DELETE; see `request`."""
        return self.request("DELETE", path, **more)

    def options(self, path: str, **more: Any) -> Answer:
        """OPTIONS; see `request`."""
        return self.request("OPTIONS", path, **more)


def _answer(response: Response) -> Answer:
    return Answer(response.status, tuple(response.headers), response.body)


@contextmanager
def client(api: Api) -> Iterator[Client]:
    """A client of an Api's handlers, which are imported afresh and forgotten after; ASGI apps start and shut down.

    Raises `SpecError` for a spec with mistakes, and for what is not built yet (events, links).
    """
    planned = check.plan(api, CAPABILITIES)
    with _importable(planned), _environment(planned):
        dispatchers: dict[str, Dispatcher] = {}
        try:
            for function in planned.functions:
                _forget(_others(planned, function.code))
                sys.path.insert(0, str(function.code))
                dispatchers[function.name] = dispatcher = Dispatcher(manifest(planned, function))
                dispatcher.warm()
            yield Client(planned, dispatchers)
        finally:
            for dispatcher in dispatchers.values():
                dispatcher.close()


def _others(planned: Plan, code: Path) -> list[Path]:
    return [function.code for function in planned.functions if function.code != code]


@contextmanager
def _importable(planned: Plan) -> Iterator[None]:
    """Puts sys.path and sys.modules back as they were: another Api may have modules of the same names."""
    path, known = list(sys.path), set(sys.modules)
    try:
        yield
    finally:
        sys.path[:] = path
        _forget([function.code for function in planned.functions], keep=known)


def _forget(folders: list[Path], keep: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and name not in keep and any(Path(file).is_relative_to(folder) for folder in folders):
            del sys.modules[name]


@contextmanager
def _environment(planned: Plan) -> Iterator[None]:
    before = dict(os.environ)
    for function in planned.functions:
        os.environ.update({key: value for key, value in function.env.items() if isinstance(value, str)})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
