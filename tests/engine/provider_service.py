"""The stand-in provider's side of the engine's protocol."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from tests.engine.kinds import Values
from tests.engine.wire import UNKNOWN, comparable, from_struct, has_unknown, reveal, to_struct
from tests.engine.world import DEFAULTS, Call, Resource, World, key, with_inputs

Context = grpc.ServicerContext


class ProviderService(provider_pb2_grpc.ResourceProviderServicer):
    """Answers for every package that its world has a table of."""

    def __init__(self, world: World) -> None:
        self.world = world

    def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version="0.0.0")

    def Attach(self, request: plugin_pb2.PluginAttach, context: Context) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def GetSchema(self, request: provider_pb2.GetSchemaRequest, context: Context) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema="{}")

    def CheckConfig(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        return _diff(from_struct(request.old_inputs), from_struct(request.news), (), recreate=False)

    def Configure(self, request: provider_pb2.ConfigureRequest, context: Context) -> provider_pb2.ConfigureResponse:
        self.world.record(Call("configure", inputs=from_struct(request.args)), context)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=False)

    def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        self.world.record(Call("cancel"), context)
        return empty_pb2.Empty()

    def Invoke(self, request: provider_pb2.InvokeRequest, context: Context) -> provider_pb2.InvokeResponse:
        arguments = from_struct(request.args)
        self.world.record(Call("invoke", request.tok, inputs=arguments), context)
        package = self.world.known.get(request.tok.split(":")[0])
        if package is None or request.tok not in package.invokes:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the stand-in has no answer to {request.tok} in its table")
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").update(package.invokes[request.tok](reveal(arguments)))  # a keyword in Python
        return response

    def Check(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        type, name = _identity(request.urn)
        olds, news = from_struct(request.olds), from_struct(request.news)
        self.world.record(Call("check", type, name, news), context)
        kind = self.world.kind(type, context)
        filled: list[str] = []
        if kind.name and kind.name not in news:
            kept = olds.get(kind.name) if kind.name in olds.get(DEFAULTS, []) else None
            prefix = reveal(news.get(f"{kind.name}Prefix"))
            news[kind.name] = kept or f"{prefix or f'{name}-'}{request.randomSeed.hex()[:7]}"
            filled.append(kind.name)
        return provider_pb2.CheckResponse(inputs=to_struct({**news, DEFAULTS: filled}))

    def Diff(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        type, name = _identity(request.urn)
        olds, news = from_struct(request.old_inputs), from_struct(request.news)
        self.world.record(Call("diff", type, name, news), context)
        kind = self.world.kind(type, context)
        fixed = kind.replace | ({kind.name} if kind.name else set())
        # Two things of one name can't exist at once: a name that the user chose is given up before it is taken again.
        chosen = bool(kind.name) and kind.name not in news.get(DEFAULTS, [])
        return _diff(olds, news, fixed, recreate=chosen)

    def Create(self, request: provider_pb2.CreateRequest, context: Context) -> provider_pb2.CreateResponse:
        world = self.world
        type, name = _identity(request.urn)
        inputs = from_struct(request.properties)
        world.record(Call("create", type, name, inputs, request.preview), context)
        kind = world.kind(type, context)
        if request.preview:
            made = world.made(type, name, inputs, 0)
            state = {**dict.fromkeys(kind.outputs(made), UNKNOWN), **with_inputs({}, inputs)}
            return provider_pb2.CreateResponse(properties=to_struct(state))
        if has_unknown(inputs):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{type} {name}: unknown inputs outside of a preview")
        serial = next(world.serials)
        made = world.made(type, name, inputs, serial)
        id, state = kind.id(made), with_inputs(kind.outputs(made), inputs)
        with world.lock:
            if key(type, id) in world.live:
                context.abort(grpc.StatusCode.ALREADY_EXISTS, f"{type} {name}: there is one with the id {id}")
            world.live[key(type, id)] = Resource(type, name, serial, inputs, state)
        return provider_pb2.CreateResponse(id=id, properties=to_struct(state))

    def Update(self, request: provider_pb2.UpdateRequest, context: Context) -> provider_pb2.UpdateResponse:
        world = self.world
        type, name = _identity(request.urn)
        inputs, olds = from_struct(request.news), from_struct(request.olds)
        world.record(Call("update", type, name, inputs, request.preview), context)
        kind = world.kind(type, context)
        found = world.live.get(key(type, request.id))
        made = world.made(type, name, inputs, found.serial if found else 0)
        if request.preview:
            kept = {each: olds.get(each, UNKNOWN) for each in kind.outputs(made)}
            state = {**kept, **dict.fromkeys(kind.volatile, UNKNOWN), **with_inputs({}, inputs)}
            return provider_pb2.UpdateResponse(properties=to_struct(state))
        if found is None:
            context.abort(grpc.StatusCode.NOT_FOUND, f"{type} {name}: nothing has the id {request.id}")
        state = with_inputs(kind.outputs(made), inputs)
        with world.lock:
            world.live[key(type, request.id)] = replace(found, inputs=inputs, outputs=state)
        return provider_pb2.UpdateResponse(properties=to_struct(state))

    def Read(self, request: provider_pb2.ReadRequest, context: Context) -> provider_pb2.ReadResponse:
        type, name = _identity(request.urn)
        self.world.record(Call("read", type, name, from_struct(request.inputs)), context)
        found = self.world.live.get(key(type, request.id))
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=request.id, properties=to_struct(found.outputs), inputs=to_struct(found.inputs)
        )

    def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> empty_pb2.Empty:
        type, name = _identity(request.urn)
        self.world.record(Call("delete", type, name, from_struct(request.properties)), context)
        with self.world.lock:
            self.world.live.pop(key(type, request.id), None)
        return empty_pb2.Empty()


def _identity(urn: str) -> tuple[str, str]:
    """Type and logical name; a type in a URN carries those of its parents before it."""
    types, name = urn.split("::", 3)[2:]
    return types.rsplit("$", 1)[-1], name


def _diff(olds: Values, news: Values, fixed: Collection[str], *, recreate: bool) -> provider_pb2.DiffResponse:
    changed = sorted(
        name
        for name in {*olds, *news} - {DEFAULTS, "__internal"}
        if comparable(olds.get(name)) != comparable(news.get(name))
    )
    replaces = [name for name in changed if name in fixed]
    changes = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=changes, diffs=changed, replaces=replaces, deleteBeforeReplace=bool(replaces) and recreate
    )
