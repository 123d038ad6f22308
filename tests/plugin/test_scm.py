"""Where tokens go, and where they do not."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from sls_infra.errors import SlsError
from sls_infra.plugin.scm import Answer, FixedToken, Place, Site, Unreachable, place_of, scope_of
from tests.engine.publish import PublishEndpoint

HOST = "shop.scm.azurewebsites.net"
REAL = FixedToken("a-real-token")


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com",
        "https://example.com",
        "http://localhost:80",
        "http://127.0.0.1",
        "http://127.0.0.1:80/path",
        "http://user@127.0.0.1:80",
        "http://127.0.0.1:80@example.com",
        "http://127.0.0.1.example.com:80",
        "http://10.0.0.1:80",
        "https://127.0.0.1:80",
        "http://127.0.0.1:notaport",
        "127.0.0.1:80",
        "file:///etc/passwd",
    ],
)
def test_only_a_loopback_address_stands_in_for_azure(address: str) -> None:
    with pytest.raises(SlsError, match="is for tests"):
        place_of({"SLS_INFRA_AZURE_SCM": address, "SLS_INFRA_AZURE_TOKEN": "x"}, REAL)


@pytest.mark.parametrize("address", ["http://127.0.0.1:80", "http://127.0.0.1:80/", "http://[::1]:80"])
def test_a_stand_in_never_sees_a_real_token(address: str) -> None:
    place = place_of({"SLS_INFRA_AZURE_SCM": address, "SLS_INFRA_AZURE_TOKEN": "of-the-test"}, REAL)
    assert (place.address, place.tokens) == (address.rstrip("/"), FixedToken("of-the-test"))
    assert place_of({"SLS_INFRA_AZURE_SCM": address}, REAL).tokens == FixedToken("")


def test_a_tests_token_alone_changes_nothing() -> None:
    assert place_of({"SLS_INFRA_AZURE_TOKEN": "of-the-test"}, REAL) == Place(REAL)


def test_azure_is_asked_by_tls_with_a_token_for_its_cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {HOST} login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    sent: list[requests.PreparedRequest] = []

    def send(self: requests.Session, request: requests.PreparedRequest, **more: object) -> requests.Response:
        sent.append(request)
        raise requests.ConnectionError("not here")

    monkeypatch.setattr(requests.Session, "send", send)
    site = Site(Place(REAL), HOST.upper(), connect=1, answer=1)
    with pytest.raises(Unreachable):
        site.get("/api/deployments/latest")
    site.close()
    assert sent[0].url == f"https://{HOST}/api/deployments/latest"
    assert sent[0].headers["Authorization"] == "Bearer a-real-token"


def test_a_redirect_is_not_followed() -> None:
    from tests.engine.publish import Step

    with PublishEndpoint() as azure:
        azure.take(HOST, "", Step(then=(Step(302, "", {"Location": f"{azure.url}/elsewhere"}),)))
        site = Site(place_of(azure.env, REAL), HOST, connect=5, answer=5)
        assert site.get("/api/deployments/latest").status == 302
        site.close()
        assert azure.looks == 1


def test_a_token_in_an_answer_is_not_repeated() -> None:
    from tests.engine.publish import Step

    with PublishEndpoint() as azure:
        azure.take(HOST, "", Step(then=(Step(403, f"Bearer {azure.token} is not allowed"),)))
        site = Site(place_of(azure.env, REAL), HOST, connect=5, answer=5)
        assert site.get("/api/deployments/latest").text == "Bearer *** is not allowed"
        site.close()


@pytest.mark.parametrize(
    ("host", "scope"),
    [
        ("a.scm.azurewebsites.net", "https://management.azure.com/.default"),
        ("a-b1.scm.westeurope-01.azurewebsites.net", "https://management.azure.com/.default"),
        ("a.scm.azurewebsites.us", "https://management.usgovcloudapi.net/.default"),
        ("a.scm.chinacloudsites.cn", "https://management.chinacloudapi.cn/.default"),
        ("a.azurewebsites.net", ""),
        ("a.scm.azurewebsites.net.", ""),
        ("ä.scm.azurewebsites.net", ""),
        (".scm.azurewebsites.net", ""),
        ("a.scm.b.c.azurewebsites.net", ""),
        ("a.scm.azurewebsitesXnet", ""),
        ("", ""),
    ],
)
def test_hosts_and_what_a_token_for_them_must_be_for(host: str, scope: str) -> None:
    assert scope_of(host) == scope


def test_a_page_of_html_is_told_in_words() -> None:
    page = (
        "<!DOCTYPE html><head><title>x</title></head><STYLE>p{}</STYLE><p>Site&nbsp;</p>\n<p>is <b>down</b></p>"
        + "y" * 5000
    )
    words = Answer(503, page).words
    assert words.startswith("Site is down yyy")
    assert len(words) == 1000
