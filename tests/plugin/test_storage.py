"""`sls:local:Queue`, `Topic`, `Bucket`, `Table` and `Subscription`, as the engine asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc

from sls_infra.local import storage
from sls_infra.plugin.storage import StorageKind
from sls_infra.plugin.subscription import SubscriptionKind
from sls_infra.plugin.values import decode, encode
from sls_infra.runtime.links.local.queues import Queue
from sls_infra.runtime.links.local.tables import Table
from sls_infra.runtime.links.local.topics import Topic
from tests.plugin.conftest import serving
from tests.plugin.fake import FakeControl

Engine = provider_pb2_grpc.ResourceProviderStub
SETTINGS: dict[str, dict[str, Any]] = {
    "Queue": {"fifo": False, "retention": 3600},
    "Topic": {},
    "Bucket": {"versioned": False, "expireAfter": 3},
    "Table": {"key": "id", "sortKey": "line", "indexes": {"by": ["customer"]}},
}


@pytest.fixture
def engine() -> Iterator[Engine]:
    kinds = [StorageKind(kind.lower(), FakeControl(), storage) for kind in SETTINGS]
    with serving(*kinds, SubscriptionKind(storage)) as stub:
        yield stub


def urn(kind: str, name: str = "orders-it") -> str:
    return f"urn:pulumi:dev::demo::sls:local:{kind}::{name}"


def inputs(tmp_path: Path, kind: str, **more: Any) -> dict[str, Any]:
    return {"root": str(tmp_path / "state"), "name": "it", **SETTINGS[kind], **more}


def create(engine: Engine, kind: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    made = engine.Create(pb.CreateRequest(urn=urn(kind), properties=encode(given)))
    return made.id, decode(made.properties)


def diff(engine: Engine, kind: str, old: dict[str, Any], new: dict[str, Any]) -> pb.DiffResponse:
    asked = pb.DiffRequest(id="x", urn=urn(kind), olds=encode(old), old_inputs=encode(old), news=encode(new))
    answer: pb.DiffResponse = engine.Diff(asked)
    return answer


def update(engine: Engine, kind: str, id: str, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    asked = pb.UpdateRequest(id=id, urn=urn(kind), olds=encode(old), old_inputs=encode(old), news=encode(new))
    return decode(engine.Update(asked).properties)


def read(engine: Engine, kind: str, id: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    found = engine.Read(pb.ReadRequest(id=id, urn=urn(kind), inputs=encode(given), properties=encode(given)))
    return found.id, decode(found.inputs)


def delete(engine: Engine, kind: str, id: str, given: dict[str, Any]) -> None:
    engine.Delete(pb.DeleteRequest(id=id, urn=urn(kind), properties=encode(given), old_inputs=encode(given)))


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_life(engine: Engine, tmp_path: Path, kind: str) -> None:
    given = inputs(tmp_path, kind)
    id, outputs = create(engine, kind, given)
    path = Path(outputs["ref"])
    assert path == tmp_path / "state" / "demo" / "dev" / f"{kind.lower()}s" / id
    assert path.is_dir()
    assert read(engine, kind, id, given) == (id, given)
    assert diff(engine, kind, given, given).changes == pb.DiffResponse.DIFF_NONE
    delete(engine, kind, id, given)
    assert read(engine, kind, id, given) == ("", {})
    delete(engine, kind, id, given)
    assert not (tmp_path / "state" / "demo").exists()


def test_new_settings_keep_what_is_there(engine: Engine, tmp_path: Path) -> None:
    given = inputs(tmp_path, "Queue")
    id, outputs = create(engine, "Queue", given)
    Queue("it", outputs["ref"], {}).send("kept", {}, 0, None)
    longer = {**given, "retention": 7200}
    assert not diff(engine, "Queue", given, longer).replaces
    assert update(engine, "Queue", id, given, longer)["ref"] == outputs["ref"]
    assert [message.body for message in Queue("it", outputs["ref"], {}).peek()] == ["kept"]
    assert read(engine, "Queue", id, given)[1]["retention"] == 7200


@pytest.mark.parametrize(
    ("kind", "change"), [("Queue", {"fifo": True}), ("Table", {"key": "sku"}), ("Table", {"sortKey": "at"})]
)
def test_what_can_not_be_changed_replaces(engine: Engine, tmp_path: Path, kind: str, change: dict[str, Any]) -> None:
    given = inputs(tmp_path, kind)
    answer = diff(engine, kind, given, {**given, **change})
    assert list(answer.replaces) == list(change)
    assert answer.deleteBeforeReplace


def test_one_that_a_killed_run_has_made_is_taken_over_with_what_it_holds(engine: Engine, tmp_path: Path) -> None:
    given = inputs(tmp_path, "Table")
    id, outputs = create(engine, "Table", given)
    item = {"id": "7", "line": "1"}
    Table("it", outputs["ref"], {}).put(item, False, None)
    again, after = create(engine, "Table", given)
    assert (again, after["ref"]) == (id, outputs["ref"])
    found = Table("it", outputs["ref"], {}).get(("7", "1"))
    assert found is not None
    assert found.item == item


def test_a_subscription_is_told_until_it_is_deleted(engine: Engine, tmp_path: Path) -> None:
    topic = create(engine, "Topic", inputs(tmp_path, "Topic"))[1]["ref"]
    given = {
        "root": str(tmp_path / "state"), "kind": "topic", "source": topic, "event": "heard",
        "filter": {"attributes": {"lang": ["de"]}},
    }  # fmt: skip
    id, outputs = create(engine, "Subscription", given)
    published = Topic("it", topic, {})
    assert published.subscribers() == {outputs["subscriber"]: {"lang": ["de"]}}
    published.publish("kept", {"lang": "de"})
    wider = {**given, "filter": {"attributes": {}}}
    assert not diff(engine, "Subscription", given, wider).replaces
    assert read(engine, "Subscription", id, given) == (id, given)
    update(engine, "Subscription", id, given, wider)
    published.publish("too", {"lang": "fr"})
    waiting = published.subscription(outputs["subscriber"]).peek()
    assert [message.body for message in waiting] == ["kept", "too"]
    assert create(engine, "Subscription", wider)[1]["subscriber"] == outputs["subscriber"]
    delete(engine, "Subscription", id, wider)
    assert published.subscribers() == {}
    assert read(engine, "Subscription", id, wider) == ("", {})
    assert list(diff(engine, "Subscription", given, {**given, "source": f"{topic}2"}).replaces) == ["source"]


def test_what_is_no_resource_of_that_kind_is_told(engine: Engine, tmp_path: Path) -> None:
    queue = create(engine, "Queue", inputs(tmp_path, "Queue"))[1]["ref"]
    given = {"root": str(tmp_path), "kind": "topic", "source": queue, "event": "heard", "filter": {"attributes": {}}}
    with pytest.raises(grpc.RpcError, match="is no topic on this machine"):
        create(engine, "Subscription", given)
    gone = str(Path(queue).parent.parent / "topics" / "gone")
    with pytest.raises(grpc.RpcError, match="is not there"):
        create(engine, "Subscription", {**given, "source": gone})
