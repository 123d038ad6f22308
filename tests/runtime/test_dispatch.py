"""From a request to its handler, and what becomes of whatever the handler does."""

from __future__ import annotations

import asyncio
import json
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sls_infra.runtime import HttpError, Request, Response, dispatch, links
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.errors import HandlerError, ManifestError
from sls_infra.runtime.fields import Headers

Serve = Callable[..., Dispatcher]


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """An empty module of handlers."""
    module = types.ModuleType("shop_handlers")
    monkeypatch.setitem(sys.modules, "shop_handlers", module)
    return module


@pytest.fixture
def serve(module: types.ModuleType) -> Iterator[Serve]:
    """A dispatcher with one route, for one handler."""

    def serve(handler: Any, method: str = "GET", path: str = "/", **route: Any) -> Dispatcher:
        module.handler = handler  # type: ignore[attr-defined]
        return Dispatcher(manifest({"method": method, "path": path, "handler": "shop_handlers:handler", **route}))

    yield serve
    dispatch.close()


def manifest(*routes: dict[str, Any]) -> dict[str, Any]:
    filled = [{"auth": ["public"], "scopes": [], "request": None, **route} for route in routes]
    return {"version": 1, "api": "orders", "function": "shop", "routes": filled}


def problem_of(response: Response) -> dict[str, Any]:
    assert Headers(response.headers)["content-type"] == "application/problem+json"
    content = json.loads(response.body)
    assert content["status"] == response.status
    assert content.keys() >= {"type", "title", "detail", "request_id"}
    return dict(content)


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


# The way to a handler


def test_a_request_reaches_its_handler(serve: Serve) -> None:
    def read(request: Request) -> dict[str, object]:
        return {"id": request.path_params["id"], "route": request.route, "who": request.claims.get("sub")}

    response = serve(read, path="/orders/{id}").handle(Request("GET", "/orders/a%20b"))
    assert response.status == 200
    assert json.loads(response.body) == {"id": "a b", "route": "GET /orders/{id}", "who": None}


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/orders/7"), ("GET", "/orders"), ("GET", "/orders/7/"), ("", "")]
)
def test_what_matches_nothing_is_404(serve: Serve, method: str, path: str) -> None:
    response = serve(lambda request: "found", path="/orders/{id}").handle(Request(method, path, id="r-1"))
    assert response.status == 404
    assert problem_of(response)["request_id"] == "r-1"


def test_a_route_that_the_gateway_matched_otherwise_is_404(serve: Serve) -> None:
    dispatcher = serve(lambda request: "found", path="/orders/{id}")
    assert dispatcher.handle(Request("GET", "/orders/7"), route="GET /orders/{id}").status == 200
    assert dispatcher.handle(Request("GET", "/orders/7"), route="GET /orders").status == 404
    assert dispatcher.handle(Request("GET", "/orders/7"), route="ANY /orders/{id}").status == 404


@pytest.mark.parametrize("auth", [["jwt"], ["oauth2"], ["something new"], [], None])
def test_a_route_that_is_not_public_needs_a_caller(serve: Serve, auth: list[str] | None) -> None:
    dispatcher = serve(lambda request: request.claims, auth=auth)
    response = dispatcher.handle(Request("GET", "/"))
    assert response.status == 401
    assert Headers(response.headers)["www-authenticate"] == "Bearer"
    assert problem_of(response)["title"] == "Unauthorized"
    assert json.loads(dispatcher.handle(Request("GET", "/", claims={"sub": "u"})).body) == {"sub": "u"}
    assert dispatcher.handle(Request("GET", "/", claims={})).status == 200


def test_claims_that_nobody_verified_are_no_claims(serve: Serve) -> None:
    protected = serve(lambda request: "secret", auth=["jwt"])
    assert protected.handle(Request("GET", "/", claims={"sub": "u"}), verified=False).status == 401
    either = serve(lambda request: [request.claims, request.authenticated], auth=["jwt", "public"])
    assert json.loads(either.handle(Request("GET", "/", claims={"sub": "u"}), verified=False).body) == [{}, False]


def test_a_public_route_knows_nobody(serve: Serve) -> None:
    dispatcher = serve(lambda request: [request.claims, request.authenticated])
    assert json.loads(dispatcher.handle(Request("GET", "/", claims={"sub": "u"})).body) == [{}, False]


