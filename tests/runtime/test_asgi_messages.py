"""What an app sends, in whatever order, and what becomes of it."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sls_infra.runtime import Request

from .asgi_mount import call, header, mounted, part, sends, start
from .conftest import logged, problem_of


def test_an_answer_in_parts_is_one_body(capsys: Any) -> None:
    with mounted(sends(start(201, (b"X-A", b"1"), (b"x-a", b"2")), part(b"a", more=True), part(b"b"))) as dispatcher:
        response = call(dispatcher, "GET", "/")
    assert (response.status, response.body) == (201, b"ab")
    assert header(response, "x-a") == ["1", "2"]
    assert header(response, "content-type") == ["application/octet-stream"]
    assert capsys.readouterr().err == ""


def test_what_comes_after_the_end_is_left() -> None:
    with mounted(sends(start(), part(b"a"), part(b"b"), start(500))) as dispatcher:
        response = call(dispatcher, "GET", "/")
    assert (response.status, response.body) == (200, b"a")


def test_bodies_may_be_any_bytes_and_headers_may_be_left_out() -> None:
    parts = (part(bytearray(b"a"), more=True), part(memoryview(b"b")))  # type: ignore[arg-type]
    with mounted(sends({"type": "http.response.start", "status": 200}, *parts)) as dispatcher:
        assert call(dispatcher, "GET", "/").body == b"ab"
    with mounted(sends(start(204), {"type": "http.response.body"})) as dispatcher:
        response = call(dispatcher, "GET", "/")
    assert (response.status, response.body, response.headers) == (204, b"", [])


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_framing_is_the_gateways_and_head_has_no_body(method: str) -> None:
    framing = ((b"content-length", b"5"), (b"transfer-encoding", b"chunked"), (b"connection", b"close"))
    with mounted(sends(start(200, (b"etag", b'"1"'), *framing), part(b"hello"))) as dispatcher:
        response = call(dispatcher, method, "/")
    assert response.body == (b"hello" if method == "GET" else b"")
    assert header(response, "etag") == ['"1"']
    assert {name for name, _ in response.headers} == {"etag", "content-type"}


BAD: dict[str, tuple[list[dict[str, Any]], str]] = {
    "nothing": ([], "ended without an answer"),
    "no start": ([part(b"a")], "'http.response.body' where 'http.response.start' comes next"),
    "no body": ([start()], "ended before its answer did"),
    "no end": ([start(), part(b"a", more=True)], "ended before its answer did"),
    "two starts": ([start(), start(), part()], "'http.response.start' where 'http.response.body' comes next"),
    "informational": ([{"type": "http.response.informational", "status": 103}, start(), part()], "informational"),
    "pathsend": ([start(), {"type": "http.response.pathsend", "path": "/etc/passwd"}], "pathsend"),
    "trailers": ([start(), {"type": "http.response.trailers", "headers": []}], "trailers"),
    "websocket": ([{"type": "websocket.accept"}], "websocket.accept"),
    "status 99": ([start(99), part()], "from 200 to 599"),
    "status 101": ([start(101), part()], "from 200 to 599"),
    "status as text": ([start("200"), part()], "from 200 to 599"),
    "header as text": ([start(200, ("a", "b")), part()], "TypeError"),  # type: ignore[arg-type]
    "header with a line break": ([start(200, (b"a", b"b\r\nc: d")), part()], "can't carry"),
    "header beyond ASCII": ([start(200, (b"a", "é".encode())), part()], "can't carry"),
    "body as text": ([start(), {"type": "http.response.body", "body": "text"}], "TypeError"),
    "no type": ([{}], "KeyError"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_answer_is_a_500_with_a_line_in_the_log(name: str, capsys: Any) -> None:
    messages, told = BAD[name]
    with mounted(sends(*messages)) as dispatcher:
        response = call(dispatcher, "GET", "/orders/7")
    assert response.status == 500
    assert problem_of(response)["request_id"] == "r-1"
    (line,) = logged(capsys)
    assert told in line["error"]
    assert (line["request_id"], line["route"]) == ("r-1", "ANY /{path+}")


def raising(error: BaseException, *before: dict[str, Any], within_a_task: bool = False) -> Any:
    async def fail() -> None:
        raise error

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        for message in before:
            await send(message)
        await (asyncio.ensure_future(fail()) if within_a_task else fail())

    return app


@pytest.mark.parametrize("within_a_task", [False, True])
@pytest.mark.parametrize("before", [(), (start(),), (start(), part(b"a", more=True))], ids=len)
@pytest.mark.parametrize(
    "error", [ValueError("secret"), SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError()], ids=repr
)
def test_what_an_app_raises_before_it_has_answered_is_a_500(
    error: BaseException, before: tuple[Any, ...], within_a_task: bool, capsys: Any
) -> None:
    with mounted(raising(error, *before, within_a_task=within_a_task)) as dispatcher:
        response = call(dispatcher, "GET", "/")
        assert response.status == 500
        assert b"secret" not in response.body
        assert call(dispatcher, "GET", "/").status == 500, "the loop goes on"
    lines = logged(capsys)
    failures = [line for line in lines if line["request_id"] == "r-1"]
    assert len(failures) == 2
    if not isinstance(error, asyncio.CancelledError):
        assert all(type(error).__name__ in line["error"] for line in lines)
        assert all("in fail" in line["traceback"] for line in failures)


def test_what_an_app_raises_after_its_answer_is_in_the_log_alone(capsys: Any) -> None:
    with mounted(raising(ValueError("later"), start(), part(b"fine"))) as dispatcher:
        response = call(dispatcher, "GET", "/")
    assert (response.status, response.body) == (200, b"fine")
    (line,) = logged(capsys)
    assert (line["message"], line["request_id"]) == ("the app failed after its answer", "r-1")


def test_the_body_comes_whole_then_the_end_once_there_is_an_answer() -> None:
    received: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        received.append(await receive())
        waiting = asyncio.ensure_future(receive())
        await asyncio.sleep(0.02)
        received.append(waiting.done())
        await send(start())
        await send(part(b"x"))
        received.append(await waiting)
        received.append(await receive())

    with mounted(app) as dispatcher:
        assert call(dispatcher, "POST", "/", body=b"abc").body == b"x"
    end = {"type": "http.disconnect"}
    assert received == [{"type": "http.request", "body": b"abc", "more_body": False}, False, end, end]


def test_the_answer_goes_out_when_the_app_has_ended_not_before() -> None:
    done: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send(start())
        await send(part(b"x"))
        await asyncio.sleep(0.05)
        done.append("background")

    with mounted(app) as dispatcher:
        call(dispatcher, "GET", "/")
        assert done == ["background"]


def test_a_stream_that_never_waits_holds_up_nobody() -> None:
    others = threading.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send(start())
        if scope["path"] == "/other":
            others.set()
        while not others.is_set():
            await send(part(b"", more=True))
        await send(part(b"end"))

    with mounted(app) as dispatcher, ThreadPoolExecutor(2) as threads:
        streaming = threads.submit(call, dispatcher, "GET", "/stream")
        assert call(dispatcher, "GET", "/other").body == b"end"
        assert streaming.result(10).body == b"end"


def test_requests_of_many_threads_run_at_once_on_one_loop() -> None:
    loops: set[Any] = set()
    inside = 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal inside
        assert scope["type"] == "http"
        loops.add((threading.get_ident(), id(asyncio.get_running_loop())))
        inside += 1
        while inside < 8:
            await asyncio.sleep(0.001)
        await send(start())
        await send(part(scope["path"].encode()))

    with mounted(app) as dispatcher, ThreadPoolExecutor(8) as threads:
        paths = [f"/{n}" for n in range(8)]
        bodies = list(threads.map(lambda path: call(dispatcher, "GET", path).body.decode(), paths, timeout=20))
    assert bodies == paths
    assert len(loops) == 1
    assert threading.get_ident() not in {thread for thread, _ in loops}


def test_the_callers_context_is_the_apps() -> None:
    trace = contextvars.ContextVar("trace", default="none")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await send(part(trace.get().encode()))

    with mounted(app) as dispatcher:
        trace.set("t-1")
        assert call(dispatcher, "GET", "/").body == b"t-1"


# On a running loop


def test_a_running_loop_goes_on_while_an_app_answers(capsys: Any) -> None:
    release = threading.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await asyncio.to_thread(release.wait, 10)
        await send(start())
        await send(part(b"late"))

    with mounted(app) as dispatcher:

        async def main() -> bytes:
            answering = asyncio.ensure_future(dispatcher.handle_async(Request("GET", "/")))
            await asyncio.sleep(0.02)
            assert not answering.done()
            release.set()
            return (await answering).body

        assert asyncio.run(main()) == b"late"
    assert capsys.readouterr().err == ""


def test_cancelling_the_call_cancels_the_app(capsys: Any) -> None:
    cancelled = threading.Event()
    begun = threading.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with mounted(app) as dispatcher:

        async def main() -> None:
            task = asyncio.ensure_future(dispatcher.handle_async(Request("GET", "/")))
            await asyncio.to_thread(begun.wait, 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(main())
        assert cancelled.wait(10)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("error", [ValueError(), SystemExit(), asyncio.CancelledError()], ids=repr)
def test_a_failure_on_a_running_loop_is_a_500(error: BaseException, capsys: Any) -> None:
    with mounted(raising(error)) as dispatcher:
        assert asyncio.run(dispatcher.handle_async(Request("GET", "/", id="r-1"))).status == 500
    assert [line["request_id"] for line in logged(capsys)] == ["r-1"]


def test_an_app_that_calls_its_own_api_in_process_is_told_not_to(capsys: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        if scope["path"] == "/outer":
            inner = call(dispatcher, "GET", "/inner")
            await send(start(inner.status))
            await send(part(inner.body))

    with mounted(app) as dispatcher:
        assert call(dispatcher, "GET", "/outer").status == 500
    assert "through the gateway" in logged(capsys)[0]["error"]
