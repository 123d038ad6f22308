"""A process that is an Azure Functions Python worker: Microsoft's own runtime library, with a socket in place of gRPC.

Started by azure_worker.py in an environment of its own: `python -I azure_worker_child.py <descriptor> <folder> <how>`.
It starts as the host has it start (`how`: "init", or "reload" for a placeholder that is given an app), says what
functions it found, and then answers: a JSON line in, a JSON line out, any number at once.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import socket
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any


def main(descriptor: int, folder: str, how: str) -> None:
    # As the platform's own worker orders it: the app, its dependencies, and what the worker brings.
    sys.path[:0] = [folder, f"{folder}/.python_packages/lib/site-packages"]
    os.chdir(folder)
    connection = socket.socket(fileno=descriptor)
    asyncio.run(Worker(connection).serve(folder, how))


class Worker:
    """The worker, and the connection to who stands in for its host."""

    def __init__(self, connection: socket.socket) -> None:
        import azure_functions_runtime as runtime  # type: ignore[import-not-found]  # of the other environment

        sys.path.append(str(Path(__file__).parent))
        from azure_messages import protos  # type: ignore[import-not-found]  # found beside this file

        self._runtime: Any = runtime
        self._protos = protos()
        self._connection = connection
        self._numbers = itertools.count(1)

    async def serve(self, folder: str, how: str) -> None:
        reader, writer = await asyncio.open_connection(sock=self._connection, limit=1 << 28)
        self._runtime.start_threadpool_executor()
        functions = await self._start(folder, how)
        self._say(writer, {"functions": functions, "python": sys.version.split()[0]})
        tasks = set()
        while line := await reader.readline():
            task = asyncio.create_task(self._answer(writer, json.loads(line), functions))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        os._exit(0)  # a handler that does not end must not keep the process

    def _say(self, writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
        writer.write(json.dumps(message).encode() + b"\n")

    async def _ask(self, name: str, request: Any) -> Any:
        """One of the runtime's handlers, called as its proxy does."""
        message = SimpleNamespace(**{name: request})
        properties = {"host": "127.0.0.1", "protos": self._protos}
        return await getattr(self._runtime, name)(SimpleNamespace(name=name, request=message, properties=properties))

    async def _start(self, folder: str, how: str) -> list[dict[str, Any]]:
        protos = self._protos
        if how == "reload":
            environment = protos.FunctionEnvironmentReloadRequest(
                environment_variables=dict(os.environ), function_app_directory=folder
            )
            started = await self._ask("function_environment_reload_request", environment)
        else:
            init = protos.WorkerInitRequest(host_version="4.0", function_app_directory=folder)
            started = await self._ask("worker_init_request", init)
        if started.result.status != protos.StatusResult.Success:
            raise SystemExit(f"{started.result.exception.message}\n{started.result.exception.stack_trace}")
        listed = await self._ask("functions_metadata_request", SimpleNamespace())
        found = []
        for metadata in listed.function_metadata_results:
            load = protos.FunctionLoadRequest(function_id=metadata.function_id, metadata=metadata)
            await self._ask("function_load_request", load)
            found.append({"name": metadata.name, "id": metadata.function_id, "bindings": list(metadata.raw_bindings)})
        return found

    async def _answer(self, writer: asyncio.StreamWriter, asked: dict[str, Any], functions: list[Any]) -> None:
        number = asked["number"]
        try:
            invocation = self._call(asked["http"]) if "http" in asked else self._event(asked["event"])
            name = "api" if "http" in asked else asked["event"]["function"]
            invocation.function_id = next(function["id"] for function in functions if function["name"] == name)
            invocation.invocation_id = f"00000000-0000-4000-8000-{next(self._numbers):012}"
            done = await self._ask("invocation_request", invocation)
            if done.result.status == self._protos.StatusResult.Success:
                answer = {"http": _plain(done.return_value.http)} if "http" in asked else {}
                self._say(writer, {"number": number, **answer})
            else:
                self._say(writer, {"number": number, "failed": done.result.exception.message})
        except Exception as error:
            self._say(writer, {"number": number, "failed": f"in the harness: {error!r}"})
        await writer.drain()

    def _call(self, http: dict[str, Any]) -> Any:
        """A request, as the HTTP trigger of the function has it."""
        http = dict(http)
        body = http.pop("body", None)
        message = self._protos.RpcHttp(**http)
        if body is not None:
            message.body.bytes = base64.b64decode(body)
        trigger = self._protos.ParameterBinding(name="req", data=self._protos.TypedData(http=message))
        return self._protos.InvocationRequest(input_data=[trigger])

    def _event(self, event: dict[str, Any]) -> Any:
        """What another trigger gives: "data" and "metadata" (by name) are TypedData, as {"string": …}."""
        protos = self._protos
        given = protos.ParameterBinding(name=event["parameter"], data=protos.TypedData(**event["data"]))
        metadata = {name: protos.TypedData(**data) for name, data in event["metadata"].items()}
        request = protos.InvocationRequest(input_data=[given], trigger_metadata=metadata)
        if event["retries"]:
            request.retry_context.retry_count = event["retries"]
        return request


def _plain(http: Any) -> dict[str, Any]:
    cookies = []
    for cookie in http.cookies:
        known = {"name": cookie.name, "value": cookie.value, "same_site": cookie.same_site}
        for name in ("domain", "path", "secure", "http_only", "max_age"):
            known[name] = getattr(cookie, name).value if cookie.HasField(name) else None
        known["expires"] = cookie.expires.value.seconds if cookie.HasField("expires") else None
        cookies.append(known)
    return {
        "status_code": http.status_code,
        "headers": dict(http.headers),
        "cookies": cookies,
        "body": base64.b64encode(http.body.bytes).decode(),
    }


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
