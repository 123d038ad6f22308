"""What is rendered, made in an account that moto plays, and used: nothing dangles, and what is sent arrives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_plus

import pytest
from moto import mock_aws

from sls_infra import Api, Bucket, OnMessage, OnUpload, Queue, Topic
from sls_infra.testing import render

from .event_specs import api, every_source, told, worker
from .replay import Account, client


@pytest.fixture(autouse=True)
def _moto() -> Iterator[None]:
    with mock_aws():
        yield


def test_all_of_it_can_be_made_and_nothing_dangles(tmp_path: Path) -> None:
    stack = render(every_source(tmp_path), "aws")
    account = Account(stack)
    (table,) = account.tables.values()
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["id", "at"]
    for known in told(stack)["events"].values():
        assert known["dead_letter"] in account.urls
        table_arn = known["source"].partition("/stream/")[0]
        assert known["source"] in account.urls or table_arn in account.tables
    assert stack.one("Schedule").inputs["target"]["arn"] in account.urls


def test_a_topics_message_arrives_raw_where_its_attributes_fit(tmp_path: Path) -> None:
    placed, one, two = Topic("placed"), worker(tmp_path, "one"), worker(tmp_path, "two")
    stack = render(
        api(OnMessage(placed, one, attributes={"type": ["paid"]}), OnMessage(placed, two)),
        "aws",
    )
    account = Account(stack)
    (topic,) = account.topics
    for kind in ("paid", "sent"):
        attributes = {"type": {"DataType": "String", "StringValue": kind}}
        account.sns.publish(TopicArn=topic, Message=json.dumps({"is": kind}), MessageAttributes=attributes)
    filtered = account.messages(told(stack, "one")["events"]["placed-one"]["source"])
    assert [json.loads(each["Body"]) for each in filtered] == [{"is": "paid"}]
    assert filtered[0]["MessageAttributes"]["type"]["StringValue"] == "paid"
    every = account.messages(told(stack, "two")["events"]["placed-two"]["source"])
    assert sorted(json.loads(each["Body"])["is"] for each in every) == ["paid", "sent"]


def test_an_upload_arrives_at_the_subscriber_that_it_fits(tmp_path: Path) -> None:
    box, own = Bucket("box"), worker(tmp_path)
    uploads = [OnUpload(box, own, name=name, prefix=f"{name}/", suffix=".pdf") for name in ("a", "b")]
    stack = render(api(*uploads), "aws")
    account = Account(stack)
    (bucket,) = account.buckets
    account.s3.delete_bucket_policy(Bucket=bucket)  # moto takes its denial of calls without TLS for one of every call
    for key in ("a/1.pdf", "a/1.png", "b/2.pdf", "c/3.pdf"):
        account.s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    found = {}
    for name in ("a", "b"):
        bodies = [json.loads(each["Body"]) for each in account.messages(told(stack)["events"][name]["source"])]
        found[name] = [
            unquote_plus(record["s3"]["object"]["key"]) for body in bodies for record in body.get("Records", [])
        ]
    assert found == {"a": ["a/1.pdf"], "b": ["b/2.pdf"]}


def test_an_upload_to_another_stacks_bucket_arrives_at_each_that_it_fits(tmp_path: Path) -> None:
    """Two stacks of one account: the owner's, which has a subscriber too, and one that knows the bucket by its name."""
    owner = api(OnUpload(Bucket("box"), worker(tmp_path), prefix="in/"))
    owners = Account(render(owner, "aws"))
    (bucket,) = owners.buckets
    theirs, own = Bucket.existing("theirs", f"arn:aws:s3:::{bucket}"), worker(tmp_path)
    uploads = [OnUpload(theirs, own, name="every"), OnUpload(theirs, own, name="some", prefix="in/", suffix=".pdf")]
    stack = render(Api("listener", events=uploads), "aws")
    account = Account(stack)
    owners.s3.delete_bucket_policy(Bucket=bucket)
    for key in ("in/ü +*.pdf", "in/1.png", "out/1.pdf"):
        owners.s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    owners.s3.delete_object(Bucket=bucket, Key="in/1.png")
    found = {}
    for name, known in told(stack)["events"].items():
        messages = account.messages(known["source"])
        found[name] = sorted(json.loads(each["Body"])["detail"]["object"]["key"] for each in messages)
    assert found == {"every": ["in/1.png", "in/ü +*.pdf", "out/1.pdf"], "some": ["in/ü +*.pdf"]}
    (arn,) = (known["source"] for known in told(render(owner, "aws"))["events"].values())
    assert len([each for each in owners.messages(arn) if "Records" in json.loads(each["Body"])]) == 2


def test_what_is_received_too_often_lies_among_the_dead_letters(tmp_path: Path) -> None:
    stack = render(api(OnMessage(Queue("emails"), worker(tmp_path), max_attempts=2)), "aws")
    account = Account(stack)
    known = told(stack)["events"]["emails-worker"]
    url = account.urls[known["source"]]
    account.sqs.send_message(QueueUrl=url, MessageBody="poison")
    for _ in range(2):
        (message,) = account.messages(known["source"])
        account.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    assert account.messages(known["source"]) == []
    assert [each["Body"] for each in account.messages(known["dead_letter"])] == ["poison"]


def test_what_lambda_says_of_the_mappings(tmp_path: Path) -> None:
    """moto looks up source and function of a mapping, and refuses those that are not there."""
    stack = render(api(OnMessage(Queue("emails"), worker(tmp_path), batch_size=10, batch_window=2)), "aws")
    account = Account(stack)
    role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    lambda_, inputs = client("lambda"), stack.one("EventSourceMapping").inputs
    lambda_.create_function(
        FunctionName="orders-worker-0123abc", Role=role, Handler="h", Runtime="python3.12", Code={"ZipFile": b""}
    )
    made = lambda_.create_event_source_mapping(
        FunctionName=inputs["functionName"],
        EventSourceArn=inputs["eventSourceArn"],
        BatchSize=inputs["batchSize"],
        MaximumBatchingWindowInSeconds=inputs["maximumBatchingWindowInSeconds"],
        FunctionResponseTypes=inputs["functionResponseTypes"],
    )
    assert made["EventSourceArn"] in account.urls
    assert made["FunctionArn"] == stack.outputs["functions"]["worker"]
