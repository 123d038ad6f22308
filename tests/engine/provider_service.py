"""The stand-in provider's side of the engine's protocol."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from tests.engine import checking
from tests.engine.kinds import Kind, Made, Values
from tests.engine.wire import comparable, from_struct, has_unknown, reveal, to_struct
from tests.engine.world import DEFAULTS, Call, Resource, World, key, unknown, with_inputs

Context = grpc.ServicerContext


class ProviderService(provider_pb2_grpc.ResourceProviderServicer):
    """Answers for every package that its world has a table of."""

    def __init__(self, world: World) -> None:
        self.world = world

    def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version="999.0.0")  # no SDK asks for a newer one

    def Attach(self, request: plugin_pb2.PluginAttach, context: Context) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def GetSchema(self, request: provider_pb2.GetSchemaRequest, context: Context) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema="{}")

    def CheckConfig(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        return _diff(from_struct(request.old_inputs), from_struct(request.news), (), recreate=False)

    def Configure(self, request: provider_pb2.ConfigureRequest, context: Context) -> provider_pb2.ConfigureResponse:
        arguments = from_struct(request.args)
        self.world.record(Call("configure", inputs=arguments), context)
        self.world.location = arguments.get("location")
        accepted = all(package.accept_secrets for package in self.world.known.values())
        return provider_pb2.ConfigureResponse(acceptSecrets=accepted, supportsPreview=True, acceptResources=False)

    def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        self.world.record(Call("cancel"), context)
        return empty_pb2.Empty()

    def Invoke(self, request: provider_pb2.InvokeRequest, context: Context) -> provider_pb2.InvokeResponse:
        arguments = from_struct(request.args)
        self.world.record(Call("invoke", request.tok, inputs=arguments), context)
        package = self.world.known.get(request.tok.split(":")[0])
        if package is None or request.tok not in package.invokes:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the stand-in has no answer to {request.tok} in its table")
        asked_of = package.asked_of.get(request.tok)
        if asked_of and (missing := set(asked_of(reveal(arguments))) - checking.ids(self.world)):
            context.abort(grpc.StatusCode.NOT_FOUND, f"{request.tok}: there is no {', '.join(sorted(missing))}")
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").update(package.invokes[request.tok](reveal(arguments)))  # a keyword in Python
        return response

    def Check(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        type, name = _identity(request.urn)
        olds, news = from_struct(request.olds), from_struct(request.news)
        self.world.record(Call("check", type, name, news), context)
        kind = self.world.kind(type, context)
        filled: list[str] = []
        if (found := checking.named(kind, name, olds, news, request.randomSeed)) is not None and kind.name:
            news[kind.name], filled = found
        if (where := checking.place(self.world, kind, olds, news, self.world.location)) is not None:
            news["location"] = where
        wrong = [provider_pb2.CheckFailure(property=at, reason=why) for at, why in checking.failures(kind, news)]
        return provider_pb2.CheckResponse(inputs=to_struct({**news, DEFAULTS: filled}), failures=wrong)

    def Diff(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        type, name = _identity(request.urn)
        olds, news = from_struct(request.old_inputs), from_struct(request.news)
        self.world.record(Call("diff", type, name, news), context)
        kind = self.world.kind(type, context)
        fixed = kind.replace | ({kind.name} if kind.name else set())
        # Two things of one name can't exist at once: a name that the user chose is given up before it is taken again.
        chosen = bool(kind.name) and kind.name not in news.get(DEFAULTS, [])
        # azure-native keeps in the old inputs that the name was random; without, everything goes before it is replaced.
        first = kind.gone_first and (not kind.name or kind.name not in olds.get(DEFAULTS, []))
        found = _diff(olds, news, fixed, recreate=first if kind.gone_first else chosen)
        if (
            kind.gone_first
        ):  # azure-native tells each property by its path (provider/pkg/provider: calculateDetailedDiff)
            found.hasDetailedDiff = True
            for name in found.diffs:
                for path in _paths(name, olds.get(name), news.get(name)):
                    gone = name in found.replaces
                    found.detailedDiff[path].CopyFrom(provider_pb2.PropertyDiff(kind=_KINDS[gone], inputDiff=True))
        return found

    def Create(self, request: provider_pb2.CreateRequest, context: Context) -> provider_pb2.CreateResponse:
        world = self.world
        type, name = _identity(request.urn)
        inputs = from_struct(request.properties)
        world.record(Call("create", type, name, inputs, request.preview), context)
        kind = world.kind(type, context)
        if request.preview:
            made = world.made(type, name, inputs, 0)
            given = _winning(kind, inputs)
            state = with_inputs(unknown(kind.outputs(made), given), given)
            return provider_pb2.CreateResponse(properties=to_struct(state))
        if has_unknown(inputs):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{type} {name}: unknown inputs outside of a preview")
        serial = next(world.serials)
        made = world.made(type, name, inputs, serial)
        self._look(kind, made, context)
        id, state = kind.id(made), with_inputs(kind.outputs(made), _winning(kind, inputs))
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
            computed = kind.outputs(made)
            lost = set(computed) - {"name", "location"} if kind.forgets else kind.volatile
            given = _winning(kind, inputs)
            news = unknown({each: computed[each] for each in computed if each in lost or each not in olds}, given)
            kept = {each: olds[each] for each in computed if each not in news}
            state = with_inputs({**kept, **news}, given)
            return provider_pb2.UpdateResponse(properties=to_struct(state))
        if found is None:
            context.abort(grpc.StatusCode.NOT_FOUND, f"{type} {name}: nothing has the id {request.id}")
        self._look(kind, made, context)
        state = with_inputs(kind.outputs(made), _winning(kind, inputs))
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
        if held := checking.holders(self.world, request.id):
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"{type} {name} is in use by {', '.join(held)}")
        with self.world.lock:
            self.world.live.pop(key(type, request.id), None)
        return empty_pb2.Empty()

    def _look(self, kind: Kind, made: Made, context: Context) -> None:
        """Fails where what it refers to is not there."""
        if missing := checking.missing(self.world, kind, made):
            what = f"{made.type} {made.logical}: there is no {', '.join(missing)}"
            context.abort(grpc.StatusCode.NOT_FOUND, what)


_KINDS = {False: provider_pb2.PropertyDiff.UPDATE, True: provider_pb2.PropertyDiff.UPDATE_REPLACE}


def _paths(path: str, old: object, new: object) -> Iterator[str]:
    """The paths of what differs, below what is an object in both."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        yield path
        return
    for name in sorted({*old, *new}):
        if comparable(old.get(name)) != comparable(new.get(name)):
            inner = f"{path}.{name}" if name.isidentifier() else f'{path}["{name}"]'
            yield from _paths(inner, old.get(name), new.get(name))


def _winning(kind: Kind, inputs: Values) -> Values:
    """The inputs that are outputs too."""
    return {name: value for name, value in inputs.items() if name not in kind.own}


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