def test_one_of_several_ways_in_suffices(serve: Serve) -> None:
    dispatcher = serve(lambda request: request.claims, auth=["jwt", "public"])
    assert json.loads(dispatcher.handle(Request("GET", "/")).body) == {}
    assert json.loads(dispatcher.handle(Request("GET", "/", claims={"sub": "u"})).body) == {"sub": "u"}


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"scope": "orders:read orders:write"}, 200),
        ({"scope": "x orders:write y orders:read"}, 200),
        ({"scope": ["orders:read", "orders:write"]}, 200),
        ({"scp": "orders:read orders:write"}, 200),
        ({"scp": ["orders:read", "orders:write", 7]}, 200),
        ({"scope": "orders:read"}, 403),
        ({"scope": "orders:readorders:write"}, 403),
        ({"scope": "orders:read,orders:write"}, 403),
        ({"scope": "ORDERS:READ ORDERS:WRITE"}, 403),
        ({"scope": "", "scp": ["orders:read", "orders:write"]}, 403),
        ({"scope": {"orders:read": 1, "orders:write": 1}}, 403),
        ({"scope": 7}, 403),
        ({"scope": [["orders:read", "orders:write"]]}, 403),
        ({}, 403),
        (None, 401),
    ],
)
def test_all_scopes_are_needed(serve: Serve, claims: dict[str, Any] | None, status: int) -> None:
    for auth in (["jwt"], ["jwt", "public"]):
        dispatcher = serve(lambda request: "in", auth=auth, scopes=["orders:read", "orders:write"])
        response = dispatcher.handle(Request("GET", "/", claims=claims))
        assert response.status == status
        if status == 403:
            expected = 'Bearer error="insufficient_scope", scope="orders:read orders:write"'
            assert Headers(response.headers)["www-authenticate"] == expected
            assert problem_of(response)["title"] == "Forbidden"


def test_scopes_on_a_public_route_let_nobody_in(serve: Serve) -> None:
    dispatcher = serve(lambda request: "in", scopes=["orders:read"])
    assert dispatcher.handle(Request("GET", "/", claims={"scope": "orders:read"})).status == 401


SCHEMA = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {"qty": {"type": "integer", "minimum": 1}},
                "required": ["qty"],
            },
        }
    },
    "required": ["items"],
}


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (b'{"items": [{"qty": 0}]}', [{"pointer": "/items/0/qty", "message": "must be at least 1"}]),
        (b'{"items": [{"qty": 1}, {}]}', [{"pointer": "/items/1/qty", "message": "is missing"}]),
        (b"{}", [{"pointer": "/items", "message": "is missing"}]),
        (b"7", [{"pointer": "", "message": "must be an object"}]),
    ],
)
def test_a_body_that_does_not_fit_is_400_and_names_the_places(
    serve: Serve, body: bytes, errors: list[dict[str, str]]
) -> None:
    response = serve(lambda request: "in", "POST", request=SCHEMA).handle(Request("POST", "/", body=body))
    assert response.status == 400
    assert problem_of(response)["errors"] == errors


def test_a_malformed_body_is_400_and_names_the_place(serve: Serve) -> None:
    response = serve(lambda request: "in", "POST", request=SCHEMA).handle(Request("POST", "/", body=b'{"items": ]'))
    assert response.status == 400
    assert "line 1, column 11" in problem_of(response)["detail"]


def test_a_body_that_fits_reaches_the_handler(serve: Serve) -> None:
    dispatcher = serve(lambda request: request.json()["items"], "POST", request=SCHEMA)
    assert dispatcher.handle(Request("POST", "/", body=b'{"items": [{"qty": 2}]}')).body == b'[{"qty":2}]'


def test_a_hundred_thousand_mistakes_are_a_short_answer(serve: Serve) -> None:
    body = json.dumps({"items": [{"qty": 0}] * 100_000}).encode()
    response = serve(lambda request: "in", "POST", request=SCHEMA).handle(Request("POST", "/", body=body))
    assert response.status == 400
    assert len(problem_of(response)["errors"]) == dispatch.MAX_ERRORS


def test_who_may_not_call_learns_nothing_of_the_body(serve: Serve) -> None:
    dispatcher = serve(lambda request: "in", "POST", request=SCHEMA, auth=["jwt"], scopes=["a"])
    assert dispatcher.handle(Request("POST", "/", body=b"{")).status == 401
    assert dispatcher.handle(Request("POST", "/", body=b"{", claims={})).status == 403


# What handlers are, and do


def test_handlers_may_be_async_and_share_one_loop(serve: Serve) -> None:
    loops = []

    async def handler(request: Request) -> dict[str, int]:
        await asyncio.sleep(0)
        loops.append(asyncio.get_running_loop())
        return {"calls": len(loops)}

    dispatcher = serve(handler)
    assert [dispatcher.handle(Request("GET", "/")).body for _ in range(2)] == [b'{"calls":1}', b'{"calls":2}']
    assert loops[0] is loops[1]


