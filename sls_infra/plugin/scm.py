"""An app's SCM site, one request at a time: addresses, tokens, time-outs.

A token is sent to an SCM host name of Azure's by https, and nowhere else. Tests put an endpoint of their own in its
place by two variables of the plugin's environment: `SLS_INFRA_AZURE_SCM` (http://127.0.0.1:port, for every host; the
`Host` header says which one is meant) and `SLS_INFRA_AZURE_TOKEN`, sent there instead of a real token. The address must
be a loopback one, by number.
"""

from __future__ import annotations

import email.utils
import html
import ipaddress
import json
import re
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from ..errors import SlsError
from .login import Tokens

SCOPES = {
    "azurewebsites.net": "https://management.azure.com/.default",
    "azurewebsites.us": "https://management.usgovcloudapi.net/.default",
    "chinacloudsites.cn": "https://management.chinacloudapi.cn/.default",
}
"""Domain of an SCM host → what a token must be for: Kudu takes those of Azure's management."""

_HOST = re.compile(rf"[a-z0-9-]+\.scm\.(?:[a-z0-9-]+\.)?({'|'.join(map(re.escape, SCOPES))})", re.IGNORECASE)
LONGEST = 64 * 1024
"""Bytes of an answer that are read."""
TEST_ADDRESS = "SLS_INFRA_AZURE_SCM"
TEST_TOKEN = "SLS_INFRA_AZURE_TOKEN"  # noqa: S105  # the variable's name


class Unreachable(Exception):
    """No answer. `sent`: the request may have arrived."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Answer:
    """What the site said."""

    status: int
    text: str
    retry_after: float = 0.0
    """Seconds; 0: not said."""

    @property
    def value(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    @property
    def words(self) -> str:
        """The body for people: Azure's error pages are HTML."""
        text = re.sub(r"(?is)<(style|script|head)\b.*?</\1>|<[^>]*>", " ", self.text)
        return " ".join(html.unescape(text).split())[:1000]


def scope_of(host: str) -> str:
    """What a token for this host must be for; "" where it is no SCM host of Azure's."""
    found = _HOST.fullmatch(host)
    return SCOPES[found[1].lower()] if found else ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where sites are really looked for: at Azure, or at a test's endpoint."""

    tokens: Tokens
    address: str = ""
    """Stands for https://<host>; a loopback address."""

    def __post_init__(self) -> None:
        if self.address and not _is_loopback(self.address):
            raise SlsError(f"{TEST_ADDRESS} is for tests: {self.address} is not http://127.0.0.1:port")


@dataclass(frozen=True, slots=True)
class FixedToken:
    """A test's token."""

    token: str

    def get(self, scope: str, refused: str = "") -> str:
        return self.token


def place_of(env: Mapping[str, str], tokens: Tokens) -> Place:
    """A test's endpoint where the environment names one, else Azure. Real tokens go to Azure alone."""
    if address := env.get(TEST_ADDRESS):
        return Place(FixedToken(env.get(TEST_TOKEN, "")), address.rstrip("/"))
    return Place(tokens)


class Site:
    """The SCM site of one app. Not for several threads at once."""

    def __init__(self, place: Place, host: str, *, connect: float, answer: float) -> None:
        """`connect`: seconds to connect in, and that sending may stall; `answer`: seconds to wait for an answer."""
        self._scope = scope_of(host)
        if not self._scope:
            raise SlsError(f"{host!r} is not the host name of an app's SCM site, as app.scm.azurewebsites.net is one")
        self._place = place
        self._root = place.address or f"https://{host.lower()}"
        self._host = host.lower()
        self._timeout = (connect, answer)
        self._token = ""
        self._refused = ""
        self._session = requests.Session()
        if place.address:
            self._session.trust_env = False  # no proxy between a test and its endpoint

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def get(self, path: str) -> Answer:
        """Asks. `Unreachable` where no answer comes."""
        return self._ask("GET", path)

    def send(self, path: str, query: Mapping[str, str], zip: Path) -> Answer:
        """Posts a zip, read from its file as it goes. `Unreachable` where no answer comes."""
        try:
            body = zip.open("rb")
        except OSError as error:
            raise SlsError(
                f"the bundle {zip} can't be read ({error.strerror}): run `up` again, which makes it"
            ) from None
        with body:
            return self._ask("POST", path, params=query, data=body, headers={"Content-Type": "application/zip"})

    def _ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> Answer:
        self._token = self._place.tokens.get(self._scope, self._refused)
        headers = {"Accept": "application/json", "Cache-Control": "no-cache", "Host": self._host, **(headers or {})}
        try:
            with closing(
                self._session.request(
                    method,
                    self._root + path,
                    headers=headers,
                    auth=_Bearer(self._token),
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                    **more,
                )
            ) as answer:
                text = _read(answer).replace(self._token or "\0", "***")
                after = _seconds(answer.headers.get("Retry-After", ""))
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise Unreachable(_said(error), sent=not _before_sending(error)) from None
        except requests.RequestException as error:
            raise SlsError(f"{self._host} can't be asked: {_said(error)}") from None
        if answer.status_code == 401:
            self._refused = self._token
        return Answer(answer.status_code, text, after)


class _Bearer(AuthBase):
    """Given as authentication and not as a header, which a .netrc file would replace."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _read(answer: requests.Response) -> str:
    body = b""
    for chunk in answer.iter_content(4096):
        body += chunk
        if len(body) >= LONGEST:
            break
    return body[:LONGEST].decode("utf-8", "replace")


def _seconds(text: str) -> float:
    """`Retry-After`: seconds, or a date."""
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError):
        return 0.0


def _before_sending(error: Exception) -> bool:
    """Whether there was no connection yet."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return type(reason).__name__ in ("NewConnectionError", "NameResolutionError")


def _said(error: Exception) -> str:
    """Without the object addresses that urllib3 writes into its messages."""
    return re.sub(r"<[^<>]*object at 0x[0-9a-f]+>:? ?|\bHTTPS?ConnectionPool", "", str(error))[:500]


def _is_loopback(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return (
            parts.scheme == "http"
            and bool(parts.port)
            and parts.path in ("", "/")
            and not (parts.query or parts.fragment or parts.username)
            and ipaddress.ip_address(parts.hostname or "").is_loopback
        )
    except ValueError:
        return False
