"""RSA signatures: what is accepted is exactly what cryptography accepts."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from sls_infra.runtime.ways.rsa import ALGORITHMS, PublicKey

HASHES: dict[str, hashes.HashAlgorithm] = {"RS256": hashes.SHA256(), "RS384": hashes.SHA384(), "RS512": hashes.SHA512()}
PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ODD_SIZE = rsa.generate_private_key(public_exponent=65537, key_size=2052)  # bytes that are not full
CUBED = rsa.generate_private_key(public_exponent=3, key_size=2048)
KEYS = [PRIVATE, ODD_SIZE, CUBED]
MESSAGE = b"eyJhbGciOiJSUzI1NiJ9.e30"


def ours(private: rsa.RSAPrivateKey) -> PublicKey:
    numbers = private.public_key().public_numbers()
    return PublicKey(numbers.n, numbers.e)


def theirs(private: rsa.RSAPrivateKey, algorithm: str, message: bytes, signature: bytes) -> bool:
    try:
        private.public_key().verify(signature, message, padding.PKCS1v15(), HASHES[algorithm])
    except InvalidSignature:
        return False
    return True


def raw(private: rsa.RSAPrivateKey, encoded: bytes) -> bytes:
    """The number, of whatever is encoded, raised to the private exponent: any padding can be signed with it."""
    numbers = private.private_numbers()
    size = (private.key_size + 7) // 8
    return pow(int.from_bytes(encoded, "big"), numbers.d, numbers.public_numbers.n).to_bytes(size, "big")


def encoded(private: rsa.RSAPrivateKey, algorithm: str, message: bytes = MESSAGE) -> bytes:
    """EMSA-PKCS1-v1_5 of a message, taken out of a signature that cryptography made."""
    numbers = private.public_key().public_numbers()
    signature = private.sign(message, padding.PKCS1v15(), HASHES[algorithm])
    return pow(int.from_bytes(signature, "big"), numbers.e, numbers.n).to_bytes((private.key_size + 7) // 8, "big")


@pytest.mark.parametrize("private", KEYS, ids=["2048", "2052", "e=3"])
@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_good_signatures(private: rsa.RSAPrivateKey, algorithm: str) -> None:
    signature = private.sign(MESSAGE, padding.PKCS1v15(), HASHES[algorithm])
    assert ours(private).verifies(algorithm, MESSAGE, signature)
    for other in ALGORITHMS - {algorithm}:
        assert not ours(private).verifies(other, MESSAGE, signature)
    assert not ours(private).verifies(algorithm, MESSAGE + b"x", signature)
    for stranger in KEYS:
        if stranger is not private:
            assert not ours(stranger).verifies(algorithm, MESSAGE, signature)


@pytest.mark.parametrize("private", KEYS, ids=["2048", "2052", "e=3"])
@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data())
def test_it_accepts_what_cryptography_accepts(private: rsa.RSAPrivateKey, data: st.DataObject) -> None:
    """Signatures that are changed, and good signatures of encodings that are changed."""
    algorithm = data.draw(st.sampled_from(sorted(ALGORITHMS)))
    verified = data.draw(st.sampled_from(sorted(ALGORITHMS)))
    message = data.draw(st.binary(max_size=40))
    block = bytearray(encoded(private, algorithm, message))
    for _ in range(data.draw(st.integers(0, 2))):
        # The first byte stays 0: else the number may be larger than the key, which is no signature at all.
        block[data.draw(st.integers(1, len(block) - 1))] = data.draw(st.integers(0, 255))
    signature = bytearray(raw(private, bytes(block)))
    change = data.draw(st.sampled_from(["none", "none", "bit", "shorter", "longer", "zeros", "plus n", "empty"]))
    if change == "bit":
        signature[data.draw(st.integers(0, len(signature) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    elif change == "shorter":
        del signature[data.draw(st.integers(0, len(signature) - 1)) :]
    elif change == "longer":
        signature += data.draw(st.binary(min_size=1, max_size=3))
    elif change == "zeros":
        signature[:0] = bytes(data.draw(st.integers(1, 4)))
    elif change == "plus n":
        larger = int.from_bytes(signature, "big") + private.public_key().public_numbers().n
        signature = bytearray(larger.to_bytes((larger.bit_length() + 7) // 8, "big"))
    elif change == "empty":
        signature.clear()
    expected = theirs(private, verified, message, bytes(signature))
    assert ours(private).verifies(verified, message, bytes(signature)) == expected


def digest_info(algorithm: str, message: bytes = MESSAGE) -> bytes:
    block = encoded(PRIVATE, algorithm, message)
    return block[block.index(b"\x00", 1) + 1 :]


def test_encodings_that_lax_readers_take() -> None:
    """Each is signed with the private key, so that the encoding alone keeps it out."""
    info, size = digest_info("RS256"), 256
    digest = hashlib.sha256(MESSAGE).digest()
    without_null = bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20" + digest

    def padded(content: bytes, kind: int = 1, fill: int = 0xFF) -> bytes:
        return bytes((0, kind)) + bytes((fill,)) * (size - 3 - len(content)) + b"\x00" + content

    blocks = {
        "no padding": bytes(size - len(info)) + info,
        "kind 0": padded(info, 0),
        "kind 2": padded(info, 2),
        "padding of other bytes": padded(info, fill=0xFE),
        "short padding, rubbish at the end": b"\x00\x01" + b"\xff" * 8 + b"\x00" + info + b"\x5a" * (245 - len(info)),
        "rubbish within": padded(info[:-32] + b"x" + digest),
        "the digest alone": padded(digest),
        "no NULL in the algorithm": padded(without_null),
        "SHA-1's name": padded(bytes.fromhex("3021300906052b0e03021a05000414") + digest[:20]),
        "no zero before the content": b"\x00\x01" + b"\xff" * (size - 2 - len(info)) + info,
    }
    assert ours(PRIVATE).verifies("RS256", MESSAGE, raw(PRIVATE, padded(info)))
    for name, block in blocks.items():
        assert len(block) == size, name
        assert not ours(PRIVATE).verifies("RS256", MESSAGE, raw(PRIVATE, block)), name


def cube_root(number: int) -> int:
    low, high = 0, 1 << (number.bit_length() // 3 + 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**3 < number else (low, middle)
    return low


def test_forged_without_the_private_key_for_an_exponent_of_3() -> None:
    """Bleichenbacher's forgery: the cube root of a block that begins right, and ends in whatever comes."""
    info = digest_info("RS256")
    start = b"\x00\x01" + b"\xff" * 8 + b"\x00" + info
    root = cube_root(int.from_bytes(start + bytes(256 - len(start)), "big"))
    cube = (root**3).to_bytes(256, "big")
    assert cube.startswith(start), "it would fool who does not look at the end"
    forged = root.to_bytes(256, "big")
    assert not ours(CUBED).verifies("RS256", MESSAGE, forged)
    assert not theirs(CUBED, "RS256", MESSAGE, forged)


@pytest.mark.parametrize("number", [0, 1])
def test_numbers_that_stay_what_they_are(number: int) -> None:
    n = PRIVATE.public_key().public_numbers().n
    for signature in (number.to_bytes(256, "big"), (n - number).to_bytes(256, "big")):
        assert not ours(PRIVATE).verifies("RS256", MESSAGE, signature)


def test_keys_that_are_none(short: rsa.RSAPrivateKey) -> None:
    n = PRIVATE.public_key().public_numbers().n
    for bad_n, bad_e in (
        (short.public_key().public_numbers().n, 65537),
        (n - 1, 65537),
        (n, 1), (n, 2), (n, 0), (n, -3), (n, 65536), (n, (1 << 65) + 1),
        (0, 3), (-n, 3),
        ((1 << 16384) + 1, 65537),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="an RSA key"):
            PublicKey(bad_n, bad_e)
