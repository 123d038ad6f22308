"""Queues, topics, buckets and tables on Google Cloud: private, kept, and known to who is linked to them alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sls_infra import Bucket, OnChange, OnMessage, OnSchedule, OnUpload, Queue, Table, Topic
from sls_infra.errors import SpecError
from sls_infra.plan import check
from sls_infra.providers.gcp import package
from sls_infra.providers.gcp.capabilities import CAPABILITIES
from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered, RenderedResource

from .eventful import everything, function, one_event


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render(everything(tmp_path_factory.mktemp("code")), "gcp")


def test_a_bucket_is_private_and_goes_only_when_empty(stack: Rendered) -> None:
    inputs = stack.one("storage/bucket:Bucket", "receipts").inputs
    assert inputs["uniformBucketLevelAccess"] is True
    assert inputs["publicAccessPrevention"] == "enforced"
    assert inputs["forceDestroy"] is False
    assert inputs["versioning"] == {"enabled": True}
    assert inputs["softDeletePolicy"] == {"retentionDurationSeconds": 7 * 86400}
    rules = [(each["action"]["type"], each["condition"]) for each in inputs["lifecycleRules"]]
    assert rules == [
        ("AbortIncompleteMultipartUpload", {"age": 7}),
        ("Delete", {"age": 30, "withState": "LIVE"}),
        ("Delete", {"daysSinceNoncurrentTime": 30, "withState": "ARCHIVED"}),
    ]


def test_an_unprotected_bucket_and_table(tmp_path: Path) -> None:
    links = [Bucket("google-files", protect=False).read(), Table("plain", protect=False).read()]
    stack = render(one_event(tmp_path, None, *links), "gcp")
    bucket = stack.one("storage/bucket:Bucket", "google-files")
    assert "google" not in bucket.logical_name
    assert bucket.inputs["softDeletePolicy"] == {"retentionDurationSeconds": 0}
    assert len(bucket.inputs["lifecycleRules"]) == 1
    database = stack.one("firestore/database:Database", "plain").inputs
    assert (database["deleteProtectionState"], database["deletionPolicy"]) == ("DELETE_PROTECTION_DISABLED", "DELETE")
    assert stack.all("firestore/index:Index") == [], "a key alone needs none"


def test_a_table_is_a_database_with_its_indexes(stack: Rendered) -> None:
    database = stack.one("firestore/database:Database", "orders").inputs
    assert (database["type"], database["locationId"]) == ("FIRESTORE_NATIVE", "europe-west1")
    assert database["deleteProtectionState"] == "DELETE_PROTECTION_ENABLED"
    assert database["pointInTimeRecoveryEnablement"] == "POINT_IN_TIME_RECOVERY_ENABLED"
    found = {
        tuple((field["fieldPath"], field["order"]) for field in each.inputs["fields"])
        for each in stack.all("firestore/index:Index")
    }
    assert found == {
        ((first, "ASCENDING"), (second, order))
        for first, second in (("key", "sort"), ("a_customer", "a_placed"))
        for order in ("ASCENDING", "DESCENDING")
    }
    fields = {each.inputs["field"]: each.inputs for each in stack.all("firestore/field:Field")}
    assert set(fields) == {"item", "version", "expires"}
    assert [name for name, each in fields.items() if "ttlConfig" in each] == ["expires"]
    assert all(each["indexConfig"] == {} and each["collection"] == "items" for each in fields.values())


def granted(stack: Rendered, name: str) -> dict[str, str]:
    """Role → on what, of everything that a function's own account may do."""
    member = f"serviceAccount:orders-{name}-0123abc@project-1234.iam.gserviceaccount.com"
    found: dict[str, str] = {}
    for each in stack.resources:
        if each.inputs.get("member") == member:
            found.setdefault(each.inputs["role"], "")
            found[each.inputs["role"]] += f" {_what(each)}"
    return {role: " ".join(sorted(what.split())) for role, what in found.items()}


def _what(each: RenderedResource) -> str:
    inputs = each.inputs
    if "condition" in inputs:
        return str(inputs["condition"]["expression"].split('"')[1])
    return str(next(inputs[name] for name in ("topic", "bucket", "service", "serviceAccountId") if name in inputs))


def topics(*names: str) -> str:
    return " ".join(sorted(f"projects/project-1234/topics/orders-{name}-0123abc" for name in names))


DATABASE = "projects/project-1234/databases/orders-orders-0123abc"


def test_links_and_events_give_these_rights_and_no_others(stack: Rendered) -> None:
    letters = [f"{name}-dead-letters.queue" for name in ("placed-shop", "second", "third")]
    assert granted(stack, "shop") == {
        "roles/pubsub.publisher": topics("emails.queue", "placed", *letters),
        "roles/storage.objectUser": "orders-receipts-0123abc",
        "roles/datastore.user": DATABASE,
        "roles/iam.serviceAccountTokenCreator": (
            "projects/project-1234/serviceAccounts/orders-shop-0123abc@project-1234.iam.gserviceaccount.com"
        ),
    }
    names = ("emails-worker", "ordered-worker", "nightly", "receipts-worker", "orders-worker")
    assert granted(stack, "worker") == {
        "roles/pubsub.publisher": topics(*(f"{name}-dead-letters.queue" for name in names)),
        "roles/storage.objectViewer": "orders-receipts-0123abc",  # the uploads that it is told of
        "roles/datastore.viewer": DATABASE,
    }


