"""Startup and shutdown of apps: when, how often, and what their failures mean."""

from __future__ import annotations

import asyncio
import sys
import threading
import types
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from sls_infra.runtime import Request
from sls_infra.runtime.asgi import lifespan as module
from sls_infra.runtime.dispatch import Dispatcher
from sls_infra.runtime.errors import HandlerError

from .asgi_mount import SHOP, call, mounted, part, start
from .conftest import logged, manifest


class Shop:
    """A Starlette app that notes what happens to it."""

    def __init__(self, *, fails: int = 0) -> None:
        self.notes: list[str] = []
        self.loops: set[int] = set()
        self._fails = fails
        self.app = Starlette(routes=[Route("/{path:path}", self._answer)], lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, app: Any) -> AsyncIterator[dict[str, Any]]:
        self.loops.add(id(asyncio.get_running_loop()))
        self.notes.append("up")
        if self._fails:
            self._fails -= 1
            raise ConnectionError("no database")
        yield {"table": [1, 2]}
        await asyncio.sleep(0)
        self.notes.append("down")

    async def _answer(self, request: StarletteRequest) -> PlainTextResponse:
        self.loops.add(id(asyncio.get_running_loop()))
        self.notes.append(request.url.path)
        return PlainTextResponse(str(request.state.table))


def test_the_startup_is_part_of_the_cold_start_and_the_shutdown_comes_last() -> None:
    shop = Shop()
    with mounted(shop.app, *SHOP) as dispatcher:
        dispatcher.warm()
        assert shop.notes == ["up"]
        assert call(dispatcher, "GET", "/shop/a").body == b"[1, 2]"
        call(dispatcher, "GET", "/shop")
        dispatcher.close()
        assert shop.notes == ["up", "/shop/a", "/shop/", "down"]
    assert shop.notes[3:] == ["down"]
    assert len(shop.loops) == 1


def test_without_a_warm_start_the_first_request_starts_it_once_for_all() -> None:
    shop = Shop()
    with mounted(shop.app) as dispatcher:
        dispatcher.warm(start=False)
        assert shop.notes == []
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda n: call(dispatcher, "GET", f"/{n}").status, range(8)))
        assert answers == [200] * 8
    assert (shop.notes[0], shop.notes.count("up"), shop.notes[-1]) == ("up", 1, "down")


def test_a_call_after_the_end_starts_it_anew() -> None:
    shop = Shop()
    with mounted(shop.app) as dispatcher:
        for _ in range(2):
            call(dispatcher, "GET", "/")
            dispatcher.close()
    assert shop.notes == ["up", "/", "down"] * 2


def test_one_app_has_one_lifespan_however_many_names_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    shop, other = Shop(), Shop()

    class Wrapped:
        async def call(self, scope: Any, receive: Any, send: Any) -> None:
            await other.app(scope, receive, send)

    apps = types.ModuleType("many_apps")
    apps.__dict__.update(app=shop.app, same=shop.app, shop=shop, wrapped=Wrapped())
    monkeypatch.setitem(sys.modules, "many_apps", apps)
    handlers = ["app", "same", "shop.app", "wrapped.call", "wrapped.call"]
    routes = [
        {"method": "GET", "path": f"/{n}", "handler": f"many_apps:{handler}"} for n, handler in enumerate(handlers)
    ]
    with mounted(shop.app):
        dispatcher = Dispatcher(manifest(*routes))
        dispatcher.warm()
        assert [dispatcher.handle(Request("GET", f"/{n}")).status for n in range(5)] == [200] * 5
        dispatcher.close()
    assert (shop.notes.count("up"), other.notes.count("up")) == (1, 1)
    assert (shop.notes[-1], other.notes[-1]) == ("down", "down")


def test_the_lifespan_has_its_own_state_and_requests_copies_of_it() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            assert scope["asgi"] == {"version": "3.0", "spec_version": "2.0"}
            assert (await receive())["type"] == "lifespan.startup"
            scope["state"]["kept"] = []
            await send({"type": "lifespan.startup.complete"})
            assert (await receive())["type"] == "lifespan.shutdown"
            seen.append(scope["state"])
            await send({"type": "lifespan.shutdown.complete"})
            return
        scope["state"]["own"] = scope["path"]
        scope["state"]["kept"].append(scope["path"])
        await send(start())
        await send(part())

    with mounted(app) as dispatcher:
        call(dispatcher, "GET", "/a")
        call(dispatcher, "GET", "/b")
    assert seen == [{"kept": ["/a", "/b"]}]


