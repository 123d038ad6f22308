"""Calls to the API, shown as they are answered; one that is not answered as it should be ends the demo."""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from .place import DemoError

TIMEOUT = 15
"""Seconds that a call may take."""

ORDER = {
    "customer": "C-1001",
    "currency": "EUR",
    "items": [{"sku": "TEA-250", "quantity": 2, "unit_price": 1290}],
}
AT_ONCE = 40
"""Calls, of which the limit of POST /orders, 10 a second, must refuse some."""

COLOURS = {"2": "32", "4": "33", "5": "31"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    retry_after: str | None
    body: str


def tour(url: str, token: str, poor_token: str) -> None:
    """A call of each kind. `poor_token` lacks the scope `orders:write`."""
    _show("open to anybody", url, "GET", "/health", 200)
    _show("with a token that grants orders:write", url, "POST", "/orders", 201, token, ORDER)
    _show("with a token that grants orders:read", url, "GET", "/orders?status=open&limit=1", 200, token)
    _show("without a token", url, "GET", "/orders", 401)
    _show("with a token that does not grant orders:write", url, "POST", "/orders", 403, poor_token, ORDER)
    _show("with a body that does not fit", url, "POST", "/orders", 400, token, {**ORDER, "items": []})
    _over_the_limit(url, token)


def _over_the_limit(url: str, token: str) -> None:
    """Bodies that don't fit: each call counts, and none leaves an order behind."""
    for _ in range(5):  # a slow machine may take longer for these calls than the limit asks for
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda _: call(url, "POST", "/orders", token, {}), range(AT_ONCE)))
        refused = [answer for answer in answers if answer.status == 429]
        if refused:
            _print(
                f"over its limit of 10 a second: {AT_ONCE} calls at once, {len(refused)} refused",
                "POST",
                "/orders",
                refused[0],
            )
            return
    raise DemoError(f"POST /orders answered {AT_ONCE} calls at once, and its limit is 10 a second")


def _show(
    what: str, url: str, method: str, path: str, expected: int, token: str | None = None, body: Any = None
) -> None:
    answer = call(url, method, path, token, body)
    _print(what, method, path, answer)
    if answer.status != expected:
        raise DemoError(
            f"{method} {path} {what} should be answered with {expected}, not {answer.status}: {answer.body}"
        )


def call(url: str, method: str, path: str, token: str | None = None, body: Any = None) -> Answer:
    """One call. Raises `DemoError` where nothing answers."""
    request = urllib.request.Request(f"{url}{path}", method=method)  # noqa: S310  # the engine's output: http
    if token is not None:
        request.add_header("authorization", f"Bearer {token}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("content-type", "application/json")
    try:
        with _opener.open(request, timeout=TIMEOUT) as response:
            return Answer(response.status, None, response.read().decode())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, refusal.headers["retry-after"], refusal.read().decode())
    except OSError as error:
        raise DemoError(f"{method} {url}{path} is not answered: {error}") from None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # this machine is reached without any proxy


def _print(what: str, method: str, path: str, answer: Answer) -> None:
    again = f"  (Retry-After: {answer.retry_after})" if answer.retry_after else ""
    print(f"\n  {bold(f'{method} {path}')}  {what}")
    print(f"  {coloured(str(answer.status))} {answer.body}{again}", flush=True)


def coloured(status: str) -> str:
    """A status in the colour of its kind, on a terminal."""
    return f"\033[{COLOURS[status[0]]}m{status}\033[0m" if _on_terminal() and status[0] in COLOURS else status


def bold(text: str) -> str:
    """Bold on a terminal."""
    return f"\033[1m{text}\033[0m" if _on_terminal() else text


def _on_terminal() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
