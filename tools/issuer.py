"""A tiny OpenID Connect issuer on 127.0.0.1, for tests and demos: discovery, signing keys, and tokens on request.

    python tools/issuer.py serve --port 8090 --dir .sls/issuer
    python tools/issuer.py token --dir .sls/issuer --issuer http://127.0.0.1:8090/ --audience orders --scope "a b"

The key is made on first use and kept in the folder, readable by its user alone. Nobody logs in: whoever can read the
folder can make tokens. Never use it for anything but trying things out.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

DISCOVERY = "/.well-known/openid-configuration"
JWKS = "/jwks.json"
KEY_FILE = "key.pem"


class SigningKey:
    """An RSA key with an id."""

    def __init__(self, private: rsa.RSAPrivateKey | None = None) -> None:
        self.private = private or rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self.private.public_key().public_numbers()
        self.kid = f"{numbers.n & 0xFFFFFFFFFFFF:012x}"

    def jwk(self) -> dict[str, Any]:
        """The public half, as a JSON Web Key."""
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "n": _number(numbers.n),
            "e": _number(numbers.e),
        }

    def pem(self) -> bytes:
        """The private half, as a PEM file."""
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def public_pem(self) -> bytes:
        """The public half, as a PEM file."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, claims: Mapping[str, Any], **headers: Any) -> str:
        """A token with these claims, signed by RS256."""
        return jwt.encode(dict(claims), self.private, algorithm="RS256", headers={"kid": self.kid, **headers})

    @classmethod
    def kept_in(cls, folder: Path) -> SigningKey:
        """The key kept in a folder; made, and written for this user alone, where there is none."""
        path = folder / KEY_FILE
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            temporary = folder / f".{KEY_FILE}.{os.getpid()}"
            with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(cls().pem())
            try:
                os.link(temporary, path)  # whoever came first keeps the key
            except FileExistsError:
                pass
            finally:
                temporary.unlink()
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise SystemExit(f"{path} holds no RSA key: remove it, and a new one is made")
        return cls(private)


def claims_for(
    issuer: str, audience: str, *, scope: str = "", subject: str = "somebody", seconds: float = 3600, **more: Any
) -> dict[str, Any]:
    """The claims of an ordinary access token; `more` adds to them or replaces them, None takes one away."""
    now = int(time.time())
    claims = {"iss": issuer, "aud": audience, "sub": subject, "iat": now, "exp": now + int(seconds), "scope": scope}
    return {name: value for name, value in {**claims, **more}.items() if value is not None}


class Issuer:
    """An issuer that serves while it is a context: `with Issuer() as issuer: issuer.token("orders", scope="a b")`.

    `requests` counts what was asked for, by path. `keys` are those that are published; the last one signs.
    """

    def __init__(self, key: SigningKey | None = None, *, port: int = 0, slash: bool = True) -> None:
        self.keys = [key or SigningKey()]
        self.requests: Counter[str] = Counter()
        self.extra_keys: list[Any] = []
        """Published before the usable ones, as they are."""
        self.replaced: dict[str, Any] = {}
        """What is served at a path instead of the right document."""
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}" + ("/" if slash else "")
        """What tokens have as `iss`."""

    @property
    def jwks_uri(self) -> str:
        """Where the keys are."""
        return f"http://127.0.0.1:{self.port}{JWKS}"

    @property
    def key(self) -> SigningKey:
        """The key that signs."""
        return self.keys[-1]

    def rotate(self, *, keep: bool = False) -> SigningKey:
        """Signs with a new key from now on; the older ones are published still if `keep`."""
        self.keys = [*(self.keys if keep else ()), SigningKey()]
        return self.key

    def token(self, audience: str, **options: Any) -> str:
        """A token of this issuer; see `claims_for`."""
        return self.key.sign(claims_for(options.pop("issuer", self.url), audience, **options))

    def document(self, path: str) -> dict[str, Any] | None:
        """What is served at a path."""
        if path in self.replaced:
            return dict(self.replaced[path])
        if path == DISCOVERY:
            return {
                "issuer": self.url,
                "jwks_uri": self.jwks_uri,
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        if path == JWKS:
            return {"keys": [*self.extra_keys, *(key.jwk() for key in self.keys)]}
        return None

    def serve(self) -> None:
        """Serves until interrupted."""
        self._server.serve_forever()

    def close(self) -> None:
        """Serves no more."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Issuer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.requests[self.path] += 1
                document = issuer.document(self.path)
                content = json.dumps({"error": "not found"} if document is None else document).encode()
                self.send_response(404 if document is None else 200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _number(value: int) -> str:
    content = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: `serve` and `token`."""
    parser = argparse.ArgumentParser(description="A tiny OpenID Connect issuer on 127.0.0.1, for tests and demos.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve discovery and keys until interrupted")
    serve.add_argument("--port", type=int, default=0, help="default: any free one")
    token = commands.add_parser("token", help="print a token")
    token.add_argument("--issuer", required=True, help="its `iss`, to the letter")
    token.add_argument("--audience", required=True)
    token.add_argument("--scope", default="", help="scopes, separated by spaces")
    token.add_argument("--sub", default="somebody")
    token.add_argument("--minutes", type=float, default=60, help="how long it is valid; default: 60")
    for command in (serve, token):
        command.add_argument("--dir", type=Path, required=True, help="where the key is kept")
    options = parser.parse_args(arguments)
    key = SigningKey.kept_in(options.dir)
    if options.command == "token":
        seconds = options.minutes * 60
        claims = claims_for(options.issuer, options.audience, scope=options.scope, subject=options.sub, seconds=seconds)
        print(key.sign(claims))
        return 0
    try:
        issuer = Issuer(key, port=options.port)
    except OSError as error:
        print(f"can't listen on 127.0.0.1:{options.port}: {error.strerror}; choose another --port", file=sys.stderr)
        return 1
    print(f"issuer: {issuer.url}", flush=True)
    try:
        issuer.serve()
    except KeyboardInterrupt:
        pass
    finally:
        issuer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
