"""Finding the Api that a command is given: `module:attribute`, as uvicorn takes it."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import traceback

from ..errors import NotFoundError, SlsError
from ..spec.api import Api


def load(reference: str) -> Api:
    """The Api at `module:attribute`, or what the callable there makes.

    Raises `NotFoundError` for a module or attribute that there is not, and `SlsError` where the module fails.
    """
    module_name, _, attribute = reference.partition(":")
    if not module_name or not attribute:
        raise NotFoundError(f"{reference!r} is not of the form module:attribute; write it as examples.orders.infra:api")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    module = _module(module_name)
    value = module
    for name in attribute.split("."):
        if not hasattr(value, name):
            offered = ", ".join(key for key, item in vars(module).items() if isinstance(item, Api) or _makes_api(item))
            raise NotFoundError(f"{module_name} has no {attribute!r}; an Api or its maker there: {offered or 'none'}")
        value = getattr(value, name)
    return _made(reference, value)


def _module(name: str) -> object:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            fix = "is it spelled so, and are you in the project's folder?"
            raise NotFoundError(f"there is no module {error.name} from {os.getcwd()}; {fix}") from None
        raise SlsError(f"{name} imports {error.name}, which is not installed: pip install it") from None
    except SlsError:
        raise
    except Exception as error:
        raise SlsError(f"{name} can't be imported: {_last_line(error)}") from None


def _last_line(error: Exception) -> str:
    """The error, and the line of the user's own file that raised it."""
    what = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}: {what}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename]
    return f"{frames[-1].filename}:{frames[-1].lineno}: {what}" if frames else what


def _made(reference: str, value: object) -> Api:
    if callable(value) and not isinstance(value, type):
        needed = [
            parameter.name
            for parameter in inspect.signature(value).parameters.values()
            if parameter.default is parameter.empty and parameter.kind not in (2, 4)
        ]
        if needed:
            raise SlsError(f"{reference} needs {', '.join(needed)}; give each a default, for the commands to use")
        try:
            value = value()
        except SlsError:
            raise
        except Exception as error:
            raise SlsError(f"{reference} fails: {_last_line(error)}") from None
    if not isinstance(value, Api):
        raise NotFoundError(f"{reference} is {type(value).__name__}, not an Api")
    return value


def _makes_api(item: object) -> bool:
    if not inspect.isfunction(item):
        return False
    return str(inspect.signature(item).return_annotation).rsplit(".", 1)[-1].strip("'>") == "Api"
