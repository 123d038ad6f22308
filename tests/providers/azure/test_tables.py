"""Tables on Azure, and their changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from sls_infra import OnChange, OnSchedule, SpecError, Table

from .backends import TABLE, backend, function, rendered, settings


def test_an_account_without_keys_that_costs_nothing_while_idle(tmp_path: Path) -> None:
    items = Table("items", key="id")
    stack = rendered(backend(OnChange(items, function(tmp_path))))
    account = stack.one("DatabaseAccount").inputs
    assert account["disableLocalAuth"] is True
    assert account["minimalTlsVersion"] == "Tls12"
    assert account["capabilities"] == [{"name": "EnableServerless"}]
    assert account["consistencyPolicy"] == {"defaultConsistencyLevel": "Strong"}
    assert account["backupPolicy"]["type"] == "Continuous"
    assert account["locations"] == [{"locationName": "westeurope", "failoverPriority": 0}]


def test_a_container_is_what_the_driver_writes(tmp_path: Path) -> None:
    """What is queried and partitioned by is indexed, an item itself is not: by the driver's own documents."""
    from sls_infra.runtime.links.azure.documents import Layout

    items = Table("items", key="id", sort_key="at", ttl="gone", indexes={"by_mail": ("mail",)})
    container = (
        rendered(backend(OnChange(items, function(tmp_path)))).one("SqlResourceSqlContainer", name="items").inputs
    )
    described = {"key": "id", "sort_key": "at", "ttl": "gone", "indexes": {"by_mail": ["mail"]}}
    document = Layout(described).document({"id": "1", "at": "2", "gone": 2_000_000_000, "mail": "m", "x": 1}, 1.9e9)
    resource = container["resource"]
    (partition,) = resource["partitionKey"]["paths"]
    assert document[partition.strip("/")] == "1"
    assert resource["partitionKey"]["version"] == 2
    assert resource["defaultTtl"] == -1
    assert document["ttl"] > 0, "the document's own time to live, which -1 lets count"
    indexed = {path["path"].split("/")[1] for path in resource["indexingPolicy"]["includedPaths"]}
    assert indexed == set(document) - {"id", "ttl", "item"}
    assert {"path": "/*"} in resource["indexingPolicy"]["excludedPaths"]


def test_protect_is_pulumis_and_a_lock(tmp_path: Path) -> None:
    kept, loose = Table("kept", key="id"), Table("loose", key="id", protect=False)
    worker = function(tmp_path, links=[kept.read(), loose.read()])
    stack = rendered(backend(OnSchedule("nightly", worker, cron="0 3 * * *")))
    lock = stack.one("ManagementLockByScope").inputs
    assert lock["level"] == "CanNotDelete"
    assert lock["scope"].endswith("/containers/kept")


def test_changes_have_leases_beside_the_table(tmp_path: Path) -> None:
    items = Table("items", key="id")
    stack = rendered(backend(OnChange(items, function(tmp_path)), OnChange(items, function(tmp_path, "other"))))
    leases = {each.inputs["containerName"] for each in stack.all("SqlResourceSqlContainer")} - {"items"}
    assert leases == {
        settings(stack)["SLS_EVENT_ITEMS_WORKER_LEASES"],
        settings(stack, "other")["SLS_EVENT_ITEMS_OTHER_LEASES"],
    }
    assert len(leases) == 2
    for each in stack.all("SqlResourceSqlContainer"):
        if each.inputs["containerName"] in leases:
            assert each.inputs["resource"]["partitionKey"]["paths"] == ["/id"]
            assert each.inputs["databaseName"] == "orders"


def test_a_table_that_is_there(tmp_path: Path) -> None:
    items = Table.existing("items", TABLE, key="id")
    stack = rendered(backend(OnChange(items, function(tmp_path, links=[items.read_write()]))))
    assert stack.all("DatabaseAccount") == stack.all("SqlResourceSqlDatabase") == []
    (leases,) = stack.all("SqlResourceSqlContainer")
    assert (leases.inputs["accountName"], leases.inputs["databaseName"]) == ("others", "shop")
    known = settings(stack)
    assert known["SLS_COSMOS_ITEMS__accountEndpoint"] == "https://others.documents.azure.com:443/"
    assert known["SLS_EVENT_ITEMS_WORKER_CONTAINER"] == "items"
    for each in (*stack.all("SqlResourceSqlRoleDefinition"), *stack.all("SqlResourceSqlRoleAssignment")):
        assert (each.inputs["resourceGroupName"], each.inputs["accountName"]) == ("Others", "others")
    assert stack.outputs["tables"] == {"items": TABLE}


@pytest.mark.parametrize("kinds", [["insert"], ["update"], ["delete"], ["insert", "delete"], ["update", "delete"]])
def test_kinds_that_the_change_feed_does_not_tell(tmp_path: Path, kinds: list[str]) -> None:
    with pytest.raises(SpecError, match="tells no insert from an update, and no deletes") as told:
        rendered(backend(OnChange(Table("items", key="id"), function(tmp_path), kinds=kinds)))  # type: ignore[arg-type]
    assert [problem.path for problem in told.value.problems] == ["api.events[0].kinds"]


@pytest.mark.parametrize("kinds", [["insert", "update"], ["insert", "update", "delete"]])
def test_kinds_that_it_tells(tmp_path: Path, kinds: list[str]) -> None:
    rendered(backend(OnChange(Table("items", key="id"), function(tmp_path), kinds=kinds)))  # type: ignore[arg-type]
