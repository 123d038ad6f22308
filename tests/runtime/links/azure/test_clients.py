"""Whose credentials the clients have, and that there is one of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import azure.identity
import pytest

from sls_infra.runtime.links.azure import clients


@pytest.fixture(autouse=True)
def _none_is_kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clients, "_made", {})
    yield
    clients.close()


@pytest.mark.parametrize("client", ["11111111-2222-3333-4444-555555555555", None])
def test_the_apps_own_identity_and_no_other(monkeypatch: pytest.MonkeyPatch, client: str | None) -> None:
    monkeypatch.delenv("AZURE_CLIENT_ID", raising=False)
    if client is not None:
        monkeypatch.setenv("AZURE_CLIENT_ID", client)
    with mock.patch.object(azure.identity, "ManagedIdentityCredential") as credential:
        account: Any = clients.blobs("https://acct.blob.core.windows.net")
    credential.assert_called_once_with(client_id=client)
    assert account.credential is credential.return_value


def test_one_client_an_account() -> None:
    one = clients.blobs("https://a.blob.core.windows.net")
    assert clients.blobs("https://a.blob.core.windows.net") is one
    assert clients.blobs("https://b.blob.core.windows.net") is not one
    assert clients.bus("orders.servicebus.windows.net").fully_qualified_namespace == "orders.servicebus.windows.net"
