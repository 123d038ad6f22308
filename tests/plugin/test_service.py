"""The plugin over a real connection, with a control plane in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc

from sls_infra.errors import LocalError
from tests.engine.wire import SECRET, SIGNATURE, UNKNOWN, from_struct, reveal, to_struct
from tests.plugin.conftest import Bundles, Inputs
from tests.plugin.fake import FakeControl

Engine = provider_pb2_grpc.ResourceProviderStub

PARENT = "urn:pulumi:dev::demo::sls:index:ServerlessApi$"
FUNCTION = f"{PARENT}sls:local:Function::orders-shop"
GATEWAY = f"{PARENT}sls:local:Gateway::orders"
NONE, SOME = pb.DiffResponse.DIFF_NONE, pb.DiffResponse.DIFF_SOME


def secret(value: Any) -> Inputs:
    return {SIGNATURE: SECRET, "value": value}


def check(engine: Engine, urn: str, inputs: Inputs) -> list[tuple[str, str]]:
    answer = engine.Check(pb.CheckRequest(urn=urn, news=to_struct(inputs)))
    assert from_struct(answer.inputs) == inputs
    return [(failure.property, failure.reason) for failure in answer.failures]


def create(engine: Engine, urn: str, inputs: Inputs) -> tuple[str, Inputs]:
    answer = engine.Create(pb.CreateRequest(urn=urn, properties=to_struct(inputs)))
    assert answer.refresh_before_update
    return answer.id, from_struct(answer.properties)


def diff(engine: Engine, urn: str, olds: Inputs, news: Inputs) -> pb.DiffResponse:
    request = pb.DiffRequest(urn=urn, id="x", old_inputs=to_struct(olds), news=to_struct(news))
    answer: pb.DiffResponse = engine.Diff(request)
    return answer


def update(engine: Engine, urn: str, id: str, olds: Inputs, news: Inputs, *, preview: bool = False) -> Inputs:
    answer = engine.Update(
        pb.UpdateRequest(
            urn=urn, id=id, olds=to_struct(olds), old_inputs=to_struct(olds), news=to_struct(news), preview=preview
        )
    )
    assert answer.refresh_before_update
    return from_struct(answer.properties)


def read(engine: Engine, urn: str, id: str, inputs: Inputs) -> pb.ReadResponse:
    request = pb.ReadRequest(urn=urn, id=id, inputs=to_struct(inputs), properties=to_struct(inputs))
    answer: pb.ReadResponse = engine.Read(request)
    return answer


def deployed(engine: Engine, function: Inputs, gateway: Inputs) -> tuple[str, str, Inputs]:
    """A function and a gateway in front of it: their ids, and the gateway's inputs."""
    id, _ = create(engine, FUNCTION, function)
    gateway = {**gateway, "functions": {"shop": id}}
    gateway_id, _ = create(engine, GATEWAY, gateway)
    return id, gateway_id, gateway


def test_it_introduces_itself(engine: Engine) -> None:
    assert engine.GetPluginInfo(empty_pb2.Empty()).version.count(".") >= 2
    assert engine.Handshake(pb.ProviderHandshakeRequest(engine_address="127.0.0.1:1")).accept_secrets
    configured = engine.Configure(pb.ConfigureRequest())
    assert configured.acceptSecrets
    assert configured.supportsPreview
    schema = json.loads(engine.GetSchema(pb.GetSchemaRequest()).schema)
    kinds = ("Function", "Gateway", "Secret", "Key", "Queue", "Topic", "Bucket", "Table", "Subscription")
    assert set(schema["resources"]) == {*(f"sls:local:{kind}" for kind in kinds), "sls:azure:Code"}


def test_the_programs_own_config_is_no_setting_of_the_provider(engine: Engine) -> None:
    answer = engine.CheckConfig(
        pb.CheckRequest(news=to_struct({"target": "local", "port": "8080", "version": "1.0.0"}))
    )
    assert from_struct(answer.inputs) == {"version": "1.0.0"}
    olds, news = to_struct({"target": "local"}), to_struct({"target": "aws"})
    assert engine.DiffConfig(pb.DiffRequest(old_inputs=olds, news=news)).changes == NONE


def test_good_inputs_pass_as_they_are(engine: Engine, function: Inputs, gateway: Inputs) -> None:
    assert check(engine, FUNCTION, {**function, "env": {"TOKEN": secret("hush")}}) == []
    assert check(engine, GATEWAY, gateway) == []


