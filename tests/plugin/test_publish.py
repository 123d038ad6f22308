"""How a zip gets to an app: against a stand-in of Azure's endpoint, in time that passes only where somebody waits."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sls_infra.errors import SlsError
from sls_infra.plugin.publish import Limits, Publisher
from sls_infra.plugin.scm import Place, place_of
from tests.engine import publish as stand_in
from tests.engine.publish import (
    BUILDING,
    CANCELLED,
    CONFLICT,
    DEPLOYING,
    FAILED,
    PARTIAL,
    PENDING,
    SUCCESS,
    PublishEndpoint,
    Step,
    becomes,
    inside,
    refuse,
)
from tests.plugin.clock import Time

HOST = "shop.scm.azurewebsites.net"
ROLE = (
    "InaccessibleStorageException: Failed to access storage account for deployment: BlobUploadFailedException: Failed "
    "to upload blob to storage account: Response status code does not indicate success: 403 (This request is not "
    "authorized to perform this operation using this permission.)"
)

Publish = Callable[..., str]


class NoTokens:
    """Never to be asked: the endpoint has one of its own."""

    def get(self, scope: str, refused: str = "") -> str:
        raise AssertionError("a real token was asked for")


@pytest.fixture
def azure() -> Iterator[PublishEndpoint]:
    with PublishEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "shop.zip"
    path.write_bytes(b"PK zip")
    return path


@pytest.fixture
def publish(azure: PublishEndpoint, time: Time, bundle: Path) -> Publish:
    """`publish(place=, limits=)`: the bundle, to the app."""

    def run(place: Place | None = None, **limits: Any) -> str:
        place = place or place_of(azure.env, NoTokens())
        publisher = Publisher(place, replace(Limits(), **limits), clock=time.clock, sleep=time.sleep)
        return publisher.publish("shop", HOST, bundle, hashlib.sha256(bundle.read_bytes()).hexdigest())

    return run


def refused(publish: Publish, **limits: Any) -> str:
    with pytest.raises(SlsError) as error:
        publish(**limits)
    return str(error.value)


@pytest.mark.parametrize("status", [401, 403, 404, 408, 409, 429, 500, 502, 503, 504])
def test_what_may_pass_is_waited_for(publish: Publish, azure: PublishEndpoint, time: Time, status: int) -> None:
    azure.script(refuse(status), refuse(status))
    assert publish() == azure.deployments[0].id
    assert (azure.posts, len(azure.published)) == (3, 1)
    assert time.pauses[:2] == [2, 4]


def test_roles_of_the_app_itself_are_waited_for(publish: Publish, azure: PublishEndpoint) -> None:
    azure.script(refuse(400, ROLE), becomes(PENDING, FAILED, text=ROLE))
    publish()
    assert azure.posts == 3


@pytest.mark.parametrize(
    ("status", "body", "least", "most", "fix"),
    [
        (401, "", 30, 60, "az login"),
        (302, "", 30, 60, "az login"),
        (403, "Ip Forbidden", 570, 600, "Website Contributor"),
        (400, ROLE, 570, 600, "Storage Blob Data Contributor"),
        (409, "Deployment in progress", 570, 600, "wait for it to end"),
        (503, "<html><head><style>p {}</style></head><p>Site &nbsp;Unavailable</p></html>", 270, 300, "restart"),
        (413, "Too large", 0, 0, "exclude"),
        (415, "", 0, 0, "Flex Consumption"),
        (400, "Bad zip", 0, 0, "what Azure says"),
    ],
)
def test_what_does_not_pass_is_told_with_what_to_do(
    publish: Publish, azure: PublishEndpoint, time: Time, status: int, body: str, least: float, most: float, fix: str
) -> None:
    azure.script(*[refuse(status, body)] * 1000)
    said = refused(publish)
    assert least <= time.now - 1000 <= most
    assert said.startswith("the code of the app shop was not put in place: ")
    assert f"Azure's last word: {status}" in said
    assert fix in said
    assert "p {}" not in said
    assert "<" not in said
    assert azure.published == []
    assert azure.posts < 60


def test_retry_after_is_kept_to(publish: Publish, azure: PublishEndpoint, time: Time) -> None:
    azure.script(
        refuse(429, Retry_After="77"),
        refuse(503, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"),
        refuse(429, Retry_After="x"),
    )
    publish()
    assert time.pauses[:3] == [77, 4, 8]
    azure.script(refuse(429, Retry_After="3600"))
    assert "too many requests" in refused(publish)


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (FAILED, "the deployment failed"),
        (PARTIAL, "succeeded only in part"),
        (CANCELLED, "cancelled"),
    ],
)
def test_a_failure_inside_a_success_is_one(publish: Publish, azure: PublishEndpoint, status: int, why: str) -> None:
    azure.script(becomes(PENDING, BUILDING, DEPLOYING, status, text="App setting  X is not\nsupported"))
    said = refused(publish)
    assert why in said
    assert "App setting X is not supported" in said
    azure.script(inside(status, "at once"))
    said = refused(publish)
    assert why in said
    assert "at once" in said
    assert azure.posts == 2


def test_a_success_inside_the_answer_is_one(publish: Publish, azure: PublishEndpoint) -> None:
    azure.script(inside(SUCCESS, ""))
    assert publish() == "inside"
    assert azure.looks == 0


def test_a_deployment_that_another_one_pushed_aside_is_sent_again(publish: Publish, azure: PublishEndpoint) -> None:
    azure.script(becomes(CONFLICT), becomes(PENDING, CONFLICT))
    assert publish() == azure.deployments[2].id


@pytest.mark.parametrize("body", [b"", b'""'])
def test_a_deployment_without_an_id_is_found_by_our_name(publish: Publish, azure: PublishEndpoint, body: bytes) -> None:
    azure.script(becomes(PENDING, SUCCESS, body=b""))
    assert publish() == azure.deployments[0].id
    assert azure.posts == 1


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"[1]", b"{}", b'"../../settings"', b"\xff\xfe"])
def test_an_answer_that_is_none_is_told(publish: Publish, azure: PublishEndpoint, body: bytes) -> None:
    azure.script(Step(200, body, taken=False))
    assert "no answer of a publish endpoint" in refused(publish)
    assert azure.looks == 0


def test_looks_that_fail_are_looked_again(publish: Publish, azure: PublishEndpoint) -> None:
    rough = [refuse(404), refuse(404), PENDING, refuse(503), refuse(401), refuse(429, Retry_After="5"), refuse(403)]
    azure.script(becomes(*rough, DEPLOYING, SUCCESS))
    publish()
    assert azure.posts == 1


def test_numbers_may_be_text(publish: Publish, azure: PublishEndpoint) -> None:
    azure.script(becomes("0", "4"))
    publish()
    assert azure.posts == 1


def test_a_number_that_nobody_knows_is_not_success(publish: Publish, azure: PublishEndpoint) -> None:
    azure.script(becomes(17, text="Hibernating"))
    assert "Hibernating" in refused(publish)


def test_a_deployment_that_never_ends_does(publish: Publish, azure: PublishEndpoint, time: Time) -> None:
    azure.script(becomes(PENDING, BUILDING))
    said = refused(publish)
    assert "did not say in time" in said
    assert "building" in said
    assert 900 <= time.now - 1000 <= 920


def test_a_zip_that_was_forgotten_is_sent_again(publish: Publish, azure: PublishEndpoint, time: Time) -> None:
    azure.script(becomes(refuse(404)), becomes(DEPLOYING, refuse(404)))
    assert publish() == azure.deployments[2].id
    azure.script(*[becomes(refuse(404))] * 100)
    assert "knew nothing of it" in refused(publish)
    assert azure.posts < 20


def test_a_reset_after_the_zip_is_looked_up_before_it_is_sent_again(publish: Publish, azure: PublishEndpoint) -> None:
    azure.script(becomes(PENDING, SUCCESS, cut=True))
    assert publish() == azure.deployments[0].id
    assert azure.posts == 1


def test_a_reset_before_it_was_taken_is_sent_again(publish: Publish, azure: PublishEndpoint) -> None:
    azure.deployed_by(HOST, "az_cli")
    azure.script(Step(cut=True, taken=False), Step(cut=True, taken=False))
    publish()
    assert azure.posts == 3


def test_a_refusal_that_does_not_wait_for_the_zip(publish: Publish, azure: PublishEndpoint, bundle: Path) -> None:
    bundle.write_bytes(bytes(8_000_000))
    azure.script(replace(refuse(403, "not yet"), unread=True), replace(refuse(503), unread=True))
    assert publish() == azure.deployments[0].id
    assert (azure.posts, len(azure.published)) == (3, 1)


def test_an_answer_that_does_not_come_is_not_waited_for(publish: Publish, azure: PublishEndpoint) -> None:
    azure.script(becomes(PENDING, SUCCESS, hang=True), Step(hang=True, taken=False))
    assert publish(answer=0.3) == azure.deployments[0].id
    assert azure.posts == 1
    publish(answer=0.3)
    assert azure.posts == 3


def test_nobody_there(publish: Publish, azure: PublishEndpoint, time: Time) -> None:
    azure.__exit__()
    said = refused(publish)
    assert "can't be reached" in said
    assert "object at 0x" not in said
    assert 270 <= time.now - 1000 <= 300


def test_a_large_zip_is_read_as_it_is_sent(publish: Publish, azure: PublishEndpoint, bundle: Path) -> None:
    megabytes = 48
    with bundle.open("wb") as file:
        for number in range(megabytes):
            file.write(bytes([number]) * 1_000_000)
    publisher = Publisher(place_of(azure.env, NoTokens()), sleep=lambda _: None)
    with bundle.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    tracemalloc.start()
    try:
        publisher.publish("shop", HOST, bundle, sha256)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [each.sha256 for each in azure.published] == [sha256]
    assert peak < 8_000_000


def test_the_stand_in_refuses_what_is_no_zip(azure: PublishEndpoint) -> None:
    import requests

    assert requests.post(f"{azure.url}/api/publish", data=b"x", timeout=30).status_code == 415
    assert (
        requests.post(f"{azure.url}/x", data=b"x", headers={"Content-Type": "application/zip"}, timeout=30).status_code
        == 415
    )
    assert azure.published == []
    assert stand_in.PENDING == 0
