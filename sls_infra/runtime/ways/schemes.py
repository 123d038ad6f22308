"""How services sign the calls they make, each after its own documentation. All of them are HMAC with SHA-256.

github    https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
stripe    https://docs.stripe.com/webhooks/signature ("Verify manually")
slack     https://docs.slack.dev/authentication/verifying-requests-from-slack
standard  https://www.standardwebhooks.com, "Signature scheme" of the specification, its symmetric one (v1)
"""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64

from .way import Misconfigured, Refused, one_header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..http import Request

MAX_HEADER = 4096
"""Characters of a header that signs; longer ones are refused unread."""

MAX_ID = 256


class Message:
    """What a call says of its signature."""

    __slots__ = ("content", "offered", "timestamp")

    def __init__(self, content: bytes, offered: list[str], timestamp: int | None) -> None:
        self.content = content
        """What was signed."""
        self.offered = offered
        """The signatures it carries, one of which has to fit: several while a secret is being changed."""
        self.timestamp = timestamp
        """When it was signed, in seconds since 1970; None where the scheme does not say."""


class Scheme:
    """One way to sign. This one is GitHub's; the others differ in what they override."""

    header = "x-hub-signature-256"
    """The header that carries the signature."""

    def key(self, secret: str) -> bytes:
        """The bytes that sign. Raises Misconfigured for a secret that can't be one."""
        return secret.encode("utf-8")

    def shown(self, mac: bytes) -> str:
        """A signature as the header writes it."""
        return mac.hex()

    def read(self, request: Request) -> Message:
        """What the call says. Raises Refused where that can't be read."""
        return Message(request.body, _after(_header(request, self.header), "sha256="), None)


class Stripe(Scheme):
    """`t=<seconds>,v1=<hex>,v1=<hex>`, over "<t>.<body>"."""

    header = "stripe-signature"

    def read(self, request: Request) -> Message:
        pairs = [pair.strip().partition("=") for pair in _header(request, self.header).split(",")]
        times = [value for name, _, value in pairs if name == "t"]
        if len(times) != 1:
            raise Refused("the signature can't be read")
        offered = [value for name, _, value in pairs if name == "v1"]
        return Message(times[0].encode() + b"." + request.body, offered, _seconds(times[0]))


class Slack(Scheme):
    """`v0=<hex>` over "v0:<timestamp>:<body>", the timestamp in a header of its own."""

    header = "x-slack-signature"

    def read(self, request: Request) -> Message:
        time = _header(request, "x-slack-request-timestamp")
        content = b"v0:" + time.encode() + b":" + request.body
        return Message(content, _after(_header(request, self.header), "v0="), _seconds(time))


class Standard(Scheme):
    """`v1,<base64> v1,<base64>` over "<id>.<timestamp>.<body>", both in headers of their own."""

    header = "webhook-signature"

    def key(self, secret: str) -> bytes:
        text = secret.strip().removeprefix("whsec_")
        try:
            key = a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
        except (Error, ValueError):
            key = b""
        if not key:
            raise Misconfigured("its secret is no base64, as `whsec_…` is")
        return key

    def shown(self, mac: bytes) -> str:
        return b2a_base64(mac, newline=False).decode("ascii")

    def read(self, request: Request) -> Message:
        id, time = _header(request, "webhook-id"), _header(request, "webhook-timestamp")
        if (
            not id or len(id) > MAX_ID or "." in id
        ):  # with a dot in it, two ids and times could be told apart in two ways
            raise Refused("the message's id can't be read")
        versions = [each.partition(",") for each in _header(request, self.header).split(" ")]
        offered = [signature for version, _, signature in versions if version == "v1"]
        return Message(f"{id}.{time}.".encode() + request.body, offered, _seconds(time))


SCHEMES: dict[str, Scheme] = {"github": Scheme(), "stripe": Stripe(), "slack": Slack(), "standard": Standard()}


def _header(request: Request, name: str) -> str:
    value = one_header(request, name, name)
    if value is None:
        raise Refused(f"the header {name} is missing")
    value = value.strip()
    if len(value) > MAX_HEADER or not value.isascii():
        raise Refused("the signature can't be read")
    return value


def _after(value: str, prefix: str) -> list[str]:
    return [value.removeprefix(prefix)] if value.startswith(prefix) else []


def _seconds(text: str) -> int:
    if not text.isdigit() or len(text) > 12:
        raise Refused("the signature's time can't be read")
    return int(text)
