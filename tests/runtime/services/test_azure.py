"""Azure: against a stand-in that Microsoft's own clients take for the real services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from unittest import mock

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.identity import ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient

from sls_infra.runtime import services
from sls_infra.runtime.errors import ServiceError
from sls_infra.runtime.events.delivery import DeadLetter
from sls_infra.runtime.services import calling
from sls_infra.runtime.services.azure import MARGIN, Services
from tests.runtime.services.azure_cloud import CLIENT, FUNCTION_KEY, HEADER, Cloud, running
from tests.runtime.services.fakes import Answer, Asked, Tls, serving

PAYLOAD = json.dumps({"way": "custom", "request": {}}).encode()


@pytest.fixture
def cloud(tls: Tls) -> Iterator[Cloud]:
    with running(tls) as cloud:
        cloud.secrets.update({"db": "p4ss wörd", "key": FUNCTION_KEY})
        yield cloud


@pytest.fixture
def ours(cloud: Cloud, tls: Tls) -> Services:
    return Services(cloud.environment, tls.client)


def test_the_stand_in_is_what_microsofts_clients_expect(
    cloud: Cloud, tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    credential = ManagedIdentityCredential(client_id=CLIENT)
    client = SecretClient(
        cloud.vault.url, credential, connection_verify=str(tls.authority), verify_challenge_resource=False
    )
    assert client.get_secret("db").value == "p4ss wörd"
    with pytest.raises(ResourceNotFoundError):
        client.get_secret("nothing")
    client.close()
    credential.close()
    theirs = next(asked for asked in cloud.identity.asked if asked.path == "/msi/token")
    cloud.tokens.clear()
    Services(cloud.environment, tls.client).secret(cloud.ref("db"))
    assert cloud.identity.asked[-1].query == theirs.query
    assert cloud.identity.asked[-1].headers["x-identity-header"] == theirs.headers["x-identity-header"] == HEADER


def test_a_secret_is_read_with_a_token_that_is_kept(cloud: Cloud, ours: Services) -> None:
    assert ours.secret(cloud.ref("db")) == "p4ss wörd"
    cloud.secrets["db"] = "rotated"
    assert ours.secret(cloud.ref("db") + "/") == "rotated"
    assert ours.secret(cloud.ref("db") + "/4387e9f3d6e14c459867679a90fd0f79") == "rotated"
    assert len(cloud.identity.asked) == 1
    assert [asked.query for asked in cloud.vault.asked] == [{"api-version": "7.4"}] * 3


def test_a_token_near_its_end_is_renewed(cloud: Cloud, ours: Services) -> None:
    cloud.lifetime = MARGIN - 1
    ours.secret(cloud.ref("db"))
    ours.secret(cloud.ref("db"))
    assert len(cloud.tokens) == 2


def test_a_token_that_is_refused_is_not_used_again(cloud: Cloud, ours: Services) -> None:
    ours.secret(cloud.ref("db"))
    cloud.tokens.append("revoked all others")
    with pytest.raises(ServiceError, match="status 401, Unauthorized"):
        ours.secret(cloud.ref("db"))
    assert ours.secret(cloud.ref("db")) == "p4ss wörd"


@pytest.mark.parametrize(
    ("host", "resource"),
    [
        ("shop.vault.azure.net", "https://vault.azure.net"),
        ("shop.vault.azure.cn", "https://vault.azure.cn"),
        ("shop.vault.usgovcloudapi.net", "https://vault.usgovcloudapi.net"),
    ],
)
def test_a_token_is_for_the_cloud_of_the_vault(host: str, resource: str) -> None:
    ours = Services({})
    with mock.patch.object(ours, "_token", side_effect=ServiceError("enough")) as token, pytest.raises(ServiceError):
        ours.secret(f"https://{host}/secrets/db")
    token.assert_called_once_with(resource)


def test_what_is_not_there_is_told(cloud: Cloud, ours: Services) -> None:
    with pytest.raises(ServiceError, match="nothing: status 404, SecretNotFound: A secret with"):
        ours.secret(cloud.ref("nothing"))


@pytest.mark.parametrize("ref", ["http://vault/secrets/db", "db", "", "https://user@vault/secrets/db", "file:///x"])
def test_a_token_is_sent_over_https_alone(cloud: Cloud, ours: Services, ref: str) -> None:
    with pytest.raises(ServiceError, match="URL"):
        ours.secret(ref)
    assert cloud.identity.asked == []


def test_a_certificate_that_nobody_signed_is_refused(cloud: Cloud) -> None:
    with pytest.raises(ServiceError, match="SSLCertVerificationError"):
        Services(cloud.environment).secret(cloud.ref("db"))
    assert cloud.vault.asked == []


def test_without_an_identity_the_variables_are_named() -> None:
    with pytest.raises(ServiceError, match="IDENTITY_ENDPOINT and IDENTITY_HEADER"):
        Services({}).secret("https://shop.vault.azure.net/secrets/db")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"access_token": "t"}', b'{"access_token": "", "expires_on": "9999999999"}']
)
def test_a_token_that_is_none_is_an_error(cloud: Cloud, ours: Services, body: bytes) -> None:
    cloud.identity.failing.append((200, {}, body))
    with pytest.raises(ServiceError, match="a token of the managed identity"):
        ours.secret(cloud.ref("db"))


def test_an_unknown_identity_is_told(cloud: Cloud, tls: Tls) -> None:
    with pytest.raises(ServiceError, match="status 400, No User Assigned Identity found"):
        Services({**cloud.environment, "AZURE_CLIENT_ID": "other"}, tls.client).secret(cloud.ref("db"))


def test_throttling_is_tried_once_more(cloud: Cloud, ours: Services) -> None:
    cloud.vault.failing.append((429, {"retry-after": "1"}, b""))
    assert ours.secret(cloud.ref("db")) == "p4ss wörd"


def test_an_authorizer_is_asked_with_the_key_of_its_app(cloud: Cloud, ours: Services) -> None:
    services.use("azure", ours)
    target = json.dumps({"url": cloud.app.url, "key_ref": cloud.ref("key")})
    for _ in range(2):
        assert json.loads(services.call_authorizer(target, PAYLOAD)) == {"claims": {"sub": "u", "way": "custom"}}
    assert len(cloud.vault.asked) == 1
    cloud.app.failing.append((401, {}, b"s3cr3t"))
    with pytest.raises(ServiceError, match=r"status 401$"):
        services.call_authorizer(target, PAYLOAD)


@pytest.mark.parametrize(
    "target", ["", "[]", "{}", '{"url": "http://app", "key_ref": "k"}', '{"url": 1, "key_ref": "k"}']
)
def test_a_target_that_is_none_is_an_error(ours: Services, target: str) -> None:
    with pytest.raises(ServiceError):
        ours.call_authorizer(target, PAYLOAD)


def test_a_platform_that_is_not_there_is_an_error_within_the_time_out(
    cloud: Cloud, tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "CONNECT", 0.5)
    nowhere = {**cloud.environment, "IDENTITY_ENDPOINT": "http://127.0.0.1:1/msi/token"}
    with pytest.raises(ServiceError, match=r"ConnectionRefusedError while talking to http://127\.0\.0\.1:1$"):
        Services(nowhere, tls.client).secret(cloud.ref("db"))


# Dead letters


def accepted(asked: Asked) -> Answer:
    return (201, {}, b"") if asked.headers["authorization"].startswith("Bearer ") else (401, {}, b"")


def identity(asked: Asked) -> Answer:
    return 200, {}, json.dumps({"access_token": asked.query["resource"], "expires_on": "4102444800"}).encode()


@pytest.mark.parametrize("group", [None, "g1"])
def test_a_dead_letter_goes_to_its_queue_as_it_came(tls: Tls, group: str | None) -> None:
    letter = DeadLetter("grüße 😀\n", {"host": "evil", "type": "ü", "sls-dead-letter": "{}"}, group)
    with serving(identity) as endpoint, serving(accepted, tls.server) as bus:
        environment = {"IDENTITY_ENDPOINT": f"{endpoint.url}/msi/token", "IDENTITY_HEADER": "h"}
        Services(environment, tls.client).dead_letter({"namespace": bus.host, "name": "dead/letters"}, letter)
    (asked,) = bus.asked
    assert (asked.method, asked.target, asked.headers["host"]) == ("POST", "/dead/letters/messages", bus.host)
    assert asked.headers["content-type"] == "application/vnd.microsoft.servicebus.json"
    assert asked.headers["authorization"] == "Bearer https://servicebus.azure.net/"
    (message,) = json.loads(asked.body)
    assert (message["Body"], message["UserProperties"]) == (letter.body, letter.attributes)
    assert message["BrokerProperties"]["SessionId"] == (group or "default")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 500])
def test_a_dead_letter_that_is_not_taken_is_an_error(tls: Tls, status: int) -> None:
    with serving(identity) as endpoint, serving(lambda asked: (status, {}, b""), tls.server) as bus:
        ours = Services({"IDENTITY_ENDPOINT": f"{endpoint.url}/msi/token", "IDENTITY_HEADER": "h"}, tls.client)
        with pytest.raises(ServiceError, match=f"dead letter to https://.*/dead/messages: status {status}"):
            ours.dead_letter({"namespace": bus.host, "name": "dead"}, DeadLetter("x", {}, None))
