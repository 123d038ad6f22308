from __future__ import annotations

import contextlib
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2_grpc

from sls_infra.plugin.function import PYTHON, FunctionKind
from sls_infra.plugin.gateway import GatewayKind
from sls_infra.plugin.kind import Kind
from sls_infra.plugin.service import Service
from tests.plugin.fake import FakeControl

Bundles = Callable[..., Path]
Inputs = dict[str, Any]


@pytest.fixture
def control() -> FakeControl:
    return FakeControl()


@contextlib.contextmanager
def serving(*kinds: Kind, cancelled: threading.Event | None = None) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """What the engine has of the plugin: a stub, over a real connection."""
    server = grpc.server(ThreadPoolExecutor(4))
    service = Service({kind.type: kind for kind in kinds}, cancelled)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
    server.stop(None).wait(10)


@pytest.fixture
def engine(control: FakeControl) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    with serving(FunctionKind(control), GatewayKind(control)) as stub:
        yield stub


@pytest.fixture
def bundle(tmp_path: Path) -> Bundles:
    """Makes a bundle that answers these routes: `bundle("GET /orders", auth=["public"])`."""

    def make(*routes: str, auth: list[str] | None = None) -> Path:
        path = tmp_path / "bundle.zip"
        entries = [
            {"method": route.split()[0], "path": route.split()[1], "auth": auth or ["public"]} for route in routes
        ]
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("sls_manifest.json", json.dumps({"version": 1, "routes": entries}))
        return path

    return make


@pytest.fixture
def function(tmp_path: Path, bundle: Bundles) -> Inputs:
    return {
        "root": str(tmp_path / "state"),
        "name": "shop",
        "bundle": str(bundle("GET /orders")),
        "sha256": "a" * 64,
        "python": PYTHON,
        "env": {"LEVEL": "info"},
        "minInstances": 0,
        "timeout": 25,
        "memory": 512,
    }


@pytest.fixture
def gateway(tmp_path: Path) -> Inputs:
    return {
        "root": str(tmp_path / "state"),
        "api": "orders",
        "host": "127.0.0.1",
        "port": 0,
        "routes": [{"method": "GET", "path": "/orders", "function": "shop", "auth": [{"kind": "public"}]}],
        "functions": {"shop": "shop-1"},
    }
