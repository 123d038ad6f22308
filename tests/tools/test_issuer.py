"""The tiny issuer's command line; what it serves is judged by PyJWT's own client of such issuers."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from pathlib import Path

import jwt
import pytest

PROGRAM = [sys.executable, "-m", "tools.issuer"]


@pytest.fixture
def served(tmp_path: Path) -> Generator[str]:
    command = [*PROGRAM, "serve", "--dir", str(tmp_path / "issuer"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[1]
        finally:
            process.terminate()


def token(folder: Path, *options: str) -> str:
    command = [*PROGRAM, "token", "--dir", str(folder), *options]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


def test_tokens_are_good_by_the_keys_that_are_served(served: str, tmp_path: Path) -> None:
    made = token(tmp_path / "issuer", "--issuer", served, "--audience", "orders", "--scope", "a b", "--sub", "ann")
    with urllib.request.urlopen(f"{served}.well-known/openid-configuration", timeout=10) as answer:
        document = json.load(answer)
    assert document["issuer"] == served
    key = jwt.PyJWKClient(document["jwks_uri"]).get_signing_key_from_jwt(made)
    claims = jwt.decode(made, key, algorithms=["RS256"], audience="orders", issuer=served)
    assert (claims["sub"], claims["scope"]) == ("ann", "a b")
    assert claims["exp"] - claims["iat"] == 3600


def test_a_token_that_has_expired(tmp_path: Path) -> None:
    made = token(tmp_path, "--issuer", "https://i/", "--audience", "orders", "--minutes", "-1")
    with pytest.raises(jwt.ExpiredSignatureError):
        jwt.decode(made, _public(tmp_path), algorithms=["RS256"], audience="orders")
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600


def _public(folder: Path) -> bytes:
    from tools.issuer import SigningKey

    return SigningKey.kept_in(folder).public_pem()


def test_a_port_in_use(served: str, tmp_path: Path) -> None:
    port = served.rstrip("/").rpartition(":")[2]
    command = [*PROGRAM, "serve", "--dir", str(tmp_path), "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"can't listen on 127.0.0.1:{port}" in done.stderr