def test_unknown_inputs_pass_in_a_preview(engine: Engine, function: Inputs, gateway: Inputs) -> None:
    assert check(engine, FUNCTION, {**function, "env": {"URL": UNKNOWN}}) == []
    assert check(engine, FUNCTION, {**function, "env": secret(UNKNOWN)}) == []
    assert check(engine, GATEWAY, {**gateway, "functions": {"shop": UNKNOWN}}) == []
    way = {"kind": "jwt", "issuer": UNKNOWN, "audience": [UNKNOWN]}
    routes = [{**gateway["routes"][0], "auth": [way]}]
    assert check(engine, GATEWAY, {**gateway, "routes": routes, "functions": UNKNOWN}) == []


def test_what_is_wrong_is_told_by_its_property(engine: Engine, function: Inputs, gateway: Inputs) -> None:
    [(where, reason)] = check(engine, FUNCTION, {**function, "python": "2.7"})
    assert where == "python"
    assert "2.7" in reason
    [(where, reason)] = check(engine, FUNCTION, {**function, "env": {"PIN": secret(1234)}})
    assert where == "env"
    assert "PIN" in reason
    assert "1234" not in reason
    [(where, _)] = check(engine, FUNCTION, {key: value for key, value in function.items() if key != "sha256"})
    assert where == "sha256"
    [(where, reason)] = check(engine, GATEWAY, {**gateway, "port": 70000})
    assert where == "port"
    assert "70000" in reason
    [(where, reason)] = check(engine, GATEWAY, {**gateway, "functions": {}})
    assert where == "routes"
    assert "shop" in reason
    # Wrong even where ids are not known yet:
    closed = [{**gateway["routes"][0], "auth": []}]
    [(where, reason)] = check(engine, GATEWAY, {**gateway, "routes": closed, "functions": {"shop": UNKNOWN}})
    assert "auth" in reason


def test_where_the_bundle_lies_is_no_change_and_its_hash_is(engine: Engine, function: Inputs) -> None:
    assert diff(engine, FUNCTION, function, {**function, "bundle": "/elsewhere.zip"}).changes == NONE
    changed = diff(engine, FUNCTION, function, {**function, "sha256": "b" * 64, "bundle": "/elsewhere.zip"})
    assert changed.changes == SOME
    assert list(changed.diffs) == ["sha256"]
    assert not changed.replaces


def test_a_secret_of_the_same_value_is_no_change_and_an_unknown_one_is(engine: Engine, function: Inputs) -> None:
    sealed = {**function, "env": {"LEVEL": secret("info")}}
    assert diff(engine, FUNCTION, function, sealed).changes == NONE
    assert list(diff(engine, FUNCTION, sealed, {**function, "env": {"LEVEL": secret("debug")}}).diffs) == ["env"]
    assert list(diff(engine, FUNCTION, function, {**function, "env": {"LEVEL": UNKNOWN}}).diffs) == ["env"]


def test_none_is_not_given(engine: Engine, control: FakeControl, function: Inputs, gateway: Inputs) -> None:
    _, gateway_id, gateway = deployed(engine, function, gateway)
    spoken = {**gateway, "cors": None, "routes": [{**gateway["routes"][0], "limits": None}]}
    assert diff(engine, GATEWAY, gateway, spoken).changes == NONE
    seen = from_struct(read(engine, GATEWAY, gateway_id, spoken).inputs)
    assert diff(engine, GATEWAY, seen, spoken).changes == diff(engine, GATEWAY, spoken, seen).changes == NONE


def test_another_root_replaces_and_removes_first(engine: Engine, function: Inputs, gateway: Inputs) -> None:
    for urn, inputs in ((FUNCTION, function), (GATEWAY, gateway)):
        moved = diff(engine, urn, inputs, {**inputs, "root": "/elsewhere"})
        assert list(moved.replaces) == ["root"]
        assert moved.deleteBeforeReplace


def test_a_preview_makes_nothing_and_tells_what_it_can(
    engine: Engine, control: FakeControl, function: Inputs, gateway: Inputs
) -> None:
    request = pb.CreateRequest(urn=FUNCTION, properties=to_struct({**function, "env": {"U": UNKNOWN}}), preview=True)
    made = engine.Create(request)
    assert made.id == ""
    assert from_struct(made.properties)["env"] == {"U": UNKNOWN}
    foreseen = {**gateway, "functions": {"shop": UNKNOWN}}
    made = engine.Create(pb.CreateRequest(urn=GATEWAY, properties=to_struct(foreseen), preview=True))
    assert from_struct(made.properties) == {**foreseen, "url": UNKNOWN}

    olds = {**gateway, "url": "http://127.0.0.1:4711"}
    same_place = update(engine, GATEWAY, "orders-1", olds, {**gateway, "api": "new"}, preview=True)
    assert same_place["url"] == "http://127.0.0.1:4711"
    assert update(engine, GATEWAY, "orders-1", olds, {**gateway, "port": 8080}, preview=True)["url"] == UNKNOWN
    assert control.calls == []


