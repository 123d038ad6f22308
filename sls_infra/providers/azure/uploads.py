"""Uploads: Event Grid tells a storage queue of each object, by its own identity, and a function takes it from there.

So no key of a webhook is needed, and nothing is lost while the function is away. A storage account has at most one
system topic (Event Grid: "System topics"), whatever the number of containers and subscribers: one is made an account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import eventgrid, storage

from ...plan.model import BucketPlan, Plan, UploadPlan
from ..base import Context
from . import roles
from .buckets import account_of
from .deployed import Found, Group
from .existing import Place

QUEUE = 56
"""Characters: a storage queue's name takes 63, of which "-poison" uses 7."""
KEPT = 14 * 86400
"""Seconds that an upload waits for its function."""
_CONTAINERS = "/blobServices/default/containers"
_TYPE = "Microsoft.Storage.StorageAccounts"


@dataclass(frozen=True, slots=True)
class Uploads:
    """Of one event source: the storage queue that its uploads come by."""

    name: str
    queue: storage.Queue
    poison: storage.Queue
    """Where the host puts what it could not hand over so often."""
    subscription: eventgrid.SystemTopicEventSubscription


def deploy_uploads(
    plan: Plan,
    buckets: Mapping[str, Found],
    accounts: Mapping[str, storage.StorageAccount],
    group: Group,
    context: Context,
) -> dict[str, Uploads]:
    """Event source → what its uploads come by."""
    made: dict[str, Uploads] = {}
    topics: dict[str, eventgrid.SystemTopic] = {}
    for event in plan.events:
        if isinstance(event, UploadPlan):
            bucket = plan.resource("bucket", event.source)
            assert isinstance(bucket, BucketPlan)
            account = account_of(bucket)
            if account not in topics:
                topics[account] = _topic(bucket, buckets[bucket.name], accounts, group, context)
            made[event.name] = _subscribed(event, buckets[bucket.name], topics[account], group, context)
    return made


def _topic(
    bucket: BucketPlan,
    found: Found,
    accounts: Mapping[str, storage.StorageAccount],
    group: Group,
    context: Context,
) -> eventgrid.SystemTopic:
    """It must be where the account is, and in its subscription."""
    if bucket.ref is None:
        account = accounts[bucket.name]
        source, location = account.id, account.location
    else:
        source, location = found.place.apply(lambda at: at.home_id), _location(found, context)
    return eventgrid.SystemTopic(
        context.child(f"uploads-{account_of(bucket)}", 50),
        resource_group_name=group.name,
        location=location,
        source=source,
        topic_type=_TYPE,
        identity=eventgrid.IdentityInfoArgs(type=eventgrid.IdentityType.SYSTEM_ASSIGNED),
        tags=context.tags,
        opts=context.options(),
    )


def _location(found: Found, context: Context) -> pulumi.Output[str]:
    # Loaded for buckets that are there already alone.
    from pulumi_azure_native.storage.get_storage_account import GetStorageAccountResult, get_storage_account_output

    options = pulumi.InvokeOutputOptions(parent=context.parent)

    def read(at: Place) -> pulumi.Output[GetStorageAccountResult]:
        return get_storage_account_output(account_name=at.home, resource_group_name=at.group, opts=options)

    account: pulumi.Output[GetStorageAccountResult] = found.place.apply(read)
    return account.apply(lambda known: known.location)


def _subscribed(
    event: UploadPlan, bucket: Found, topic: eventgrid.SystemTopic, group: Group, context: Context
) -> Uploads:
    # So that no event source's queue is called as another one's poison queue is.
    name = context.child(f"{event.name}-uploads", QUEUE)
    queue, poison = (
        storage.Queue(
            each,
            resource_group_name=group.name,
            account_name=group.storage.name,
            queue_name=each,
            opts=context.options(),
        )
        for each in (name, f"{name}-poison")
    )
    principal = topic.identity.apply(lambda identity: (identity.principal_id if identity else None) or "")
    role = roles.assignment(context.child(f"{event.name}-uploads", 64), roles.ENQUEUE, principal, queue.id, context)
    subscription = eventgrid.SystemTopicEventSubscription(
        name,
        resource_group_name=group.name,
        system_topic_name=topic.name,
        event_subscription_name=name,
        event_delivery_schema=eventgrid.EventDeliverySchema.EVENT_GRID_SCHEMA,
        delivery_with_resource_identity=eventgrid.DeliveryWithResourceIdentityArgs(
            identity=eventgrid.EventSubscriptionIdentityArgs(
                type=eventgrid.EventSubscriptionIdentityType.SYSTEM_ASSIGNED
            ),
            destination=eventgrid.StorageQueueEventSubscriptionDestinationArgs(
                endpoint_type="StorageQueue",
                resource_id=group.storage.id,
                queue_name=queue.name,
                queue_message_time_to_live_in_seconds=KEPT,
            ),
        ),
        filter=eventgrid.EventSubscriptionFilterArgs(
            included_event_types=["Microsoft.Storage.BlobCreated"],
            is_subject_case_sensitive=True,
            subject_begins_with=bucket.place.apply(lambda at: f"{_CONTAINERS}/{at.name}/blobs/{event.prefix}"),
            subject_ends_with=event.suffix or None,
        ),
        retry_policy=eventgrid.RetryPolicyArgs(max_delivery_attempts=30, event_time_to_live_in_minutes=1440),
        opts=context.options(depends_on=[role]),
    )
    return Uploads(name, queue, poison, subscription)
