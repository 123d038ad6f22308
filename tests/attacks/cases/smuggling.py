"""Messages whose end two parsers see in two places: a second request hidden in the body of the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..model import WIRE, Answer, Attack, Control, Shot
from ..world import World

FAMILY = "smuggling"
HIDDEN = b"GET /jwt HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer x\r\n\r\n"
CHUNK = b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN)
START = b"POST /jwt HTTP/1.1\r\nHost: HOST\r\n"

MESSAGES: dict[str, bytes] = {
    "CL.TE": START + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "TE.CL": START + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + CHUNK,
    "TE.TE, identity": START + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + CHUNK,
    "TE with a leading space": START + b"Transfer-Encoding:  xchunked\r\nContent-Length: 3\r\n\r\nabc" + HIDDEN,
    "TE in quotes": START + b'Transfer-Encoding: "chunked"\r\nContent-Length: 3\r\n\r\nabc' + HIDDEN,
    "TE by a tab": START + b"Transfer-Encoding:\tchunked\r\nContent-Length: 3\r\n\r\nabc" + HIDDEN,
    "TE by a vertical tab": START + b"Transfer-Encoding: \x0bchunked\r\nContent-Length: 3\r\n\r\nabc" + HIDDEN,
    "TE with a space before the colon": START + b"Transfer-Encoding : chunked\r\nContent-Length: 3\r\n\r\nabc" + HIDDEN,
    "TE gzip, chunked": START + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNK,
    "TE chunked, identity": START + b"Transfer-Encoding: chunked, identity\r\n\r\n" + CHUNK,
    "TE folded": START + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 3\r\n\r\nabc" + HIDDEN,
    "two lengths": START + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "two lengths in a list": START + b"Content-Length: 0, %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "a length with a sign": START + b"Content-Length: +%d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "a negative length": START + b"Content-Length: -1\r\n\r\n" + HIDDEN,
    "a length in hexadecimal": START + b"Content-Length: 0x10\r\n\r\n" + HIDDEN,
    "a length with an underscore": START + b"Content-Length: 1_0\r\n\r\n" + HIDDEN,
    "a length beyond 64 bits": START + b"Content-Length: 18446744073709551616\r\n\r\n" + HIDDEN,
    "a length with a space": START + b"Content-Length: 1 0\r\n\r\n" + HIDDEN,
    "an empty length": START + b"Content-Length: \r\n\r\n" + HIDDEN,
    "a chunk's negative size": START + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + HIDDEN,
    "a chunk's size with 0x": START + b"Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n" + HIDDEN,
    "a chunk's size beyond 64 bits": START + b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\na" + HIDDEN,
    "a chunk that ends by a bare line feed": START + b"Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n" + HIDDEN,
    "a chunk longer than it says": START + b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n" + HIDDEN,
    "bare line feeds": b"GET /open HTTP/1.1\nHost: HOST\n\n" + HIDDEN,
    "bare carriage returns": b"GET /open HTTP/1.1\rHost: HOST\r\r" + HIDDEN,
    "a folded header": b"GET /open HTTP/1.1\r\nHost: HOST\r\nX-A: 1\r\n Authorization: Bearer x\r\n\r\n" + HIDDEN,
    "a line without a colon": b"GET /open HTTP/1.1\r\nHost: HOST\r\nGET /jwt HTTP/1.1\r\n\r\n" + HIDDEN,
    "a NUL in a header's value": b"GET /open HTTP/1.1\r\nHost: HOST\r\nX-A: a\x00b\r\n\r\n" + HIDDEN,
    "a NUL in a header's name": b"GET /open HTTP/1.1\r\nHost: HOST\r\nX\x00A: b\r\n\r\n" + HIDDEN,
    "a space before a header's name": b"GET /open HTTP/1.1\r\n Host: HOST\r\n\r\n" + HIDDEN,
    "an empty header's name": b"GET /open HTTP/1.1\r\nHost: HOST\r\n: x\r\n\r\n" + HIDDEN,
    "a body with GET": b"GET /open HTTP/1.1\r\nHost: HOST\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "two hosts": b"GET /jwt HTTP/1.1\r\nHost: HOST\r\nHost: internal\r\n\r\n",
    "a host and a path": b"GET /jwt HTTP/1.1\r\nHost: HOST/open\r\n\r\n",
    "requests in a row": b"GET /open HTTP/1.1\r\nHost: HOST\r\n\r\n" + HIDDEN + HIDDEN,
    "headers of 100 KB": b"GET /jwt HTTP/1.1\r\nHost: HOST\r\nX-A: " + b"a" * 100_000 + b"\r\n\r\n",
    "10,000 headers": b"GET /jwt HTTP/1.1\r\nHost: HOST\r\n" + b"X-A: 1\r\n" * 10_000 + b"\r\n",
    "an upgrade to h2c": b"GET /jwt HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    "HTTP/2 with prior knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000040000000000"),
    "an expectation": START + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
}
PARSED: dict[str, list[tuple[str, str]]] = {
    "Transfer-Encoding and Content-Length, as handed on": [("transfer-encoding", "chunked"), ("content-length", "4")],
    "a Content-Length that is none": [("content-length", "4, 5")],
    "a Content-Length beyond the body": [("content-length", "400")],
    "a Content-Length with an underscore": [("content_length", "0")],
}


def attacks() -> Iterator[Attack]:
    """Every attack of this family."""
    for name, message in MESSAGES.items():
        yield Attack(
            FAMILY, name, _raw(message), (0, 200, 400, 401, 404, 411, 413, 431, 501), ("GET /open",),
            not_on={"entries": WIRE},
        )  # fmt: skip
    for name, headers in PARSED.items():
        yield Attack(
            FAMILY, name, _handed_on(headers), (400, 401, 411),
            not_on={"gateway": "its parser refuses it before: see the messages above"},
        )  # fmt: skip


def controls() -> Iterator[Control]:
    """Two requests on one connection are two."""
    yield Control(FAMILY, "two good ones in a row", _in_a_row, _both, {"entries": WIRE})


def _raw(message: bytes) -> Callable[[World], Shot]:
    return lambda w: Shot(raw=message)


def _handed_on(headers: list[tuple[str, str]]) -> Callable[[World], Shot]:
    return lambda w: Shot("/jwt", headers, "POST", b"abcd")


def _in_a_row(world: World) -> Shot:
    one = b"GET /jwt HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer %s\r\n" % world.token().encode()
    return Shot(raw=one + b"\r\n" + one + b"Connection: close\r\n\r\n")


def _both(answer: Answer) -> None:
    assert answer.more.count(b"HTTP/1.1 200") == 1, answer
