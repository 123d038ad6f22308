"""Google Cloud: against a stand-in that Google's own clients take for the real services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from unittest import mock

import google.auth.compute_engine
import google.auth.transport.requests
import pytest
import requests
from google.api_core.exceptions import NotFound
from google.auth.compute_engine import _metadata
from google.cloud.secretmanager_v1 import SecretManagerServiceClient
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceRestTransport

from sls_infra.runtime import services
from sls_infra.runtime.errors import ServiceError
from sls_infra.runtime.services import calling
from sls_infra.runtime.services.gcp import MARGIN, Services
from tests.runtime.services.fakes import Tls
from tests.runtime.services.google_cloud import ACCOUNT, Cloud, running

DB = "projects/p/secrets/db"
PAYLOAD = json.dumps({"way": "custom", "request": {}}).encode()


@pytest.fixture
def cloud(tls: Tls) -> Iterator[Cloud]:
    with running(tls) as cloud:
        cloud.secrets[f"{DB}/versions/latest"] = "p4ss wörd".encode()
        yield cloud


@pytest.fixture
def ours(cloud: Cloud, tls: Tls) -> Services:
    return Services(cloud.environment, cloud.manager.url, tls.client)


def test_the_stand_in_is_what_googles_clients_expect(
    cloud: Cloud, ours: Services, tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", cloud.metadata.host)  # it reads GCE_METADATA_HOST on import
    monkeypatch.setattr(_metadata, "_METADATA_ROOT", f"http://{cloud.metadata.host}/computeMetadata/v1/", raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.authority))
    credentials = google.auth.compute_engine.Credentials()  # type: ignore[no-untyped-call]
    transport = SecretManagerServiceRestTransport(host=cloud.manager.host, credentials=credentials)
    with SecretManagerServiceClient(transport=transport) as client:
        version = client.access_secret_version(name=f"{DB}/versions/latest")
        assert version.payload.data.decode() == "p4ss wörd"
        with pytest.raises(NotFound):
            client.access_secret_version(name="projects/p/secrets/nothing/versions/latest")
    theirs = cloud.manager.asked[0]
    assert ours.secret(DB) == "p4ss wörd"
    assert cloud.manager.asked[-1].path == theirs.path
    assert cloud.metadata.asked[-1].path == ACCOUNT + "token"
    with requests.Session() as session:
        request = google.auth.transport.requests.Request(session)
        identity = google.auth.compute_engine.IDTokenCredentials(  # type: ignore[no-untyped-call]
            request, cloud.app.url, use_metadata_identity_endpoint=True
        )
        identity.refresh(request)  # type: ignore[no-untyped-call]
    theirs = cloud.metadata.asked[-1]
    ours.call_authorizer(cloud.app.url, PAYLOAD)
    assert (cloud.metadata.asked[-1].path, cloud.metadata.asked[-1].query) == (theirs.path, theirs.query)


def test_a_secret_is_read_with_a_token_that_is_kept(cloud: Cloud, ours: Services) -> None:
    assert ours.secret(DB) == "p4ss wörd"
    cloud.secrets[f"{DB}/versions/latest"] = b"rotated"
    assert ours.secret(DB) == "rotated"
    assert len(cloud.metadata.asked) == 1


def test_versions_and_regions_are_taken_as_they_are(cloud: Cloud, ours: Services) -> None:
    cloud.secrets[f"{DB}/versions/3"] = b"third"
    cloud.secrets["projects/p/locations/europe-west1/secrets/db/versions/latest"] = b"there"
    assert ours.secret(f"{DB}/versions/3") == "third"
    assert ours.secret("projects/p/locations/europe-west1/secrets/db") == "there"


def test_a_regional_secret_is_asked_for_in_its_region() -> None:
    with mock.patch.object(Services, "_access_token", return_value="t"), mock.patch.object(calling, "call") as call:
        call.return_value = calling.Answer(200, {}, b'{"payload": {}}')
        assert Services({}).secret("projects/p/locations/europe-west1/secrets/db") == ""
        with pytest.raises(ServiceError, match="is no region"):
            Services({}).secret("projects/p/locations/evil.example/secrets/db")
    [asked] = call.call_args_list
    expected = "https://secretmanager.europe-west1.rep.googleapis.com/v1/projects/p/locations/europe-west1/secrets/db"
    assert asked.args[2] == f"{expected}/versions/latest:access"


def test_a_token_near_its_end_is_renewed(cloud: Cloud, ours: Services) -> None:
    cloud.lifetime = MARGIN - 1
    ours.secret(DB)
    ours.secret(DB)
    assert len(cloud.tokens) == 2


def test_a_token_that_is_refused_is_not_used_again(cloud: Cloud, ours: Services) -> None:
    ours.secret(DB)
    cloud.tokens.append("revoked all others")
    with pytest.raises(ServiceError, match="status 401, UNAUTHENTICATED"):
        ours.secret(DB)
    assert ours.secret(DB) == "p4ss wörd"


def test_what_is_not_there_is_told(ours: Services) -> None:
    with pytest.raises(
        ServiceError, match="secret projects/p/secrets/nothing: status 404, NOT_FOUND: Secret not found"
    ):
        ours.secret("projects/p/secrets/nothing")


@pytest.mark.parametrize("ref", ["", "../../v1/projects", "projects/p/secrets/a b", "projects/p/secrets/a?b#c"])
def test_a_ref_that_is_none_is_an_error(ours: Services, ref: str) -> None:
    with pytest.raises(ServiceError):
        ours.secret(ref)


def test_what_is_no_text_is_an_error_that_does_not_tell_it(cloud: Cloud, ours: Services) -> None:
    cloud.secrets[f"{DB}/versions/latest"] = b"s3cr3t\xff"
    with pytest.raises(ServiceError, match="its value is no text") as caught:
        ours.secret(DB)
    assert "s3cr3t" not in str(caught.value)


def test_who_does_not_say_that_it_is_the_metadata_server_is_not_believed(cloud: Cloud, ours: Services) -> None:
    cloud.metadata.failing.append((200, {}, b'{"access_token": "evil", "expires_in": 3600}'))
    with pytest.raises(ServiceError, match="not the metadata server"):
        ours.secret(DB)
    assert cloud.manager.asked == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"access_token": "t"}', b'{"access_token": "", "expires_in": 9}']
)
def test_a_token_that_is_none_is_an_error(cloud: Cloud, ours: Services, body: bytes) -> None:
    cloud.metadata.failing.append((200, {"Metadata-Flavor": "Google"}, body))
    with pytest.raises(ServiceError, match="a token of the service account"):
        ours.secret(DB)


def test_an_authorizer_is_asked_with_a_token_for_it_alone(cloud: Cloud, ours: Services) -> None:
    services.use("gcp", ours)
    for _ in range(2):
        answer = services.call_authorizer(cloud.app.url, PAYLOAD)
        assert json.loads(answer) == {"claims": {"sub": "u", "way": "custom"}}
    assert [asked.query for asked in cloud.metadata.asked] == [{"audience": cloud.app.url, "format": "full"}]


@pytest.mark.parametrize("body", [b"", b"no token", b"a.e30.c", b"a.!.c", b"\xff"])
def test_an_identity_that_is_none_is_an_error(cloud: Cloud, ours: Services, body: bytes) -> None:
    cloud.metadata.failing.append((200, {"Metadata-Flavor": "Google"}, body))
    with pytest.raises(ServiceError, match="a token of the service account"):
        ours.call_authorizer(cloud.app.url, PAYLOAD)
    assert cloud.app.asked == []


def test_an_authorizer_is_asked_over_https_alone(cloud: Cloud, ours: Services) -> None:
    with pytest.raises(ServiceError, match="not an https URL"):
        ours.call_authorizer("http://guard.example", PAYLOAD)
    assert cloud.metadata.asked == []
