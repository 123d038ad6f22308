"""Tokens that are no tokens: their form, their key ids, their headers' members, and how they are sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from ..model import WIRE, Attack, Control, Headers, Shot
from ..world import World, bearer, encode

FAMILY = "shapes"
KIDS: dict[str, object] = {
    "SQL": "x' UNION SELECT 'AAAA' -- ",
    "a path": "../../../../../../dev/null",
    "an absolute path": "/dev/null",
    "a URL": "https://evil.example.com/keys.json",
    "a command": "x|id",
    "a format": "%s%n{0.__class__}",
    "10,000 characters": "k" * 10_000,
    "nothing": "",
    "a NUL": "a\x00b",
    "a line break": "a\r\nx-evil: 1",
    "of a key for encryption": "for-encryption",
    "of a tiny key": "tiny",
    "of a broken key": "broken",
    "of a key of no known kind": "strange",
    "of a symmetric key": "published",
    "of a curve's key": "curve",
    "of no key": "nobody",
    "a number": 7,
    "a list": ["a"],
    "an object": {"kid": "a"},
    "true": True,
}


def attacks() -> Iterator[Attack]:
    """Every attack of this family."""
    for name, kid in KIDS.items():
        yield _token(f"kid: {name}", _kid(kid))
    yield _token("crit names what nobody knows", lambda w: w.signed(_claims(w), crit=["evil"], evil=1))
    yield _token("crit names exp", lambda w: w.signed(_claims(w), crit=["exp"]))
    yield _token("crit is empty", lambda w: w.signed(_claims(w), crit=[]))
    yield _token("b64 is false, critical", lambda w: w.signed(_claims(w), b64=False, crit=["b64"]))
    yield _token("b64 is false, payload in the clear", _in_the_clear)
    yield _token("encrypted (JWE, five parts)", _encrypted)
    yield _token("nested: a token within a token", _nested)
    for name, change in CHANGES.items():
        yield _token(name, _changed(change))
    for name, header in HEADERS.items():
        yield _token(name, _headed(header))
    for name, sent in SENT.items():
        yield Attack(FAMILY, name, _sent(sent), not_on=NOT_ON.get(name, {}))
    yield Attack(FAMILY, "padded, rightly", _padded, (200, 401), ("GET /jwt",))
    for name, line in LINES.items():
        yield Attack(FAMILY, name, _raw(line), status=(400, 401), not_on={"entries": WIRE})


def controls() -> Iterator[Control]:
    """Spellings that are good."""
    yield Control(FAMILY, "bearer in lower case", lambda w: Shot("/jwt", [("authorization", f"bearer {w.token()}")]))
    yield Control(FAMILY, "a header of any case", lambda w: Shot("/jwt", [("AUTHORIZATION", f"Bearer {w.token()}")]))


def _claims(world: World) -> bytes:
    return json.dumps(world.claims()).encode()


def _rest(world: World) -> str:
    return world.token().split(".", 1)[1]


def _token(name: str, token: Callable[[World], str]) -> Attack:
    return Attack(FAMILY, name, lambda w: Shot("/jwt", bearer(token(w))))


def _kid(kid: object) -> Callable[[World], str]:
    return lambda w: w.signed(_claims(w), kid=kid)


def _changed(change: Callable[[str], str]) -> Callable[[World], str]:
    return lambda w: change(w.token())


def _headed(header: bytes) -> Callable[[World], str]:
    return lambda w: f"{encode(header).decode()}.{_rest(w)}"


def _sent(headers: Callable[[World], Headers]) -> Callable[[World], Shot]:
    return lambda w: Shot("/jwt", headers(w))


def _padded(world: World) -> Shot:
    """Some issuers write it so: whoever takes it lets in the issuer's own token."""
    return Shot("/jwt", bearer(f"{world.token()}=="))


def _in_the_clear(world: World) -> str:
    header = encode({"alg": "RS256", "kid": world.issuer.key.kid, "b64": False, "crit": ["b64"]})
    message = header + b"." + json.dumps(world.claims(), separators=(",", ":")).encode()
    return f"{message.decode()}.{encode(world.raw_signature(message)).decode()}"


def _encrypted(world: World) -> str:
    header = encode({"alg": "RSA-OAEP", "enc": "A256GCM", "kid": world.issuer.key.kid}).decode()
    return ".".join([header, *("AAAA" for _ in range(4))])


def _nested(world: World) -> str:
    return world.signed(world.token().encode(), cty="JWT")


