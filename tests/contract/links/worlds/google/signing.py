"""Credentials of an account that has a key, for signed URLs: nobody checks the token that an emulator is sent."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.auth import crypt
from google.auth.credentials import AnonymousCredentials, Signing


class Signer(AnonymousCredentials, Signing):
    """Signs with a key of its own making."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        self._signer: Any = crypt.RSASigner.from_string(pem.decode())  # type: ignore[no-untyped-call]

    def sign_bytes(self, message: bytes) -> Any:
        """The signature."""
        return self._signer.sign(message)

    @property
    def signer_email(self) -> str:
        """Whose signature it is."""
        return "function@emulated.iam.gserviceaccount.com"

    @property
    def signer(self) -> Any:
        """What signs."""
        return self._signer
