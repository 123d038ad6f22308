"""Rendering: a ServerlessApi under Pulumi mocks, in a world of its own."""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi.runtime
from pulumi.output import Unknown
from pulumi.runtime import mocks, rpc
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import run_pulumi_func

from ..bundle.spec import Bundle, BundleSpec
from ..errors import SlsError
from ..providers.component import ServerlessApi, Transform, bundler
from ..quick import collector_paused
from ..spec.api import Api
from ..spec.targets import Target
from .computed import called, computed, echoed
from .loops import current_loop, loop_of_its_own
from .rendered import UNKNOWN, Rendered, RenderedResource

CHILD_OUTPUTS = ("functions", "queues", "topics", "buckets", "tables", "api_keys")


def render(
    api: Api,
    target: Target | str = "aws",
    *,
    preview: bool = False,
    name: str | None = None,
    transform: Transform | None = None,
    config: Mapping[str, str] | None = None,
    project: str = "project",
    stack: str = "stack",
) -> Rendered:
    """Every resource that an Api becomes on a target. No engine, no account, no event loop to manage.

    `preview=True` leaves computed values unknown, as `pulumi preview` does. Bundles are named, not
    built. Raises `SpecError` as a deployment would, and `SlsError` where two resources would have one URN.
    """

    def program() -> ServerlessApi:
        return ServerlessApi(api, target, name=name, transform=transform)

    return render_program(program, preview=preview, config=config, project=project, stack=stack)


def render_program(
    program: Callable[[], ServerlessApi],
    *,
    preview: bool = False,
    config: Mapping[str, str] | None = None,
    project: str = "project",
    stack: str = "stack",
) -> Rendered:
    """As `render`, for a program that makes a ServerlessApi and returns it."""
    # Pulumi keeps its settings in context variables: a context of its own leaves those of the caller alone.
    return contextvars.Context().run(_render, program, preview, dict(config or {}), project, stack)


def _render(
    program: Callable[[], ServerlessApi], preview: bool, config: dict[str, str], project: str, stack: str
) -> Rendered:
    bundler.set(named_only)
    monitor = _Monitor(preview)
    made: list[ServerlessApi] = []
    loop = current_loop()
    before = asyncio.all_tasks(loop)
    SETTINGS.rpc_manager.clear()
    SETTINGS.outputs.clear()
    try:
        mocks.set_mocks(_Mocks(), project=project, stack=stack, preview=preview, monitor=monitor)
        pulumi.runtime.set_all_config(config)
        with collector_paused():
            loop.run_until_complete(run_pulumi_func(lambda: made.append(program())))
        outputs = loop.run_until_complete(_outputs(made[0]))
    finally:
        _end(loop, asyncio.all_tasks(loop) - before)
    if monitor.twice:
        raise SlsError(f"two resources have one URN: {', '.join(monitor.twice)}")
    return Rendered([_named(resource, made[0]) for resource in monitor.seen], outputs)


def _end(loop: asyncio.AbstractEventLoop, left: set[asyncio.Task[Any]]) -> None:
    """Ends what a failed program left running: it would wake up in the next one."""
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))


async def _outputs(component: ServerlessApi) -> dict[str, Any]:
    names = [*CHILD_OUTPUTS, *(["url"] if "url" in vars(component) else [])]
    values = {}
    for name in names:
        output = getattr(component, name)
        known = await output.is_known()
        values[name] = await output.future() if known else UNKNOWN
    return values


def _named(seen: tuple[RenderedResource, str], component: ServerlessApi) -> RenderedResource:
    from dataclasses import replace

    resource, logical = seen
    return replace(resource, name=component.nodes.spoken.get(logical, logical))


def named_only(spec: BundleSpec) -> Bundle:
    """Stands in for building: a zip named by the function and what the plan puts into it. Nothing is read or made."""
    known = [spec.function, str(spec.code), spec.python, str(spec.platform), *map(str, spec.entries)]
    digest = hashlib.sha256("\n".join(known).encode() + b"".join(spec.files.values())).hexdigest()
    return Bundle(path=Path(f"{spec.function}.zip"), sha256=digest, size=0, unpacked=0)


class _Mocks(mocks.Mocks):
    """Gives a resource its inputs back, and plausible values for what the cloud would compute."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        if pulumi.runtime.is_dry_run():
            return "", echoed(args.typ, args.inputs)
        made = computed(args.typ, args.name, args.inputs)
        return made.pop("id", f"{args.name}-id"), made

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        return called(args.token, args.args), []


class _Monitor(mocks.MockMonitor):
    """Notes what mocks don't: parents, dependencies, secrets, and a URN given twice."""

    def __init__(self, preview: bool) -> None:
        super().__init__(_Mocks())
        self.seen: list[tuple[RenderedResource, str]] = []
        self.twice: list[str] = []

    def RegisterResource(self, request: Any) -> Any:
        with loop_of_its_own():
            if request.type != "pulumi:pulumi:Stack":
                self._note(request)
            return super().RegisterResource(request)  # type: ignore[no-untyped-call]

    def Invoke(self, request: Any) -> Any:
        with loop_of_its_own():
            return super().Invoke(request)  # type: ignore[no-untyped-call]

    def ReadResource(self, request: Any) -> Any:
        with loop_of_its_own():
            return super().ReadResource(request)  # type: ignore[no-untyped-call]

    def _note(self, request: Any) -> None:
        urn = self.make_urn(request.parent, request.type, request.name)
        if any(seen.urn == urn for seen, _ in self.seen):
            self.twice.append(urn)
        raw = rpc.deserialize_properties(request.object, keep_unknowns=True)
        inputs = {key: _plain(value) for key, value in raw.items()}
        resource = RenderedResource(
            type=request.type,
            name=request.name,
            logical_name=request.name,
            urn=urn,
            inputs=inputs,
            secret_inputs=tuple(key for key, value in raw.items() if _has_secret(value)),
            parent=request.parent or None,
            depends_on=tuple(request.dependencies),
        )
        self.seen.append((resource, request.name))


def _plain(value: Any) -> Any:
    """A value as a test wants to see it: numbers as they were written, secrets open, unknowns as `UNKNOWN`."""
    if isinstance(value, Unknown) or value == rpc.UNKNOWN:
        return UNKNOWN
    if rpc.is_rpc_secret(value):
        return _plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, pulumi.FileArchive):
        return f"archive {value.path}"
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _has_secret(value: Any) -> bool:
    if rpc.is_rpc_secret(value):
        return True
    if isinstance(value, dict):
        return any(map(_has_secret, value.values()))
    return isinstance(value, list) and any(map(_has_secret, value))
