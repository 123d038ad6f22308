"""The program that the engine starts."""

from __future__ import annotations

import hashlib
import os
import queue
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from tests.engine.publish import PublishEndpoint, refuse
from tests.engine.wire import from_struct, to_struct

PROGRAM = Path(sys.executable).with_name("pulumi-resource-sls")


@pytest.fixture
def plugin() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [str(PROGRAM), "127.0.0.1:1", "--logtostderr", "-v=9"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    yield process
    process.kill()
    process.communicate(timeout=30)


def _answers(plugin: subprocess.Popen[bytes]) -> None:
    assert plugin.stdout is not None
    port = int(plugin.stdout.readline())
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        assert stub.GetPluginInfo(empty_pb2.Empty(), timeout=30).version


def test_it_says_its_port_and_ends_with_its_stdin(plugin: subprocess.Popen[bytes]) -> None:
    _answers(plugin)
    out, err = plugin.communicate(timeout=30)  # closes stdin
    assert (plugin.returncode, out, err) == (0, b"", b"")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly_when_told_to(plugin: subprocess.Popen[bytes], number: int) -> None:
    _answers(plugin)
    os.kill(plugin.pid, number)
    assert plugin.wait(30) == 0
    assert plugin.stderr is not None
    assert plugin.stderr.read() == b""


class Listening(engine_pb2_grpc.EngineServicer):
    """The engine's own service, as far as plugins speak to it."""

    def __init__(self) -> None:
        self.lines: queue.Queue[engine_pb2.LogRequest] = queue.Queue()

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        self.lines.put(request)
        return empty_pb2.Empty()


@pytest.mark.parametrize("listens", [True, False])
def test_it_publishes_to_where_its_environment_says_and_tells_the_engine(tmp_path: Path, listens: bool) -> None:
    engine, server = Listening(), grpc.server(ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    if listens:
        server.start()
    zip = tmp_path / "shop.zip"
    zip.write_bytes(b"PK")
    inputs = {
        "app": "shop",
        "host": "shop.scm.azurewebsites.net",
        "bundle": str(zip),
        "sha256": hashlib.sha256(b"PK").hexdigest(),
    }
    urn = "urn:pulumi:dev::demo::sls:azure:Code::shop"
    with PublishEndpoint() as azure:
        azure.script(refuse(403, "not yet", Retry_After="1"))
        plugin = subprocess.Popen(
            [str(PROGRAM), "--logtostderr", address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **azure.env},
        )
        try:
            assert plugin.stdout is not None
            with grpc.insecure_channel(f"127.0.0.1:{int(plugin.stdout.readline())}") as channel:
                stub = provider_pb2_grpc.ResourceProviderStub(channel)
                made = stub.Create(provider_pb2.CreateRequest(urn=urn, properties=to_struct(inputs)), timeout=60)
            out, err = plugin.communicate(timeout=30)
        finally:
            plugin.kill()
            plugin.wait(30)
        assert from_struct(made.properties) == {**inputs, "deployment": azure.deployments[0].id}
        assert [(host, sha256) for host, sha256, _ in azure.published] == [(inputs["host"], inputs["sha256"])]
        assert set(azure.tokens) == {azure.token}
    server.stop(None).wait(10)
    assert (plugin.returncode, out, err) == (0, b"", b"")
    said = [engine.lines.get_nowait() for _ in range(engine.lines.qsize())]
    assert bool(said) is listens
    assert {(each.urn, each.ephemeral) for each in said} == ({(urn, True)} if listens else set())
    assert any("not yet" in each.message for each in said) is listens
