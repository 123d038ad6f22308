"""`sls:local:Secret`, as the engine asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc

from sls_infra.local import secrets
from sls_infra.plugin.secret import MAX_VALUE, SecretKind
from sls_infra.plugin.values import UNKNOWN, decode, encode, plain, sealed
from tests.plugin.conftest import serving
from tests.plugin.fake import FakeControl

URN = "urn:pulumi:dev::demo::sls:local:Secret::orders-db"
VALUE = "p4ss-of-the-db"


@pytest.fixture
def engine() -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    with serving(SecretKind(FakeControl(), secrets)) as stub:
        yield stub


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, Any]:
    return {"root": str(tmp_path / "state"), "name": "db", "value": sealed(VALUE)}


def create(engine: provider_pb2_grpc.ResourceProviderStub, inputs: dict[str, Any]) -> pb.CreateResponse:
    made: pb.CreateResponse = engine.Create(pb.CreateRequest(urn=URN, properties=encode(inputs)))
    return made


def kept(inputs: dict[str, Any], ref: str) -> str:
    return secrets.read_ref(Path(inputs["root"]), ref)


def in_plain(properties: Any) -> bool:
    """Whether the value stands anywhere outside of what the engine will encrypt."""
    values = decode(properties)
    return VALUE in str({name: value for name, value in values.items() if value != sealed(plain(value))})


def test_a_life(engine: provider_pb2_grpc.ResourceProviderStub, inputs: dict[str, Any], tmp_path: Path) -> None:
    made = create(engine, inputs)
    outputs = decode(made.properties)
    assert outputs == {**inputs, "ref": f"demo/dev/{made.id}"}
    assert kept(inputs, outputs["ref"]) == VALUE

    changed = {**inputs, "value": sealed("rotated")}
    diff = engine.Diff(pb.DiffRequest(
        id=made.id, urn=URN, olds=made.properties, old_inputs=encode(inputs), news=encode(changed)
    ))  # fmt: skip
    assert diff.changes == pb.DiffResponse.DIFF_SOME
    assert not diff.replaces
    updated = engine.Update(pb.UpdateRequest(
        id=made.id, urn=URN, olds=made.properties, old_inputs=encode(inputs), news=encode(changed)
    ))  # fmt: skip
    assert decode(updated.properties) == {**changed, "ref": outputs["ref"]}
    assert kept(inputs, outputs["ref"]) == "rotated"

    engine.Delete(pb.DeleteRequest(id=made.id, urn=URN, properties=updated.properties, old_inputs=encode(changed)))
    assert not list(tmp_path.rglob("*.json"))
    assert not (tmp_path / "state" / "demo").exists()


def test_a_preview_knows_the_ref_of_one_that_is_there(
    engine: provider_pb2_grpc.ResourceProviderStub, inputs: dict[str, Any], tmp_path: Path
) -> None:
    foreseen = engine.Create(pb.CreateRequest(urn=URN, properties=encode(inputs), preview=True))
    assert decode(foreseen.properties)["ref"] == UNKNOWN
    assert list(tmp_path.iterdir()) == []
    made = create(engine, inputs)
    changed = encode({**inputs, "value": sealed(UNKNOWN)})
    foreseen = engine.Update(pb.UpdateRequest(
        id=made.id, urn=URN, olds=made.properties, old_inputs=encode(inputs), news=changed, preview=True
    ))  # fmt: skip
    assert decode(foreseen.properties)["ref"] == f"demo/dev/{made.id}"
    assert kept(inputs, f"demo/dev/{made.id}") == VALUE


def test_what_is_recorded_has_the_value_wrapped(
    engine: provider_pb2_grpc.ResourceProviderStub, inputs: dict[str, Any]
) -> None:
    made = create(engine, inputs)
    read = engine.Read(pb.ReadRequest(id=made.id, urn=URN, properties=made.properties, inputs=encode(inputs)))
    assert decode(read.inputs) == inputs
    assert not [each for each in (made.properties, read.properties, read.inputs) if in_plain(each)]


def test_another_value_is_noticed_and_still_a_secret(
    engine: provider_pb2_grpc.ResourceProviderStub, inputs: dict[str, Any]
) -> None:
    made = create(engine, inputs)
    root = Path(inputs["root"]) / "demo" / "dev"
    secrets.write_secret(root, made.id, "by somebody else", urn=URN)
    read = engine.Read(pb.ReadRequest(id=made.id, urn=URN, properties=made.properties, inputs=encode(inputs)))
    assert decode(read.inputs)["value"] == sealed("by somebody else")


def test_one_that_is_lost_is_made_anew(engine: provider_pb2_grpc.ResourceProviderStub, inputs: dict[str, Any]) -> None:
    made = create(engine, inputs)
    (Path(inputs["root"]) / "demo/dev/secrets/key").unlink()
    read = engine.Read(pb.ReadRequest(id=made.id, urn=URN, properties=made.properties, inputs=encode(inputs)))
    assert read.id == ""


@pytest.mark.parametrize(
    ("change", "property", "reason"),
    [
        ({"value": sealed(7)}, "value", "is no text but int: write it as a string"),
        ({"value": sealed(["p4ss"])}, "value", "is no text but list: write it as a string"),
        ({"value": sealed("ü" * (MAX_VALUE // 2) + "x")}, "value", "has more than 64 KiB"),
        ({"value": None}, "value", "is missing"),
        ({"name": None}, "name", "is missing"),
    ],
)
def test_what_is_wrong_is_told_without_the_value(
    engine: provider_pb2_grpc.ResourceProviderStub,
    inputs: dict[str, Any],
    change: dict[str, Any],
    property: str,
    reason: str,
) -> None:
    given = {name: value for name, value in {**inputs, **change}.items() if value is not None}
    checked = engine.Check(pb.CheckRequest(urn=URN, news=encode(given)))
    assert [(failure.property, failure.reason) for failure in checked.failures] == [(property, reason)]


def test_the_largest_is_taken(engine: provider_pb2_grpc.ResourceProviderStub, inputs: dict[str, Any]) -> None:
    given = {**inputs, "value": sealed("x" * MAX_VALUE)}
    assert not engine.Check(pb.CheckRequest(urn=URN, news=encode(given))).failures
    assert kept(inputs, decode(create(engine, given).properties)["ref"]) == "x" * MAX_VALUE
