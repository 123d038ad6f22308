"""Lines of progress, for the engine to show beside a resource while it is worked on."""

from __future__ import annotations

import threading

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

TIMEOUT = 2.0
"""Seconds in which the engine must take a line."""


class Progress:
    """Tells the engine at this address. One that does not listen costs nothing but its lines."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._engine: engine_pb2_grpc.EngineStub | None = None
        self._lock = threading.Lock()

    def __call__(self, urn: str, line: str) -> None:
        with self._lock:
            if not self._address:
                return
            if self._engine is None:
                self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(self._address))
            request = engine_pb2.LogRequest(severity=engine_pb2.INFO, message=line, urn=urn, ephemeral=True)
            try:
                self._engine.Log(request, timeout=TIMEOUT)
            except grpc.RpcError:
                self._address = ""
