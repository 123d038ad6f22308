"""RSA signatures of RFC 8017 8.2 (RSASSA-PKCS1-v1_5), verified by the standard library.

The padding of a signature is never parsed: what the signature holds is compared, whole, with the one encoded message
that it may hold. So there is no room in it for bytes that a forger chooses (Bleichenbacher 2006: keys with e = 3).
"""

from __future__ import annotations

import hashlib

MIN_BITS = 2048
"""RFC 7518, 3.3."""

MAX_BITS = 16384
MAX_EXPONENT_BITS = 64
"""What OpenSSL takes for long keys: a longer one costs seconds a signature, and nobody has one."""

_PREFIXES = {
    "RS256": (hashlib.sha256, bytes.fromhex("3031300d060960864801650304020105000420")),
    "RS384": (hashlib.sha384, bytes.fromhex("3041300d060960864801650304020205000430")),
    "RS512": (hashlib.sha512, bytes.fromhex("3051300d060960864801650304020305000440")),
}
"""Algorithm → its hash, and the DER encoding of the DigestInfo up to the hash (RFC 8017, 9.2, note 1)."""

ALGORITHMS = frozenset(_PREFIXES)


class PublicKey:
    """An RSA key's public half. Raises ValueError for one that is too short, or none at all."""

    __slots__ = ("_before", "e", "n", "size")

    def __init__(self, n: int, e: int) -> None:
        if not MIN_BITS <= n.bit_length() <= MAX_BITS:
            raise ValueError(f"an RSA key of {n.bit_length()} bits: it takes {MIN_BITS} to {MAX_BITS}")
        if n < 0 or not n & 1:
            raise ValueError("an RSA key with a modulus that is negative or even")
        if e < 3 or not e & 1 or e.bit_length() > MAX_EXPONENT_BITS:
            raise ValueError("an RSA key with an exponent that is even, too small or too large")
        self.n = n
        self.e = e
        self.size = (n.bit_length() + 7) // 8
        """Bytes of a signature: no more, no less."""
        self._before = {name: self._padded(prefix, hash().digest_size) for name, (hash, prefix) in _PREFIXES.items()}

    def verifies(self, algorithm: str, message: bytes, signature: bytes) -> bool:
        """Whether it is this key's signature of the message. Raises KeyError for an algorithm that is not RSA's."""
        before = self._before[algorithm]
        if len(signature) != self.size:
            return False
        number = int.from_bytes(signature, "big")
        if number >= self.n:
            return False
        expected = before + _PREFIXES[algorithm][0](message).digest()
        return pow(number, self.e, self.n).to_bytes(self.size, "big") == expected

    def _padded(self, prefix: bytes, digest: int) -> bytes:
        ones = self.size - 3 - len(prefix) - digest
        return b"\x00\x01" + b"\xff" * ones + b"\x00" + prefix
