"""What handlers are, and what becomes of whatever they do."""

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
from sls_infra.runtime.fields import Headers

from .conftest import Serve, logged, manifest, problem_of


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
