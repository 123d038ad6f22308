"""How the tests call the app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Call:
    """One call, with the client's cookies; a path is that of the app, wherever it is mounted."""

    http: Any
    """A client: the framework's test client, or one over HTTP. Both follow redirects only when asked."""
    base: str
    """Where the app's "/" is, without the slash."""

    def __call__(self, method: str, path: str, **more: Any) -> httpx.Response:
        url = path if path.startswith("http") else self.base + path
        answer: httpx.Response = self.http.request(method, url, **more)
        return answer
