"""Links: what a function's account may do, resource by resource, and nothing else.

Roles are Google's own. Two are wider than a link: who writes to a bucket may see the names of what is in it (objects
are not written over without the right to delete), and who writes to a table may read it (`update` does).
"""

from __future__ import annotations

import pulumi
from pulumi_gcp import projects, serviceaccount, storage

from ...plan.model import FunctionPlan, Plan
from ..base import Context
from .deployed import Store
from .libraries import rights
from .topics import deploy_publisher

NAME = 100
BUCKET_ROLES = {
    "r": "roles/storage.objectViewer",
    "w": "roles/storage.legacyBucketWriter",
    "rw": "roles/storage.objectUser",
}
"""Of `legacyBucketWriter`: create, delete and list, not get; it can be granted on single buckets alone (Cloud Storage,
"IAM roles")."""
TABLE_ROLES = {"r": "roles/datastore.viewer", "w": "roles/datastore.user", "rw": "roles/datastore.user"}
SIGNER = "roles/iam.serviceAccountTokenCreator"


def deploy_rights(
    plan: Plan, function: FunctionPlan, account: serviceaccount.Account, store: Store, context: Context
) -> list[pulumi.Resource]:
    """Grants them. Returns what must be there before the function starts: its rights, and indexes of its tables."""
    member = pulumi.Output.concat("serviceAccount:", account.email)
    granted: list[pulumi.Resource] = []
    for right in rights(plan, function):
        name = context.child(f"{function.name}.{right.name}.{right.kind}", NAME)
        granted += store.ready.get((right.kind, right.name), [])
        match right.kind:
            case "queue":
                granted.append(deploy_publisher(name, store.queues[right.name], member, context))
            case "topic":
                granted.append(deploy_publisher(name, store.topics[right.name], member, context))
            case "bucket":
                granted.append(_bucket(name, store.buckets[right.name], right.access, member, context))
            case "table":
                granted.append(_table(name, store.tables[right.name], right.access, member, context))
    if any(link.kind == "bucket" for link in function.links):
        granted.append(_signer(function, account, member, context))
    return granted


def _bucket(
    name: str, bucket: pulumi.Output[str], access: str, member: pulumi.Output[str], context: Context
) -> storage.BucketIAMMember:
    return storage.BucketIAMMember(
        name, bucket=bucket, role=BUCKET_ROLES[access], member=member, opts=context.options()
    )


def _table(
    name: str, database: pulumi.Output[str], access: str, member: pulumi.Output[str], context: Context
) -> projects.IAMMember:
    """The role is the project's, and the condition lets it at one database ("Configure database access"). Its title is
    its own too: a role that one account has on several conditions is several grants, told apart by them."""
    return projects.IAMMember(
        name,
        project=project_of(database),
        role=TABLE_ROLES[access],
        member=member,
        condition=projects.IAMMemberConditionArgs(
            title=name, expression=pulumi.Output.concat('resource.name == "', database, '"')
        ),
        opts=context.options(),
    )


def project_of(ref: pulumi.Output[str]) -> pulumi.Output[str]:
    """The project of a resource name."""
    return ref.apply(lambda text: text.split("/")[1])


def _signer(
    function: FunctionPlan, account: serviceaccount.Account, member: pulumi.Output[str], context: Context
) -> serviceaccount.IAMMember:
    """Addresses for others are signed by the account itself, which has no key of its own ("V4 signing process"): it may
    make tokens and signatures of itself, which gives it nothing that it has not."""
    return serviceaccount.IAMMember(
        context.child(f"{function.name}.signer", NAME),
        service_account_id=account.name,
        role=SIGNER,
        member=member,
        opts=context.options(),
    )
