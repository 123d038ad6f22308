"""What carries events on Google Cloud, and that it is wired to the function, and to nobody else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sls_infra import Api, Bucket, Function, OnChange, OnMessage, OnSchedule, OnUpload, Queue, Table, Topic
from sls_infra.plan import manifest
from sls_infra.plan.resolve import resolve
from sls_infra.providers.gcp import package
from sls_infra.providers.gcp.capabilities import LOAD_BALANCER
from sls_infra.providers.gcp.parts import parts_of
from sls_infra.testing import render
from sls_infra.testing.computed.gcp import of
from sls_infra.testing.rendered import Rendered

from ...plan.specs import code
from .eventful import EMAILS, everything, function, one_event

PUSHED = {"emails": "emails-worker", "ordered": "ordered-worker"}
"""Queue → its event source; other subscriptions have the event's name."""
AGENT = "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render(everything(tmp_path_factory.mktemp("code")), "gcp")


@pytest.fixture(scope="module")
def balanced(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render(everything(tmp_path_factory.mktemp("code"), balanced=True), "gcp")


def deployed(stack: Rendered, name: str) -> dict[str, Any]:
    service = stack.one("cloudfunctionsv2/function:Function", name).inputs["serviceConfig"]
    found: dict[str, Any] = json.loads(service["environmentVariables"]["SLS_DEPLOYED"])
    return found


def caller(stack: Rendered, event: str) -> str:
    """The e-mail of an event's account."""
    (account,) = [
        each for each in stack.all("serviceaccount/account:Account", event) if "event" in each.inputs["displayName"]
    ]
    return f"{account.inputs['accountId']}@project-1234.iam.gserviceaccount.com"


def test_each_event_is_pushed_to_its_path_by_its_own_account(stack: Rendered) -> None:
    pushed = [each for each in stack.all("pubsub/subscription:Subscription") if "pushConfig" in each.inputs]
    assert len(pushed) == 7
    callers = set()
    for each in pushed:
        event = PUSHED.get(each.name, each.name)
        host = "worker" if "worker" in event or event == "nightly" else "shop"
        uri = f"https://orders-{host}-0123abc-a1b2c3d4e5-ew.a.run.app"
        push = each.inputs["pushConfig"]
        assert push["pushEndpoint"] == f"{uri}/_sls/events/{event}"
        email = caller(stack, event)
        assert push["oidcToken"] == {"serviceAccountEmail": email, "audience": uri}
        invoker = stack.one("cloudrun/iamMember:IamMember", f"{event}.event.caller").inputs
        assert (invoker["service"], invoker["role"]) == (f"orders-{host}-0123abc", "roles/run.invoker")
        assert invoker["member"] == f"serviceAccount:{email}"
        tokens = stack.one("serviceaccount/iAMMember:IAMMember", event).inputs
        assert tokens["member"] == AGENT
        assert tokens["serviceAccountId"].endswith(email)
        assert deployed(stack, host)["events"][event]["dead_letter"] in stack.outputs["queues"].values()
        callers.add(email)
    assert len(callers) == 7


def test_what_a_function_knows_of_an_event_is_its_account_and_where_dead_letters_go(stack: Rendered) -> None:
    events = deployed(stack, "worker")["events"]
    assert set(events) == {"emails-worker", "ordered-worker", "nightly", "receipts-worker", "orders-worker"}
    for name, known in events.items():
        made = of("gcp:serviceaccount/account:Account", "", {"accountId": caller(stack, name).partition("@")[0]})
        letters = stack.outputs["queues"][f"{name}-dead-letters"]
        assert known == {"source": made["uniqueId"], "dead_letter": letters}


def test_attempts_and_deadlines(stack: Rendered) -> None:
    inputs = {each.name: each.inputs for each in stack.all("pubsub/subscription:Subscription")}
    assert inputs["emails"]["deadLetterPolicy"]["maxDeliveryAttempts"] == 7
    assert inputs["third"]["deadLetterPolicy"]["maxDeliveryAttempts"] == 5, "Pub/Sub takes no less"
    assert inputs["emails"]["ackDeadlineSeconds"] == 130
    assert inputs["second"]["ackDeadlineSeconds"] == 60
    assert (inputs["emails"]["messageRetentionDuration"], inputs["emails"]["enableMessageOrdering"]) == ("3600s", False)
    assert inputs["ordered"]["enableMessageOrdering"] is True
    assert inputs["ordered-worker-dead-letters"]["enableMessageOrdering"] is True
    for each in inputs.values():
        assert each["expirationPolicy"] == {"ttl": ""}
        assert each["retryPolicy"] == {"minimumBackoff": "10s", "maximumBackoff": "600s"}


def test_pubsub_itself_may_move_dead_letters_and_nothing_else(stack: Rendered) -> None:
    pushed = [each for each in stack.all("pubsub/subscription:Subscription") if "pushConfig" in each.inputs]
    subscribers = stack.all("pubsub/subscriptionIAMMember:SubscriptionIAMMember")
    assert {each.inputs["subscription"] for each in subscribers} == {f"{each.logical_name}-0123abc" for each in pushed}
    assert {(each.inputs["member"], each.inputs["role"]) for each in subscribers} == {
        (AGENT, "roles/pubsub.subscriber")
    }
    topics = {each.inputs["deadLetterPolicy"]["deadLetterTopic"] for each in pushed}
    agents = [each for each in stack.all("pubsub/topicIAMMember:TopicIAMMember") if each.inputs["member"] == AGENT]
    assert {each.inputs["topic"] for each in agents} == topics
    assert {each.inputs["role"] for each in agents} == {"roles/pubsub.publisher"}


def test_dead_letters_are_kept(stack: Rendered) -> None:
    kept = [each for each in stack.all("pubsub/subscription:Subscription") if "pushConfig" not in each.inputs]
    assert {each.name for each in kept} == {
        f"{name}-dead-letters"
        for name in ("emails-worker", "ordered-worker", "placed-shop", "nightly", "receipts-worker", "second", "third",
                     "orders-worker")
    }  # fmt: skip
    assert {each.inputs["messageRetentionDuration"] for each in kept} == {f"{14 * 86400}s"}


def test_three_subscribers_of_one_bucket_are_one_notification(stack: Rendered) -> None:
    notification = stack.one("storage/notification:Notification")
    assert notification.inputs["eventTypes"] == ["OBJECT_FINALIZE"]
    assert notification.inputs["payloadFormat"] == "JSON_API_V1"
    topic = notification.inputs["topic"]
    found = [each for each in stack.all("pubsub/subscription:Subscription") if each.inputs["topic"] == topic]
    filters = {each.name: each.inputs.get("filter") for each in found}
    assert filters == {
        "receipts-worker": 'hasPrefix(attributes.objectId, "in/")', "second": None, "third": None
    }  # fmt: skip
    member = stack.one("pubsub/topicIAMMember:TopicIAMMember", "receipts")
    assert "gs-project-accounts" in member.inputs["member"]
    assert member.urn in notification.depends_on


def test_a_schedule(stack: Rendered) -> None:
    job = stack.one("cloudscheduler/job:Job", "nightly").inputs
    assert (job["schedule"], job["timeZone"]) == ("0 3 * * 1-5", "Europe/Berlin")
    (subscription,) = stack.all("pubsub/subscription:Subscription", "nightly")
    assert subscription.inputs["topic"] == job["pubsubTarget"]["topicName"]


def test_a_change(stack: Rendered) -> None:
    trigger = stack.one("eventarc/trigger:Trigger", "orders-worker").inputs
    criteria = {each["attribute"]: (each["value"], each.get("operator")) for each in trigger["matchingCriterias"]}
    assert criteria == {
        "type": ("google.cloud.firestore.document.v1.written", None),
        "database": ("orders-orders-0123abc", None),
        "namespace": ("(default)", None),
        "document": ("items/{id}", "match-path-pattern"),
    }
    assert trigger["eventDataContentType"] == "application/json"
    assert trigger["serviceAccount"] == caller(stack, "orders-worker")
    service = {"service": "orders-worker-0123abc", "region": "europe-west1", "path": "/_sls/events/orders-worker"}
    assert trigger["destination"] == {"cloudRunService": service}
    receiver = stack.one("projects/iAMMember:IAMMember", "orders-worker").inputs
    assert (receiver["role"], receiver["member"]) == (
        "roles/eventarc.eventReceiver",
        f"serviceAccount:{caller(stack, 'orders-worker')}",
    )


def test_services_and_agents_of_what_is_used(stack: Rendered) -> None:
    services = {each.name for each in stack.all("projects/service:Service")}
    assert {"pubsub", "eventarc", "eventarcpublishing", "firestore", "cloudscheduler", "iamcredentials"} <= services
    agents = {each.inputs["service"] for each in stack.all("projects/serviceIdentity:ServiceIdentity")}
    assert agents == {"pubsub.googleapis.com", "eventarc.googleapis.com"}


def test_behind_a_load_balancer_events_come_to_a_private_function(stack: Rendered, balanced: Rendered) -> None:
    light = {each.name for each in stack.all("cloudfunctionsv2/function:Function")}
    assert light == {"shop", "worker"}
    functions = {each.name: each.inputs["serviceConfig"] for each in balanced.all("cloudfunctionsv2/function:Function")}
    assert {name: each["ingressSettings"] for name, each in functions.items()} == {
        "shop": "ALLOW_INTERNAL_AND_GCLB", "shop-events": "ALLOW_ALL", "worker": "ALLOW_ALL"
    }  # fmt: skip
    assert len({each["serviceAccountEmail"] for each in functions.values()}) == 2, "the two are one"
    assert "events" not in deployed(balanced, "shop")
    assert set(deployed(balanced, "shop-events")["events"]) == {"placed-shop", "second", "third"}
    assert "front" not in deployed(balanced, "shop-events")
    everybody = [each for each in balanced.all("cloudrun/iamMember:IamMember") if each.inputs["member"] == "allUsers"]
    assert [each.inputs["service"] for each in everybody] == ["orders-shop-0123abc"]
    (pushed,) = balanced.all("pubsub/subscription:Subscription", "second")
    assert pushed.inputs["pushConfig"]["pushEndpoint"].startswith("https://orders-shop-events-0123abc-")
    assert balanced.outputs["functions"].keys() == {"shop", "worker"}


def test_each_of_the_two_knows_its_own_half(tmp_path: Path) -> None:
    planned = resolve(everything(tmp_path, balanced=True))
    shop, worker = planned.functions
    routed, private = parts_of(planned, shop, balanced=True)
    specs = [package.bundle_spec(part.plan, part.function, LOAD_BALANCER) for part in (routed, private)]
    first, second = (json.loads(spec.files[manifest.FILE]) for spec in specs)
    assert ([each["path"] for each in first["routes"]], "events" in first) == (["/orders/{id}"], False)
    assert (second["routes"], set(second["events"])) == ([], {"placed-shop", "second", "third"})
    assert first["function"] == second["function"] == "shop", "what messages call it"
    assert first["links"] == second["links"]
    assert [part.name for part in parts_of(planned, worker, balanced=True)] == ["worker"]
    assert [part.name for part in parts_of(planned, shop, balanced=False)] == ["shop"]


def test_the_one_of_events_is_called_as_no_other_function_is(tmp_path: Path) -> None:
    more = Function("shop-events", code=code(tmp_path), handler="app:read")
    api = everything(tmp_path, OnSchedule("tick", more, cron="0 * * * *"), balanced=True)
    names = {each.name for each in render(api, "gcp").all("cloudfunctionsv2/function:Function")}
    assert names == {"shop", "shop-events", "shop-events-events", "worker"}


def test_a_preview_knows_what_is_made(tmp_path: Path) -> None:
    api = everything(tmp_path)
    assert sorted(map(str, (each.logical_name for each in render(api, "gcp", preview=True).resources))) == sorted(
        each.logical_name for each in render(api, "gcp").resources
    )


def test_a_queues_subscription_stays_when_its_consumer_comes(tmp_path: Path) -> None:
    alone = render(one_event(tmp_path, None, EMAILS.send()), "gcp").one("Subscription", "emails")
    consumed = render(one_event(tmp_path, OnMessage(EMAILS, function(tmp_path))), "gcp").one("Subscription", "emails")
    assert alone.urn == consumed.urn
    assert "filter" not in consumed.inputs
    with_attributes = OnMessage(EMAILS, function(tmp_path), attributes={"kind": ["new"]})
    filtered = render(one_event(tmp_path, with_attributes), "gcp").one("Subscription", "emails")
    assert filtered.inputs == consumed.inputs, "another filter would be another queue"


def test_what_is_there_already_is_subscribed_to_and_not_made(tmp_path: Path) -> None:
    ref = "projects/other/topics/theirs-0a1b2c3"
    letters = Queue.existing("letters", "projects/other/topics/letters")
    for source in (Topic.existing("theirs", ref), Queue.existing("theirs", ref)):
        stack = render(one_event(tmp_path, OnMessage(source, function(tmp_path), dead_letter=letters)), "gcp")
        assert stack.all("pubsub/topic:Topic") == []
        subscription = stack.one("pubsub/subscription:Subscription").inputs
        assert subscription["topic"] == ref
        assert subscription["deadLetterPolicy"]["deadLetterTopic"] == letters.ref
        publishers = stack.all("pubsub/topicIAMMember:TopicIAMMember")
        assert {each.inputs["topic"] for each in publishers} == {letters.ref}
        assert len(publishers) == 2, "the function and Pub/Sub itself"


def test_a_bucket_and_a_table_that_are_there_already_start_functions(tmp_path: Path) -> None:
    files, rows = Bucket.existing("files", "their-files"), Table.existing("rows", "projects/other/databases/rows-0a1")
    shop = function(tmp_path)
    events: list[OnUpload | OnChange] = [OnUpload(files, shop), OnUpload(files, shop, name="b"), OnChange(rows, shop)]
    stack = render(Api("orders", events=events), "gcp")
    assert stack.one("storage/notification:Notification").inputs["bucket"] == "their-files"
    criteria = stack.one("eventarc/trigger:Trigger").inputs["matchingCriterias"]
    assert {"attribute": "database", "value": "rows-0a1"} in criteria
    assert stack.all("firestore/database:Database") == []
    assert stack.one("storage/bucketIAMMember:BucketIAMMember").inputs["role"] == "roles/storage.objectViewer"
    assert stack.one("projects/iAMMember:IAMMember").inputs["project"] == "other"


def test_names_that_pubsub_keeps_for_itself(tmp_path: Path) -> None:
    events = [OnMessage(Queue("emails"), function(tmp_path)), OnMessage(Topic("placed"), function(tmp_path))]
    stack = render(Api("google", events=events), "gcp")
    for kind in ("pubsub/topic:Topic", "pubsub/subscription:Subscription"):
        assert not [each for each in stack.all(kind) if each.logical_name.startswith("goog")]
        assert len(stack.all(kind, "emails")) == 1


def test_names_alike_of_different_kinds_do_not_clash(tmp_path: Path) -> None:
    shop = function(tmp_path, links=[Queue("shop").send(), Topic("shop").publish()])
    shop = Function("shop", code=code(tmp_path), handler="app:read", links=[*shop.links, Table("shop").read()])
    events: list[OnSchedule | OnUpload] = [OnSchedule("shop", shop, cron="0 * * * *"), OnUpload(Bucket("shop"), shop)]
    stack = render(Api("shop", events=[*events]), "gcp")
    assert len(stack.all("pubsub/topic:Topic")) == 6
    assert all(stack.outputs[kind] for kind in ("queues", "topics", "buckets", "tables"))
