"""Queues, topics, buckets and tables by their Azure resource ids: what outputs tell, and what `.existing` takes. No SDK
is imported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...errors import Problem
from ...plan.model import Plan, ResourceKind, ResourcePlan

_WITHIN = r"/subscriptions/[0-9A-Fa-f-]+/resourceGroups/(?P<group>[^/?#\x00-\x20]+)/providers"
_FORMS: dict[ResourceKind, tuple[str, str]] = {
    "queue": (
        r"/Microsoft\.ServiceBus/namespaces/(?P<home>[A-Za-z][A-Za-z0-9-]{4,48}[A-Za-z0-9])/queues/(?P<name>[^/?#\x00-\x20]{1,260})",
        "Microsoft.ServiceBus/namespaces/<namespace>/queues/<queue>",
    ),
    "topic": (
        r"/Microsoft\.ServiceBus/namespaces/(?P<home>[A-Za-z][A-Za-z0-9-]{4,48}[A-Za-z0-9])/topics/(?P<name>[^/?#\x00-\x20]{1,260})",
        "Microsoft.ServiceBus/namespaces/<namespace>/topics/<topic>",
    ),
    "bucket": (
        r"/Microsoft\.Storage/storageAccounts/(?P<home>[a-z0-9]{3,24})/blobServices/default/containers/"
        r"(?P<name>[a-z0-9](?:-?[a-z0-9]){2,62})",
        "Microsoft.Storage/storageAccounts/<account>/blobServices/default/containers/<container>",
    ),
    "table": (
        r"/Microsoft\.DocumentDB/databaseAccounts/(?P<home>[a-z0-9-]{3,44})/sqlDatabases/(?P<database>[^/?#\x00-\x1f]+)"
        r"/containers/(?P<name>[^/?#\x00-\x1f]+)",
        "Microsoft.DocumentDB/databaseAccounts/<account>/sqlDatabases/<database>/containers/<container>",
    ),
}
_PATTERNS = {kind: re.compile(_WITHIN + pattern, re.IGNORECASE) for kind, (pattern, _) in _FORMS.items()}
_OTHERS = (("arn:", "Amazon's"), ("projects/", "Google's"), ("//", "Google's"), ("http", "no resource id"))
SUFFIXES = {"queue": "servicebus.windows.net", "bucket": "blob.core.windows.net", "table": "documents.azure.com"}
"""Domains of the public cloud."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a resource is."""

    kind: ResourceKind
    id: str
    group: str
    """The resource group's name."""
    home: str
    """The namespace's or account's name."""
    name: str
    database: str = ""
    """Of a table."""

    @property
    def home_id(self) -> str:
        """The namespace's or account's id."""
        return "/".join(self.id.split("/")[:9])

    @property
    def address(self) -> dict[str, str]:
        """What the runtime reaches it by."""
        match self.kind:
            case "queue" | "topic":
                return {"namespace": f"{self.home}.{SUFFIXES['queue']}", "name": self.name}
            case "bucket":
                return {"account": f"https://{self.home}.{SUFFIXES['bucket']}", "container": self.name}
            case "table":
                endpoint = f"https://{self.home}.{SUFFIXES['table']}:443/"
                return {"endpoint": endpoint, "database": self.database, "container": self.name}

    @property
    def data_scope(self) -> str:
        """A table's, for roles within Cosmos DB ("Data plane role-based access control", scopes)."""
        return f"{self.home_id}/dbs/{self.database}/colls/{self.name}"


def place(kind: ResourceKind, id: str) -> Place:
    """An id, taken apart. Raises ValueError for what is no id of such a resource."""
    found = _PATTERNS[kind].fullmatch(id)
    if found is None:
        raise ValueError(f"{id!r} {_why(id)} of a {kind} on Azure: {_written(kind)}")
    known = found.groupdict()
    # Resource Manager writes the slashes of a Service Bus entity's path as tildes.
    name = known["name"].replace("~", "/") if kind in ("queue", "topic") else known["name"]
    return Place(kind, id, known["group"], known["home"], name, known.get("database") or "")


def resources_there(plan: Plan) -> Iterator[Problem]:
    """What is said to be there by what is no id of such a resource on Azure: by another target's, above all."""
    for kind, resource in resources(plan):
        if isinstance(resource.ref, str):
            try:
                place(kind, resource.ref)
            except ValueError as error:
                fix = "copy it from that deployment's outputs, or from the resource's JSON view"
                yield Problem(f"{resource.where}.ref", str(error), fix)


def resources(plan: Plan) -> Iterator[tuple[ResourceKind, ResourcePlan]]:
    """All of a Plan, each with its kind."""
    yield from (("queue", each) for each in plan.queues)
    yield from (("topic", each) for each in plan.topics)
    yield from (("bucket", each) for each in plan.buckets)
    yield from (("table", each) for each in plan.tables)


def _why(id: str) -> str:
    for start, whose in _OTHERS:
        if id.startswith(start):
            return f"is {whose}, and no id" if whose.endswith("'s") else "is an address, and no id"
    return "is no id"


def _written(kind: ResourceKind) -> str:
    return f"write it as '/subscriptions/…/resourceGroups/…/providers/{_FORMS[kind][1]}'"
