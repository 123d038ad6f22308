"""Webhook: a call signed by another service, verified on the body as it came."""

from __future__ import annotations

import hmac
from contextlib import suppress
from time import time

from .held import named
from .replays import Replays
from .schemes import SCHEMES
from .way import Misconfigured, Refused, Way

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..http import Request
    from .schemes import Message
    from .way import Claims

TOLERANCE = 300
"""Seconds by which a signature's time may differ from now, either way."""


class Webhook(Way):
    """`known`: scheme, and the name of the secret.

    The same signed message again is refused for as long as its time is within the tolerance; GitHub signs no time, so
    there it is refused for TOLERANCE seconds after it came, and what names a delivery (X-GitHub-Delivery) is not
    signed, so the signature is what tells two deliveries apart. Replays says what such a memory can't do. A message
    whose handling failed (5xx) may come again: services send it anew then.
    """

    kind = "webhook"
    needed = "a signature is needed"

    def __init__(self, name: str, known: Mapping[str, Any]) -> None:
        super().__init__(name)
        if known["scheme"] not in SCHEMES:
            raise Misconfigured(f"its scheme {known['scheme']!r} is none that this runtime knows: bundle again")
        self.word: str = known["scheme"]
        self.scheme = SCHEMES[self.word]
        self.secret: str = known["secret"]
        self._replays = Replays()

    def presented(self, request: Request) -> bool:
        return self.scheme.header in request.headers

    def verify(self, request: Request) -> Claims:
        message = self.scheme.read(request)
        mac = self._mac(message)
        expected, fits = self.scheme.shown(mac), False
        for offered in message.offered:
            fits |= hmac.compare_digest(expected, offered)
        if not fits:
            raise Refused("the signature does not fit")
        now = time()
        signed = now if message.timestamp is None else message.timestamp
        if abs(now - signed) > TOLERANCE:
            raise Refused("the signature's time is too far from now")
        if not self._replays.first(mac, signed + TOLERANCE, now):
            raise Refused("this message has come before")
        return {}

    def completed(self, request: Request, status: int) -> None:
        if status >= 500:
            with suppress(Exception):  # a handler may have changed the request: then it stays remembered
                self._replays.forget(self._mac(self.scheme.read(request)))

    def challenge(self, realm: str, reason: str = "") -> str:
        """No scheme is registered for signed calls: this names the header that carries the signature."""
        error = ', error="invalid_signature"' if reason else ""
        return f'Webhook realm="{realm}", header="{self.scheme.header}"{error}'

    def _mac(self, message: Message) -> bytes:
        return hmac.digest(self.scheme.key(named(self.secret)), message.content, "sha256")
