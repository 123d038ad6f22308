"""Buckets on Azure, and what tells of uploads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from sls_infra import Bucket, OnSchedule, OnUpload, ServerlessApi
from sls_infra.testing.rendered import Rendered
from sls_infra.testing.rendering import render_program

from .backends import BUCKET, GROUP, backend, function, rendered


def stored(folder: Path, *buckets: Bucket) -> Rendered:
    worker = function(folder, links=[bucket.read() for bucket in buckets])
    return rendered(backend(OnSchedule("nightly", worker, cron="0 3 * * *")))


def test_objects_are_in_an_account_that_no_function_runs_from(tmp_path: Path) -> None:
    stack = stored(tmp_path, Bucket("files"), Bucket("pages"))
    containers = {name: stack.one("BlobContainer", name=name).inputs for name in ("worker", "files", "pages")}
    accounts = {name: inputs["accountName"] for name, inputs in containers.items()}
    assert len(set(accounts.values())) == 3
    assert {inputs["publicAccess"] for inputs in containers.values()} == {"None"}
    for account in stack.all("StorageAccount"):
        assert account.inputs["allowSharedKeyAccess"] is False
        assert account.inputs["allowBlobPublicAccess"] is False
        assert account.inputs["minimumTlsVersion"] == "TLS1_2"


def test_what_was_deleted_can_be_had_back(tmp_path: Path) -> None:
    service = stored(tmp_path, Bucket("files")).one("BlobServiceProperties").inputs
    assert service["deleteRetentionPolicy"] == service["containerDeleteRetentionPolicy"] == {"enabled": True, "days": 7}
    assert service["isVersioningEnabled"] is False


def test_versions_are_kept_of_those_that_ask_alone(tmp_path: Path) -> None:
    stack = stored(tmp_path, Bucket("files"), Bucket("pages", versioned=True))
    kept = {
        each.inputs["accountName"]: each.inputs["isVersioningEnabled"] for each in stack.all("BlobServiceProperties")
    }
    assert kept[stack.one("BlobContainer", name="files").inputs["accountName"]] is False
    assert kept[stack.one("BlobContainer", name="pages").inputs["accountName"]] is True


def test_expiry_is_a_rule_of_the_account(tmp_path: Path) -> None:
    stack = stored(tmp_path, Bucket("files", expire_after=30), Bucket("kept"))
    policy = stack.one("ManagementPolicy").inputs
    assert policy["accountName"] == stack.one("BlobContainer", name="files").inputs["accountName"]
    (rule,) = policy["policy"]["rules"]
    assert rule["definition"]["actions"] == {
        "baseBlob": {"delete": {"daysAfterModificationGreaterThan": 30}},
        "version": {"delete": {"daysAfterCreationGreaterThan": 30}},
    }


def test_subscribers_of_one_bucket_share_one_system_topic(tmp_path: Path) -> None:
    files = Bucket("files")
    worker, other = function(tmp_path), function(tmp_path, "other", links=[files.read_write()])
    stack = rendered(
        backend(
            OnUpload(files, worker, prefix="In/", suffix=".PDF"),
            OnUpload(files, worker, name="again"),
            OnUpload(files, other),
        )
    )
    topic = stack.one("SystemTopic")
    account = stack.one("StorageAccount", name="files")
    assert topic.inputs["source"].endswith(f"/storageAccounts/{account.logical_name}0123abcd")
    assert topic.inputs["topicType"] == "Microsoft.Storage.StorageAccounts"
    assert topic.inputs["identity"] == {"type": "SystemAssigned"}
    subscriptions = {
        each.inputs["eventSubscriptionName"]: each.inputs for each in stack.all("SystemTopicEventSubscription")
    }
    assert len(subscriptions) == 3
    assert subscriptions["orders-files-worker-uploads"]["filter"] == {
        "includedEventTypes": ["Microsoft.Storage.BlobCreated"],
        "isSubjectCaseSensitive": True,
        "subjectBeginsWith": "/blobServices/default/containers/orders-files/blobs/In/",
        "subjectEndsWith": ".PDF",
    }
    for inputs in subscriptions.values():
        assert inputs["deliveryWithResourceIdentity"]["identity"] == {"type": "SystemAssigned"}
        assert "destination" not in inputs, "that one would take the account's keys"
        destination = inputs["deliveryWithResourceIdentity"]["destination"]
        assert destination["resourceId"].endswith("/storageAccounts/orders0123abcd")


def test_event_grid_may_write_before_it_is_told_to(tmp_path: Path) -> None:
    stack = rendered(backend(OnUpload(Bucket("files"), function(tmp_path))))
    role = stack.one("RoleAssignment", name="files-worker-uploads")
    assert role.inputs["roleDefinitionId"].endswith("c6a89b2d-59bc-44d0-9896-0f6e12d7b80a")
    assert role.inputs["scope"].endswith("/queueServices/default/queues/orders-files-worker-uploads")
    assert role.urn in stack.one("SystemTopicEventSubscription").depends_on


def test_queues_have_their_poison_beside_them_and_no_two_are_one(tmp_path: Path) -> None:
    files = Bucket("files")
    names = ["x", "x-uploads", "x-poison", "x-uploads-poison", "y" * 64]
    events = [OnUpload(files, function(tmp_path), name=name) for name in names]
    queues = [each.inputs["queueName"] for each in rendered(backend(*events)).all("storage:Queue")]
    assert len(set(queues)) == len(queues) == 10
    assert all(3 <= len(name) <= 63 for name in queues)
    assert {name for name in queues if f"{name}-poison" in queues} == {
        name for name in queues if not name.endswith("-poison")
    }


def test_a_bucket_that_is_there(tmp_path: Path) -> None:
    beside = f"{GROUP}/Microsoft.Storage/storageAccounts/OthersData/blobServices/default/containers/pages"
    files, pages = Bucket.existing("files", BUCKET), Bucket.existing("pages", beside)
    stack = rendered(backend(OnUpload(files, function(tmp_path)), OnUpload(pages, function(tmp_path, "other"))))
    assert not [each for each in stack.all("BlobContainer") if each.name in ("files", "pages")]
    assert len(stack.all("StorageAccount")) == 1
    topic = stack.one("SystemTopic").inputs
    assert topic["source"].endswith("/storageAccounts/othersdata")
    assert topic["location"] == "northeurope", "where that account is"
    assert stack.outputs["buckets"] == {"files": BUCKET, "pages": beside}


@pytest.mark.parametrize("preview", [False, True])
def test_a_bucket_that_only_the_deployment_knows(tmp_path: Path, preview: bool) -> None:
    def program() -> ServerlessApi:
        ref: Any = pulumi.Output.from_input(BUCKET)
        files = Bucket.existing("files", ref)
        return ServerlessApi(backend(OnUpload(files, function(tmp_path, links=[files.read_write()]))), "azure")

    stack = render_program(program, preview=preview)
    assert stack.one("SystemTopic").logical_name == "orders-uploads-of-files"
    assert len(stack.all("SystemTopicEventSubscription")) == 1
