"""Calls that another service has not signed, or not this way, or not now."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator, Sequence

from ..model import Attack, Control, Headers, Shot
from ..world import SCHEMES, World, bearer, mac

FAMILY = "webhooks"
TIMED = ("stripe", "slack", "standard")
NAMES = {
    "github": "x-hub-signature-256",
    "stripe": "stripe-signature",
    "slack": "x-slack-signature",
    "standard": "webhook-signature",
}
"""Scheme → the header that holds the signature."""
STAMPS = {"slack": "x-slack-request-timestamp", "standard": "webhook-timestamp"}
BODIES: dict[str, Callable[[bytes], bytes]] = {
    "another body": lambda body: b'{"id": 8, "amount": 100}',
    "one octet changed": lambda body: body.replace(b"100", b"900"),
    "one bit changed": lambda body: bytes([body[0] ^ 1]) + body[1:],
    "an octet more": lambda body: body + b"\n",
    "an octet less": lambda body: body[:-1],
    "no body": lambda body: b"",
    "the same JSON, written again": lambda body: json.dumps(json.loads(body), separators=(",", ":")).encode(),
    "the same JSON, in another order": lambda body: json.dumps(json.loads(body), sort_keys=True).encode(),
    "the same JSON, in base64": lambda body: base64.b64encode(body),
    "a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
}
Signed = Callable[[World, str], Headers]


def attacks() -> Iterator[Attack]:
    """Every attack of this family."""
    for scheme in SCHEMES:
        yield from _of_any(scheme)
    for timed in TIMED:
        for name, seconds in (("stale by 6 minutes", -360), ("stale by a year", -31_536_000), ("6 minutes ahead", 360)):
            yield Attack(FAMILY, f"{timed}: {name}", _sent(timed, _at(seconds)))
        for name in STAMP_TRICKS:
            yield Attack(FAMILY, f"{timed}: timestamp {name}", _sent(timed, _stamped(name)))
    for kind, tricks in {"github": GITHUB, "stripe": STRIPE, "standard": STANDARD, "slack": SLACK}.items():
        for name, trick in tricks.items():
            yield Attack(FAMILY, f"{kind}: {name}", _tricked(kind, trick))
    yield Attack(FAMILY, "the signature is looked at before the body", _checked)


def _of_any(scheme: str) -> Iterator[Attack]:
    for name, body in BODIES.items():
        yield Attack(FAMILY, f"{scheme}: {name}", _other_body(scheme, body))
    for name, signed in SIGNED.items():
        yield Attack(FAMILY, f"{scheme}: {name}", _sent(scheme, signed))
    for name, signed in DOUBLED.items() if scheme in ("github", "slack") else ():
        yield Attack(FAMILY, f"{scheme}: {name}", _sent(scheme, signed))
    yield Attack(FAMILY, f"{scheme}: replayed", _replayed(scheme))
    yield Attack(FAMILY, f"{scheme}: replayed with other headers", _replayed(scheme, [("user-agent", "evil")]))
    for other in SCHEMES:
        if other != scheme:
            yield Attack(FAMILY, f"{scheme}: signed as for {other}", _sent(scheme, _as(other)))
    yield Attack(FAMILY, f"{scheme}: a token instead", lambda w: _post(w, scheme, bearer(w.token())))
    yield Attack(FAMILY, f"{scheme}: by GET", lambda w: _by_get(w, scheme), (401, 404))


def _tricked(scheme: str, trick: Callable[[World], Headers]) -> Callable[[World], Shot]:
    return lambda w: _post(w, scheme, trick(w))


def controls() -> Iterator[Control]:
    """Good signatures."""
    for scheme in SCHEMES:
        yield Control(FAMILY, scheme, _sent(scheme, lambda w, name: w.hook(name)))
        if scheme in TIMED:
            yield Control(FAMILY, f"{scheme}, two minutes late", _sent(scheme, _at(-120)))
    yield Control(FAMILY, "github, octets that are no text", _octets)
    yield Control(FAMILY, "stripe, an old signature beside the good one", lambda w: _post(w, "stripe", _rolled(w)))
    yield Control(FAMILY, "standard, an old signature beside the good one", lambda w: _post(w, "standard", _two(w)))


def _post(world: World, scheme: str, headers: Headers, body: bytes | None = None) -> Shot:
    sent = world.body if body is None else body
    return Shot(f"/hook/{scheme}", [("content-type", "application/json"), *headers], "POST", sent)


def _sent(scheme: str, signed: Signed) -> Callable[[World], Shot]:
    return lambda w: _post(w, scheme, signed(w, scheme))


def _other_body(scheme: str, change: Callable[[bytes], bytes]) -> Callable[[World], Shot]:
    return lambda w: _post(w, scheme, w.hook(scheme), change(w.body))


def _changed(headers: Headers, name: str, change: Callable[[str], str]) -> Headers:
    return [(key, change(value) if key == name else value) for key, value in headers]


def _signature(change: Callable[[str], str]) -> Signed:
    return lambda w, scheme: _changed(w.hook(scheme), NAMES[scheme], change)


def _twice(first: str) -> Signed:
    return lambda w, scheme: [(NAMES[scheme], first), *w.hook(scheme)]


def _after(last: str) -> Signed:
    return lambda w, scheme: [*w.hook(scheme), (NAMES[scheme], last)]


SIGNED: dict[str, Signed] = {
    "no headers": lambda w, scheme: [],
    "no signature": lambda w, scheme: [pair for pair in w.hook(scheme) if pair[0] != NAMES[scheme]],
    "an empty signature": _signature(lambda value: ""),
    "a scheme's word alone": _signature(lambda value: value[: 3 if value.startswith("v") else 7]),
    "another secret": lambda w, scheme: w.hook(scheme, secret="whsec_" + base64.b64encode(b"x" * 24).decode()),
    "an empty secret": lambda w, scheme: w.hook(scheme, secret=""),
    "the secret's name as the secret": lambda w, scheme: w.hook(scheme, secret=f"whsec_{scheme}AAA"[:14]),
    "of another body, with its own": lambda w, scheme: w.hook(scheme, b"{}"),
    "of an empty body": lambda w, scheme: w.hook(scheme, b""),
    "cut by one": _signature(lambda value: value[:-1]),
    "longer by one": _signature(lambda value: f"{value}0"),
    "half": _signature(lambda value: value[: len(value) // 2]),
    "its last character changed": _signature(lambda value: value[:-2] + ("0" if value[-2] != "0" else "1") + value[-1]),
    "zeros": _signature(lambda value: value[:-40] + "0" * 40),
    "beyond ASCII": _signature(lambda value: value[:-1] + "\u00b2"),
    "a NUL's escape": _signature(lambda value: f"{value}%00"),
    "100,000 characters": _signature(lambda value: value + "0" * 30_000),
}
DOUBLED: dict[str, Signed] = {
    "two headers, the first bad": _twice("x"),
    "two headers, the last bad": _after("x"),
}
"""Where the header holds one signature; the others' is a list, in which what is none of theirs does not count."""


