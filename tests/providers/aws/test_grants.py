"""Each link's rights: its own calls allowed, every other verb and resource denied. Judged by moto's evaluator and by
parliament, over every policy that is rendered."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from sls_infra import Bucket, OnChange, OnMessage, OnSchedule, OnUpload, Queue, Table, Topic
from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered

from .event_specs import api, every_source, policy, worker

WHERE = "eu-west-1:123456789012"
TABLE, INDEX = f"arn:aws:dynamodb:{WHERE}:table/orders-t-0123abc", "/index/by-x"
BUCKET, QUEUE = "arn:aws:s3:::orders-b-0123abc", f"arn:aws:sqs:{WHERE}:orders-q-0123abc"
TOPIC, STREAM = f"arn:aws:sns:{WHERE}:orders-t-0123abc", f"{TABLE}/stream/2026-01-31T00:00:00.000"

VERBS = {
    "dynamodb": [
        "BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "CreateTable", "DeleteItem", "DeleteTable",
        "DescribeStream", "DescribeTable", "ExportTableToPointInTime", "GetItem", "GetRecords", "GetShardIterator",
        "ListStreams", "PartiQLDelete", "PartiQLSelect", "PutItem", "PutResourcePolicy", "Query", "Scan", "UpdateItem",
        "UpdateTable", "UpdateTimeToLive",
    ],
    "s3": [
        "AbortMultipartUpload", "BypassGovernanceRetention", "DeleteBucket", "DeleteBucketPolicy", "DeleteObject",
        "DeleteObjectVersion", "GetBucketPolicy", "GetObject", "GetObjectAcl", "GetObjectVersion", "ListBucket",
        "ListBucketVersions", "PutBucketNotification", "PutBucketPolicy", "PutLifecycleConfiguration", "PutObject",
        "PutObjectAcl", "RestoreObject",
    ],
    "sqs": [
        "AddPermission", "ChangeMessageVisibility", "CreateQueue", "DeleteMessage", "DeleteQueue", "GetQueueAttributes",
        "GetQueueUrl", "PurgeQueue", "ReceiveMessage", "SendMessage", "SetQueueAttributes", "StartMessageMoveTask",
    ],
    "sns": ["AddPermission", "DeleteTopic", "Publish", "SetTopicAttributes", "Subscribe", "Unsubscribe"],
}  # fmt: skip
"""What could be asked of each service: what is allowed must be exactly what is expected of these."""
READ = {"GetItem", "Query"}
WRITE = {"BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem"}
PUT = {"AbortMultipartUpload", "DeleteObject", "PutObject"}
POLL = {"DeleteMessage", "GetQueueAttributes", "ReceiveMessage"}
STREAMED = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}


def allowed(document: dict[str, Any], arn: str) -> set[str]:
    """The verbs of the ARN's service that a policy lets through on it."""
    from moto.iam.access_control import IAMPolicyStatement, PermissionResult

    service = arn.split(":")[2]
    statements = [IAMPolicyStatement(statement) for statement in document["Statement"]]
    return {
        verb
        for verb in VERBS[service]
        if any(s.is_action_permitted(f"{service}:{verb}", arn) == PermissionResult.PERMITTED for s in statements)
    }


def linked(folder: Path, *links: Any) -> dict[str, Any]:
    """What a function with these links may do, and what started it."""
    own = worker(folder, links=list(links))
    return policy(render(api(OnSchedule("s", own, cron="0 3 * * *")), "aws"))


CASES = [
    (Table("t", indexes={"by-x": ["x"]}).read(), {TABLE: READ, TABLE + INDEX: {"Query"}}),
    (Table("t", indexes={"by-x": ["x"]}).write(), {TABLE: WRITE, TABLE + INDEX: set()}),
    (Table("t", indexes={"by-x": ["x"]}).read_write(), {TABLE: READ | WRITE, TABLE + INDEX: {"Query"}}),
    (Bucket("b").read(), {BUCKET: {"ListBucket"}, f"{BUCKET}/a/b": {"GetObject"}}),
    (Bucket("b").write(), {BUCKET: set(), f"{BUCKET}/a/b": PUT}),
    (Bucket("b").read_write(), {BUCKET: {"ListBucket"}, f"{BUCKET}/a/b": {"GetObject"} | PUT}),
    (Queue("q").send(), {QUEUE: {"SendMessage"}}),
    (Topic("t").publish(), {TOPIC: {"Publish"}}),
]


