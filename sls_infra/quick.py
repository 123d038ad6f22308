"""A quick start: what loading an SDK takes, without the parts that nobody uses and the collector's pauses."""

from __future__ import annotations

import gc
import re
import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from types import TracebackType


class collector_paused:
    """`with collector_paused():` no garbage collection inside; as it was before, after. Loading an SDK makes many
    objects and no garbage, which the collector looks at in vain."""

    def __enter__(self) -> None:
        self._was_on = gc.isenabled()
        gc.disable()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._was_on:
            gc.enable()


def parsed(source: bytes, file: str = "<unknown>") -> ast.Module:
    """The syntax tree of a Python file. A collection in the midst of it may log an error whose traceback is parsed too,
    which CPython 3.11 takes for a fault of this one (github.com/python/cpython/issues/106905): so there is none.
    Raises SyntaxError, ValueError."""
    import ast

    with collector_paused():
        return ast.parse(source, filename=file)


class _Partial(ModuleType):
    """A package of an SDK, of which only what is asked for is loaded.

    Its own `__init__` imports a module for each of its resources, of which few are used: for Azure's `web` alone that
    takes a second. Here `WebApp` is looked for in `web_app`, and arguments in `_inputs`; anything that is not where it
    would be lets the package load as it always did, and all classes are the same ones then.
    """

    def __getattr__(self, name: str) -> object:
        if not name.startswith("__"):
            own = self.__dict__["__name__"]
            if find_spec(f"{own}.{name}") is not None:
                return import_module(f"{own}.{name}")
            for home in (_snake(name), "_inputs", "_enums"):
                if find_spec(f"{own}.{home}") is not None:
                    found = getattr(import_module(f"{own}.{home}"), name, None)
                    if found is not None:
                        setattr(self, name, found)
                        return found
        self._whole()
        return getattr(self, name)

    def __dir__(self) -> list[str]:
        self._whole()
        return dir(self)

    def _whole(self) -> None:
        """Makes it what it was: a module that loads itself as soon as it is looked at."""
        object.__setattr__(self, "__class__", self.__dict__["_lazy"])


def partly(package: str) -> None:
    """Lets the sub-packages of an SDK that are not loaded yet be loaded in part. Pulumi's SDKs make them lazy, which
    is all or nothing; where one does not (another version), it is left as it is."""
    import_module(package)
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{package}.") and type(module).__name__ == "_LazyModule":
            lazy = type(module)
            object.__setattr__(module, "__class__", _Partial)  # setattr on a lazy module would load it
            module.__dict__["_lazy"] = lazy


def _snake(name: str) -> str:
    """`WebApp` → `web_app`, as Pulumi names the module of a class."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