def _as(other: str) -> Signed:
    return lambda w, scheme: w.hook(other, secret=None)


def _at(seconds: float) -> Signed:
    return lambda w, scheme: w.hook(scheme, at=time.time() + seconds)


STAMP_TRICKS: dict[str, Callable[[str], str]] = {
    "moved on under the old signature": lambda text: str(int(text) + 1),
    "is empty": lambda text: "",
    "is text": lambda text: "now",
    "is infinite": lambda text: "inf",
    "is no number": lambda text: "nan",
    "is negative": lambda text: f"-{text}",
    "is a fraction": lambda text: f"{text}.5",
    "in full-width digits": lambda text: "".join(chr(ord(digit) + 0xFEE0) for digit in text),
    "in milliseconds": lambda text: f"{text}000",
    "with an underscore": lambda text: f"{text[:4]}_{text[4:]}",
    "with a sign": lambda text: f"+{text}",
    "of 10,000 digits": lambda text: "9" * 10_000,
}


def _stamped(name: str) -> Signed:
    """The timestamp changed after it was signed."""
    change = STAMP_TRICKS[name]

    def signed(world: World, scheme: str) -> Headers:
        headers = world.hook(scheme)
        if scheme == "stripe":
            return _changed(headers, NAMES[scheme], moved)
        return _changed(headers, STAMPS[scheme], change)

    def moved(value: str) -> str:
        stamp, _, rest = value.removeprefix("t=").partition(",")
        return f"t={change(stamp)},{rest}"

    return signed


def _replayed(scheme: str, more: Headers = ()) -> Callable[[World], Sequence[Shot]]:
    def shots(world: World) -> Sequence[Shot]:
        headers = world.hook(scheme)
        return [_post(world, scheme, headers), _post(world, scheme, [*headers, *more])]

    return shots


def _by_get(world: World, scheme: str) -> Shot:
    return Shot(f"/hook/{scheme}", world.hook(scheme, b""), route=f"POST /hook/{scheme}")


def _sha1(world: World) -> str:
    return mac(world.hooks["github"].encode(), world.body, "sha1").hex()


def _sha256(world: World) -> str:
    return mac(world.hooks["github"].encode(), world.body).hex()


