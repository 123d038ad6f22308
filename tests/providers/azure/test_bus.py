"""Queues, topics and subscriptions on Azure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sls_infra import OnMessage, OnSchedule, Queue, Topic
from sls_infra.providers.azure import filters
from sls_infra.providers.azure.bus import seconds

from .backends import QUEUE, TOPIC, backend, function, rendered


def tier(*events: Any) -> str:
    return str(rendered(backend(*events)).one("servicebus:Namespace").inputs["sku"]["name"])


def test_the_tier_that_costs_nothing_while_idle_where_it_does(tmp_path: Path) -> None:
    worker = function(tmp_path)
    assert tier(OnMessage(Queue("jobs"), worker)) == "Basic"
    assert tier(OnSchedule("nightly", worker, cron="0 3 * * *")) == "Basic", "for its dead letters"
    assert tier(OnMessage(Queue("jobs", fifo=True), worker)) == "Standard"
    assert tier(OnMessage(Topic("placed"), worker)) == "Standard"
    assert tier(OnMessage(Topic.existing("placed", TOPIC), worker)) == "Basic", "that is another's namespace"
    sender = function(tmp_path, links=[Topic("placed").publish()])
    assert tier(OnSchedule("nightly", sender, cron="0 3 * * *")) == "Standard"


def test_no_key_opens_it(tmp_path: Path) -> None:
    namespace = rendered(backend(OnMessage(Queue("jobs"), function(tmp_path)))).one("servicebus:Namespace").inputs
    assert namespace["disableLocalAuth"] is True
    assert namespace["minimumTlsVersion"] == "1.2"


def test_queues(tmp_path: Path) -> None:
    jobs, ordered = Queue("jobs", retention=90_061), Queue("ordered", fifo=True)
    stack = rendered(
        backend(OnMessage(jobs, function(tmp_path), max_attempts=5), OnMessage(ordered, function(tmp_path)))
    )
    plain, fifo = (stack.one("servicebus:Queue", name=name).inputs for name in ("jobs", "ordered"))
    assert (plain["defaultMessageTimeToLive"], fifo["defaultMessageTimeToLive"]) == ("P1DT1H1M1S", "P4D")
    assert (plain["requiresSession"], fifo["requiresSession"]) == (False, True)
    assert plain["maxDeliveryCount"] == 6, "one more than the runtime takes, which buries at the fifth"
    assert plain["forwardDeadLetteredMessagesTo"] == "jobs-worker-dead-letters"
    assert "forwardDeadLetteredMessagesTo" not in fifo
    dead = stack.one("servicebus:Queue", name="ordered-worker-dead-letters").inputs
    assert dead["requiresSession"] is True
    assert dead["defaultMessageTimeToLive"] == "P14D"


def test_basic_forwards_nothing(tmp_path: Path) -> None:
    stack = rendered(backend(OnMessage(Queue("jobs"), function(tmp_path))))
    assert "forwardDeadLetteredMessagesTo" not in stack.one("servicebus:Queue", name="jobs").inputs


def test_queues_with_a_consumer_are_not_forwarded_to(tmp_path: Path) -> None:
    """What Service Bus itself gives up then stays where it is: it would come to a handler without a reason."""
    one, two, placed = Queue("one"), Queue("two"), Topic("placed")
    stack = rendered(
        backend(
            OnMessage(one, function(tmp_path), dead_letter=two),
            OnMessage(two, function(tmp_path), dead_letter=Queue("last")),
            OnMessage(placed, function(tmp_path), dead_letter=Queue("end")),
        )
    )
    forwards = {each.name: each.inputs.get("forwardDeadLetteredMessagesTo") for each in stack.all("servicebus:Queue")}
    assert forwards == {"one": None, "two": "last", "last": None, "end": None}
    assert stack.one("servicebus:Subscription").inputs["forwardDeadLetteredMessagesTo"] == "end"


def test_a_queue_and_a_topic_may_have_one_name(tmp_path: Path) -> None:
    stack = rendered(
        backend(OnMessage(Queue("orders"), function(tmp_path)), OnMessage(Topic("orders"), function(tmp_path, "other")))
    )
    names = {
        stack.one("servicebus:Queue", name="orders").inputs["queueName"],
        stack.one("servicebus:Topic").inputs["topicName"],
    }
    assert names == {"orders", "orders.topic"}


def test_a_topic_has_a_subscription_an_event_source(tmp_path: Path) -> None:
    placed = Topic("placed")
    stack = rendered(
        backend(
            OnMessage(placed, function(tmp_path), attributes={"type": ["new"], "region": ["eu"]}),
            OnMessage(placed, function(tmp_path, "other"), attributes={"type": ["it's", "b"]}),
            OnMessage(placed, function(tmp_path, "third")),
        )
    )
    rules = {each.inputs["subscriptionName"]: each.inputs for each in stack.all("DefaultRule")}
    assert len(stack.all("servicebus:Subscription")) == 3
    assert rules["orders-placed-worker"]["correlationFilter"]["properties"] == {"type": "new", "region": "eu"}
    assert rules["orders-placed-worker"]["filterType"] == "CorrelationFilter"
    assert rules["orders-placed-other"]["sqlFilter"]["sqlExpression"] == "user.[type] IN ('it''s', 'b')"
    assert set(rules) == {"orders-placed-worker", "orders-placed-other"}


def test_a_condition_that_is_too_long_is_left_to_the_runtime(tmp_path: Path) -> None:
    many = {"type": [f"{number:0100}" for number in range(20)]}
    stack = rendered(backend(OnMessage(Topic("placed"), function(tmp_path), attributes=many)))
    assert stack.all("DefaultRule") == []
    assert filters.sql({"type": tuple(many["type"])}) is None
    assert filters.sql({"a.b-c": ("x",), "d": ("y", "y")}) == "user.[a.b-c] IN ('x') AND user.[d] IN ('y')"


def test_what_is_there_already_is_not_made(tmp_path: Path) -> None:
    jobs, placed, dead = Queue.existing("jobs", QUEUE), Topic.existing("placed", TOPIC), Queue.existing("dead", QUEUE)
    stack = rendered(
        backend(
            OnMessage(placed, function(tmp_path), dead_letter=dead),
            OnSchedule("nightly", function(tmp_path, "other", links=[jobs.send()]), cron="0 3 * * *", dead_letter=dead),
        )
    )
    made = {each.type.rpartition(":")[2] for each in stack.resources if ":servicebus:" in each.type}
    assert made == {"Subscription"}
    subscription = stack.one("servicebus:Subscription").inputs
    assert subscription["resourceGroupName"] == "Others"
    assert (subscription["namespaceName"], subscription["topicName"]) == ("others", "placed.topic")
    assert stack.outputs["queues"] == {"jobs": QUEUE, "dead": QUEUE}
    assert stack.outputs["topics"] == {"placed": TOPIC}


@pytest.mark.parametrize(
    ("count", "written"),
    [(60, "PT1M"), (86400, "P1D"), (3600, "PT1H"), (1, "PT1S"), (345_600, "P4D"), (90_000, "P1DT1H")],
)
def test_durations(count: int, written: str) -> None:
    assert seconds(count) == written


@pytest.mark.parametrize("name", ["a", "q" * 64, "Long_" + "x-y" * 19])
def test_names_fit(tmp_path: Path, name: str) -> None:
    queue, topic = Queue(name), Topic(name)
    worker, other = function(tmp_path), function(tmp_path, "other")
    stack = rendered(backend(OnMessage(queue, worker, name="a"), OnMessage(topic, other, name="b" * 64)))
    assert len(stack.one("servicebus:Namespace").logical_name) + 8 <= 50
    assert len(stack.one("servicebus:Subscription").inputs["subscriptionName"]) <= 50
    for each in stack.all("servicebus:Queue"):
        assert 1 <= len(each.inputs["queueName"]) <= 260
