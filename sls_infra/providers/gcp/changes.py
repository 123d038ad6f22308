"""Changes of tables: a trigger of Eventarc, which calls the function's Cloud Run service at the event's path.

Eventarc tells no attempt, and takes no number of them but 1 (`retryPolicy` of its REST reference): it tries again for
24 hours ("Retry events"). The runtime counts and buries instead, in memory; `plan` says so.
"""

from __future__ import annotations

import pulumi
from pulumi_gcp import eventarc, projects

from ...plan.model import ChangePlan
from ..base import Context
from .deployed import Place, called
from .links import project_of
from .subscriptions import PREFIX, Consumer
from .tables import COLLECTION

NAME = 55
"""Characters of a trigger's logical name: 63, of which Pulumi's suffix uses 8."""
PART = 100
RECEIVER = "roles/eventarc.eventReceiver"
WRITTEN = "google.cloud.firestore.document.v1.written"


def deploy_trigger(
    event: ChangePlan,
    consumer: Consumer,
    database: pulumi.Output[str],
    agent: pulumi.Resource | None,
    place: Place,
    context: Context,
) -> eventarc.Trigger:
    """Every kind of change is one kind of event, so that what comes before and after it can be told from its data; the
    runtime picks out those that are asked for. The trigger lies where the database does ("Route Firestore events")."""
    receiver = projects.IAMMember(
        called(context, event.name, "receiver", PART),
        project=project_of(database),
        role=RECEIVER,
        member=pulumi.Output.concat("serviceAccount:", consumer.caller.email),
        opts=context.options(),
    )
    filters: dict[str, pulumi.Input[str]] = {
        "type": WRITTEN,
        "database": database.apply(lambda text: text.split("/")[-1]),
        "namespace": "(default)",
    }
    criteria = [
        eventarc.TriggerMatchingCriteriaArgs(attribute=attribute, value=value) for attribute, value in filters.items()
    ]
    document = eventarc.TriggerMatchingCriteriaArgs(
        attribute="document", value=f"{COLLECTION}/{{id}}", operator="match-path-pattern"
    )
    return eventarc.Trigger(
        context.child(event.name, NAME),
        location=place.region,
        matching_criterias=[*criteria, document],
        event_data_content_type="application/json",
        service_account=consumer.caller.email,
        destination=eventarc.TriggerDestinationArgs(
            cloud_run_service=eventarc.TriggerDestinationCloudRunServiceArgs(
                service=consumer.host.service, region=place.region, path=f"{PREFIX}{event.name}"
            )
        ),
        labels=context.tags,
        project=place.project,
        opts=context.options(depends_on=[receiver, *consumer.after, *([] if agent is None else [agent])]),
    )
