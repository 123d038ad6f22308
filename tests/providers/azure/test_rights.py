"""Least privilege on Azure: each link and event source gets its role on its own resource, and nothing else is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sls_infra import Bucket, OnChange, OnMessage, OnSchedule, OnUpload, Queue, Table, Topic
from sls_infra.providers.azure.roles import NO_READING
from sls_infra.providers.azure.table_roles import ACTIONS

from .backends import BUCKET, QUEUE, TABLE, TOPIC, backend, every_kind, function, rendered, rights

SEND, RECEIVE = "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39", "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0"
READ, WRITE = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
DELEGATE = "db58b8e5-c6ad-4a2a-8342-4190687cbf4a"
DEQUEUE, ENQUEUE = "974c5e8b-45b9-4653-ba55-5f855dd0fb88", "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a"
"""Ids as "Azure built-in roles" has them."""
DEAD = (SEND, "queues/nightly-dead-letters")


def of(folder: Path, *links: Any) -> dict[tuple[str, str], Any]:
    """The rights of a function with these links, but that to its dead letters."""
    stack = rendered(backend(OnSchedule("nightly", function(folder, links=list(links)), cron="0 3 * * *")))
    found = dict(rights(stack))
    assert found.pop(DEAD)
    return found


def test_a_link_is_a_role_on_that_resource(tmp_path: Path) -> None:
    files, account = Bucket("files"), "storageAccounts/ordersfile"
    assert set(of(tmp_path)) == set()
    assert set(of(tmp_path, Queue("jobs").send())) == {(SEND, "queues/jobs")}
    assert set(of(tmp_path, Topic("placed").publish())) == {(SEND, "topics/placed.topic")}
    for link, role in ((files.read(), READ), (files.write(), WRITE), (files.read_write(), WRITE)):
        found = of(tmp_path, link)
        assert (role, "containers/orders-files") in found
        ((delegate, scope),) = set(found) - {(role, "containers/orders-files")}
        assert delegate == DELEGATE
        assert scope.startswith(account)
    assert of(tmp_path, Table("items", key="id").read_write()) == {}, "Azure's own roles have nothing to do with it"


def test_who_may_only_write_reads_no_blob(tmp_path: Path) -> None:
    files = Bucket("files")
    own = (WRITE, "containers/orders-files")
    only, both = of(tmp_path, files.write())[own], of(tmp_path, files.read_write())[own]
    assert only.inputs["condition"] == NO_READING
    assert only.inputs["conditionVersion"] == "2.0"
    assert "blobs/read'" in NO_READING
    assert "condition" not in both.inputs


def test_what_links_and_events_both_ask_for_is_given_once(tmp_path: Path) -> None:
    """Azure refuses a second assignment of one role on one scope to one identity."""
    files, pages, jobs = Bucket("files"), Bucket("pages"), Queue("jobs")
    there, beside = Bucket.existing("there", BUCKET), Bucket.existing("beside", BUCKET.replace("files", "beside"))
    links = [files.read(), pages.read(), there.read(), beside.write(), jobs.send()]
    worker = function(tmp_path, links=links)
    stack = rendered(
        backend(
            OnUpload(files, worker), OnUpload(files, worker, name="again"), OnUpload(there, worker),
            OnSchedule("nightly", worker, cron="0 3 * * *", dead_letter=jobs),
            OnSchedule("hourly", worker, cron="0 * * * *", dead_letter=jobs),
        )
    )  # fmt: skip
    given = [
        (role.inputs["roleDefinitionId"], role.inputs["scope"].lower(), role.inputs["principalId"])
        for role in stack.all("RoleAssignment")
    ]
    assert len(set(given)) == len(given)
    assert len({role.inputs["roleAssignmentName"] for role in stack.all("RoleAssignment")}) == len(given)


def test_an_event_source_is_received_from_and_buried_by_its_own_function(tmp_path: Path) -> None:
    stack = rendered(every_kind(tmp_path))
    dead = {(SEND, f"queues/{name}-dead-letters") for name in
            ("jobs-worker", "placed-worker", "nightly", "files-worker", "orders-worker")}  # fmt: skip
    assert set(rights(stack)) == dead | {
        (RECEIVE, "queues/jobs"),
        (RECEIVE, "subscriptions/orders-placed-worker"),
        (DEQUEUE, "queues/orders-files-worker-uploads"),
        (ENQUEUE, "queues/orders-files-worker-uploads-poison"),
        (READ, "containers/orders-files"),
    }
    for role in stack.all("RoleAssignment"):
        assert len(role.inputs["scope"].split("/")) >= 9, "a resource: neither a group nor a subscription"
        assert role.inputs["principalType"] == "ServicePrincipal"


def test_on_what_is_there_rights_are_given_too(tmp_path: Path) -> None:
    found = of(
        tmp_path, Queue.existing("jobs", QUEUE).send(), Topic.existing("placed", TOPIC).publish(),
        Bucket.existing("files", BUCKET).read(),
    )  # fmt: skip
    scopes = {role.inputs["scope"] for role in found.values()}
    assert scopes == {QUEUE, TOPIC, BUCKET, BUCKET.partition("/blobServices")[0]}


def data_actions(stack: Any, name: str) -> dict[str, set[str]]:
    """Container → what a function's identity may do with its items."""
    principal = stack.one("RoleAssignment", name=f"{name}-storage").inputs["principalId"]
    definitions = {
        f"{each.inputs['roleDefinitionId']}": each.inputs["permissions"][0]["dataActions"]
        for each in stack.all("SqlResourceSqlRoleDefinition")
    }
    return {
        each.inputs["scope"].rpartition("/")[2]: {
            action.rpartition("/")[2] for action in definitions[each.inputs["roleDefinitionId"].rpartition("/")[2]]
        }
        for each in stack.all("SqlResourceSqlRoleAssignment")
        if each.inputs["principalId"] == principal
    }