def test_inputs_are_echoed_with_their_secrets_wrapped(engine: Engine, control: FakeControl, function: Inputs) -> None:
    inputs = {**function, "env": {"TOKEN": secret("hush"), "LEVEL": "info"}}
    id, outputs = create(engine, FUNCTION, inputs)
    assert outputs == inputs
    assert control.functions[id].spec.env == {"TOKEN": "hush", "LEVEL": "info"}
    assert id.startswith("orders-shop-")

    changed = {**inputs, "env": secret({"TOKEN": "hush", "LEVEL": "debug"})}
    assert update(engine, FUNCTION, id, inputs, changed) == changed
    assert control.functions[id].spec.env["LEVEL"] == "debug"

    sealed = read(engine, FUNCTION, id, changed)
    assert from_struct(sealed.inputs) == from_struct(sealed.properties) == changed
    control.stage_function(
        Path(), control.functions[id].spec.__class__(id=id, name="shop"), Path(inputs["bundle"]), urn=""
    )
    drifted = from_struct(read(engine, FUNCTION, id, changed).inputs)
    assert drifted["env"] == secret({})  # what held a secret holds one, whatever is in it


def test_ids_are_new_each_time_and_safe_as_folders(engine: Engine, function: Inputs) -> None:
    urn = "urn:pulumi:dev::demo::sls:local:Function::../../Über Geschäft::x" + "y" * 90
    ids = {create(engine, urn, function)[0] for _ in range(3)}
    assert len(ids) == 3
    for id in ids:
        assert id.replace("-", "").isalnum()
        assert id.isascii()
        assert len(id) <= 64


def test_a_function_that_is_as_recorded_reads_as_recorded(engine: Engine, function: Inputs) -> None:
    id, _ = create(engine, FUNCTION, function)
    answer = read(engine, FUNCTION, id, function)
    assert answer.id == id
    assert answer.refresh_before_update
    assert from_struct(answer.inputs) == function


def test_what_is_gone_reads_as_gone(engine: Engine, control: FakeControl, function: Inputs, gateway: Inputs) -> None:
    id, gateway_id, gateway = deployed(engine, function, gateway)
    control.dead.add(gateway_id)
    assert read(engine, GATEWAY, gateway_id, gateway).id == ""
    control.functions.clear()
    assert read(engine, FUNCTION, id, function).id == ""


def test_a_function_left_by_an_interrupted_update_is_deployed_again_whatever_the_program_says(
    engine: Engine, control: FakeControl, function: Inputs
) -> None:
    id, _ = create(engine, FUNCTION, function)
    newer = {**function, "sha256": "b" * 64}
    update(engine, FUNCTION, id, function, newer)
    seen = from_struct(read(engine, FUNCTION, id, function).inputs)  # the engine never heard of the update
    assert "interrupted" in seen["sha256"]
    for program in (function, newer):
        assert list(diff(engine, FUNCTION, seen, program).diffs) == ["sha256"]


def test_a_gateway_reads_as_it_is(engine: Engine, control: FakeControl, function: Inputs, gateway: Inputs) -> None:
    _, gateway_id, gateway = deployed(engine, function, gateway)
    limited = [{**gateway["routes"][0], "limits": [{"requests": 5, "seconds": 1, "burst": 5}]}]
    changed = {**gateway, "routes": limited}
    update(engine, GATEWAY, gateway_id, gateway, changed)
    seen = from_struct(read(engine, GATEWAY, gateway_id, gateway).inputs)
    assert diff(engine, GATEWAY, seen, gateway).changes == SOME
    again = from_struct(read(engine, GATEWAY, gateway_id, changed).inputs)
    assert diff(engine, GATEWAY, again, changed).changes == NONE
    assert from_struct(read(engine, GATEWAY, gateway_id, changed).properties)["url"] == "http://127.0.0.1:40000"


def test_new_code_is_served_at_once(engine: Engine, control: FakeControl, function: Inputs, gateway: Inputs) -> None:
    id, gateway_id, _ = deployed(engine, function, gateway)
    control.calls.clear()
    update(engine, FUNCTION, id, function, {**function, "sha256": "b" * 64})
    assert control.calls == [("stage", id), ("reload", gateway_id)]