@pytest.mark.parametrize(
    ("access", "role"), [("read", "objectViewer"), ("write", "legacyBucketWriter"), ("read_write", "objectUser")]
)
def test_each_access_to_a_bucket_is_a_role_of_its_own(tmp_path: Path, access: str, role: str) -> None:
    link = getattr(Bucket("files"), access)()
    found = granted(render(one_event(tmp_path, None, link), "gcp"), "shop")
    assert found[f"roles/storage.{role}"] == "orders-files-0123abc"


def test_two_links_to_one_resource_are_one_right(tmp_path: Path) -> None:
    files, rows = Bucket("files"), Table("rows")
    links = [files.read(), files.write(), rows.read(), rows.write()]
    found = granted(render(one_event(tmp_path, None, *links), "gcp"), "shop")
    assert set(found) == {"roles/storage.objectUser", "roles/datastore.user", "roles/iam.serviceAccountTokenCreator"}


def test_uploads_into_a_bucket_that_the_function_writes_to(tmp_path: Path) -> None:
    files = Bucket("files")
    api = one_event(tmp_path, OnUpload(files, function(tmp_path, links=[files.write()])))
    assert granted(render(api, "gcp"), "shop")["roles/storage.objectUser"] == "orders-files-0123abc"


def test_addresses_are_what_drivers_take(stack: Rendered) -> None:
    service = stack.one("cloudfunctionsv2/function:Function", "shop").inputs["serviceConfig"]
    known = json.loads(service["environmentVariables"]["SLS_DEPLOYED"])
    assert known["table"] == {"orders": {"database": DATABASE, "collection": "items"}}
    assert known["bucket"] == {"receipts": "orders-receipts-0123abc"}
    assert known["queue"] == {"emails": "projects/project-1234/topics/orders-emails.queue-0123abc"}
    assert known["topic"] == {"placed": "projects/project-1234/topics/orders-placed-0123abc"}


def test_outputs_are_refs_that_existing_takes(tmp_path: Path, stack: Rendered) -> None:
    outputs = stack.outputs
    shop = function(
        tmp_path,
        links=[
            Table.existing("t", outputs["tables"]["orders"]).read_write(),
            Bucket.existing("b", outputs["buckets"]["receipts"]).write(),
            Queue.existing("q", outputs["queues"]["emails"]).send(),
            Topic.existing("p", outputs["topics"]["placed"]).publish(),
        ],
    )
    other = render(one_event(tmp_path, OnSchedule("tick", shop, cron="0 * * * *")), "gcp")
    assert other.all("firestore/database:Database") == []
    assert [each.name for each in other.all("storage/bucket:Bucket")] == ["orders"], "that of the code"
    found = granted(other, "shop")
    assert found["roles/datastore.user"] == outputs["tables"]["orders"]
    assert found["roles/storage.legacyBucketWriter"] == outputs["buckets"]["receipts"]
    assert outputs["queues"]["emails"] in found["roles/pubsub.publisher"]
    assert outputs["topics"]["placed"] in found["roles/pubsub.publisher"]


@pytest.mark.parametrize(
    "source",
    [
        Queue.existing("q", "arn:aws:sqs:eu-west-1:123456789012:emails"),
        Topic.existing("t", "/subscriptions/0/resourceGroups/r/providers/Microsoft.ServiceBus/namespaces/n/topics/t"),
        Bucket.existing("b", "https://acct.blob.core.windows.net/files"),
        Bucket.existing("b", "arn:aws:s3:::files"),
        Table.existing("t", "/var/sls/tables/orders.db"),
        Table.existing("t", "projects/p/topics/t"),
    ],
)
def test_a_ref_of_another_target_is_refused_when_planned(tmp_path: Path, source: Any) -> None:
    shop = function(tmp_path)
    made: dict[type, Any] = {Bucket: OnUpload, Table: OnChange}
    event = made.get(type(source), OnMessage)(source, shop)
    with pytest.raises(SpecError) as caught:
        check.plan(one_event(tmp_path, event), CAPABILITIES)
    (problem,) = caught.value.problems
    assert problem.path == "api.events[0].source.ref"
    assert "resource name" in problem.fix


def test_what_a_bundle_installs_is_what_its_links_use(tmp_path: Path) -> None:
    def installed(*links: Any, event: Any = None) -> set[str]:
        planned = check.plan(one_event(tmp_path, event, *links), CAPABILITIES)
        found = package.bundle_spec(planned, planned.functions[0], CAPABILITIES).platform_requirements
        return {text.partition(">=")[0] for text in found} - {package.FRAMEWORK}

    shop = function(tmp_path)
    assert installed() == set()
    assert installed(Table("t").read()) == {"google-cloud-firestore"}
    assert installed(Queue("q").send(), Topic("t").publish()) == {"google-cloud-pubsub"}
    assert installed(Bucket("b").write()) == {"google-cloud-storage"}
    assert installed(event=OnMessage(Queue("q"), shop)) == set()
    assert installed(event=OnUpload(Bucket("b"), shop)) == {"google-cloud-storage"}
    assert installed(event=OnSchedule("n", shop, cron="0 * * * *")) == {"tzdata"}
