"""Code on Azure, over the engine's protocol on one side and real HTTP on the other."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc

from sls_infra.errors import SlsError
from sls_infra.plugin.azure_code import AzureCodeKind
from sls_infra.plugin.kinds import Kinds
from sls_infra.plugin.publish import Publisher
from sls_infra.plugin.scm import place_of
from tests.engine.processes import eventually
from tests.engine.publish import DEPLOYING, FAILED, PublishEndpoint, becomes, refuse
from tests.engine.wire import UNKNOWN, from_struct, to_struct
from tests.plugin.clock import Time
from tests.plugin.conftest import Inputs, serving
from tests.plugin.test_service import NONE, SOME, check, create, diff, read, update

Engine = provider_pb2_grpc.ResourceProviderStub
URN = "urn:pulumi:dev::demo::sls:index:ServerlessApi$sls:azure:Code::orders-shop"
HOST = "shop-1a2b.scm.azurewebsites.net"


class Nobody:
    """Who is not logged in."""

    def get(self, scope: str, refused: str = "") -> str:
        raise SlsError("nobody is logged in")


@pytest.fixture
def azure() -> Iterator[PublishEndpoint]:
    with PublishEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def told() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def engine(azure: PublishEndpoint, told: list[tuple[str, str]]) -> Iterator[Engine]:
    time = Time()
    publisher = Publisher(place_of(azure.env, Nobody()), clock=time.clock, sleep=time.sleep)
    with serving(AzureCodeKind(publisher, lambda urn, line: told.append((urn, line)))) as stub:
        yield stub


@pytest.fixture
def code(tmp_path: Path) -> Inputs:
    return zipped(tmp_path, b"PK first")


def zipped(folder: Path, content: bytes) -> Inputs:
    sha256 = hashlib.sha256(content).hexdigest()
    path = folder / f"{sha256}.zip"
    path.write_bytes(content)
    return {"app": "shop-1a2b", "host": HOST, "bundle": str(path), "sha256": sha256}


def test_code_is_published_and_its_deployment_told(
    engine: Engine, azure: PublishEndpoint, code: Inputs, told: list[tuple[str, str]]
) -> None:
    id, outputs = create(engine, URN, code)
    assert id.startswith("orders-shop-")
    [(host, sha256, query)] = azure.published
    assert (host, sha256, query["RemoteBuild"]) == (HOST, code["sha256"], "false")
    assert query["Deployer"].startswith("sls-infra-")
    assert outputs == {**code, "deployment": azure.deployments[0].id}
    assert set(azure.tokens) == {azure.token}
    assert {urn for urn, _ in told} == {URN}
    assert any("pending" in line for _, line in told)


def test_another_zip_is_published_and_the_same_elsewhere_is_not(
    engine: Engine, azure: PublishEndpoint, code: Inputs, tmp_path: Path
) -> None:
    id, outputs = create(engine, URN, code)
    assert diff(engine, URN, code, {**code, "bundle": "/elsewhere.zip"}).changes == NONE
    newer = zipped(tmp_path, b"PK second")
    changed = diff(engine, URN, code, newer)
    assert (changed.changes, list(changed.diffs), list(changed.replaces)) == (SOME, ["sha256"], [])
    assert update(engine, URN, id, outputs, newer)["deployment"] != outputs["deployment"]
    assert [each.sha256 for each in azure.published] == [code["sha256"], newer["sha256"]]


@pytest.mark.parametrize("name", ["app", "host"])
def test_another_app_replaces(engine: Engine, code: Inputs, name: str) -> None:
    assert list(diff(engine, URN, code, {**code, name: "other.scm.azurewebsites.net"}).replaces) == [name]


def test_a_preview_sends_nothing(engine: Engine, azure: PublishEndpoint, code: Inputs) -> None:
    unknown = {**code, "app": UNKNOWN, "host": UNKNOWN}
    assert check(engine, URN, unknown) == []
    made = engine.Create(pb.CreateRequest(urn=URN, properties=to_struct(unknown), preview=True))
    assert from_struct(made.properties) == {**unknown, "deployment": UNKNOWN}
    olds = {**code, "deployment": "7"}
    assert update(engine, URN, "x", olds, {**code, "sha256": "b" * 64}, preview=True)["deployment"] == UNKNOWN
    assert (azure.posts, azure.looks) == (0, 0)


@pytest.mark.parametrize(
    "host",
    [
        "https://shop.scm.azurewebsites.net",
        "shop.scm.azurewebsites.net/x",
        "shop.scm.azurewebsites.net@evil.example",
        "shop.scm.azurewebsites.net.evil.example",
        "evil.example",
        "shop.azurewebsites.net",
        "shop.scm.azurewebsites.net:8080",
        "shop.scm.azurewebsites.net\n",
    ],
)
def test_only_names_of_scm_hosts_pass(engine: Engine, azure: PublishEndpoint, code: Inputs, host: str) -> None:
    [(where, _)] = check(engine, URN, {**code, "host": host})
    assert where == "host"
    with pytest.raises(grpc.RpcError, match="SCM site"):
        create(engine, URN, {**code, "host": host})
    assert azure.posts == 0


@pytest.mark.parametrize(
    "host", [HOST, "shop-a1.scm.germanywestcentral-01.azurewebsites.net", "Shop.scm.azurewebsites.us"]
)
def test_names_of_scm_hosts_pass(engine: Engine, code: Inputs, host: str) -> None:
    assert check(engine, URN, {**code, "host": host}) == []


def test_what_is_missing_is_told(engine: Engine, code: Inputs) -> None:
    assert [where for where, _ in check(engine, URN, {})] == ["app", "host", "bundle", "sha256"]
    assert [where for where, _ in check(engine, URN, {**code, "app": 7})] == ["app"]


def test_a_failed_create_is_tried_again_by_the_next(engine: Engine, azure: PublishEndpoint, code: Inputs) -> None:
    azure.script(becomes(DEPLOYING, FAILED, text="Worker Python 3.9 is not there"))
    with pytest.raises(grpc.RpcError) as refused:
        create(engine, URN, code)
    assert refused.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert "Worker Python 3.9 is not there" in str(refused.value.details())
    assert azure.token not in str(refused.value.details())
    create(engine, URN, code)
    assert len(azure.published) == 2


def test_a_bundle_that_is_another_by_now_is_not_sent(engine: Engine, azure: PublishEndpoint, code: Inputs) -> None:
    Path(code["bundle"]).write_bytes(b"PK changed")
    with pytest.raises(grpc.RpcError, match="not the one that was planned"):
        create(engine, URN, code)
    Path(code["bundle"]).unlink()
    with pytest.raises(grpc.RpcError, match="can't be read"):
        create(engine, URN, code)
    assert azure.posts == 0


def test_what_is_ours_reads_as_recorded(engine: Engine, azure: PublishEndpoint, code: Inputs) -> None:
    id, outputs = create(engine, URN, code)
    assert from_struct(read(engine, URN, id, outputs).properties) == outputs
    # Known by our name too, where the site gives its record another id:
    assert from_struct(read(engine, URN, id, {**outputs, "deployment": "another"}).inputs) == {
        **outputs,
        "deployment": "another",
    }


def test_what_somebody_else_deployed_is_put_back(engine: Engine, azure: PublishEndpoint, code: Inputs) -> None:
    id, outputs = create(engine, URN, code)
    azure.deployed_by("other.scm.azurewebsites.net", "az_cli")
    azure.deployed_by(HOST, "az_cli", FAILED)
    assert seen(engine, id, code, outputs) == code
    azure.deployed_by(HOST, "")  # nothing to tell by
    assert seen(engine, id, code, outputs) == code
    azure.deployed_by(HOST, "az_cli")
    drifted = seen(engine, id, code, outputs)
    assert "az_cli" in drifted["sha256"]
    assert list(diff(engine, URN, drifted, code).diffs) == ["sha256"]
    update(engine, URN, id, {**drifted, **outputs}, code)
    assert [each.sha256 for each in azure.published] == [code["sha256"]] * 2


def test_what_an_interrupted_update_left_is_put_right_whatever_the_program_says(
    engine: Engine, azure: PublishEndpoint, code: Inputs, tmp_path: Path
) -> None:
    id, outputs = create(engine, URN, code)
    newer = zipped(tmp_path, b"PK second")
    update(engine, URN, id, outputs, newer)  # of which the engine never heard
    drifted = seen(engine, id, code, outputs)
    for program in (code, newer):
        assert list(diff(engine, URN, drifted, program).diffs) == ["sha256"]


def seen(engine: Engine, id: str, inputs: Inputs, outputs: Inputs) -> Inputs:
    request = pb.ReadRequest(urn=URN, id=id, inputs=to_struct(inputs), properties=to_struct(outputs))
    answer = engine.Read(request)
    assert from_struct(answer.properties)["deployment"] == outputs["deployment"]
    return from_struct(answer.inputs)


def test_a_site_that_remembers_nothing_and_one_that_is_away_read_as_recorded(
    engine: Engine, azure: PublishEndpoint, code: Inputs
) -> None:
    outputs = {**code, "deployment": "7"}
    assert seen(engine, "x", code, outputs) == code
    azure.take(HOST, "az_cli", becomes(refuse(503)))
    assert seen(engine, "x", code, outputs) == code
    azure.__exit__()
    assert seen(engine, "x", code, outputs) == code


def test_looking_needs_no_login_and_publishing_says_that_it_does(code: Inputs) -> None:
    with serving(AzureCodeKind(Publisher(place_of({}, Nobody())))) as engine:
        assert seen(engine, "x", code, {**code, "deployment": "7"}) == code
        with pytest.raises(grpc.RpcError, match="nobody is logged in"):
            create(engine, URN, code)


def test_who_waits_gives_up_when_the_engine_cancels(
    azure: PublishEndpoint, code: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in azure.env.items():
        monkeypatch.setenv(name, value)
    azure.script(refuse(403, Retry_After="500"))
    cancelled = threading.Event()
    kinds = Kinds(lambda urn, line: None, cancelled)
    with serving(kinds["sls:azure:Code"], cancelled=cancelled) as engine:
        going_on = engine.Create.future(pb.CreateRequest(urn=URN, properties=to_struct(code)))
        eventually(lambda: azure.posts)
        engine.Cancel(empty_pb2.Empty())
        with pytest.raises(grpc.RpcError, match="interrupted"):
            going_on.result(timeout=60)


def test_deleting_asks_nothing(engine: Engine, azure: PublishEndpoint, code: Inputs) -> None:
    engine.Delete(pb.DeleteRequest(urn=URN, id="x", properties=to_struct(code), old_inputs=to_struct(code)))
    assert (azure.posts, azure.looks) == (0, 0)