def _other_last_bit(part: str) -> str:
    """Another text that decodes to the same octets: the last character of 342 holds bits that nobody reads."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return part[:-1] + alphabet[alphabet.index(part[-1]) ^ 1]


def _other_subject(token: str) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{encode({'sub': 'admin'}).decode()}.{signature}"


CHANGES: dict[str, Callable[[str], str]] = {
    "no signature": lambda t: t.rsplit(".", 1)[0] + ".",
    "no signature part": lambda t: t.rsplit(".", 1)[0],
    "a part too many": lambda t: f"{t}.x",
    "an empty part too many": lambda t: f"{t}.",
    "a part before": lambda t: f".{t}",
    "claims of another under its signature": _other_subject,
    "an octet of the signature changed": lambda t: t[:-40] + ("A" if t[-40] != "A" else "B") + t[-39:],
    "signature cut by one": lambda t: t[:-1],
    "signature cut by four": lambda t: t[:-4],
    "signature longer by four": lambda t: f"{t}AAAA",
    "signature twice": lambda t: t + t.rsplit(".", 1)[1],
    "zeros before the signature": lambda t: ".".join([*t.split(".")[:2], "AAAA" + t.rsplit(".", 1)[1]]),
    "signature of zeros": lambda t: ".".join([*t.split(".")[:2], "A" * 342]),
    "signature of ones": lambda t: ".".join([*t.split(".")[:2], "_" * 342]),
    "unread bits of the signature": lambda t: _other_last_bit(t),
    "padded payload": lambda t: ".".join([t.split(".")[0], t.split(".")[1] + "=", t.split(".")[2]]),
    "a line break within": lambda t: t[:40] + "\u2028" + t[40:],
    "a space within": lambda t: t.replace(".", ". ", 1),
    "a tab at its end, and more": lambda t: f"{t}\tx",
    "trailing garbage": lambda t: f"{t}!",
    "a semicolon": lambda t: f"{t};",
    "quotes": lambda t: f'"{t}"',
    "percent-encoded": lambda t: t.replace(".", "%2E"),
    "characters that are not base64": lambda t: t.replace(".", ".!!!!", 1),
    "characters beyond ASCII": lambda t: t[:-10] + "\u00e9" * 10,
    "full-width digits and letters": lambda t: t[:-1] + "\u00b2",
    "too long: 20,000 characters": lambda t: t + "A" * 20_000,
    "two tokens by a comma": lambda t: f"{t}, {t}",
    "two tokens by a comma, the last bad": lambda t: f"{t}, Bearer x",
    "two tokens by a space": lambda t: f"{t} {t}",
    "dots": lambda t: "..",
    "a word": lambda t: "rubbish",
    "an unusual alphabet": lambda t: "+/".join(t.split("-")) + "+/",
    "null": lambda t: "null",
    "undefined": lambda t: "undefined",
}
HEADERS: dict[str, bytes] = {
    "header is a list": b'["RS256"]',
    "header is a text": b'"RS256"',
    "header is null": b"null",
    "header is no JSON": b"{alg:RS256}",
    "header is empty": b"",
    "header is nested deeply": b"[" * 5000,
    "header's alg comes twice, the last none": b'{"alg": "RS256", "alg": "none"}',
}


def _several(world: World, *values: str) -> Headers:
    return [("authorization", value.replace("GOOD", world.token())) for value in values]


SENT: dict[str, Callable[[World], Headers]] = {
    "nothing at all": lambda w: [],
    "no scheme": lambda w: [("authorization", w.token())],
    "another scheme": lambda w: [("authorization", f"Token {w.token()}")],
    "Basic": lambda w: [("authorization", f"Basic {w.token()}")],
    "the scheme alone": lambda w: [("authorization", "Bearer")],
    "the scheme and a space": lambda w: [("authorization", "Bearer ")],
    "the scheme twice": lambda w: [("authorization", f"Bearer Bearer {w.token()}")],
    "a look-alike of the scheme": lambda w: [("authorization", f"Bearer: {w.token()}")],
    "a no-break space after the scheme": lambda w: [("authorization", f"Bearer\u00a0{w.token()}")],
    "two headers, both good": lambda w: _several(w, "Bearer GOOD", "Bearer GOOD"),
    "two headers, the first good": lambda w: _several(w, "Bearer GOOD", "Bearer x"),
    "two headers, the last good": lambda w: _several(w, "Bearer x", "Bearer GOOD"),
    "two headers, the first empty": lambda w: _several(w, "", "Bearer GOOD"),
    "two headers of two schemes": lambda w: _several(w, "Basic YTpi", "Bearer GOOD"),
    "in X-Authorization": lambda w: [("x-authorization", f"Bearer {w.token()}")],
    "in X-Forwarded-Authorization": lambda w: [("x-forwarded-authorization", f"Bearer {w.token()}")],
    "in Proxy-Authorization": lambda w: [("proxy-authorization", f"Bearer {w.token()}")],
    "in X-Serverless-Authorization": lambda w: [("x-serverless-authorization", f"Bearer {w.token()}")],
    "in a cookie": lambda w: [("cookie", f"authorization=Bearer%20{w.token()}; token={w.token()}")],
    "in Authorization with an underscore's look-alike": lambda w: [("authorization_", f"Bearer {w.token()}")],
}
NOT_ON = {"in X-Forwarded-Authorization": {"gcp": "that is where its gateway puts the caller's own header"}}
LINES: dict[str, bytes] = {
    "a line break before the token": b"Authorization: Bearer\r\n TOKEN\r\n",
    "a NUL in the header": b"Authorization: Bearer TOKEN\x00\r\n",
    "a bare line feed in the header": b"Authorization: Bearer x\nAuthorization: Bearer TOKEN\r\n",
    "a space before the colon": b"Authorization : Bearer TOKEN\r\n",
    "octets of 8 bits": b"Authorization: Bearer \xff\xfe\r\n",
    "a vertical tab after the scheme": b"Authorization: Bearer\x0bTOKEN\r\n",
}


def _raw(line: bytes) -> Callable[[World], Shot]:
    def shot(world: World) -> Shot:
        head = b"GET /jwt HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n"
        return Shot(raw=head + line.replace(b"TOKEN", world.token().encode()) + b"\r\n")

    return shot