@pytest.mark.parametrize(
    ("routes", "auth"),
    [(["GET /orders/{id}"], ["public"]), (["GET /orders", "POST /orders"], None), (["GET /orders"], ["jwt"])],
)
def test_new_code_for_new_routes_waits_for_the_gateways_own_update(
    engine: Engine,
    control: FakeControl,
    function: Inputs,
    gateway: Inputs,
    bundle: Bundles,
    routes: list[str],
    auth: list[str] | None,
) -> None:
    id, _, _ = deployed(engine, function, gateway)
    control.calls.clear()
    bundle(*routes, auth=auth)
    update(engine, FUNCTION, id, function, {**function, "sha256": "b" * 64})
    assert control.calls == [("stage", id)]


def test_a_function_without_a_living_gateway_is_only_staged(
    engine: Engine, control: FakeControl, function: Inputs, gateway: Inputs
) -> None:
    id, gateway_id, _ = deployed(engine, function, gateway)
    control.dead.add(gateway_id)
    control.calls.clear()
    update(engine, FUNCTION, id, function, {**function, "sha256": "b" * 64})
    assert control.calls == [("stage", id)]


def test_a_refusal_is_told_in_words_and_leaves_nothing_in_doubt(
    engine: Engine, control: FakeControl, function: Inputs
) -> None:
    control.refusal = LocalError("shop.api: No module named 'boto3'")
    with pytest.raises(grpc.RpcError) as told:
        create(engine, FUNCTION, function)
    # Internal, Unknown and DataLoss would leave the engine in doubt whether the resource is there.
    assert told.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert str(told.value.details()) == "shop.api: No module named 'boto3'"


def test_a_long_refusal_reaches_the_engine(engine: Engine, control: FakeControl, function: Inputs) -> None:
    control.refusal = LocalError("erste Zeile\n" + "ä€\n" * 20_000 + "letzte Zeile")
    with pytest.raises(grpc.RpcError) as told:
        create(engine, FUNCTION, function)
    assert str(told.value.details()).startswith("erste Zeile")
    assert str(told.value.details()).endswith("letzte Zeile")


def test_a_mistake_of_ours_says_so(
    engine: Engine, control: FakeControl, function: Inputs, capfd: pytest.CaptureFixture[str]
) -> None:
    control.refusal = RuntimeError("oops")
    with pytest.raises(grpc.RpcError) as told:
        create(engine, FUNCTION, function)
    assert told.value.code() == grpc.StatusCode.INTERNAL
    assert "a mistake in sls_infra" in str(told.value.details())
    assert "Traceback" in capfd.readouterr().err


def test_deleting(engine: Engine, control: FakeControl, function: Inputs, gateway: Inputs) -> None:
    id, gateway_id, gateway = deployed(engine, function, gateway)
    for urn, each, inputs in ((GATEWAY, gateway_id, gateway), (FUNCTION, id, function)):
        engine.Delete(pb.DeleteRequest(urn=urn, id=each, properties=to_struct(inputs), old_inputs=to_struct(inputs)))
        engine.Delete(pb.DeleteRequest(urn=urn, id=each, properties=to_struct(inputs)))  # gone already: no error
    assert not control.functions
    assert not control.gateways


def test_importing_is_refused(engine: Engine) -> None:
    with pytest.raises(grpc.RpcError, match="can't be imported"):
        read(engine, GATEWAY, "orders-1", {})


def test_other_types_are_refused(engine: Engine) -> None:
    with pytest.raises(grpc.RpcError, match="sls:local:Queue is no resource of this plugin"):
        check(engine, f"{PARENT}sls:local:Queue::x", {})


def test_numbers_survive_the_way(engine: Engine, control: FakeControl, function: Inputs) -> None:
    id, _ = create(engine, FUNCTION, {**function, "timeout": 2.5, "maxInstances": 3})
    spec = control.functions[id].spec
    assert (spec.timeout, spec.max_instances, spec.memory) == (2.5, 3, 512)
    assert isinstance(spec.memory, int)


def test_secrets_are_opened_wherever_they_are() -> None:
    from sls_infra.plugin.values import has_secret, has_unknown, plain

    value = {"a": [secret({"b": secret("c")})], "d": 1}
    assert plain(value) == reveal(value) == {"a": [{"b": "c"}], "d": 1}
    assert has_secret(value)
    assert not has_secret(plain(value))
    assert has_unknown({"a": [secret(UNKNOWN)]})
