"""Apis with events and resources that tests of Azure share, and what they become read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sls_infra import Api, Bucket, Function, OnChange, OnMessage, OnSchedule, OnUpload, Queue, Table, Topic
from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered, RenderedResource

from ...plan.specs import code

GROUP = "/subscriptions/00000000-0000-4000-8000-00000000000f/resourceGroups/Others/providers"
QUEUE = f"{GROUP}/Microsoft.ServiceBus/namespaces/others/queues/jobs"
TOPIC = f"{GROUP}/Microsoft.ServiceBus/namespaces/others/topics/placed.topic"
BUCKET = f"{GROUP}/Microsoft.Storage/storageAccounts/othersdata/blobServices/default/containers/files"
TABLE = f"{GROUP}/Microsoft.DocumentDB/databaseAccounts/others/sqlDatabases/shop/containers/items"


def function(folder: Path, name: str = "worker", **more: Any) -> Function:
    """One whose code is there."""
    return Function(name, code=code(folder), handler="app:read", **more)


def backend(*events: Any, **more: Any) -> Api:
    """An Api without routes."""
    return Api("orders", events=list(events), **more)


def every_kind(folder: Path) -> Api:
    """Each kind of event source and of resource, each link once."""
    orders, files = Table("orders", key="id", ttl="gone"), Bucket("files")
    jobs, placed = Queue("jobs"), Topic("placed")
    links = [orders.read_write(), files.write(), jobs.send(), placed.publish()]
    worker, writer = function(folder), function(folder, "writer", links=links)
    return backend(
        OnMessage(jobs, worker, max_attempts=5),
        OnMessage(placed, worker, attributes={"type": ["a", "b"]}),
        OnSchedule("nightly", worker, cron="0 3 * * *", timezone="Europe/Berlin"),
        OnUpload(files, worker, prefix="in/", suffix=".pdf"),
        OnChange(orders, worker),
        OnSchedule("hourly", writer, cron="0 * * * *"),
    )


def rendered(api: Api, **more: Any) -> Rendered:
    """What it becomes."""
    return render(api, "azure", **more)


def settings(stack: Rendered, name: str = "worker") -> dict[str, str]:
    """An app's settings."""
    app = stack.one("WebApp", name=name)
    return {each["name"]: each["value"] for each in app.inputs["siteConfig"]["appSettings"]}


def rights(stack: Rendered, name: str = "worker") -> dict[tuple[str, str], RenderedResource]:
    """The roles of a function's identity beyond those that every function has: role and last parts of the scope."""
    (identity,) = stack.one("WebApp", name=name).inputs["identity"]["userAssignedIdentities"]
    client = settings(stack, name)["AzureWebJobsStorage__clientId"]
    principals = {
        role.inputs["principalId"]
        for role in stack.all("RoleAssignment", f"{name}-storage")
    }  # fmt: skip
    assert identity
    assert client
    return {
        (role.inputs["roleDefinitionId"].rpartition("/")[2], "/".join(role.inputs["scope"].split("/")[-2:])): role
        for role in stack.all("RoleAssignment")
        if role.inputs["principalId"] in principals
        and role.name not in (f"{name}-storage", f"{name}-metrics")
    }  # fmt: skip
