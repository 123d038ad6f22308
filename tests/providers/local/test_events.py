"""Events and resources on the local target: what is registered, and what the gateway is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from sls_infra import (
    Api,
    Bucket,
    Function,
    OnChange,
    OnMessage,
    OnSchedule,
    OnUpload,
    Public,
    Queue,
    Route,
    SpecError,
    Table,
    Topic,
)
from sls_infra.local.model import GatewaySpec
from sls_infra.testing import render

FOLDER = "/state/demo/dev"


@pytest.fixture
def code(tmp_path: Path) -> str:
    (tmp_path / "app.py").write_text("def h(event): ...\n")
    return str(tmp_path)


def whole(code: str) -> Api:
    orders, receipts = (
        Table("orders", sort_key="line", indexes={"by": ["customer"]}),
        Bucket("receipts", expire_after=3),
    )
    emails, placed = Queue("emails", fifo=True, retention=3600), Topic("placed")
    shop = Function("shop", code=code, handler="app:h", links=[orders.read(), placed.publish()])
    return Api("orders", events=[
        OnMessage(emails, shop, batch_size=5, batch_window=2, concurrency=3, max_attempts=7),
        OnMessage(placed, shop, attributes={"lang": ["de"]}),
        OnUpload(receipts, shop, prefix="in/"),
        OnChange(orders, shop, kinds=["insert", "delete"], batch_size=9, dead_letter=Queue("own")),
        OnSchedule("nightly", shop, cron="0 3 * * *", timezone="Europe/Berlin"),
    ])  # fmt: skip


def spec_of(inputs: Any) -> GatewaySpec:
    """What the daemon makes of a gateway's inputs."""
    known = {"apiKeys": "api_keys", "maxBody": "max_body"}
    return GatewaySpec.from_json({known.get(name, name): value for name, value in inputs.items() if name != "root"})


def test_each_resource_is_made_with_its_settings(code: str) -> None:
    stack = render(whole(code), target="local")
    emails = stack.one("sls:local:Queue", name="emails").inputs
    assert (emails["fifo"], emails["retention"]) == (True, 3600)
    assert stack.one("sls:local:Queue", name="emails-shop-dead-letters").inputs["fifo"]
    assert {each.inputs["name"] for each in stack.all("sls:local:Queue")} == {
        "emails", "own", "emails-shop-dead-letters", "placed-shop-dead-letters", "receipts-shop-dead-letters",
        "nightly-dead-letters",
    }  # fmt: skip
    assert stack.one("sls:local:Bucket", name="receipts").inputs["expireAfter"] == 3
    table = stack.one("sls:local:Table", name="orders").inputs
    assert (table["key"], table["sortKey"], table["indexes"]) == ("id", "line", {"by": ["customer"]})
    assert "url" not in stack.outputs
    assert set(stack.outputs["tables"]) == {"orders"}


def test_the_gateway_is_told_all_that_a_source_says(code: str) -> None:
    stack = render(whole(code), target="local")
    served = spec_of(stack.one("sls:local:Gateway").inputs)
    assert served.routes == ()
    assert list(served.functions) == ["shop"]
    emails, placed, receipts, orders, nightly = served.events
    assert (emails.kind, emails.batch_size, emails.batch_window, emails.concurrency, emails.max_attempts) == (
        "queue", 5, 2, 3, 7
    )  # fmt: skip
    assert (placed.kind, receipts.kind, orders.kind, orders.batch_size) == ("topic", "upload", "change", 9)
    assert (nightly.cron, nightly.timezone) == ("0 3 * * *", "Europe/Berlin")
    subscriptions = {each.inputs["event"]: each.inputs for each in stack.all("sls:local:Subscription")}
    assert {name: each["filter"] for name, each in subscriptions.items()} == {
        "placed-shop": {"attributes": {"lang": ["de"]}},
        "receipts-shop": {"prefix": "in/", "suffix": ""},
        "orders-shop": {"kinds": ["insert", "delete"]},
    }
    assert {len(paths) for paths in (served.kept.tables, served.kept.topics, served.kept.buckets)} == {1}
    assert len(served.kept.queues) == 6


def test_what_is_there_already_is_not_made_nor_looked_after(code: str) -> None:
    placed = Topic.existing("placed", f"{FOLDER}/topics/shop-placed-1a2b3c4d")
    desk = Function("desk", code=code, handler="app:h")
    stack = render(Api("desk", events=[OnMessage(placed, desk)]), target="local")
    assert stack.all("sls:local:Topic") == []
    assert stack.one("sls:local:Subscription").inputs["source"] == f"{FOLDER}/topics/shop-placed-1a2b3c4d"
    assert stack.outputs["topics"] == {"placed": f"{FOLDER}/topics/shop-placed-1a2b3c4d"}
    assert spec_of(stack.one("sls:local:Gateway").inputs).kept.topics == ()


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("arn:aws:sns:eu-west-1:123456789012:placed", "Amazon's name of a resource, and this is the local target"),
        ("projects/p/topics/t", "Google's name"),
        ("/subscriptions/1/resourceGroups/g/providers/Microsoft.ServiceBus/namespaces/n/topics/t", "Azure's name"),
        (f"{FOLDER}/queues/emails-1a2b3c4d", "is the ref of a queue, not of a topic"),
        ("topics/placed", "its ref is the path of its folder"),
        (f"{FOLDER}/topics/../queues/x", "its ref is the path of its folder"),
    ],
)
def test_a_ref_that_names_no_topic_here_is_told_before_anything_is_made(code: str, ref: str, said: str) -> None:
    desk = Function("desk", code=code, handler="app:h")
    with pytest.raises(SpecError) as caught:
        render(Api("desk", events=[OnMessage(Topic.existing("placed", ref), desk)]), target="local")
    [problem] = caught.value.problems
    assert said in problem.message
    assert problem.path == "api.events[0].source.ref"
    assert "topics['placed']" in problem.fix


def test_so_is_one_that_is_known_only_when_deploying(code: str) -> None:
    desk = Function("desk", code=code, handler="app:h")
    ref = pulumi.Output.from_input("arn:aws:sns:eu-west-1:123456789012:placed")
    with pytest.raises(SpecError, match="Amazon's name of a resource"):
        render(Api("desk", events=[OnMessage(Topic.existing("placed", ref), desk)]), target="local")


def test_an_api_without_events_or_resources_is_told_of_none(code: str) -> None:
    shop = Function("shop", code=code, handler="app:h")
    stack = render(Api("shop", auth=Public(), routes=[Route("GET", "/", shop)]), target="local")
    served = spec_of(stack.one("sls:local:Gateway").inputs)
    assert served.events == ()
    assert served.kept.queues == ()