@pytest.mark.parametrize(("link", "expected"), CASES, ids=lambda case: getattr(case, "access", ""))
def test_a_link_allows_its_own_calls_and_no_other(tmp_path: Path, link: Any, expected: dict[str, set[str]]) -> None:
    document = linked(tmp_path, link)
    for arn, verbs in expected.items():
        assert allowed(document, arn) == verbs, arn
        other = arn.replace("-0123abc", "-0123abd")
        assert allowed(document, other) == set(), "of that name alone"
        elsewhere = arn.replace("123456789012", "210987654321")
        assert elsewhere == arn or allowed(document, elsewhere) == set(), "in this account alone"


def test_nothing_is_allowed_without_a_link(tmp_path: Path) -> None:
    document = linked(tmp_path)
    for arn in (TABLE, BUCKET, f"{BUCKET}/a", QUEUE, TOPIC, STREAM):
        assert allowed(document, arn) == set()


def test_an_event_source_grants_what_its_event_needs(tmp_path: Path) -> None:
    own = worker(tmp_path)
    events = [
        OnMessage(Queue("q"), own), OnMessage(Topic("t"), own), OnSchedule("s", own, cron="0 3 * * *"),
        OnUpload(Bucket("b"), own, prefix="in?/", suffix=".pdf"), OnChange(Table("t"), own, name="changes"),
    ]  # fmt: skip
    document = policy(render(api(*events), "aws"))
    for carrier in ("q", "t-worker-events", "s-events", "b-worker-events"):
        assert allowed(document, f"arn:aws:sqs:{WHERE}:orders-{carrier}-0123abc") == POLL
    for source in ("q-worker", "t-worker", "s", "b-worker", "changes"):
        assert allowed(document, f"arn:aws:sqs:{WHERE}:orders-{source}-dead-letters-0123abc") == {"SendMessage"}
    assert allowed(document, STREAM) == STREAMED
    assert allowed(document, TABLE) == set(), "of the table itself, nothing"
    assert allowed(document, TOPIC) == set()
    assert allowed(document, BUCKET) == {"ListBucket"}
    assert "orders-b-0123abc/in${?}/*.pdf" in json.dumps(document), "of that prefix and suffix alone"


def test_uploads_are_read_where_they_fit_alone(tmp_path: Path) -> None:
    document = policy(render(api(OnUpload(Bucket("b"), worker(tmp_path), prefix="in/", suffix=".pdf")), "aws"))
    assert allowed(document, f"{BUCKET}/in/a/b.pdf") == {"GetObject"}
    for key in ("in/a.png", "out/a.pdf", "x"):
        assert allowed(document, f"{BUCKET}/{key}") == set()


def documents(stack: Rendered) -> Iterable[tuple[str, str, bool]]:
    """Every policy that is rendered: whose, its text, and whether it is a resource's own."""
    for resource in stack.resources:
        kind = resource.type.rpartition(":")[2]
        if kind in ("RolePolicy", "QueuePolicy", "TopicPolicy", "BucketPolicy"):
            yield f"{kind} {resource.name}", str(resource.inputs["policy"]), kind != "RolePolicy"


@pytest.mark.filterwarnings("ignore")  # parliament's own imports
def test_parliament_finds_nothing_in_any_policy(tmp_path: Path) -> None:
    """But for ListStreams on a stream, which Lambda asks for, and which DynamoDB's own pages grant so
    (docs.aws.amazon.com/amazondynamodb/latest/developerguide/iam-policy-read-stream-only.html)."""
    from parliament import analyze_policy_string

    found = {}
    for whose, text, of_resource in documents(render(every_source(tmp_path), "aws")):
        # the judge can't read the colons in a stream's name
        findings = analyze_policy_string(text.replace("T00:00:00.000", "T00")).findings
        if of_resource:  # parliament knows policies of identities, which have no principal
            findings = [each for each in findings if "Principal" not in str(each)]
            wrong = analyze_policy_string(text.replace("SecureTransport", "SecureTransports")).findings
            assert any("SecureTransports" in str(each) for each in wrong), "the judge looks at these, too"
        found[whose] = [(each.issue, each.detail) for each in findings]
    assert len(found) == 14
    listed = [("RESOURCE_MISMATCH", [{"action": "dynamodb:ListStreams", "required_format": "*"}])]
    assert {whose: each for whose, each in found.items() if each} == {"RolePolicy worker": listed}
