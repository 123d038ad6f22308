"""Which identity deploys, and how long its tokens are used."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    AzureCliCredential,
    ChainedTokenCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    DefaultAzureCredential,
    ManagedIdentityCredential,
)

from sls_infra.errors import SlsError
from sls_infra.plugin import login
from sls_infra.plugin.login import Entra, credential
from sls_infra.plugin.publish import Publisher
from sls_infra.plugin.scm import Place
from tests.engine.publish import PublishEndpoint, becomes, refuse
from tests.plugin.clock import Time

SCOPE = "https://management.azure.com/.default"
APPLICATION = {
    "ARM_TENANT_ID": "11111111-1111-1111-1111-111111111111",
    "ARM_CLIENT_ID": "22222222-2222-2222-2222-222222222222",
}


class Numbered:
    """Gives token-1, token-2, …, each for an hour."""

    def __init__(self, time: Time) -> None:
        self.time = time
        self.scopes: list[str] = []

    def get_token(self, *scopes: str, **more: Any) -> AccessToken:
        self.scopes += scopes
        return AccessToken(f"token-{len(self.scopes)}", int(self.time.now) + 3600)


class Refusing:
    times = 0

    def get_token(self, *scopes: str, **more: Any) -> AccessToken:
        self.times += 1
        raise ClientAuthenticationError("AADSTS7000215: Invalid client secret\nprovided")


def entra(time: Time) -> tuple[Entra, Numbered]:
    made = Numbered(time)
    return Entra(lambda: made, now=time.clock), made


def test_a_token_is_used_until_shortly_before_its_end() -> None:
    time = Time()
    tokens, made = entra(time)
    assert [tokens.get(SCOPE), tokens.get(SCOPE)] == ["token-1"] * 2
    time.now += 3600 - login.MARGIN - 1
    assert tokens.get(SCOPE) == "token-1"
    time.now += 2
    assert tokens.get(SCOPE) == "token-2"
    assert made.scopes == [SCOPE] * 2


def test_a_token_that_was_not_taken_is_not_used_again() -> None:
    tokens, _ = entra(Time())
    assert tokens.get(SCOPE) == "token-1"
    assert tokens.get(SCOPE, "token-1") == "token-2"
    assert tokens.get(SCOPE, "token-1") == "token-2"


def test_a_token_that_ends_during_a_deployment_is_renewed(tmp_path: Path) -> None:
    time = Time()
    tokens, _ = entra(time)
    zip = tmp_path / "x.zip"
    zip.write_bytes(b"PK")
    with PublishEndpoint() as azure:
        azure.script(refuse(401), becomes(0, 0, refuse(401), 0, 4))
        publisher = Publisher(Place(tokens, azure.url), clock=time.clock, sleep=time.sleep)
        tokens.get(SCOPE)
        time.now += 3600
        publisher.publish("shop", "shop.scm.azurewebsites.net", zip, hashlib.sha256(b"PK").hexdigest())
        assert azure.tokens == ["token-2"] + ["token-3"] * 4 + ["token-4"] * 2


def test_a_login_that_fails_says_what_to_do() -> None:
    with pytest.raises(SlsError, match=r"AADSTS7000215: Invalid client secret provided\n.*fix: `az login`"):
        Entra(Refusing).get(SCOPE)


def test_a_failed_login_is_remembered_for_a_while() -> None:
    time, refusing = Time(), Refusing()
    tokens = Entra(lambda: refusing, now=time.clock)
    for seconds, times in ((0, 1), (login.FAILED_FOR - 1, 1), (2, 2)):
        time.now += seconds
        with pytest.raises(SlsError, match="Invalid client secret"):
            tokens.get(SCOPE)
        assert refusing.times == times


@pytest.mark.parametrize(
    ("env", "kind"),
    [
        ({}, ChainedTokenCredential),
        ({"ARM_USE_OIDC": "false", "ARM_CLIENT_ID": "x"}, ChainedTokenCredential),
        ({**APPLICATION, "ARM_CLIENT_SECRET": "s", "ARM_USE_OIDC": "true"}, ClientSecretCredential),
        ({**APPLICATION, "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "t"}, ClientAssertionCredential),
        ({"ARM_USE_MSI": "true"}, ManagedIdentityCredential),
        ({"ARM_USE_MSI": "true", "ARM_CLIENT_ID": "x"}, ManagedIdentityCredential),
        ({"ARM_USE_DEFAULT_AZURE_CREDENTIAL": "true", "ARM_CLIENT_SECRET": "s"}, DefaultAzureCredential),
    ],
)
def test_the_environment_chooses_as_it_does_for_azure_native(env: dict[str, str], kind: type) -> None:
    assert type(credential(env)) is kind


def test_without_variables_the_azure_cli_comes_first_and_no_browser_opens() -> None:
    made = credential({})
    assert isinstance(made, ChainedTokenCredential)
    assert isinstance(made.credentials[0], AzureCliCredential)
    others = made.credentials[1]
    assert isinstance(others, DefaultAzureCredential)
    named = {type(each).__name__ for each in others.credentials}
    assert "EnvironmentCredential" in named
    assert "InteractiveBrowserCredential" not in named


@pytest.mark.parametrize(
    ("env", "names"),
    [
        ({"ARM_CLIENT_SECRET": "s"}, "ARM_TENANT_ID and ARM_CLIENT_ID"),
        ({"ARM_CLIENT_SECRET": "s", "ARM_CLIENT_ID": "x"}, "ARM_TENANT_ID missing"),
        ({**APPLICATION, "ARM_USE_OIDC": "true"}, "ARM_OIDC_TOKEN_FILE_PATH"),
        ({**APPLICATION, "ARM_CLIENT_CERTIFICATE_PATH": "/nowhere.pem"}, "nowhere.pem"),
    ],
)
def test_half_a_login_is_told(env: dict[str, str], names: str) -> None:
    with pytest.raises(SlsError, match=names):
        Entra(lambda: credential(env)).get(SCOPE)


def test_a_token_file_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "token"
    said = login._assertion({"ARM_OIDC_TOKEN_FILE_PATH": str(file)})
    for token in ("first", "second"):
        file.write_text(f"{token}\n")
        assert said() == token


@pytest.fixture
def issuer() -> Iterator[HTTPServer]:
    """Hands out tokens as GitHub Actions does; its address is what it was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"value": "of-the-job"}')

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


def test_a_ci_systems_own_secret_goes_to_no_address_without_tls(issuer: HTTPServer) -> None:
    env = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{issuer.server_port}/token",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "secret",
    }
    with pytest.raises(SlsError, match="not https"):
        login._assertion(env)()


def test_what_azure_identity_warns_of_is_not_printed() -> None:
    program = (
        "import sls_infra.plugin.login, logging\n"
        "logging.getLogger('azure.identity').warning('AzureCliCredential.get_token failed')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
