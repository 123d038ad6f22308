"""Tokens of Microsoft Entra, for the identity that Pulumi's azure-native deploys with.

Variables and their order are azure-native's (pulumi-azure-native, provider/pkg/provider/auth_azidentity.go): a
certificate, a secret, OIDC, a managed identity, else whoever is logged in to the Azure CLI; where nobody is, what else
azure-identity finds (`AZURE_*` variables, workload identity, …), without opening a browser. What is set as
`azure-native:clientId` and the like in a stack's configuration reaches that provider alone: a plugin can't read it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import requests
from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    AzureCliCredential,
    CertificateCredential,
    ChainedTokenCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    CredentialUnavailableError,
    DefaultAzureCredential,
    ManagedIdentityCredential,
)

from ..errors import SlsError

MARGIN = 300.0
"""Seconds before its end from which on a token is not used any more."""
FAILED_FOR = 60.0
"""Seconds for which a failed login is not tried again: each of an API's functions would wait for it."""
EXCHANGE_TIMEOUT = 30.0
"""Seconds in which a CI system must hand out its own token."""

logging.getLogger("azure").addHandler(logging.NullHandler())  # what fails is told by the error; stderr is the engine's


class Tokens(Protocol):
    """Where bearer tokens come from."""

    def get(self, scope: str, refused: str = "") -> str:
        """A token for the scope, another one than `refused`, which was not taken. `SlsError` where there is none."""


class Entra:
    """Tokens of one credential, kept until shortly before they end: the Azure CLI takes a second to say one."""

    def __init__(self, credential: Callable[[], TokenCredential], *, now: Callable[[], float] = time.time) -> None:
        self._make = credential
        self._now = now
        self._credential: TokenCredential | None = None
        self._kept: dict[str, AccessToken] = {}
        self._failed: tuple[float, str] = (0.0, "")
        self._lock = threading.Lock()

    def get(self, scope: str, refused: str = "") -> str:
        with self._lock:
            kept = self._kept.get(scope)
            if kept is None or kept.token == refused or kept.expires_on - MARGIN <= self._now():
                kept = self._kept[scope] = self._fresh(scope)
            return kept.token

    def _fresh(self, scope: str) -> AccessToken:
        until, why = self._failed
        if why and self._now() < until:
            raise SlsError(why)
        try:
            if self._credential is None:
                self._credential = self._make()
            return self._credential.get_token(scope)
        except (ClientAuthenticationError, CredentialUnavailableError, ValueError, OSError) as error:
            said = " ".join(str(getattr(error, "message", None) or error).split())
            why = (
                f"no token of Microsoft Entra to put code in place with: {said[:1500]}\n"
                "    fix: `az login`, or set ARM_CLIENT_ID, ARM_TENANT_ID and ARM_CLIENT_SECRET (or ARM_USE_OIDC, "
                "ARM_USE_MSI) as variables of the environment: the azure-native settings of a stack's configuration "
                "are not seen here"
            )
            self._failed = (self._now() + FAILED_FOR, why)
            raise SlsError(why) from None


def credential(env: Mapping[str, str] = os.environ) -> TokenCredential:
    """The credential that the environment asks for. `SlsError` where it asks for half of one."""
    if _true(env, "ARM_USE_DEFAULT_AZURE_CREDENTIAL"):
        return DefaultAzureCredential(exclude_interactive_browser_credential=True)
    if path := env.get("ARM_CLIENT_CERTIFICATE_PATH"):
        password = env.get("ARM_CLIENT_CERTIFICATE_PASSWORD")
        return CertificateCredential(*_application(env), certificate_path=path, password=password)
    if secret := env.get("ARM_CLIENT_SECRET"):
        return ClientSecretCredential(*_application(env), client_secret=secret)
    if _true(env, "ARM_USE_OIDC"):
        return ClientAssertionCredential(*_application(env), func=_assertion(env))
    if _true(env, "ARM_USE_MSI"):
        client = env.get("ARM_CLIENT_ID")
        return ManagedIdentityCredential(client_id=client) if client else ManagedIdentityCredential()
    return ChainedTokenCredential(
        AzureCliCredential(tenant_id=env.get("ARM_TENANT_ID", ""), process_timeout=30),
        DefaultAzureCredential(exclude_cli_credential=True, exclude_interactive_browser_credential=True),
    )


def _application(env: Mapping[str, str]) -> tuple[str, str]:
    """Tenant and client."""
    missing = [name for name in ("ARM_TENANT_ID", "ARM_CLIENT_ID") if not env.get(name)]
    if missing:
        raise SlsError(f"{' and '.join(missing)} missing in the environment: an application logs in by both")
    return env["ARM_TENANT_ID"], env["ARM_CLIENT_ID"]


def _assertion(env: Mapping[str, str]) -> Callable[[], str]:
    """What gives the token of the CI system, which Entra exchanges for its own. A file is read anew each time."""
    if token := env.get("ARM_OIDC_TOKEN"):
        return lambda: token
    if path := env.get("ARM_OIDC_TOKEN_FILE_PATH"):
        return lambda: Path(path).read_text().strip()
    url = env.get("ARM_OIDC_REQUEST_URL") or env.get("ACTIONS_ID_TOKEN_REQUEST_URL")
    secret = env.get("ARM_OIDC_REQUEST_TOKEN") or env.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    if url and secret:
        return lambda: _exchanged(url, secret, env.get("ARM_OIDC_AUDIENCE") or "api://AzureADTokenExchange")
    raise SlsError(
        "ARM_USE_OIDC is set, and no token: set ARM_OIDC_TOKEN or ARM_OIDC_TOKEN_FILE_PATH; on GitHub Actions give "
        "the job `permissions: id-token: write`"
    )


def _exchanged(url: str, secret: str, audience: str) -> str:
    """A token of GitHub Actions (docs.github.com, "OpenID Connect reference": a GET with the audience)."""
    if not url.startswith("https://"):
        raise SlsError("the address at which a token of the CI system is to be had is not https: nothing is sent there")
    headers = {"Authorization": f"Bearer {secret}", "Accept": "application/json"}
    try:
        answer = requests.get(url, params={"audience": audience}, headers=headers, timeout=EXCHANGE_TIMEOUT)
        answer.raise_for_status()
        return str(answer.json()["value"])
    except (requests.RequestException, KeyError, TypeError) as error:
        raise SlsError(f"the CI system gave no token: {type(error).__name__}") from None


def _true(env: Mapping[str, str], name: str) -> bool:
    return env.get(name, "").lower() in ("true", "1")
