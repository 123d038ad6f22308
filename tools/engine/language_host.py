"""A stand-in for `pulumi-language-python`, Pulumi's Python language host, where the official one is not to be had.

The engine starts it as `pulumi-language-python [-virtualenv=DIR …] -root=DIR <engine's address>`, reads a port from its
first line of output, and talks gRPC to it (`language_service.py`). It ends quietly on SIGINT, by which the engine stops
its plugins, and when its stdin ends, which is when the engine is gone.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn


def main(arguments: list[str]) -> None:
    """Serve the engine until it says stop, or is gone."""
    options = dict(a.lstrip("-").split("=", 1) for a in arguments if a.startswith("-") and "=" in a)
    if "virtualenv" in options:
        _enter(Path(options.get("root", "."), options["virtualenv"]), arguments)
    signal.signal(signal.SIGINT, lambda *_: _leave())
    _leave_with_engine()
    try:
        import pulumi  # noqa: F401
    except ImportError as error:
        sys.exit(f"{error}: {sys.executable} has no Pulumi SDK. Install this project's dependencies there.")
    sys.path[0] = str(Path(__file__).resolve().parents[2])  # until the program's own folder takes that place
    from tools.engine.language_service import serve

    serve(engine=arguments[-1])


def _enter(virtualenv: Path, arguments: list[str]) -> None:
    """Become the interpreter of the `virtualenv` that Pulumi.yaml names, as the official host would run it."""
    if Path(sys.prefix).resolve() == virtualenv.resolve():
        return
    python = virtualenv / "bin" / "python"
    if not python.exists():
        sys.exit(f"`virtualenv` in Pulumi.yaml: there is no {python}. Make that environment, or take the option out.")
    os.execv(python, [str(python), __file__, *arguments])  # noqa: S606


def _leave() -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _leave_with_engine() -> None:
    """The engine holds the other end of stdin: when that closes it is gone, however it went."""
    held = os.dup(0)
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)  # what a program reads under the official host, too

    def watch() -> None:
        while os.read(held, 4096):
            pass
        _leave()

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1:])
