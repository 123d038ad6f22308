"""Tokens that say how they are signed: none, by the wrong kind of key, by one that they bring along."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization

from tools.issuer import SigningKey

from ..model import Attack, Control, Shot
from ..world import AUDIENCE, World, bearer, encode, joined

FAMILY = "algorithms"
NONE = ("none", "None", "NONE", "nOnE", "none ", " none", "nonE\x00", "")
Serialization = serialization.Encoding, serialization.PublicFormat


def attacks() -> Iterator[Attack]:
    """Every attack of this family."""
    for none in NONE:
        yield _with(f"alg {none!r}, no signature", _none(none))
    yield _with("alg none over a good signature", lambda w: _swapped(w, {"alg": "none", "kid": w.issuer.key.kid}))
    yield _with("alg missing", lambda w: w.forged({"typ": "JWT", "kid": w.issuer.key.kid}))
    yield _with("alg is a list", lambda w: _swapped(w, {"alg": ["RS256"], "kid": w.issuer.key.kid}))
    yield _with("alg is null", lambda w: _swapped(w, {"alg": None, "kid": w.issuer.key.kid}))
    yield _with("alg is an object", lambda w: _swapped(w, {"alg": {"a": "RS256"}}))
    yield _with("alg in lower case", lambda w: _swapped(w, {"alg": "rs256", "kid": w.issuer.key.kid}))
    yield _with("alg of another library (RSA-SHA256)", lambda w: _swapped(w, {"alg": "RSA-SHA256"}))
    for name, key in _public_keys().items():
        for kid in (True, False):
            words = "under the issuer's key id" if kid else "without a key id"
            yield _with(f"HS256 by the public key as {name}, {words}", _confused(key, kid))
    yield _with("HS512 by the public key as PEM", lambda w: w.mac(w.issuer.key.public_pem(), algorithm="sha512"))
    yield _with("HS256 by a published symmetric key", lambda w: w.mac(b"k" * 32, "published"))
    yield _with("HS256 by an empty key", lambda w: w.mac(b"", w.issuer.key.kid))
    yield _with("HS256 by the key id", lambda w: w.mac(w.issuer.key.kid.encode(), w.issuer.key.kid))
    for algorithm in ("RS384", "RS512", "PS256"):
        yield _with(f"{algorithm} by the issuer's key, where RS256 alone is said", _by(algorithm))
    yield _with("ES256 by the issuer's other key, where RS256 alone is said", _by_curve)
    yield _with("RS256 said over an ES256 signature", lambda w: _relabelled(w, "RS256"))
    for target in ("/rs512", "/curves", "/shared"):
        yield Attack(FAMILY, f"RS256 where it is not said ({target})", _good_at(target))
    yield Attack(FAMILY, "HS256 by the public key, where a shared key is asked for", _shared(b""))
    yield Attack(FAMILY, "HS256 by an empty key, where a shared key is asked for", _shared(None))
    yield Attack(FAMILY, "HS512 by the shared key, where HS256 alone is said", _shared_512)
    for name, signature in _psychic().items():
        yield Attack(FAMILY, f"ES256 with {name}", _es256(signature))
    yield from _brought()


def _brought() -> Iterator[Attack]:
    """Keys that the token itself brings, or names a place of: never fetched, never used."""
    for name in ("jku", "x5u"):
        for kid in (True, False):
            words = "under the issuer's key id" if kid else "under its own key id"
            yield _unfetched(f"{name} of an attacker's keys, {words}", _pointing(name, kid))
    yield _unfetched("jku on the issuer's host, by another path", lambda w: _stranger(w, jku=f"{w.iss}.evil"))
    yield _unfetched("iss of an attacker's, who serves discovery", _another_issuer)
    yield _with("jwk of an attacker's key", lambda w: _stranger(w, jwk=w.stranger.jwk()))
    yield _with("jwk and the issuer's key id", lambda w: _stranger(w, jwk=w.stranger.jwk(), kid=w.issuer.key.kid))
    yield _with("x5c of an attacker's key", lambda w: _stranger(w, x5c=[_der(w.stranger)]))
    yield _with("x5t of nothing", lambda w: _stranger(w, x5t="AAAA"))
    yield _with("another key under the issuer's key id", lambda w: _stranger(w, kid=w.issuer.key.kid))
    yield _with("another key, no key id", lambda w: jwt.encode(w.claims(), w.stranger.private, algorithm="RS256"))


def controls() -> Iterator[Control]:
    """Good signatures of each kind."""
    yield Control(FAMILY, "RS256", lambda w: Shot("/jwt", bearer(w.token())))
    yield Control(FAMILY, "RS256 without a key id", _no_kid)
    yield Control(FAMILY, "RS512 where it is said", lambda w: Shot("/rs512", bearer(_rs512(w))))
    yield Control(FAMILY, "ES256 where it is said", lambda w: Shot("/curves", bearer(_by_curve(w))))
    yield Control(FAMILY, "EdDSA where it is said", lambda w: Shot("/curves", bearer(_by_edwards(w))))
    yield Control(FAMILY, "HS256 by the shared key", lambda w: Shot("/shared", bearer(w.mac(w.shared.encode()))))
    yield Control(FAMILY, "jku beside a good signature", lambda w: Shot("/jwt", bearer(_with_jku(w))))


def _with(name: str, token: Callable[[World], str]) -> Attack:
    return Attack(FAMILY, name, lambda w: Shot("/jwt", bearer(token(w))))


def _unfetched(name: str, token: Callable[[World], str]) -> Attack:
    return Attack(FAMILY, name, lambda w: Shot("/jwt", bearer(token(w))), unfetched=True)


def _none(word: str) -> Callable[[World], str]:
    return lambda w: w.forged({"alg": word, "typ": "JWT", "kid": w.issuer.key.kid})


def _swapped(world: World, header: dict[str, Any]) -> str:
    """A good token under another header, with a good signature over both."""
    message = encode(header) + b"." + encode(world.claims())
    return joined(message, world.raw_signature(message))


def _public_keys() -> dict[str, Callable[[World], bytes]]:
    encoding, form = Serialization

    def public(world: World, how: Any, what: Any) -> bytes:
        return world.issuer.key.private.public_key().public_bytes(how, what)

    return {
        "PEM": lambda w: w.issuer.key.public_pem(),
        "PEM without its last line break": lambda w: w.issuer.key.public_pem().strip(),
        "PKCS#1 PEM": lambda w: public(w, encoding.PEM, form.PKCS1),
        "DER": lambda w: public(w, encoding.DER, form.SubjectPublicKeyInfo),
        "JWK": lambda w: json.dumps(w.issuer.key.jwk()).encode(),
        "its modulus": lambda w: str(w.issuer.key.jwk()["n"]).encode(),
    }


def _confused(key: Callable[[World], bytes], kid: bool) -> Callable[[World], str]:
    return lambda w: w.mac(key(w), w.issuer.key.kid if kid else None)


def _by(algorithm: str) -> Callable[[World], str]:
    return lambda w: jwt.encode(
        w.claims(), w.issuer.key.private, algorithm=algorithm, headers={"kid": w.issuer.key.kid}
    )


def _by_curve(world: World) -> str:
    return jwt.encode(world.claims(), world.curve, algorithm="ES256", headers={"kid": "curve"})


def _by_edwards(world: World) -> str:
    return jwt.encode(world.claims(), world.edwards, algorithm="EdDSA", headers={"kid": "edwards"})


def _relabelled(world: World, algorithm: str) -> str:
    _, body, signature = _by_curve(world).split(".")
    return f"{encode({'alg': algorithm, 'kid': 'curve'}).decode()}.{body}.{signature}"


def _good_at(target: str) -> Callable[[World], Shot]:
    return lambda w: Shot(target, bearer(w.token()))


def _shared(key: bytes | None) -> Callable[[World], Shot]:
    return lambda w: Shot("/shared", bearer(w.mac(b"" if key is None else w.issuer.key.public_pem())))


def _shared_512(world: World) -> Shot:
    return Shot("/shared", bearer(world.mac(world.shared.encode(), algorithm="sha512")))


def _psychic() -> dict[str, bytes]:
    """CVE-2022-21449 and its kin: numbers that fit any message where nobody looks at their range."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    zero, n, one = bytes(32), order.to_bytes(32, "big"), (1).to_bytes(32, "big")
    der = bytes.fromhex("3006020100020100")
    return {
        "r = s = 0": zero + zero,
        "r = 0": zero + one,
        "s = 0": one + zero,
        "r = s = n": n + n,
        "r = s = 1": one + one,
        "zeros in DER": der,
        "no octets": b"",
        "half of them": zero,
    }