GITHUB: dict[str, Callable[[World], Headers]] = {
    "SHA-1 in its old header": lambda w: [("x-hub-signature", f"sha1={_sha1(w)}")],
    "SHA-1 in the new header": lambda w: [("x-hub-signature-256", f"sha1={_sha1(w)}")],
    "SHA-1 said to be SHA-256": lambda w: [("x-hub-signature-256", f"sha256={_sha1(w)}")],
    "no word before the digest": lambda w: [("x-hub-signature-256", _sha256(w))],
    "another word before the digest": lambda w: [("x-hub-signature-256", f"sha512={_sha256(w)}")],
    "the digest in base64": lambda w: [("x-hub-signature-256", f"sha256={_base64(w)}")],
    "the digest of no key": lambda w: [("x-hub-signature-256", f"sha256={mac(b'', w.body).hex()}")],
}


def _base64(world: World) -> str:
    return base64.b64encode(mac(world.hooks["github"].encode(), world.body)).decode()


def _stripe(world: World, *, when: int | None = None) -> tuple[str, str]:
    stamp = str(int(time.time()) if when is None else when)
    return stamp, mac(world.hooks["stripe"].encode(), f"{stamp}.".encode() + world.body).hex()


def _stripe_header(form: str) -> Callable[[World], Headers]:
    def headers(world: World) -> Headers:
        stamp, signature = _stripe(world)
        old, stale = _stripe(world, when=int(stamp) - 3600)
        known = {"t": stamp, "v": signature, "old": old, "stale": stale}
        return [("stripe-signature", form.format(**known))]

    return headers


STRIPE: dict[str, Callable[[World], Headers]] = {
    "v0 instead of v1": _stripe_header("t={t},v0={v}"),
    "no version": _stripe_header("t={t},{v}"),
    "no timestamp": _stripe_header("v1={v}"),
    "a fresh timestamp before the signed one": _stripe_header("t={t},t={old},v1={stale}"),
    "a fresh timestamp after the signed one": _stripe_header("t={old},t={t},v1={stale}"),
    "a timestamp without its name": _stripe_header("{t},v1={v}"),
    "semicolons": _stripe_header("t={t};v1={v}"),
    "names in upper case": _stripe_header("T={t},V1={v}"),
    "the secret without its prefix": lambda w: w.hook("stripe", secret=w.hooks["stripe"].removeprefix("whsec_")),
    "10,000 signatures": _stripe_header("t={t}" + ",v1=00" * 10_000),
}


def _standard(change: Callable[[str], str], name: str = "webhook-signature") -> Callable[[World], Headers]:
    return lambda w: _changed(w.hook("standard"), name, change)


STANDARD: dict[str, Callable[[World], Headers]] = {
    "no version": _standard(lambda v: v.removeprefix("v1,")),
    "an asymmetric version": _standard(lambda v: v.replace("v1,", "v1a,")),
    "another id": _standard(lambda v: f"{v}x", "webhook-id"),
    "no id": _standard(lambda v: "", "webhook-id"),
    "id and timestamp moved into each other": _standard(lambda v: f"{v}.1", "webhook-id"),
    "commas between signatures": _standard(lambda v: f"v1,AAAA,{v[3:]}"),
    "in hexadecimal": _standard(lambda v: "v1," + base64.b64decode(v[3:]).hex()),
    "the secret's text as the key": lambda w: _text_key(w),
}


def _text_key(world: World) -> Headers:
    headers = dict(world.hook("standard"))
    message = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + world.body
    signature = base64.b64encode(mac(world.hooks["standard"].encode(), message)).decode()
    return list((headers | {"webhook-signature": f"v1,{signature}"}).items())


def _slack_v1(world: World) -> Headers:
    stamp = str(int(time.time()))
    signature = mac(world.hooks["slack"].encode(), f"v1:{stamp}:".encode() + world.body).hex()
    return [("x-slack-request-timestamp", stamp), ("x-slack-signature", f"v1={signature}")]


SLACK: dict[str, Callable[[World], Headers]] = {"v1 instead of v0": _slack_v1}


def _checked(world: World) -> Shot:
    return _post(world, "checked", [("x-hub-signature-256", "sha256=" + "0" * 64)], b'{"id": "no integer"}')


def _octets(world: World) -> Shot:
    body = bytes(range(256))
    return Shot(
        "/hook/github", [("content-type", "application/octet-stream"), *world.hook("github", body)], "POST", body
    )


def _rolled(world: World) -> Headers:
    return _changed(world.hook("stripe"), "stripe-signature", lambda v: v.replace(",v1=", f",v1={'0' * 64},v1="))


def _two(world: World) -> Headers:
    return _changed(world.hook("standard"), "webhook-signature", lambda v: f"v1,{'A' * 43}= {v}")
