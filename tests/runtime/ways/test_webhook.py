"""Webhook: messages signed by the vendors' own libraries, changed ones, late ones, and the same one again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import gidgethub.sansio
import pytest
import slack_sdk.signature
import standardwebhooks
import stripe

from sls_infra.runtime import Request
from sls_infra.runtime.errors import HttpError
from sls_infra.runtime.ways.replays import Replays
from sls_infra.runtime.ways.schemes import SCHEMES
from sls_infra.runtime.ways.webhook import TOLERANCE

from .conftest import Clock, Platform, Serve, call, challenge_of

Headers = dict[str, str]
SECRETS = {
    "github": "it's a secret",
    "stripe": "whsec_of_stripe",
    "slack": "8f742231b10e8888abcd99yyyzzz85a5",
    "standard": f"whsec_{base64.b64encode(b'0123456789abcdef01234567').decode()}",
}
BODY = b'{"event":"paid","amount":1999,"name":"\xc3\xbc"}'


def github(body: bytes, now: int, secret: str) -> Headers:
    mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    gidgethub.sansio.validate_event(body, signature=f"sha256={mac}", secret=secret)  # raises if it is not GitHub's
    return {"x-hub-signature-256": f"sha256={mac}", "x-github-delivery": "72d3162e", "x-hub-signature": "sha1=aa"}


def of_stripe(body: bytes, now: int, secret: str) -> Headers:
    mac = stripe.WebhookSignature._compute_signature(f"{now}.{body.decode()}", secret)
    return {"stripe-signature": f"t={now},v0={mac[::-1]},v1={mac}"}


def slack(body: bytes, now: int, secret: str) -> Headers:
    verifier = slack_sdk.signature.SignatureVerifier(secret)
    signature = verifier.generate_signature(timestamp=str(now), body=body)
    assert signature is not None
    return {"x-slack-request-timestamp": str(now), "x-slack-signature": signature}


def standard(body: bytes, now: int, secret: str) -> Headers:
    signature = standardwebhooks.Webhook(secret).sign("msg_2KWP", datetime.fromtimestamp(now, UTC), body.decode())
    return {"webhook-id": "msg_2KWP", "webhook-timestamp": str(now), "webhook-signature": signature}


SIGN: dict[str, Callable[[bytes, int, str], Headers]] = {
    "github": github, "stripe": of_stripe, "slack": slack, "standard": standard,
}  # fmt: skip
TIMED = ["stripe", "slack", "standard"]
each = pytest.mark.parametrize("scheme", SIGN)
each_timed = pytest.mark.parametrize("scheme", TIMED)


def ways(scheme: str) -> dict[str, dict[str, str]]:
    return {"webhook": {"kind": "webhook", "scheme": scheme, "secret": "hook"}}


@pytest.fixture(autouse=True)
def secrets(platform: Platform) -> None:
    platform.secrets["hook"] = SECRETS["standard"]


def signed(scheme: str, now: float, body: bytes = BODY, secret: str = "") -> Headers:
    return SIGN[scheme](body, int(now), secret or SECRETS[scheme])


@each
def test_what_the_vendor_signs_gets_in_once(serve: Serve, platform: Platform, clock: Clock, scheme: str) -> None:
    platform.secrets["hook"] = SECRETS[scheme]
    dispatcher = serve(ways(scheme))
    headers = signed(scheme, clock.now)
    answer = call(dispatcher, headers, BODY)
    assert json.loads(answer.body) == {"claims": {}, "known": True}
    for later in (0, 100, 199):
        clock.now += later
        again = call(dispatcher, headers, BODY)
        assert again.status == 401
        assert "come before" in json.loads(again.body)["detail"]
    clock.now += 200
    if scheme != "github":  # which signs no time
        assert call(dispatcher, headers, BODY).status == 401
    assert call(dispatcher, signed(scheme, clock.now, BODY + b" "), BODY + b" ").status == 200


@each
def test_what_is_changed_stays_out(serve: Serve, platform: Platform, clock: Clock, scheme: str) -> None:
    platform.secrets["hook"] = SECRETS[scheme]
    for anonymous in (False, True):
        dispatcher = serve(ways(scheme), anonymous=anonymous)
        headers = signed(scheme, clock.now)
        name = SCHEMES[scheme].header
        for body in (b"", BODY[:-1], BODY + b" ", BODY.replace(b"1999", b"1998"), BODY.decode().encode("utf-16")):
            assert call(dispatcher, headers, body).status == 401
        for value in ("", "x", headers[name][:-1], headers[name].swapcase(), f"{headers[name]}ü", "a" * 5000):
            refused = call(dispatcher, {**headers, name: value}, BODY)
            assert refused.status == 401, value
            expected = f'Webhook realm="orders", header="{name}", error="invalid_signature"'
            assert challenge_of(refused) == expected
        for other in headers.keys() & {"webhook-id", "webhook-timestamp", "x-slack-request-timestamp"}:
            for value in ("", "7", f"{headers[other]}0", f" {int(clock.now)}.0", "-1", "1e9", "\uff19" * 10):
                assert call(dispatcher, {**headers, other: value}, BODY).status == 401, (other, value)
            assert call(dispatcher, {key: text for key, text in headers.items() if key != other}, BODY).status == 401
        for wrong in ("another secret", SECRETS[scheme][:-1]):
            if scheme != "standard":
                assert call(dispatcher, signed(scheme, clock.now, secret=wrong), BODY).status == 401
        assert call(dispatcher, headers, BODY).status == 200


@each
def test_no_signature(serve: Serve, platform: Platform, scheme: str) -> None:
    refused = call(serve(ways(scheme)), body=BODY)
    assert refused.status == 401
    assert json.loads(refused.body)["detail"] == "a signature is needed"
    assert call(serve(ways(scheme), anonymous=True), body=BODY).status == 200


@each
def test_headers_that_come_twice(serve: Serve, platform: Platform, clock: Clock, scheme: str) -> None:
    platform.secrets["hook"] = SECRETS[scheme]
    headers = signed(scheme, clock.now)
    for name in headers.keys() - {"x-github-delivery", "x-hub-signature"}:
        assert call(serve(ways(scheme)), [*headers.items(), (name, headers[name])], BODY).status == 401


@each_timed
def test_times_too_far_from_now(serve: Serve, platform: Platform, clock: Clock, scheme: str) -> None:
    platform.secrets["hook"] = SECRETS[scheme]
    dispatcher = serve(ways(scheme))
    for offset, status in ((-TOLERANCE, 200), (TOLERANCE, 200), (-TOLERANCE - 1, 401), (TOLERANCE + 1, 401)):
        assert call(dispatcher, signed(scheme, clock.now + offset), BODY).status == status, offset


@each_timed
def test_a_message_of_the_near_future_is_remembered_until_it_is_too_old(
    serve: Serve, platform: Platform, clock: Clock, scheme: str
) -> None:
    platform.secrets["hook"] = SECRETS[scheme]
    dispatcher, headers = serve(ways(scheme)), signed(scheme, clock.now + TOLERANCE)
    assert call(dispatcher, headers, BODY).status == 200
    clock.now += 2 * TOLERANCE
    assert call(dispatcher, headers, BODY).status == 401
    clock.now += 1
    assert call(dispatcher, headers, BODY).status == 401


@each
def test_a_message_whose_handling_failed_may_come_again(
    serve: Serve, platform: Platform, clock: Clock, scheme: str
) -> None:
    platform.secrets["hook"] = SECRETS[scheme]
    failures = [HttpError(503, "later"), RuntimeError("oops")]

    def handle(request: Request) -> str:
        if failures:
            raise failures.pop()
        return "done"

    dispatcher, headers = serve(ways(scheme), handle=handle), signed(scheme, clock.now)
    assert [call(dispatcher, headers, BODY).status for _ in range(4)] == [500, 503, 200, 401]


def test_a_failing_handler_that_changed_its_request_still_gets_an_answer(
    serve: Serve, platform: Platform, clock: Clock
) -> None:
    def handle(request: Request) -> None:
        request.headers = None  # type: ignore[assignment]
        raise RuntimeError("oops")

    platform.secrets["hook"] = SECRETS["github"]
    dispatcher = serve(ways("github"), handle=handle)
    assert [call(dispatcher, signed("github", clock.now), BODY).status for _ in range(2)] == [500, 401]


def test_several_signatures_of_stripe_and_of_the_standard(serve: Serve, platform: Platform, clock: Clock) -> None:
    """While a secret is rotated, messages are signed with both."""
    old, new = signed("stripe", clock.now, secret="old"), signed("stripe", clock.now)
    both = {"stripe-signature": f"{old['stripe-signature']},v1={new['stripe-signature'].split('v1=')[1][:64]}"}
    platform.secrets["hook"] = SECRETS["stripe"]
    assert call(serve(ways("stripe")), both, BODY).status == 200
    assert call(serve(ways("stripe")), old, BODY).status == 401
    twice = {"stripe-signature": f"t=1,{new['stripe-signature']}"}
    assert call(serve(ways("stripe")), twice, BODY).status == 401

    platform.secrets["hook"] = SECRETS["standard"]
    headers = signed("standard", clock.now)
    for more in (f"v1,AAAA {headers['webhook-signature']}", f"{headers['webhook-signature']} v1a,AAAA"):
        assert call(serve(ways("standard")), {**headers, "webhook-signature": more}, BODY).status == 200
    for no_more in (headers["webhook-signature"].replace("v1", "v1a"), headers["webhook-signature"].replace(",", ", ")):
        assert call(serve(ways("standard")), {**headers, "webhook-signature": no_more}, BODY).status == 401


def test_secrets_of_the_standard_as_its_library_takes_them(clock: Clock, serve: Serve, platform: Platform) -> None:
    """With and without the prefix."""
    plain = SECRETS["standard"].removeprefix("whsec_")
    for secret in (SECRETS["standard"], plain, f"{SECRETS['standard']}\n"):
        platform.secrets["hook"] = secret
        assert call(serve(ways("standard")), signed("standard", clock.now), BODY).status == 200
    for secret in ("whsec_", "whsec_!!!", "whsec_A"):
        platform.secrets["hook"] = secret
        assert call(serve(ways("standard")), signed("standard", clock.now), BODY).status == 500


def test_an_id_that_could_hide_a_time(serve: Serve, platform: Platform, clock: Clock) -> None:
    platform.secrets["hook"] = SECRETS["standard"]
    hook, moment = standardwebhooks.Webhook(SECRETS["standard"]), datetime.fromtimestamp(int(clock.now), UTC)
    headers = {"webhook-id": "a.b", "webhook-timestamp": str(int(clock.now))}
    headers["webhook-signature"] = hook.sign("a.b", moment, BODY.decode())
    assert call(serve(ways("standard")), headers, BODY).status == 401


def test_a_secret_that_changed_is_seen(serve: Serve, platform: Platform, clock: Clock) -> None:
    platform.secrets["hook"] = "old"
    platform.fresh = 60.0
    dispatcher = serve(ways("github"))
    assert call(dispatcher, signed("github", clock.now, b"1", "old"), b"1").status == 200
    platform.secrets["hook"] = "new"
    for _ in range(50):
        assert call(dispatcher, signed("github", clock.now, b"2", "new"), b"2").status == 401
    assert platform.asked == ["hook"], "a signature that does not fit fetches nothing"
    clock.now += 61
    assert call(dispatcher, signed("github", clock.now, b"2", "new"), b"2").status == 200
    assert call(dispatcher, signed("github", clock.now, b"3", "old"), b"3").status == 401


@pytest.mark.parametrize(("secret", "status"), [("", 500), (None, 503)])
def test_no_secret_lets_nobody_in(serve: Serve, platform: Platform, secret: str | None, status: int) -> None:
    del platform.secrets["hook"]
    if secret is not None:
        platform.secrets["hook"] = secret
    for name in SIGN:
        mac = hmac.new(b"", BODY, hashlib.sha256).hexdigest()
        forged = {SCHEMES[name].header: f"sha256={mac}"} if name == "github" else signed(name, 1, secret="AAAA")
        assert call(serve(ways(name)), forged, BODY).status == status


def test_of_many_threads_with_one_message_one_gets_in(serve: Serve, platform: Platform, clock: Clock) -> None:
    platform.secrets["hook"] = SECRETS["stripe"]
    dispatcher, headers = serve(ways("stripe")), signed("stripe", clock.now)
    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda _: call(dispatcher, headers, BODY).status, range(64)))
    assert sorted(statuses) == [200] + [401] * 63


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sls_infra.runtime.ways.replays.ENTRIES", 100)
    memory = Replays()
    for number in range(1000):
        assert memory.first(b"%d" % number, until=number + 50, now=number)
        assert len(memory) <= 100
    assert not memory.first(b"999", until=2000, now=1000)
    assert not memory.first(b"950", until=2000, now=1000)
    assert memory.first(b"900", until=2000, now=1000), "its time was over"
    memory.forget(b"999")
    assert memory.first(b"999", until=2000, now=1000)