@pytest.mark.parametrize(
    ("access", "may"),
    [
        ("read", {"readMetadata", "read", "executeQuery"}),
        ("write", {"readMetadata", "read", "create", "replace", "upsert", "delete"}),
        ("read_write", {"readMetadata", "read", "executeQuery", "create", "replace", "upsert", "delete"}),
    ],
)
@pytest.mark.parametrize("there", [False, True])
def test_a_table_is_open_by_actions_on_its_container(tmp_path: Path, access: str, may: set[str], there: bool) -> None:
    items = Table.existing("items", TABLE, key="id") if there else Table("items", key="id")
    other = Table("other", key="id")
    worker, else_ = function(tmp_path, links=[getattr(items, access)()]), function(tmp_path, "b", links=[other.read()])
    stack = rendered(
        backend(OnSchedule("nightly", worker, cron="0 3 * * *"), OnSchedule("hourly", else_, cron="0 * * * *"))
    )
    assert data_actions(stack, "worker") == {"items": may}
    assert set(data_actions(stack, "b")) == {"other"}


def test_a_reader_of_changes_writes_its_leases_alone(tmp_path: Path) -> None:
    stack = rendered(backend(OnChange(Table("items", key="id"), function(tmp_path))))
    found = data_actions(stack, "worker")
    assert found.pop("items") == {"readMetadata", "read", "executeQuery", "readChangeFeed"}
    ((name, leases),) = found.items()
    assert name.endswith("leases")
    assert leases == {"readMetadata", "read", "executeQuery", "create", "replace", "upsert", "delete"}


def test_no_role_within_cosmos_db_has_a_star() -> None:
    assert not [action for actions in ACTIONS.values() for action in actions if "*" in action]


def test_one_definition_serves_all_tables_of_the_account(tmp_path: Path) -> None:
    tables = [Table(f"t{number}", key="id") for number in range(30)]
    worker = function(tmp_path, links=[table.read() for table in tables])
    stack = rendered(backend(OnSchedule("nightly", worker, cron="0 3 * * *")))
    assert len(stack.all("SqlResourceSqlRoleDefinition")) == 1, "an account takes a hundred"
    assert len(stack.all("SqlResourceSqlRoleAssignment")) == 30


def test_the_app_waits_for_its_rights(tmp_path: Path) -> None:
    stack = rendered(backend(OnMessage(Queue("jobs"), function(tmp_path, links=[Table("items", key="id").read()]))))
    needed = {role.urn for role in rights(stack).values()} | {stack.one("SqlResourceSqlRoleAssignment").urn}
    assert needed <= set(stack.one("WebApp").depends_on)
