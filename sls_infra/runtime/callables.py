"""What kind of callable a handler is, by the arguments it takes; without `inspect`, whose import costs milliseconds."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, TypeAlias

    Kind: TypeAlias = Literal["handler", "asgi"]

VARARGS = 0x04
"""The flag of a code object that takes `*args`."""

ANY = 1 << 16
"""As many arguments as one likes."""

_CONVENTION = ("scope", "receive", "send")


def kind(call: Any) -> Kind:
    """ "asgi" for an ASGI 3 application, which takes scope, receive and send; "handler" for what takes the Request.

    Raises TypeError, which says what to do, for what is neither: a WSGI or an ASGI 2 application, or the class of one.
    Where a signature tells nothing (`*args`), it is a handler.
    """
    if isinstance(call, type):
        return _kind_of_class(call)
    least, most, names = positional(call)
    if names is None:
        return "handler"
    if least > 1 and least <= 3 <= most:
        return "asgi"
    if least == 2:
        raise TypeError(
            "it takes two arguments, and a handler one, the Request: a WSGI application is named by its ASGI one "
            "(Django's get_asgi_application(), or a2wsgi.WSGIMiddleware(app))"
        )
    return "handler"


def _kind_of_class(call: type) -> Kind:
    """A class is called too: an endpoint of Starlette's is an app, a class of apps has to be called first."""
    made = _method(call, "__init__")
    least, most, names = (1, 1, ()) if made is None else positional(made, 1)
    if names is not None and least > 1 and least <= 3 <= most and hasattr(call, "__await__"):
        return "asgi"
    instances = _method(call, "__call__")
    if instances is not None:
        least, most, names = positional(instances, 1)
        if names is not None and least == most == 2:
            raise TypeError(
                "it is a class of ASGI 2 applications, which are called twice: name an ASGI 3 one, "
                "asgiref.compatibility.guarantee_single_callable(app)"
            )
        if names is not None and least == most == 3:
            raise TypeError("it is a class of ASGI applications: name an instance of it, app = App()")
    return "handler"


def positional(call: Any, given: int = 0) -> tuple[int, int, tuple[str, ...] | None]:
    """How many positional arguments it needs and how many it takes, and their names, once `given` are given.
    Names are None where that can't be told."""
    bound: set[str] = set()
    for _ in range(32):  # partials of bound methods of …
        functools: Any = sys.modules.get("functools")
        if functools is not None and isinstance(call, functools.partial):
            given += len(call.args)
            bound.update(call.keywords)
            call = call.func
        elif hasattr(call, "__func__") and hasattr(call, "__self__"):
            given += 1
            call = call.__func__
        elif hasattr(call, "__code__"):
            return _of_function(call, given, bound)
        else:
            method = None if isinstance(call, type) else _method(type(call), "__call__")
            if method is None:
                break
            call = method.__get__(call, type(call))
    return 0, ANY, None


def _of_function(call: Any, given: int, bound: set[str]) -> tuple[int, int, tuple[str, ...] | None]:
    code = call.__code__
    if code.co_flags & VARARGS:
        return _of_wrapper(call, given, bound)
    names = code.co_varnames[: code.co_argcount]
    needed = len(names) - len(call.__defaults__ or ())
    for at, name in enumerate(names):
        if name in bound:  # by keyword: it and those after it can't be given by position
            names, needed = names[:at], min(needed, at)
            break
    return max(0, needed - given), max(0, len(names) - given), tuple(names[given:])


def _of_wrapper(call: Any, given: int, bound: set[str]) -> tuple[int, int, tuple[str, ...] | None]:
    """A wrapper that takes anything may give what it wraps more than it takes: only by the names that all of ASGI
    uses is it sure what is to be given to it."""
    wrapped = getattr(call, "__wrapped__", None)
    if wrapped is not None:
        least, most, names = positional(wrapped, given)
        if names is not None and names[:3] == _CONVENTION and not bound.intersection(names):
            return least, most, names
    return 0, ANY, None


def _method(cls: type, name: str) -> Any:
    """What a class defines under a name in Python itself, unbound; None where there is nothing."""
    for base in cls.__mro__:
        found = base.__dict__.get(name)
        if found is not None:
            return found if base is not object and hasattr(found, "__get__") and _is_python(found) else None
    return None


def _is_python(found: Any) -> bool:
    return hasattr(found, "__code__") or hasattr(found, "__func__") or hasattr(found, "func")