def test_what_an_async_handler_leaves_running_goes_on_with_the_next_call(serve: Serve) -> None:
    done = []
    tasks = set()

    async def later() -> None:
        await asyncio.sleep(0)
        done.append(True)

    async def handler(request: Request) -> None:
        tasks.add(asyncio.get_running_loop().create_task(later()))
        for _ in range(3 if len(tasks) > 1 else 0):
            await asyncio.sleep(0)

    dispatcher = serve(handler)
    dispatcher.handle(Request("GET", "/"))
    assert not done
    dispatcher.handle(Request("GET", "/"))
    assert done


def test_a_route_without_a_handler_answers_with_nothing() -> None:
    """As a gateway needs it that sends preflights on."""
    dispatcher = Dispatcher(manifest({"method": "OPTIONS", "path": "/orders", "handler": None}))
    dispatcher.warm()
    response = dispatcher.handle(Request("OPTIONS", "/orders"))
    assert (response.status, response.body, response.headers) == (204, b"", [])


class Counter:
    """A handler that keeps something."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, request: Request) -> int:
        self.calls += 1
        return self.calls


def test_handlers_may_be_objects(serve: Serve) -> None:
    dispatcher = serve(Counter())
    assert [dispatcher.handle(Request("GET", "/")).body for _ in range(2)] == [b"1", b"2"]


def test_handlers_may_be_attributes_of_attributes(module: types.ModuleType) -> None:
    module.api = types.SimpleNamespace(read=lambda request: "read")  # type: ignore[attr-defined]
    dispatcher = Dispatcher(manifest({"method": "GET", "path": "/", "handler": "shop_handlers:api.read"}))
    assert dispatcher.handle(Request("GET", "/")).body == b"read"


def raising(error: BaseException) -> Callable[[Request], object]:
    def handler(request: Request) -> object:
        raise error

    return handler


def raising_async(error: BaseException) -> Callable[[Request], object]:
    async def handler(request: Request) -> object:
        raise error

    return handler


def yielding(request: Request) -> Iterator[str]:
    yield "a"


async def yielding_async(request: Request) -> Any:
    yield "a"


BAD_RESPONSE = Response("text")
BAD_RESPONSE.headers.append(("x", "a\r\nb: c"))


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (raising(ValueError("the secret is 7")), "ValueError: the secret is 7"),
        (raising_async(ValueError("the secret is 7")), "ValueError: the secret is 7"),
        (raising(SystemExit(3)), "SystemExit: 3"),
        (raising_async(SystemExit(3)), "SystemExit: 3"),
        (raising(KeyboardInterrupt()), "KeyboardInterrupt"),
        (raising(asyncio.CancelledError()), "CancelledError"),
        (raising_async(asyncio.CancelledError()), "CancelledError"),
        (raising(GeneratorExit()), "GeneratorExit"),
        (raising(ExceptionGroup("several", [ValueError("a"), TypeError("b")])), "ExceptionGroup: several"),
        (raising(HttpError(400, "x", bad=object())), "type object can't be written as JSON"),
        (raising(HttpError(400, "x", headers={"a": "b\r\nc: d"})), "can't carry"),
        (yielding, "not generator: collect it in a list"),
        (yielding_async, "not async_generator: collect it in a list"),
        (lambda request: object(), "not object"),
        (lambda request: ({}, 201), "not tuple"),
        (lambda request: {"x": object()}, "type object can't be written as JSON"),
        (lambda request: {"x": float("nan")}, "not JSON compliant"),
        (lambda request: Response("x", headers={"x": "a\nb"}), "can't carry"),
        (lambda request: BAD_RESPONSE, "can't carry"),
        (lambda request: Response(status=99), "from 200 to 599"),
        (lambda request: HttpError(200), "from 400 to 599"),
        (lambda request: request.headers["missing"], "KeyError: 'missing'"),
        (lambda: None, "takes 0 positional arguments"),
        (lambda request: links.table("orders").get("7"), 'no table named "orders"'),
        (lambda request: "\ud800", "surrogates not allowed"),
    ],
)
def test_whatever_goes_wrong_is_a_500_that_says_nothing_and_one_line_in_the_log(
    serve: Serve, capsys: pytest.CaptureFixture[str], handler: Any, error: str
) -> None:
    dispatcher = serve(handler, path="/orders/{id}")
    response = dispatcher.handle(Request("GET", "/orders/7", id="r-1"))
    assert response.status == 500
    assert problem_of(response) == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "the server failed to answer",
        "request_id": "r-1",
    }
    (line,) = logged(capsys)
    assert line["level"] == "error"
    assert line["request_id"] == "r-1"
    assert line["route"] == "GET /orders/{id}"
    assert error in line["error"]
    assert "Traceback (most recent call last)" in line["traceback"]


def test_the_next_call_works_after_any_of_these(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    state = iter([SystemExit(1), KeyboardInterrupt(), ValueError(), None])

    async def handler(request: Request) -> str:
        error = next(state)
        if error is not None:
            raise error
        return "fine"

    dispatcher = serve(handler)
    assert [dispatcher.handle(Request("GET", "/")).status for _ in range(4)] == [500, 500, 500, 200]
    assert len(logged(capsys)) == 3


def test_an_exception_that_cannot_even_be_shown(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    class Unspeakable(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert serve(raising(Unspeakable())).handle(Request("GET", "/")).status == 500
    assert len(logged(capsys)) == 1


def test_an_endless_recursion_is_a_500_with_a_short_line(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    def handler(request: Request) -> object:
        return handler(request)

    assert serve(handler).handle(Request("GET", "/")).status == 500
    (line,) = logged(capsys)
    assert "RecursionError" in line["error"]
    assert len(json.dumps(line)) < 200_000


def test_a_log_that_cannot_be_written_fails_no_call(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert serve(raising(ValueError())).handle(Request("GET", "/")).status == 500


def test_an_http_error_is_told_to_the_caller(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    error = HttpError(409, "taken", headers={"retry-after": "1"}, current=7)
    response = serve(raising(error)).handle(Request("GET", "/", id="r-1"))
    assert Headers(response.headers)["retry-after"] == "1"
    assert problem_of(response) == {
        "type": "about:blank", "title": "Conflict", "status": 409, "detail": "taken", "request_id": "r-1", "current": 7,
    }  # fmt: skip
    assert capsys.readouterr().err == ""


@given(status=st.integers(400, 599), detail=st.text(), members=st.dictionaries(st.text(), st.text()))
def test_every_http_error_is_a_problem(status: int, detail: str, members: dict[str, Any]) -> None:
    members = {name: value for name, value in members.items() if name not in ("status", "detail", "headers", "self")}
    members.pop("request_id", None)
    response = dispatch.failed(Request("GET", "/", id="r-1"), HttpError(status, detail, **members))
    assert response.status == status
    content = json.loads(response.body)
    assert content["detail"] == detail
    assert content.items() >= members.items()


def test_head_has_headers_and_no_body(serve: Serve) -> None:
    response = serve(lambda request: {"a": 1}, "ANY").handle(Request("HEAD", "/"))
    assert (response.status, response.body) == (200, b"")
    assert Headers(response.headers)["content-type"] == "application/json"
    assert serve(raising(HttpError(404)), "ANY").handle(Request("HEAD", "/")).body == b""


def test_a_response_that_is_kept_stays_whole(serve: Serve) -> None:
    kept = Response("text")
    dispatcher = serve(lambda request: kept, "ANY")
    assert dispatcher.handle(Request("HEAD", "/")).body == b""
    assert dispatcher.handle(Request("GET", "/")).body == b"text"


# On a running loop


def test_async_servers_await_the_answer(serve: Serve) -> None:
    async def handler(request: Request) -> str:
        await asyncio.sleep(0)
        return "async"

    async def answer(dispatcher: Dispatcher) -> bytes:
        return (await dispatcher.handle_async(Request("GET", "/"))).body

    assert asyncio.run(answer(serve(handler))) == b"async"
    assert asyncio.run(answer(serve(lambda request: "sync"))) == b"sync"


def test_a_handlers_failure_on_a_running_loop_is_a_500(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> list[int]:
        errors = [ValueError(), SystemExit(), asyncio.CancelledError()]
        return [(await serve(raising_async(error)).handle_async(Request("GET", "/"))).status for error in errors]

    assert asyncio.run(main()) == [500, 500, 500]
    assert len(logged(capsys)) == 3


def test_cancelling_the_call_cancels_it(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    async def handler(request: Request) -> None:
        await asyncio.sleep(60)

    async def main() -> None:
        task = asyncio.get_running_loop().create_task(serve(handler).handle_async(Request("GET", "/")))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert capsys.readouterr().err == ""


# Manifests, and handlers that are not there


def test_warming_names_every_handler_that_is_not_there(
    module: types.ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    module.fine = lambda request: "fine"  # type: ignore[attr-defined]
    module.number = 7  # type: ignore[attr-defined]
    dispatcher = Dispatcher(
        manifest(
            {"method": "GET", "path": "/fine", "handler": "shop_handlers:fine"},
            {"method": "GET", "path": "/gone", "handler": "shop_handlers:gone"},
            {"method": "GET", "path": "/number", "handler": "shop_handlers:number"},
            {"method": "GET", "path": "/nowhere", "handler": "no_such_module.api:read"},
            {"method": "GET", "path": "/odd", "handler": "shop_handlers:fine", "request": {"unevaluatedItems": False}},
        )
    )
    with pytest.raises(HandlerError) as caught:
        dispatcher.warm()
    message = str(caught.value)
    assert "'shop_handlers:gone' of GET /gone can't be imported: AttributeError" in message
    assert "'shop_handlers:number' of GET /number can't be called: it is 7" in message
    assert "'no_such_module.api:read' of GET /nowhere can't be imported: ModuleNotFoundError" in message
    assert "the request schema of GET /odd can't be used" in message
    assert "fine' of GET /fine" not in message
    assert capsys.readouterr().err == ""

    statuses = [
        dispatcher.handle(Request("GET", path)).status for path in ("/fine", "/gone", "/number", "/nowhere", "/odd")
    ]
    assert statuses == [200, 500, 500, 500, 500]
    assert len(logged(capsys)) == 4


def test_a_module_that_exits_when_imported_takes_nothing_with_it(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, module: types.ModuleType
) -> None:
    (tmp_path / "exiting_handlers.py").write_text("import sys; sys.exit('no configuration')")
    monkeypatch.syspath_prepend(tmp_path)
    module.fine = lambda request: "fine"  # type: ignore[attr-defined]
    dispatcher = Dispatcher(
        manifest(
            {"method": "GET", "path": "/exiting", "handler": "exiting_handlers:read"},
            {"method": "GET", "path": "/fine", "handler": "shop_handlers:fine"},
        )
    )
    with pytest.raises(HandlerError, match="SystemExit: no configuration"):
        dispatcher.warm()
    assert dispatcher.handle(Request("GET", "/fine")).body == b"fine"


def test_a_handler_that_could_not_be_imported_is_tried_again(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a module needs when imported may be away for a moment."""
    (tmp_path / "flaky_handlers.py").write_text(
        "import os\nos.environ['SHOP_SETTING']\ndef read(request): return 'read'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("SHOP_SETTING", raising=False)
    dispatcher = Dispatcher(manifest({"method": "GET", "path": "/", "handler": "flaky_handlers:read"}))
    assert dispatcher.handle(Request("GET", "/")).status == 500
    monkeypatch.setenv("SHOP_SETTING", "1")
    assert dispatcher.handle(Request("GET", "/")).body == b"read"


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({}, "version"),
        ({"version": 2, "routes": []}, "version 2"),
        ({"version": 1}, "routes"),
        ({"version": 1, "routes": [{}]}, "KeyError"),
        ({"version": 1, "routes": [{"method": "GET", "path": "/a/", "handler": "a:b"}]}, "ends in a slash"),
        ({"version": 1, "routes": [{"method": "GET", "path": "/a", "handler": "a:b"}] * 2}, "routed twice"),
        ({"version": 1, "routes": 7}, "TypeError"),
        ([], "TypeError"),
    ],
)
def test_manifests_that_cannot_be_read(bad: Any, message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        Dispatcher(bad)


def test_a_bundle_without_a_manifest(tmp_path: Any) -> None:
    with pytest.raises(ManifestError, match="no manifest can be read"):
        Dispatcher.of_bundle(str(tmp_path))
    (tmp_path / dispatch.MANIFEST_NAME).write_text("{")
    with pytest.raises(ManifestError, match="no manifest can be read"):
        Dispatcher.of_bundle(str(tmp_path))


def test_a_route_without_a_handler_answers_204() -> None:
    route = {
        "method": "OPTIONS",
        "path": "/a/{rest+}",
        "handler": None,
        "auth": ["public"],
        "scopes": [],
        "request": None,
    }
    dispatcher = Dispatcher({"version": 1, "api": "a", "function": "f", "routes": [route]})
    dispatcher.warm()
    answer = dispatcher.handle(Request("OPTIONS", "/a/b/c"), route="OPTIONS /a/{rest+}")
    assert (answer.status, answer.body) == (204, b"")
    assert dispatcher.handle(Request("GET", "/a/b/c")).status == 404