# Apps without one


async def raises_at_once(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http", "HTTP only"
    await answer(send)


async def raises_when_asked(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        raise ValueError(f"what is {await receive()}?")
    await answer(send)


async def leaves(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await answer(send)


async def exits(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        sys.exit(1)
    await answer(send)


async def answer(send: Any) -> None:
    await send(start())
    await send(part(b"fine"))


@pytest.mark.parametrize(
    ("app", "told"), [(raises_at_once, 0), (raises_when_asked, 1), (leaves, 0), (exits, 0)], ids=lambda x: str(x)[:20]
)
def test_an_app_without_a_lifespan_goes_on_without(app: Any, told: int, capsys: Any) -> None:
    with mounted(app) as dispatcher:
        dispatcher.warm()
        assert call(dispatcher, "GET", "/").body == b"fine"
    assert ["its startup raised" in line["message"] for line in logged(capsys)] == [True] * told


# Failures


def test_a_startup_that_fails_is_told_where_it_failed_and_tried_again(capsys: Any) -> None:
    shop = Shop(fails=2)
    with mounted(shop.app, *SHOP) as dispatcher:
        with pytest.raises(HandlerError, match="failed to start: ConnectionError: no database") as failed:
            dispatcher.warm()
        assert isinstance(failed.value.__cause__, ConnectionError)
        assert shop.notes == ["up"], "once, whatever the number of routes"
        assert call(dispatcher, "GET", "/shop").status == 500
        assert "no database" in logged(capsys)[0]["error"]
        assert call(dispatcher, "GET", "/shop").status == 200
    assert shop.notes == ["up", "up", "up", "/shop/", "down"]


def failing(*messages: dict[str, Any], hangs: bool = False) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            for message in messages:
                await send(message)
            while hangs:
                await receive()
            return
        await answer(send)

    return app


@pytest.mark.parametrize("hangs", [False, True])
def test_a_startup_that_says_it_failed(hangs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LAST_WORDS", 0.05)
    told = {"type": "lifespan.startup.failed", "message": "no table"}
    with mounted(failing(told, hangs=hangs)) as dispatcher, pytest.raises(HandlerError, match="to start: no table"):
        dispatcher.warm()


def test_a_startup_without_an_end(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(module, "STARTUP", 0.05)
    with mounted(failing(hangs=True)) as dispatcher:
        with pytest.raises(HandlerError, match="its startup took longer than"):
            dispatcher.warm()
        assert call(dispatcher, "GET", "/").status == 500


def test_a_shutdown_that_fails_or_hangs_is_told_and_ends(capsys: Any) -> None:
    complete = {"type": "lifespan.startup.complete"}

    async def hanging(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "lifespan"
        await receive()
        await send(complete)
        await receive()
        await asyncio.sleep(60)

    async def failing(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "lifespan"
        await receive()
        await send(complete)
        await receive()
        await send({"type": "lifespan.shutdown.failed", "message": "still busy"})
        raise ValueError("busy")

    for app in (hanging, failing):
        with mounted(app) as dispatcher:
            dispatcher.warm()
            dispatcher.close(0.05)
    lines = logged(capsys)
    assert "TimeoutError" in lines[0]["error"]
    assert "still busy" in lines[1]["error"]
    assert "busy" in lines[2]["error"]
    assert len(lines) == 3


def test_a_lifespan_that_breaks_off_ends_no_request(capsys: Any) -> None:
    broken = threading.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            broken.set()
            raise RuntimeError("the pool broke")
        await answer(send)

    with mounted(app) as dispatcher:
        dispatcher.warm()
        assert broken.wait(10)
        assert call(dispatcher, "GET", "/").status == 200
    assert "the pool broke" in logged(capsys)[0]["error"]


@pytest.mark.parametrize(
    "kind", ["lifespan.shutdown.complete", "lifespan.startup.complete", "http.response.start", "lifespan.odd"]
)
def test_messages_out_of_order_are_refused(kind: str, capsys: Any) -> None:
    refused: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "lifespan"
        await receive()
        await send({"type": "lifespan.startup.complete"})
        try:
            await send({"type": kind})
        except RuntimeError as error:
            refused.append(str(error))
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    with mounted(app) as dispatcher:
        dispatcher.warm()
    assert kind in refused[0]
    assert capsys.readouterr().err == ""
