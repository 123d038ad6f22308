"""What the engine asks of a language host, answered for Python: the larger part of the stand-in.

Like the official host it runs the program's `__main__.py` in the program's folder, and shows a `pulumi.RunError` as its
message and any other error as a traceback that begins in the user's program. Beyond the official host, a mistake that
this project explains itself (`sls_infra.errors.SlsError`) is shown without a traceback. The program runs in this
process, on its main thread: one process, one program, one run.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import logging
import os
import queue
import runpy
import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import grpc
import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2 as messages
from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2

EXPLAINED = {"pulumi.errors.RunError", "sls_infra.errors.SlsError"}
"""Errors whose message says it all; by name, so that a program that does not use sls_infra does not load it."""

Call = tuple[messages.RunRequest, "Future[messages.RunResponse]"]


def serve(engine: str) -> None:
    """Say the port on stdout, then run the one program that the engine at address `engine` will ask for."""
    runs: queue.Queue[Call] = queue.Queue()
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_receive_message_length", -1)])
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageService(runs), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    print(port)
    request, answer = runs.get()
    answer.set_result(run(request, engine))
    server.wait_for_termination()


class LanguageService(language_pb2_grpc.LanguageRuntimeServicer):
    """The service itself; `Run` is handed over to the main thread, the rest is small talk."""

    def __init__(self, runs: queue.Queue[Call]) -> None:
        self._runs = runs
        self._ran = False

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """The version of the SDK stands for the host's."""
        return plugin_pb2.PluginInfo(version=importlib.metadata.version("pulumi"))

    def GetRequiredPackages(
        self, request: messages.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> messages.GetRequiredPackagesResponse:
        """None in advance: the engine gets a provider when the program first uses it."""
        return messages.GetRequiredPackagesResponse()

    def GetRequiredPlugins(
        self, request: messages.GetRequiredPluginsRequest, context: grpc.ServicerContext
    ) -> messages.GetRequiredPluginsResponse:
        """Likewise."""
        return messages.GetRequiredPluginsResponse()

    def RuntimeOptionsPrompts(
        self, request: messages.RuntimeOptionsRequest, context: grpc.ServicerContext
    ) -> messages.RuntimeOptionsResponse:
        """Nothing to ask the user of a new project."""
        return messages.RuntimeOptionsResponse()

    def About(self, request: messages.AboutRequest, context: grpc.ServicerContext) -> messages.AboutResponse:
        """For `pulumi about`."""
        return messages.AboutResponse(executable=sys.executable, version=sys.version.split()[0])

    def GetProgramDependencies(
        self, request: messages.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> messages.GetProgramDependenciesResponse:
        """For `pulumi about`: what is installed."""
        installed = {dist.name: dist.version for dist in importlib.metadata.distributions()}
        found = [messages.DependencyInfo(name=name, version=installed[name]) for name in sorted(installed)]
        return messages.GetProgramDependenciesResponse(dependencies=found)

    def InstallDependencies(
        self, request: messages.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[messages.InstallDependenciesResponse]:
        """For `pulumi install`: says that it does not."""
        note = f"The stand-in language host installs nothing: programs run on {sys.executable} as it is.\n"
        yield messages.InstallDependenciesResponse(stdout=note.encode())

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Nothing to do: the engine ends this process."""
        return empty_pb2.Empty()

    def Run(self, request: messages.RunRequest, context: grpc.ServicerContext) -> messages.RunResponse:
        """Run the program. A second one in this process would find the first one's modules: it is refused."""
        if self._ran:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "this language host has run its program")
        self._ran = True
        answer: Future[messages.RunResponse] = Future()
        self._runs.put((request, answer))
        return answer.result()


def run(request: messages.RunRequest, engine: str) -> messages.RunResponse:
    """Run the program to the end of all that it started. Errors are shown from here: the engine has only to stop."""
    settings = pulumi.runtime.Settings(
        project=request.project,
        stack=request.stack,
        organization=request.organization or "organization",
        root_directory=request.info.root_directory,
        monitor=request.monitor_address,
        engine=engine,
        parallel=request.parallel,
        dry_run=request.dryRun,
    )
    pulumi.runtime.configure(settings)
    pulumi.runtime.set_all_config(dict(request.config), list(request.configSecretKeys))
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # a failed program leaves futures that nobody awaits
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(max(1, request.parallel) * 4))
    program = Path(request.info.program_directory or request.pwd, request.info.entry_point or request.program)
    file = program / "__main__.py" if program.is_dir() else program
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _execute(file, request)))
    except BaseException as error:  # SystemExit too: `sys.exit("…")` in a program is a message to its user
        message = explain(error, file)
        if message:
            pulumi.log.error(message)
            return messages.RunResponse(bail=True)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return messages.RunResponse()


def _execute(file: Path, request: messages.RunRequest) -> None:
    if not file.is_file():
        raise SystemExit(f"unable to find main python program `{file.name}` in `{file.parent}`")
    os.chdir(request.pwd or file.parent)
    sys.argv = [str(file), *request.args]
    sys.path[0] = str(file.parent)
    runpy.run_path(str(file), run_name="__main__")


def explain(error: BaseException, file: Path) -> str:
    """What to show for an error of the program in `file`; empty for a plain `sys.exit()`."""
    if isinstance(error, SystemExit):
        if error.code in (None, 0):
            return ""
        return f"the program exited with code {error.code}" if isinstance(error.code, int) else str(error.code)
    if EXPLAINED & {f"{cls.__module__}.{cls.__qualname__}" for cls in type(error).__mro__}:
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    begin = next((i for i, frame in enumerate(frames) if Path(frame.filename) == file), None)
    if begin is None and isinstance(error, SyntaxError):
        shown = traceback.format_exception_only(error)  # of the program's own file: no frame is the user's
    else:
        shown = traceback.format_exception(error, limit=(begin or 0) - len(frames) if frames else None)
    return "Program failed with an unhandled exception:\n" + "".join(shown)