def _es256(signature: bytes) -> Callable[[World], Shot]:
    return lambda w: Shot("/curves", bearer(w.forged({"alg": "ES256", "kid": "curve"}, signature)))


def _pointing(name: str, kid: bool) -> Callable[[World], str]:
    return lambda w: _stranger(w, **{name: w.evil.jwks_uri}, **({"kid": w.issuer.key.kid} if kid else {}))


def _stranger(world: World, **header: Any) -> str:
    return world.stranger.sign(world.claims(), **header)


def _another_issuer(world: World) -> str:
    return world.evil.token(AUDIENCE)


def _der(key: SigningKey) -> str:
    encoding, form = Serialization
    return base64.b64encode(key.private.public_key().public_bytes(encoding.DER, form.SubjectPublicKeyInfo)).decode()


def _no_kid(world: World) -> Shot:
    return Shot("/jwt", bearer(jwt.encode(world.claims(), world.issuer.key.private, algorithm="RS256")))


def _rs512(world: World) -> str:
    # The issuer's own key says that it is for RS256; this one says nothing.
    return jwt.encode(world.claims(), world.issuer.key.private, algorithm="RS512", headers={"kid": "any-use"})


def _with_jku(world: World) -> str:
    return world.signed(json.dumps(world.claims()).encode(), jku=world.evil.jwks_uri)
