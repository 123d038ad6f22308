"""The program that the engine starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

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
