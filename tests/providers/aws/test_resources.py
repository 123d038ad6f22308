"""Queues, topics, buckets and tables on AWS: closed, encrypted, recoverable; or there already, and left alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from sls_infra import Bucket, OnChange, OnMessage, OnSchedule, Queue, SpecError, Table, Topic
from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered
from sls_infra.testing.rendering import render_program

from .event_specs import BUCKET, QUEUE, TABLE, TOPIC, api, every_source, policy, told, worker

MADE = ("sqs/queue:Queue", "sns/topic:Topic", "s3/bucket:Bucket", "dynamodb/table:Table")


def linked(folder: Path, *links: Any) -> Rendered:
    """A function with these links, on AWS."""
    return render(api(OnSchedule("s", worker(folder, links=list(links)), cron="0 3 * * *")), "aws")


def test_a_bucket_is_private_encrypted_and_tls_only(tmp_path: Path) -> None:
    stack = linked(tmp_path, Bucket("b").read())
    closed = stack.one("BucketPublicAccessBlock", "b").inputs
    assert all(closed[f"{word}"] is True for word in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls"))
    assert closed["restrictPublicBuckets"] is True
    assert stack.one("BucketOwnershipControls", "b").inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    (rule,) = stack.one("BucketServerSideEncryptionConfiguration", "b").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
    assert stack.all("BucketVersioning") == []
    (deny,) = json.loads(stack.one("BucketPolicy", "b").inputs["policy"])["Statement"]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    (kept,) = stack.one("BucketLifecycleConfiguration", "b").inputs["rules"]
    assert kept["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}


def test_versions_are_kept_and_expire_as_long_after(tmp_path: Path) -> None:
    stack = linked(tmp_path, Bucket("b", versioned=True, expire_after=30).read(), Bucket("c", expire_after=1).read())
    assert stack.one("BucketVersioning", "b").inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert stack.one("BucketVersioning").urn in stack.one("BucketLifecycleConfiguration", "b").depends_on
    _, expired = stack.one("BucketLifecycleConfiguration", "b").inputs["rules"]
    assert expired["expiration"] == {"days": 30}
    assert expired["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
    _, plain = stack.one("BucketLifecycleConfiguration", "c").inputs["rules"]
    assert plain["expiration"] == {"days": 1}
    assert "noncurrentVersionExpiration" not in plain


def test_a_table_is_on_demand_and_has_what_its_spec_says(tmp_path: Path) -> None:
    table = Table("t", key="a", sort_key="b", ttl="c", indexes={"one": ["d"], "two": ["d", "b"]})
    inputs = linked(tmp_path, table.read()).one("dynamodb/table:Table", "t").inputs
    assert inputs["billingMode"] == "PAY_PER_REQUEST"
    assert (inputs["hashKey"], inputs["rangeKey"]) == ("a", "b")
    assert {each["name"] for each in inputs["attributes"]} == {"a", "b", "d"}, "each once, and ttl is none of the keys"
    assert inputs["ttl"] == {"attributeName": "c", "enabled": True}
    keys = {index["name"]: [key["attributeName"] for key in index["keySchemas"]]
            for index in inputs["globalSecondaryIndexes"]}  # fmt: skip
    assert keys == {"one": ["d"], "two": ["d", "b"]}
    assert "streamEnabled" not in inputs, "nothing reads its changes"


def test_what_holds_data_is_protected_unless_it_is_said_not_to(tmp_path: Path) -> None:
    kept: dict[str, bool] = {}

    def see(args: pulumi.ResourceTransformArgs) -> None:
        kept[args.type_] = bool(args.opts.protect)

    def look(protect: bool) -> Rendered:
        links = [Table("t", protect=protect).read(), Bucket("b", protect=protect).read(), Queue("q").send()]
        spec = api(OnSchedule("s", worker(tmp_path, links=links), cron="0 3 * * *"))
        return render(spec, "aws", transform=see)

    table = look(True).one("dynamodb/table:Table").inputs
    assert table["deletionProtectionEnabled"] is True
    assert table["pointInTimeRecovery"] == {"enabled": True}
    assert {type for type, protected in kept.items() if protected} == {f"aws:{MADE[2]}", f"aws:{MADE[3]}"}
    table = look(False).one("dynamodb/table:Table").inputs
    assert "deletionProtectionEnabled" not in table
    assert not any(kept.values())


def test_queues_and_topics_are_encrypted_and_tls_only(tmp_path: Path) -> None:
    fifo = Queue("f", fifo=True, retention=3600)
    stack = linked(tmp_path, Queue("q").send(), fifo.send(), Topic("t").publish())
    assert all(queue.inputs["sqsManagedSseEnabled"] is True for queue in stack.all("sqs/queue:Queue"))
    assert stack.one("sqs/queue:Queue", "f").inputs["messageRetentionSeconds"] == 3600
    assert stack.one("sqs/queue:Queue", "f").inputs["fifoQueue"] is True
    assert stack.one("sns/topic:Topic", "t").inputs["kmsMasterKeyId"] == "alias/aws/sns"
    policies = [*stack.all("QueuePolicy"), *stack.all("TopicPolicy")]
    assert len(policies) == 5, "of the queue that carries the schedule, and of dead letters, too"
    for each in policies:
        first = json.loads(each.inputs["policy"])["Statement"][0]
        assert (first["Effect"], first["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_what_is_there_already_is_never_made(tmp_path: Path) -> None:
    links = [
        Queue.existing("q", QUEUE).send(), Topic.existing("t", TOPIC).publish(), Bucket.existing("b", BUCKET).write(),
        Table.existing("o", TABLE, indexes={"i": ["x"]}).read(), Bucket.existing("c", "by-its-name").read(),
    ]  # fmt: skip
    stack = linked(tmp_path, *links)
    assert {each.name for kind in MADE for each in stack.all(kind)} == {"s-dead-letters", "s-events"}
    known = told(stack)
    assert (known["queue"], known["topic"], known["table"]) == ({"q": QUEUE}, {"t": TOPIC}, {"o": TABLE})
    assert known["bucket"] == {"b": "theirs", "c": "by-its-name"}
    allowed = json.dumps(policy(stack))
    for arn in (QUEUE, TOPIC, f"{BUCKET}/*", TABLE, f"{TABLE}/index/i", "arn:aws:s3:::by-its-name/*"):
        assert f'"{arn}"' in allowed
    assert stack.outputs["buckets"] == {"b": BUCKET, "c": "arn:aws:s3:::by-its-name"}
    assert stack.outputs["queues"]["q"] == QUEUE


def test_events_of_what_is_there_already(tmp_path: Path) -> None:
    own = worker(tmp_path)
    stack = render(
        api(
            OnMessage(Queue.existing("q", QUEUE), own),
            OnMessage(Topic.existing("t", TOPIC), own),
            OnChange(Table.existing("o", TABLE), own),
        ),
        "aws",
    )
    sources = {each.name: each.inputs["eventSourceArn"] for each in stack.all("EventSourceMapping")}
    assert sources["q-worker"] == QUEUE
    assert sources["o-worker"] == f"{TABLE}/stream/2026-01-31T00:00:00.000"
    assert stack.one("EventSourceMapping", "o-worker").inputs["startingPosition"] == "LATEST"
    assert stack.one("TopicSubscription").inputs["topic"] == TOPIC
    assert stack.all("RedrivePolicy", "q-worker") == [], "its own redrive policy stays"
    assert {name: known["source"] for name, known in told(stack)["events"].items()} == sources


@pytest.mark.parametrize(("name", "why"), [("without-stream", "no stream"), ("with-keys-only", "KEYS_ONLY alone")])
def test_a_table_whose_stream_does_not_tell_is_refused(tmp_path: Path, name: str, why: str) -> None:
    table = Table.existing("o", f"arn:aws:dynamodb:eu-west-1:123456789012:table/theirs-{name}")
    with pytest.raises(SpecError, match=why) as told:
        render(api(OnChange(table, worker(tmp_path))), "aws")
    assert "update-table" in told.value.problems[0].fix


def test_a_ref_may_be_known_to_the_deployment_alone(tmp_path: Path) -> None:
    from sls_infra import ServerlessApi

    def program() -> ServerlessApi:
        ref: Any = pulumi.Output.from_input(BUCKET)
        table: Any = pulumi.Output.from_input(TABLE)
        own = worker(tmp_path, links=[Bucket.existing("b", ref).read()])
        return ServerlessApi(api(OnChange(Table.existing("o", table), own)), "aws")

    stack = render_program(program)
    assert told(stack)["bucket"] == {"b": "theirs"}
    assert f"{BUCKET}/*" in json.dumps(policy(stack))


def test_outputs_name_all_and_nodes_find_each(tmp_path: Path) -> None:
    from sls_infra import ServerlessApi

    def program() -> ServerlessApi:
        made = ServerlessApi(every_source(tmp_path), "aws")
        assert isinstance(made.nodes.one(aws.sqs.Queue, "emails"), aws.sqs.Queue)
        made.nodes.one(aws.dynamodb.Table, "orders")
        made.nodes.one(aws.scheduler.Schedule, "nightly")
        assert len(made.nodes.all(aws.lambda_.EventSourceMapping)) == 5
        return made

    outputs = render_program(program).outputs
    assert outputs["tables"] == {"orders": "arn:aws:dynamodb:eu-west-1:123456789012:table/orders-orders-0123abc"}
    assert set(outputs["queues"]) == {"emails"} | {f"{name}-dead-letters" for name in
        ("emails-worker", "placed-worker", "nightly", "receipts-worker", "orders-worker")}  # fmt: skip
    assert render(every_source(tmp_path), "aws", preview=True).resources, "also with all of it unknown"
