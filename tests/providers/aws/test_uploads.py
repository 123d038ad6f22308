"""Uploads to buckets that are there already: by rules of EventBridge, and nothing of the bucket is touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.events.models import EventPattern

from sls_infra import Bucket, OnUpload
from sls_infra.providers.aws.uploads import LONGEST, pattern
from sls_infra.runtime.entry import aws_messages
from sls_infra.runtime.events.shapes import Upload
from sls_infra.testing import render, render_program

from ...runtime.entry.conftest import event
from .event_specs import BUCKET, api, policy, told, worker

THEIRS = Bucket.existing("theirs", BUCKET)


def taken(wanted: str, key: str, *, bucket: str = "theirs", kind: str = "Object Created") -> bool:
    """Whether a rule takes an upload, as moto reads its pattern."""
    sent: Any = event("eventbridge-s3-documented") | {"detail-type": kind}
    sent["detail"] |= {"bucket": {"name": bucket}, "object": sent["detail"]["object"] | {"key": key}}
    return bool(EventPattern.load(wanted).matches_event(sent))


def test_a_rule_sends_to_the_queue_that_carries_its_events(tmp_path: Path) -> None:
    stack = render(api(OnUpload(THEIRS, worker(tmp_path), prefix="in/", suffix=".pdf")), "aws")
    assert [each.type for each in stack.resources if each.type.startswith("aws:s3/")] == []
    rule, target = stack.one("EventRule", "theirs-worker"), stack.one("EventTarget", "theirs-worker")
    assert "eventBusName" not in rule.inputs, "the default one, which is where S3 sends to"
    assert json.loads(rule.inputs["eventPattern"]) == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": ["theirs"]}, "object": {"key": [{"wildcard": "in/*.pdf"}]}},
    }
    queue = told(stack)["events"]["theirs-worker"]["source"]
    assert target.inputs["arn"] == queue
    assert target.inputs["rule"] == "orders-theirs-worker-0123abc"
    access = stack.one("QueuePolicy", "theirs-worker-events")
    assert access.urn in target.depends_on
    _, allow = json.loads(access.inputs["policy"])["Statement"]
    assert allow["Principal"] == {"Service": "events.amazonaws.com"}
    assert (allow["Action"], allow["Resource"]) == ("sqs:SendMessage", queue)
    arn = "arn:aws:events:eu-west-1:123456789012:rule/orders-theirs-worker-0123abc"
    assert allow["Condition"] == {"ArnEquals": {"aws:SourceArn": arn}}


def test_what_is_uploaded_may_be_read_and_nothing_else(tmp_path: Path) -> None:
    stack = render(api(OnUpload(THEIRS, worker(tmp_path), prefix="in/", suffix=".pdf")), "aws")
    on = {each["Sid"]: (each["Action"], each["Resource"]) for each in policy(stack)["Statement"]}
    assert on["ReadObjects"] == (["s3:GetObject"], [f"{BUCKET}/in/*.pdf"])
    assert on["ListObjects"] == (["s3:ListBucket"], [BUCKET])
    assert set(on) == {"Logs", "Receive", "Send", "ReadObjects", "ListObjects"}


def test_any_number_may_listen_to_the_same_uploads(tmp_path: Path) -> None:
    own, other = worker(tmp_path), worker(tmp_path, "other")
    events = [OnUpload(THEIRS, own), OnUpload(THEIRS, other), OnUpload(THEIRS, own, name="pdfs", suffix=".pdf")]
    stack = render(api(*events), "aws")
    assert {each.name for each in stack.all("EventRule")} == {"theirs-worker", "theirs-other", "pdfs"}
    assert len({each.inputs["arn"] for each in stack.all("EventTarget")}) == 3
    assert stack.all("BucketNotification") == []


@pytest.mark.parametrize("ref", [BUCKET, "theirs"])
def test_a_bucket_is_known_by_its_name(tmp_path: Path, ref: str) -> None:
    stack = render(api(OnUpload(Bucket.existing("b", ref), worker(tmp_path))), "aws")
    assert json.loads(stack.one("EventRule").inputs["eventPattern"])["detail"] == {"bucket": {"name": ["theirs"]}}


def test_a_bucket_of_another_stack_is_named_by_its_output(tmp_path: Path) -> None:
    import pulumi

    from sls_infra import ServerlessApi

    def program() -> ServerlessApi:
        ref: Any = pulumi.Output.from_input(BUCKET)
        return ServerlessApi(api(OnUpload(Bucket.existing("b", ref), worker(tmp_path), prefix="in/")), "aws")

    assert taken(render_program(program).one("EventRule").inputs["eventPattern"], "in/1.pdf")


def test_buckets_that_are_made_tell_eventbridge_too(tmp_path: Path) -> None:
    """So that an OnUpload of theirs in another stack works at once; by the one notification that there is."""
    box, plain = Bucket("box"), Bucket("plain")
    own = worker(tmp_path, links=[plain.read()])
    stack = render(api(OnUpload(box, own, prefix="a/"), OnUpload(box, own, name="b", prefix="b/")), "aws")
    made = {each.name: each.inputs for each in stack.all("BucketNotification")}
    assert {name: inputs["eventbridge"] for name, inputs in made.items()} == {"box": True, "plain": True}
    assert len(made["box"]["queues"]) == 2
    assert "queues" not in made["plain"]
    assert stack.all("EventRule") == []


def test_the_runtime_reads_what_a_rule_sends() -> None:
    sent = event("eventbridge-s3-documented")
    record = {
        "messageId": "1", "eventSourceARN": "arn", "attributes": {"ApproximateReceiveCount": "1"},
        "body": json.dumps(sent),
    }  # fmt: skip
    (delivery,) = aws_messages.deliveries("n", {"kind": "upload", "source": "theirs"}, record)
    assert isinstance(delivery.event, Upload)
    assert taken(pattern("theirs", "example", "-key"), delivery.event.key)


def test_other_events_and_buckets_are_not_taken() -> None:
    wanted = pattern("theirs", "", "")
    assert taken(wanted, "any")
    assert not taken(wanted, "any", bucket="others")
    assert not taken(wanted, "any", kind="Object Deleted")


TEXT = st.text("ab*\\/.", max_size=4)


@given(TEXT, TEXT, st.text("ab*\\/.", max_size=10))
def test_keys_are_taken_that_start_and_end_so_and_no_others(prefix: str, suffix: str, middle: str) -> None:
    wanted = pattern("theirs", prefix, suffix)
    overlapping = [prefix + suffix[at:] for at in range(len(suffix) + 1)]
    for key in (middle, prefix + middle, middle + suffix, prefix + middle + suffix, *overlapping):
        assert taken(wanted, key) is (key.startswith(prefix) and key.endswith(suffix)), (wanted, key)


@pytest.mark.parametrize("letter", ["a", "\\", "é", "*"])
def test_a_pattern_that_is_too_long_takes_more(letter: str) -> None:
    """The runtime lets through what fits alone."""
    text = letter * (512 // len(letter.encode()))
    wanted = pattern("b" * 63, text, text)
    assert len(wanted) <= LONGEST
    assert taken(wanted, text + text, bucket="b" * 63)
    assert not taken(wanted, "x", bucket="b" * 63)
