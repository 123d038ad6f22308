"""An RSA public key out of PEM: SubjectPublicKeyInfo (RFC 5280) or PKCS#1 (RFC 8017, A.1.1), in strict DER."""

from __future__ import annotations

from binascii import Error, a2b_base64

from .rsa import PublicKey

_RSA_ENCRYPTION = bytes.fromhex("300d06092a864886f70d0101010500")
"""The AlgorithmIdentifier of an RSA key, whole: its parameters are NULL (RFC 3279, 2.3.1)."""

_INTEGER, _BITS, _SEQUENCE = 0x02, 0x03, 0x30


def rsa_key(text: str) -> PublicKey:
    """The key. Raises ValueError, which says what is there instead."""
    label, content = _unwrapped(text)
    if label == "PUBLIC KEY":
        outer = _Reader(_only(_Reader(content), _SEQUENCE))
        identifier = outer.take(_SEQUENCE)
        if b"\x30" + bytes((len(identifier),)) + identifier != _RSA_ENCRYPTION:
            raise ValueError("the key is not an RSA key")
        bits = _only(outer, _BITS)
        if not bits or bits[0]:
            raise ValueError("the key is no DER")
        content = bits[1:]
    elif label != "RSA PUBLIC KEY":
        raise ValueError(f"there is a {label} where a PUBLIC KEY is expected")
    numbers = _Reader(_only(_Reader(content), _SEQUENCE))
    n = _positive(numbers.take(_INTEGER))
    return PublicKey(n, _positive(_only(numbers, _INTEGER)))


def _unwrapped(text: str) -> tuple[str, bytes]:
    """The label of the one PEM block, and what is in it."""
    lines = [line.strip() for line in text.strip().splitlines()]
    first, last = (lines[0], lines[-1]) if len(lines) > 2 else ("", "")
    label = first.removeprefix("-----BEGIN ").removesuffix("-----")
    if first != f"-----BEGIN {label}-----" or last != f"-----END {label}-----":
        raise ValueError("the key is no PEM block: -----BEGIN PUBLIC KEY----- …")
    try:
        return label, a2b_base64("".join(lines[1:-1]), strict_mode=True)
    except Error:
        raise ValueError("the key's PEM block is no base64") from None


class _Reader:
    """Takes elements off DER, one after the other. Raises ValueError where they are none."""

    def __init__(self, content: bytes) -> None:
        self.rest = content

    def take(self, tag: int) -> bytes:
        """The content of the next element, which must be of that tag."""
        rest = self.rest
        if len(rest) < 2 or rest[0] != tag:
            raise ValueError("the key is no DER")
        size, start = rest[1], 2
        if size & 0x80:
            count = size & 0x7F
            start = 2 + count
            size = int.from_bytes(rest[2:start], "big")
            # DER: the shortest form alone.
            if not 1 <= count <= 4 or len(rest) < start or size < 0x80 or not rest[2]:
                raise ValueError("the key is no DER")
        if len(rest) < start + size:
            raise ValueError("the key is no DER")
        self.rest = rest[start + size :]
        return rest[start : start + size]


def _only(reader: _Reader, tag: int) -> bytes:
    """The next element, after which nothing may come."""
    content = reader.take(tag)
    if reader.rest:
        raise ValueError("the key is no DER")
    return content


def _positive(content: bytes) -> int:
    if not content or content[0] & 0x80 or (len(content) > 1 and not content[0] and not content[1] & 0x80):
        raise ValueError("the key is no DER")
    return int.from_bytes(content, "big")
