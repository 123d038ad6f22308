"""Tests of an Api without an engine or an account: `render` what would be made, `client` to call its handlers."""

from __future__ import annotations

from .client import Answer, Client, client
from .rendered import Rendered, RenderedResource
from .rendering import render

__all__ = ["Answer", "Client", "Rendered", "RenderedResource", "client", "render"]
