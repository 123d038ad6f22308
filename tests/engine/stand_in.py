"""A provider that stands in for a cloud's, so that literal `pulumi` commands run without an account.

    with StandIn(AWS) as aws, Workspace(tmp_path, program, providers=[aws]) as ws:
        aws.fail("create", type="aws:lambda/function:Function", message="quota exceeded")   # the next one; then not
        ws.up(check=False)
        aws.fail_nth_create(3)               # the third one from now
        aws.delay = 0.2                      # seconds an operation takes
        aws.live                             # what is there now: id → Resource(type, name, inputs, outputs)
        aws.calls                            # every call: Call(op, type, name, inputs, preview), in order
        aws.of("create", "aws:iam/role:Role")
        aws.lose("aws:lambda/function:Function", "shop")       # somebody deleted it in the console

It takes part as a real one does: inputs are checked and named, a change of an input is an update or, where the table
says so, a replacement; what a cloud computes is unknown in a preview; archives are compared by their hash; Read tells
what is lost. What is referred to must be there, what is in use is not deleted, an id is given once, names have the form
that the cloud takes. Each provider has its ways, which its rows and `Package` say (`kinds.py`): how it names, what it
deletes before it makes it anew, whether it sees what is secret. What it can't judge is whether the cloud would accept
all other inputs.

There is a table for each cloud: `aws_outputs.py`, `azure_outputs.py`, `gcp_outputs.py`. A type or function that it does
not have is an error that says so: give it a row there. `shop_on_azure.py` and `shop_on_gcp.py` say what is true of an
Api that is in place; `test_stand_in.py` shows what azure-native and gcp do otherwise than aws.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from tests.engine.kinds import Package
from tests.engine.provider_service import ProviderService
from tests.engine.world import Call, Failure, Resource, World


class StandIn(World):
    """The provider: a server on 127.0.0.1, in threads, from entering the `with` block to leaving it."""

    def __init__(self, *known: Package) -> None:
        super().__init__(*known)
        self._server = grpc.server(ThreadPoolExecutor(64))
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(ProviderService(self), self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")

    @property
    def packages(self) -> list[str]:
        """The packages that it serves."""
        return list(self.known)

    def fail(
        self,
        op: str,
        *,
        type: str | None = None,
        name: str | None = None,
        times: int = 1,
        message: str = "told to fail",
    ) -> None:
        """Let the next `times` operations of this kind fail (not those of a preview)."""
        self.failures.append(Failure(op, type, name, 0, times, message))

    def fail_nth_create(self, n: int, message: str = "told to fail") -> None:
        """Let the n-th create from now on fail, counted from 1."""
        self.failures.append(Failure("create", None, None, n - 1, 1, message))

    def of(self, op: str, type: str | None = None, name: str | None = None, *, preview: bool = False) -> list[Call]:
        """The calls of this kind, in order; those of previews only if `preview`."""
        return [
            call
            for call in list(self.calls)
            if call.op == op and type in (None, call.type) and name in (None, call.name) and call.preview == preview
        ]

    def find(self, type: str, name: str) -> Resource:
        """The one resource of this type and logical name that is there."""
        found = [resource for resource in self.live.values() if (resource.type, resource.name) == (type, name)]
        assert len(found) == 1, f"{len(found)} of {type} {name}; there are: {sorted(self.names())}"
        return found[0]

    def names(self) -> Iterator[str]:
        """`type name` of each resource that is there."""
        return (f"{resource.type} {resource.name}" for resource in list(self.live.values()))

    def lose(self, type: str, name: str) -> None:
        """Let a resource be gone, behind the engine's back."""
        resource = self.find(type, name)
        self.live = {key: each for key, each in self.live.items() if each is not resource}

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop(grace=0).wait(10)
