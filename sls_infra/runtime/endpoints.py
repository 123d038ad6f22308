"""A route of the manifest, and the handler behind it."""

from __future__ import annotations

from .errors import HandlerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from .asgi import App
    from .http import Request
    from .ways.way import Way


class Endpoint:
    """One route of the manifest, with its handler once that is imported."""

    __slots__ = (
        "_entries", "_path", "anonymous", "app", "call", "check", "handler", "keyed", "names", "public", "route",
        "schema", "scopes", "ways",
    )  # fmt: skip

    def __init__(self, entry: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> None:
        ways = tuple(entry.get("auth") or ())
        self._path: str = entry["path"]
        self._entries = entries
        self.route = f"{entry['method']} {entry['path']}"
        self.handler: str | None = entry["handler"]
        """None: answered with 204 here, for a gateway that sends a browser's preflight on."""
        self.public = ways == ("public",)
        self.anonymous = "public" in ways
        """Whether a caller without a token is let in. A route that names no way in lets nobody in without one."""
        self.keyed = ways == ("api_key",)
        """Whether a key is the only way in."""
        self.names: Sequence[str] | None = entry.get("ways")
        """The ways in that the runtime verifies; None: the gateway verifies, and its word counts."""
        self.ways: tuple[Way, ...] = ()
        """Those, made."""
        self.scopes = tuple(entry.get("scopes") or ())
        self.schema = entry.get("request")
        self.check: Callable[[Any], list[tuple[str, str]]] | None = None
        self.call: Callable[[Request], object] | None = None
        self.app: App | None = None
        """What `call` is too, where the handler is an ASGI app."""

    def load(self) -> Callable[[Request], object]:
        """Imports the handler. Raises HandlerError, with the cause, where that fails; a later call tries again."""
        if self.handler is None:
            self.call = nothing
            return self.call
        call = imported(self.handler, f"the handler {self.handler!r} of {self.route}")
        code = getattr(call, "__code__", None)
        if code is None or code.co_argcount != 1 or code.co_flags & _VARARGS:  # others take a Request and nothing else
            call = self._wrapped(call)
        if self.schema is not None:
            from .schema import compile

            try:
                self.check = compile(self.schema)
            except ValueError as error:
                raise HandlerError(f"the request schema of {self.route} can't be used: {error}") from error
        self.call = call
        return self.call

    def _wrapped(self, call: Any) -> Callable[[Request], object]:
        """The handler itself, or the ASGI app that it is as a handler."""
        from . import callables

        try:
            if callables.kind(call) == "handler":
                return call  # type: ignore[no-any-return]
        except TypeError as error:
            raise HandlerError(f"the handler {self.handler!r} of {self.route} can't be called: {error}") from error
        from . import asgi

        paths = [entry["path"] for entry in self._entries if entry["handler"] == self.handler]
        self.app = asgi.App(call, str(self.handler), asgi.depth(self._path, paths))
        return self.app


def imported(handler: str, what: str) -> Any:
    """The callable that "package.module:attribute" names. Raises HandlerError, with the cause, where there is none."""
    import sys

    module_name, _, attribute = handler.partition(":")
    try:
        __import__(module_name)
        call: Any = sys.modules[module_name]
        for name in attribute.split("."):
            call = getattr(call, name)
    except BaseException as error:  # SystemExit too: a module that exits must not take the other routes with it
        raise HandlerError(f"{what} can't be imported: {type(error).__name__}: {error}") from error
    if not callable(call):
        raise HandlerError(f"{what} can't be called: it is {call!r}"[:500])
    return call


_VARARGS = 0x04
"""The flag of a code object that takes `*args`."""


def nothing(request: Request) -> None:
    """A route without a handler: the gateway adds its CORS headers to the empty answer."""
