"""Jwt: tokens made by PyJWT and joserfc, and every claim and header that must keep one out."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt as jose
from joserfc.jwk import RSAKey

from sls_infra.runtime import Request
from sls_infra.runtime.ways import tokens
from sls_infra.runtime.ways.jwk import read_keys
from sls_infra.runtime.ways.segments import from_base64url, json_object
from sls_infra.runtime.ways.tokens import Jwt
from sls_infra.runtime.ways.way import Refused
from tools.issuer import SigningKey, claims_for

ISSUER = "https://id.example.com/"
KNOWN = {
    "issuer": ISSUER, "audience": ["orders"], "algorithms": ["RS256"], "leeway": 0, "scheme": "Bearer", "key": None,
}  # fmt: skip


class Fixed:
    """Keys that are there."""

    generation = 1
    current = True

    def __init__(self, *keys: dict[str, Any], algorithms: tuple[str, ...] = ("RS256",)) -> None:
        self.keys = read_keys({"keys": list(keys)}, frozenset(algorithms))

    def find(self, kid: str | None, algorithm: str) -> tuple[int, list[Any]]:
        return 1, [key for key in self.keys if (kid is None or key.kid == kid) and key.fits(algorithm)]


@pytest.fixture
def way(signing: SigningKey) -> Jwt:
    return made(signing)


def made(signing: SigningKey, **known: Any) -> Jwt:
    way = Jwt("jwt", {**KNOWN, **known})
    way.keys = Fixed(signing.jwk())
    return way


def verified(way: Jwt, token: str, scheme: str = "Bearer") -> dict[str, Any] | str:
    """The claims of a token, or why it is refused."""
    try:
        return way.verify(Request("GET", "/", "", [("Authorization", f"{scheme} {token}")]))
    except Refused as refused:
        return str(refused)


def judged(signing: SigningKey, token: str, *, leeway: int = 0) -> bool:
    """Whether PyJWT lets this token in, with what it does not look at on top: `crit`, the type of `exp`, audiences."""
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(
            token, signing.private.public_key(), algorithms=["RS256"], issuer=ISSUER, leeway=leeway,
            options={"require": ["exp", "iss"], "verify_aud": False},
        )  # fmt: skip
    except Exception:
        return False
    audience = claims.get("aud") if claims.get("aud") is not None else claims.get("client_id")
    named = audience if isinstance(audience, list) else [audience]
    return (
        "crit" not in header
        and type(claims["exp"]) in (int, float)
        and any(isinstance(each, str) and each == "orders" for each in named)
    )


def signed(signing: SigningKey, content: bytes, **header: Any) -> str:
    """A good signature over this content, whatever it is."""
    headers = {"kid": signing.kid, **header}
    return jwt.PyJWS().encode(content, signing.private, algorithm="RS256", headers=headers)


def test_tokens_of_two_libraries(way: Jwt, signing: SigningKey) -> None:
    claims = claims_for(ISSUER, "orders", scope="a b", nested={"a": [1, 2.5, None, "ü"]})
    assert verified(way, signing.sign(claims)) == claims
    made_by_joserfc = jose.encode({"alg": "RS256", "kid": signing.kid}, claims, RSAKey.import_key(signing.pem()))
    assert verified(way, made_by_joserfc) == claims
    assert verified(way, signing.sign(claims), "bEARER ") == claims
    assert verified(way, jwt.encode(claims, signing.private, algorithm="RS256")) == claims


def test_handlers_may_change_the_claims_they_get(way: Jwt, signing: SigningKey) -> None:
    claims = claims_for(ISSUER, "orders", groups=["a"])
    request = Request("GET", "/", "", [("authorization", f"Bearer {signing.sign(claims)}")])
    assert way.recall(request) is None
    for get in (way.verify, way.recall, way.recall, way.verify):
        got = get(request)
        assert got == claims
        got["groups"].append("admin")


NOW = st.sampled_from([-1e18, -600, -31, -5, 5, 31, 600, 1e18])
TIMES = NOW.map(lambda offset: int(time.time() + offset))
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 0, -1, "", "soon", "1", [], {}, [1], 1e400, -1e400, float("nan"), "9" * 5000]
)
TEXTS = st.sampled_from([ISSUER, ISSUER[:-1], ISSUER + "/", "orders", "Orders", "orders2", "others", ""])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "exp": TIMES | TIMES.map(float) | TIMES.map(str) | ODD,
    "nbf": TIMES | TIMES.map(float) | TIMES.map(str) | ODD,
    "iat": TIMES | TIMES.map(float) | TIMES.map(str) | ODD,
    "iss": TEXTS | ODD | st.just([ISSUER]),
    "aud": TEXTS | st.lists(TEXTS | ODD, max_size=3) | ODD | st.just({"orders": 1}),
    "client_id": TEXTS | ODD,
    "sub": TEXTS | ODD,
    "jti": TEXTS | ODD,
    "orders": ODD,
}


@pytest.mark.parametrize("leeway", [0, 30])
@settings(max_examples=250, deadline=None, derandomize=True)
@given(data=st.data())
def test_the_same_tokens_are_let_in_as_by_pyjwt(signing: SigningKey, leeway: int, data: st.DataObject) -> None:
    claims = claims_for(ISSUER, "orders")
    for name in data.draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=2, unique=True)):
        claims[name] = data.draw(VALUES[name])
    for name in data.draw(st.lists(st.sampled_from(sorted(claims)), max_size=1)):
        del claims[name]
    token = signed(signing, json.dumps(claims).encode())
    found = verified(made(signing, leeway=leeway), token)
    # NaN and infinities are no JSON: we refuse them wherever they stand, PyJWT only where it looks at the claim.
    expected = judged(signing, token, leeway=leeway) and not any(text in json.dumps(claims) for text in ("NaN", "Inf"))
    assert isinstance(found, dict) == expected, found


@settings(max_examples=250, deadline=None, derandomize=True)
@given(data=st.data())
def test_changed_texts_are_refused_as_by_pyjwt(signing: SigningKey, data: st.DataObject) -> None:
    text = signing.sign(claims_for(ISSUER, "orders"))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(text)))
        new = data.draw(st.sampled_from(["", ".", "=", "A", "-", "+", "/", "!", "\n", "\t", "ü", "\0", "%"]))
        text = text[:at] + new + text[at + data.draw(st.integers(0, 2)) :]
    found = verified(made(signing), text)
    assert isinstance(found, dict) == judged(signing, text.strip()), (text, found)


def encode(part: object) -> str:
    content = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def forgeries(signing: SigningKey, stranger: SigningKey) -> Iterator[tuple[str, str]]:
    claims, kid = claims_for(ISSUER, "orders"), signing.kid
    head, body, signature = signing.sign(claims).split(".")
    for none in ("none", "None", "NONE", "nOnE", "", None, 7, ["RS256"], {"RS256": 1}):
        yield f"alg {none!r}", f"{encode({'alg': none, 'kid': kid})}.{body}."
        yield f"alg {none!r}, signed", f"{encode({'alg': none, 'kid': kid})}.{body}.{signature}"
    message = f"{encode({'alg': 'HS256', 'kid': kid})}.{body}"
    for key in (signing.public_pem(), signing.public_pem().strip(), json.dumps(signing.jwk()).encode(), b""):
        mac = hmac.digest(key, message.encode(), "sha256")
        yield f"HS256 with the public key ({len(key)})", f"{message}.{encode(mac)}"
    yield "a stranger's key under the issuer's id", stranger.sign(claims, kid=kid)
    yield "a stranger's key", stranger.sign(claims)
    for odd in ("../../etc/passwd", "x' OR '1'='1", "", "\0", "a" * 5000):
        yield f"kid {odd[:20]!r}", signing.sign(claims, kid=odd)
    for odd_kid in (7, None, {"a": 1}, [kid], True):
        yield f"kid {odd_kid!r}", f"{encode({'alg': 'RS256', 'kid': odd_kid})}.{body}.{signature}"
    for name in ("jku", "x5u"):
        yield name, stranger.sign(claims, **{name: "https://evil.example.com/keys"})
    yield "jwk", stranger.sign(claims, jwk=stranger.jwk())
    yield "x5c", stranger.sign(claims, x5c=["MIIB"])
    for crit in (["exp"], ["b64"], [], "exp", None):
        crit_header = encode({"alg": "RS256", "kid": kid, "crit": crit, "b64": True, "exp": 1})
        again = signing.private
        sign = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).sign
        yield f"crit {crit!r}", f"{crit_header}.{body}.{encode(sign(f'{crit_header}.{body}'.encode(), again))}"
    for algorithm in ("RS384", "RS512", "PS256"):
        yield algorithm, jwt.encode(claims, signing.private, algorithm=algorithm, headers={"kid": kid})
    yield "other claims under a good signature", f"{head}.{encode({**claims, 'sub': 'admin'})}.{signature}"
    yield "another last character", f"{head}.{body}.{signature[:-1]}{'A' if signature[-1] != 'A' else 'Q'}"
    for content in (b"[1]", b"{oops", b"[" * 5000, b"7", b"null", b'"x"', b"", b"\xff\xfe{}", "{}".encode("utf-16")):
        yield f"claims {content[:10]!r}", signed(signing, content)
    yield "claims with NaN", signed(signing, json.dumps({**claims, "x": float("nan")}).encode())
    yield "no signature", f"{head}.{body}."
    yield "two parts", f"{head}.{body}"
    yield "four parts", f"{head}.{body}.{signature}.x"
    yield "encrypted", f"{encode({'alg': 'RSA-OAEP', 'enc': 'A256GCM', 'kid': kid})}.a.b.c.d"
    for rubbish in ("rubbish", "...", "..", ".", " ", "", f"{head}.!!!.{signature}", f"{head}. {body}.{signature}"):
        yield f"text {rubbish[:12]!r}", rubbish
    yield "two tokens", f"{head}.{body}.{signature}, {head}.{body}.{signature}"
    yield "too long", f"{head}.{body}.{signature}" + "A" * tokens.MAX_TOKEN
    yield "not ASCII", f"{head}.{body}.{signature}ü"


def test_forged_tokens(way: Jwt, signing: SigningKey, stranger: SigningKey) -> None:
    found = {name: verified(way, token) for name, token in forgeries(signing, stranger)}
    assert len(found) > 50
    assert {name: claims for name, claims in found.items() if not isinstance(claims, str)} == {}
    assert all('"' not in str(reason) and "\\" not in str(reason) for reason in found.values()), "it goes into a header"


def test_padding_that_is_right_is_taken_as_pyjwt_takes_it(way: Jwt, signing: SigningKey) -> None:
    head, body, signature = signing.sign(claims_for(ISSUER, "orders")).split(".")
    padded = f"{head}.{body}.{signature}=="
    assert len(signature) % 4 == 2
    assert judged(signing, padded)
    assert isinstance(verified(way, padded), dict)
    assert not judged(signing, padded[:-1])
    assert verified(way, padded[:-1]) == "the token can't be read"


def test_the_last_of_two_members_of_a_name_counts_for_all_checks(way: Jwt, signing: SigningKey) -> None:
    claims = json.dumps(claims_for(ISSUER, "orders"))
    assert verified(way, signed(signing, f'{claims[:-1]}, "aud": "others"}}'.encode())) == (
        "the token is for another audience"
    )
    both = verified(way, signed(signing, f'{{"aud": "others", {claims[1:]}'.encode()))
    assert isinstance(both, dict)
    assert both["aud"] == "orders"


@given(content=st.binary(max_size=40))
@settings(deadline=None, derandomize=True)
def test_base64url_reads_what_others_write(content: bytes) -> None:
    assert from_base64url(encode(content)) == content
    assert from_base64url(base64.urlsafe_b64encode(content).decode()) == content


@pytest.mark.parametrize("text", ["A", "AB", "AAB", "A===", "AA=", "AA===", "A A", "AA==\n", "+A==", "AQ==A", "=", "é"])
def test_base64url_refuses_every_other_text(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_base64url(text)


def test_objects_alone_are_read() -> None:
    assert json_object(' {"a": 1} ') == {"a": 1}
    for text in ("", "[]", "1", "{} {}", '{"a": NaN}', '{"a": Infinity}', '{"a": -Infinity}'):
        with pytest.raises(ValueError, match=r".+"):
            json_object(text)
