"""What tells a handler from an ASGI app, a WSGI app and mistakes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.compatibility import guarantee_single_callable
from asgiref.wsgi import WsgiToAsgi
from django.core.handlers.asgi import ASGIHandler  # type: ignore[import-untyped]
from django.core.handlers.wsgi import WSGIHandler  # type: ignore[import-untyped]
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Router

from sls_infra.runtime import Request
from sls_infra.runtime.callables import kind, positional

from .conftest import Serve, logged


async def app(scope: Any, receive: Any, send: Any) -> None: ...


async def app_with_more(scope: Any, receive: Any, send: Any, settings: Any) -> None: ...


def returns_awaitable(scope: Any, receive: Any, send: Any) -> Any:
    return app(scope, receive, send)


def passing_on(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def with_more(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives the handler what callers don't."""

    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args, "table", "clock")

    return wrapper


class Instance:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...

    async def method(self, scope: Any, receive: Any, send: Any) -> None: ...

    @classmethod
    async def of_class(cls, scope: Any, receive: Any, send: Any) -> None: ...

    @staticmethod
    async def static(scope: Any, receive: Any, send: Any) -> None: ...


class Decorated:
    @passing_on
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


class Derived(Instance): ...


class Endpoint(HTTPEndpoint):
    async def get(self, request: Any) -> Any:
        return PlainTextResponse("x")


class Static:
    @staticmethod
    def __call__(scope: Any, receive: Any, send: Any) -> Any:
        return app(scope, receive, send)


class HandlerObject:
    def __call__(self, request: Request, table: str = "orders", clock: Any = None) -> str:
        return table

    def read(self, request: Request) -> str:
        return "read"


class Double:
    """An ASGI 2 application."""

    def __init__(self, scope: Any) -> None: ...

    async def __call__(self, receive: Any, send: Any) -> None: ...


APPS = {
    "function": app,
    "function that returns an awaitable": returns_awaitable,
    "partial by position": functools.partial(lambda settings, scope, receive, send: None, {}),
    "partial by name": functools.partial(app_with_more, settings={}),
    "partial of a partial": functools.partial(functools.partial(app_with_more), settings={}),
    "partial of an object": functools.partial(Instance()),
    "decorated": passing_on(app),
    "decorated twice": passing_on(passing_on(app)),
    "object": Instance(),
    "object of a derived class": Derived(),
    "object with a decorated method": Decorated(),
    "object with a static method": Static(),
    "method": Instance().method,
    "class method": Instance.of_class,
    "static method": Instance.static,
    "Starlette": Starlette(),
    "Starlette's router": Router(),
    "Starlette's endpoint": Endpoint,
    "Starlette's response": PlainTextResponse("x"),
    "FastAPI": FastAPI(),
    "middleware": GZipMiddleware(FastAPI()),
    "middlewares": CORSMiddleware(GZipMiddleware(Starlette()), allow_origins=["*"]),
    "Django": ASGIHandler.__new__(ASGIHandler),
    "ASGI 2, made one of 3": guarantee_single_callable(Double),  # type: ignore[no-untyped-call]
    "WSGI, made one of ASGI 3": WsgiToAsgi(lambda environ, start_response: []),  # type: ignore[no-untyped-call]
}


@pytest.mark.parametrize("name", APPS)
def test_an_app_is_known_by_what_it_takes(name: str) -> None:
    assert kind(APPS[name]) == "asgi"


HANDLERS = {
    "function": lambda request: None,
    "function with defaults": lambda request, table="orders", clock=None: None,
    "method": HandlerObject().read,
    "object": HandlerObject(),
    "partial": functools.partial(lambda table, clock, request: None, 1, 2),
    "partial by name": functools.partial(lambda request, table, clock: None, table=1, clock=2),
    "takes anything": lambda *args: None,
    "takes one and anything": lambda request, *rest: None,
    "decorated": passing_on(lambda request: None),
    "is given more by a decorator": with_more(lambda request, table, clock: None),
    "builtin": len,
    "class": Request,
    "takes nothing": lambda: None,
    "takes keywords only": lambda *, request: None,
}


@pytest.mark.parametrize("name", HANDLERS)
def test_a_handler_is_what_takes_a_request(name: str) -> None:
    assert kind(HANDLERS[name]) == "handler"


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda environ, start_response: [], "get_asgi_application"),
        (WSGIHandler.__new__(WSGIHandler), "a2wsgi.WSGIMiddleware"),
        (lambda event, context: {}, "a handler one, the Request"),
        (Double, "guarantee_single_callable"),
        (Instance, "name an instance of it"),
        (FastAPI, "name an instance of it"),
    ],
)
def test_what_is_neither_is_refused_with_what_to_do(call: Any, told: str, serve: Serve, capsys: Any) -> None:
    with pytest.raises(TypeError, match=told.replace(".", r"\.")):
        kind(call)
    assert serve(call).handle(Request("GET", "/")).status == 500
    assert "HandlerError" in logged(capsys)[0]["error"]


def test_an_asgi_2_application_that_is_no_class_is_told_by_what_it_returns(serve: Serve, capsys: Any) -> None:
    def double(scope: Any) -> Any:
        async def inner(receive: Any, send: Any) -> None: ...

        return inner

    assert serve(double).handle(Request("GET", "/")).status == 500
    assert "ASGI 2" in logged(capsys)[0]["error"]


@given(needed=st.integers(0, 5), more=st.integers(0, 4), given=st.integers(0, 3), is_method=st.booleans())
def test_arguments_are_counted_as_inspect_counts_them(needed: int, more: int, given: int, is_method: bool) -> None:
    names = [f"a{n}" for n in range(needed)] + [f"b{n}=0" for n in range(more)]
    made: dict[str, Any] = {}
    own = ["self", *names] if is_method else names
    exec(f"class A:\n    def f({', '.join(own)}): pass" if is_method else f"def f({', '.join(own)}): pass", made)
    call = made["A"]().f if is_method else made["f"]
    if given <= needed + more:
        call = functools.partial(call, *range(given))
        parameters = inspect.signature(call).parameters.values()
        least = sum(p.default is p.empty for p in parameters)
        assert positional(call)[:2] == (least, len(parameters))
