"""Tests of an Api without an engine or an account: `render` what would be made, `client` to call its handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .calling import Answer, Client, client
    from .events import Letter
    from .rendered import UNKNOWN, Rendered, RenderedResource
    from .rendering import render, render_program

__all__ = [
    "UNKNOWN",
    "Answer",
    "Client",
    "Letter",
    "Rendered",
    "RenderedResource",
    "client",
    "render",
    "render_program",
]

_HOMES = {
    "calling": ("Answer", "Client", "client"),
    "events": ("Letter",),
    "rendered": ("UNKNOWN", "Rendered", "RenderedResource"),
    "rendering": ("render", "render_program"),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    from ..quick import collector_paused

    for module, names in _HOMES.items():
        if name in names:
            with collector_paused():
                value = globals()[name] = getattr(import_module(f".{module}", __name__), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
