"""What Google Cloud adds to events, and to what a backend keeps things in."""

from __future__ import annotations

from collections.abc import Callable

from tests.engine.gcp_kind import ID, NUMBER, REGION, account_id, granted, kind, member_of, project_of
from tests.engine.kinds import Kind, Made

PUBSUB = "(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}"
"""Names of Pub/Sub's ("Guidelines to name a topic, subscription, schema, or snapshot")."""
DATABASE = "[a-z][a-z0-9-]{2,61}[a-z0-9]"


def agent(service: str) -> str:
    """Who a service of Google's is in the project."""
    return f"service-{NUMBER}@gcp-sa-{service}.iam.gserviceaccount.com"


def _named(collection: str) -> Callable[[Made], str]:
    return lambda made: f"projects/{project_of(made)}/{collection}/{made['name']}"


def _subscription(made: Made) -> str:
    return f"projects/{project_of(made)}/subscriptions/{made['subscription']}"


def _subscription_needs(made: Made) -> tuple[str | None, ...]:
    pushed = made.at("pushConfig", "oidcToken", "serviceAccountEmail")
    return (made["topic"], made.at("deadLetterPolicy", "deadLetterTopic"), account_id(pushed) if pushed else None)


def _identity(made: Made) -> dict[str, str]:
    email = agent(str(made["service"]).partition(".")[0])
    return {"email": email, "member": f"serviceAccount:{email}"}


def _database(made: Made) -> str:
    return f"projects/{project_of(made)}/databases/{made['database']}"


def _trigger_needs(made: Made) -> tuple[str | None, ...]:
    service = made.at("destination", "cloudRunService", "service")
    where = f"projects/{project_of(made)}"
    filters = {each["attribute"]: each["value"] for each in made["matchingCriterias"]}
    account = made["serviceAccount"]
    return (
        f"{where}/locations/{made['location']}/services/{service}" if service else None,
        f"{where}/databases/{filters['database']}",
        account_id(account) if account else None,
    )


def _role() -> Kind:
    """One grant on two conditions is two: the condition is part of the id (Terraform's google_project_iam_member)."""
    return kind(
        lambda made: f"{made['project']}/{made['role']}/{made['member']}/{made.at('condition', 'title') or ''}",
        lambda made: {"etag": "BwX" + made.token(8)},
        replace=("member", "role", "condition", "project"),
        volatile=("etag",),
        needs=lambda made: (member_of(made),),
        project=False,
    )


EVENTS = {
    "gcp:pubsub/topic:Topic": kind(_named("topics"), name="name", fits={"name": PUBSUB}, labels=True),
    "gcp:pubsub/subscription:Subscription": kind(
        _named("subscriptions"),
        name="name",
        fits={"name": PUBSUB},
        replace=("topic", "filter", "enableMessageOrdering"),
        needs=_subscription_needs,
        labels=True,
    ),
    "gcp:pubsub/topicIAMMember:TopicIAMMember": granted(lambda made: str(made["topic"]), "topic", "project"),
    "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember": granted(_subscription, "subscription", "project"),
    "gcp:projects/iAMMember:IAMMember": _role(),
    "gcp:projects/serviceIdentity:ServiceIdentity": kind(
        lambda made: f"projects/{project_of(made)}/services/{made['service']}", _identity, replace=("service",)
    ),
    "gcp:storage/notification:Notification": kind(
        lambda made: f"{made['bucket']}/notificationConfigs/{made.serial}",
        lambda made: {"notificationId": str(made.serial)},
        replace=("bucket", "topic", "eventTypes", "payloadFormat", "objectNamePrefix", "customAttributes"),
        needs=lambda made: (made["bucket"], made["topic"]),
        holds=lambda made: (made["bucket"],),
        project=False,
    ),
    "gcp:firestore/database:Database": kind(
        _named("databases"),
        lambda made: {"uid": made.token(36)},
        name="name",
        fits={"name": DATABASE},
        replace=("locationId", "databaseEdition"),
    ),
    "gcp:firestore/index:Index": kind(
        lambda made: f"{_database(made)}/collectionGroups/{made['collection']}/indexes/{made.token(12)}",
        replace=("database", "collection", "fields", "queryScope", "apiScope"),
        needs=lambda made: (_database(made),),
    ),
    "gcp:firestore/field:Field": kind(
        lambda made: f"{_database(made)}/collectionGroups/{made['collection']}/fields/{made['field']}",
        replace=("database", "collection", "field"),
        needs=lambda made: (_database(made),),
    ),
    "gcp:eventarc/trigger:Trigger": kind(
        lambda made: f"projects/{project_of(made)}/locations/{made['location']}/triggers/{made['name']}",
        lambda made: {"uid": made.token(36)},
        name="name",
        fits={"name": ID},
        replace=("location", "channel", "transport"),
        needs=_trigger_needs,
        labels=True,
    ),
    "gcp:cloudscheduler/job:Job": kind(
        lambda made: f"projects/{project_of(made)}/locations/{made['region'] or REGION}/jobs/{made['name']}",
        lambda made: {"state": "ENABLED"},
        name="name",
        fits={"name": "[A-Za-z0-9_-]{1,500}", "schedule": "[0-9,*/ -]{9,500}"},
        replace=("region",),
        needs=lambda made: (made.at("pubsubTarget", "topicName"),),
    ),
}
