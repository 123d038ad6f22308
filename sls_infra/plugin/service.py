"""The engine's side of the plugin: the `ResourceProvider` protocol, for any kind of resource.

The engine is asked to look at every resource before each `up` (`refresh_before_update`), so that what somebody removed
or killed is put back by it. Inputs are echoed in the outputs with their secrets still wrapped: they are encrypted in
the stack's state.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from ..errors import SlsError
from . import schema
from .identity import type_of
from .kind import Kind
from .values import Values, decode, encode, found, has_unknown, plain, without_none

Context = grpc.ServicerContext
Empty = empty_pb2.Empty
LONGEST = 7000
"""Bytes of an error's text as it travels: in a header, percent-encoded; 8 KiB of headers are taken by every client."""


class Service(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the engine, from several threads at once."""

    def __init__(self, kinds: Mapping[str, Kind], cancelled: threading.Event | None = None) -> None:
        """`cancelled` is set when the engine asks for an end to what is going on."""
        self._kinds = kinds
        self._cancelled = cancelled or threading.Event()

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        """What is understood: secrets."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Empty, context: Context) -> plugin_pb2.PluginInfo:
        """The version of this package."""
        return plugin_pb2.PluginInfo(version=schema.version())

    def Attach(self, request: plugin_pb2.PluginAttach, context: Context) -> Empty:
        """The engine was told to use a plugin that runs already."""
        return Empty()

    def GetSchema(self, request: provider_pb2.GetSchemaRequest, context: Context) -> provider_pb2.GetSchemaResponse:
        """The package, for tools."""
        return provider_pb2.GetSchemaResponse(schema=schema.text())

    def CheckConfig(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        """The provider has no settings. `sls:target` and its like reach it too: they are the program's own."""
        news = decode(request.news)
        return provider_pb2.CheckResponse(inputs=encode({key: news[key] for key in ("version",) if key in news}))

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        """No setting, no change."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: provider_pb2.ConfigureRequest, context: Context) -> provider_pb2.ConfigureResponse:
        """What is understood: secrets, and unknowns in a preview."""
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Cancel(self, request: Empty, context: Context) -> Empty:
        """Somebody wants to stop: who waits for something gives up. What is cut short the next `up` recovers."""
        self._cancelled.set()
        return Empty()

    def Check(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        """The inputs as they are, and what is wrong with them."""
        with _told(context):
            wrong = self._kind(request.urn).check(plain(decode(request.news)))
            failures = [provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in wrong]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        """Which inputs differ. An unknown one does, but replaces nothing: what it comes to may be what it was."""
        with _told(context):
            kind = self._kind(request.urn)
            olds, news = (without_none(plain(decode(each))) for each in (request.old_inputs, request.news))
        ignored = kind.silent | {"__defaults", "__internal"}
        changed = sorted(name for name in {*olds, *news} - ignored if olds.get(name) != news.get(name))
        replaces = [name for name in changed if name in kind.replaces and not has_unknown(news.get(name))]
        changes = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=changes, diffs=changed, replaces=replaces, deleteBeforeReplace=bool(replaces)
        )

    def Create(self, request: provider_pb2.CreateRequest, context: Context) -> provider_pb2.CreateResponse:
        """Makes a resource; in a preview, tells what can be told of it."""
        with _told(context):
            kind, inputs = self._kind(request.urn), decode(request.properties)
            if request.preview:
                id, computed = "", kind.foreseen(plain(inputs), None)
            else:
                id, computed = kind.create(request.urn, plain(inputs))
        properties = encode({**inputs, **computed})
        return provider_pb2.CreateResponse(id=id, properties=properties, refresh_before_update=True)

    def Read(self, request: provider_pb2.ReadRequest, context: Context) -> provider_pb2.ReadResponse:
        """The resource as it is; nothing where it is gone."""
        with _told(context):
            kind = self._kind(request.urn)
            recorded = decode(request.inputs) or decode(request.properties)
            if not recorded:
                raise SlsError(f"{kind.type} can't be imported: deploy the Api that it belongs to instead")
            computed = {key: value for key, value in decode(request.properties).items() if key not in recorded}
            there = kind.read(request.urn, request.id, plain(recorded), plain(computed))
        if there is None:
            return provider_pb2.ReadResponse()
        inputs = found(recorded, there.inputs)
        return provider_pb2.ReadResponse(
            id=request.id,
            inputs=encode(inputs),
            properties=encode({**inputs, **there.computed}),
            refresh_before_update=True,
        )

    def Update(self, request: provider_pb2.UpdateRequest, context: Context) -> provider_pb2.UpdateResponse:
        """Changes a resource; in a preview, tells what can be told of it."""
        with _told(context):
            kind, inputs = self._kind(request.urn), decode(request.news)
            if request.preview:
                computed = kind.foreseen(plain(inputs), (plain(decode(request.old_inputs)), decode(request.olds)))
            else:
                computed = kind.update(request.urn, request.id, plain(inputs))
        return provider_pb2.UpdateResponse(properties=encode({**inputs, **computed}), refresh_before_update=True)

    def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> Empty:
        """Removes a resource."""
        with _told(context):
            recorded: Values = decode(request.old_inputs) or decode(request.properties)
            self._kind(request.urn).delete(request.urn, request.id, plain(recorded))
        return Empty()

    def _kind(self, urn: str) -> Kind:
        type = type_of(urn)
        if type not in self._kinds:
            raise SlsError(f"{type} is no resource of this plugin; it has {', '.join(self._kinds)}")
        return self._kinds[type]


@contextmanager
def _told(context: Context) -> Iterator[None]:
    """Makes errors into the engine's: what was not done is told as such, so that nothing is in doubt in the state."""
    try:
        yield
    except SlsError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, _shortened(str(error)))
    except Exception as error:
        traceback.print_exc(file=sys.stderr)  # the engine shows what a plugin prints
        said = f"a mistake in sls_infra, not in your program: {type(error).__name__}: {error}"
        context.abort(grpc.StatusCode.INTERNAL, _shortened(said))


def _shortened(text: str) -> str:
    """The text, without its middle where it is too long to travel."""
    if _travelling(text) <= LONGEST:
        return text
    kept = len(text)
    while _travelling(text[: kept // 2] + text[-kept // 2 :]) > LONGEST - 20:
        kept = kept * 9 // 10
    return f"{text[: kept // 2]}\n[...]\n{text[-kept // 2 :]}"


def _travelling(text: str) -> int:
    return sum(1 if 0x20 <= byte <= 0x7E and byte != 0x25 else 3 for byte in text.encode("utf-8", "replace"))
