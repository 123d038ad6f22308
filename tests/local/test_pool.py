"""What takes its time: idle workers let go, waits that end, bodies that do not come; with shorter times, in process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvloop

from sls_infra.errors import LocalError
from sls_infra.local import gateway, pool
from sls_infra.local.call import Lost
from sls_infra.local.journal import Lines
from sls_infra.local.launch import Launch
from sls_infra.local.model import GatewaySpec
from sls_infra.local.pool import Pool
from sls_infra.local.server import Server
from sls_infra.local.worker import Worker
from tests.local.harness import PACKAGE, get, is_running, manifest, post

CODE = """
import os, time
def ok(request): return str(os.getpid())
def slow(request):
    time.sleep(float(request.query["s"]))
    return str(os.getpid())
def crash(request): os._exit(1)
"""
ROUTES = [get("/ok", "app:ok"), get("/slow", "app:slow"), get("/crash", "app:crash"), post("/ok", "app:ok")]
HEAD = {route.path: ["id", "GET", route.path, "s=0.3", "127.0.0.1", route.spec().key, ""] for route in ROUTES[:3]}


def head(path: str, query: str = "") -> bytes:
    id, method, path, _, *rest = HEAD[path]
    return "\0".join([id, method, path, query, *rest]).encode()


@pytest.fixture
def launch(tmp_path: Path) -> Launch:
    (tmp_path / "app.py").write_text(CODE)
    (tmp_path / "manifest.json").write_text(json.dumps(manifest("app", ROUTES)))
    paths = (str(tmp_path), str(PACKAGE.parent))
    return Launch(function="app", paths=paths, manifest=str(tmp_path / "manifest.json"), max_workers=3)


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await test()

    uvloop.run(bounded())


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


async def started(launch: Launch, said: list[str] | None = None) -> Pool:
    made = Pool(launch, lambda function, pid, stream, line: (said if said is not None else []).append(line))
    await made.start()
    return made


def test_workers_beyond_the_minimum_are_let_go_when_idle(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "IDLE", 0.2)

    async def test() -> None:
        made = await started(launch)
        answers = await asyncio.gather(*(made.submit(head("/slow", "s=0.5"), b"") for _ in range(6)))
        pids = {int(answer.body) for answer in answers}
        assert len(pids) == 3
        await until(lambda: len(made.workers) == 1)
        await until(lambda: sum(is_running(pid) for pid in pids) == 1)
        assert (await made.submit(head("/ok"), b"")).status == 200
        await made.close()
        assert not [pid for pid in pids if is_running(pid)]

    run(test)


def test_a_wait_for_a_worker_comes_to_an_end(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MAX_WAIT", 0.3)

    async def test() -> None:
        made = await started(launch)
        slow = [made.submit(head("/slow", "s=3"), b"") for _ in range(3)]
        await until(lambda: len(made.workers) == 3 and all(worker.inflight for worker in made.workers))
        with pytest.raises(Lost) as lost:
            await made.submit(head("/ok"), b"")
        assert (lost.value.status, lost.value.retry_after) == (503, 1)
        assert [answer.status for answer in await asyncio.gather(*slow)] == [200] * 3
        await made.close()

    run(test)


def test_a_closed_pool_answers_nobody(launch: Launch) -> None:
    async def test() -> None:
        made = await started(launch)
        hung = made.submit(head("/slow", "s=30"), b"")
        await asyncio.sleep(0.1)
        await made.close()
        with pytest.raises(Lost):
            await hung
        with pytest.raises(Lost) as lost:
            await made.submit(head("/ok"), b"")
        assert lost.value.status == 503
        assert made.workers == []

    run(test)


def test_workers_that_crash_while_idle_are_replaced(launch: Launch) -> None:
    async def test() -> None:
        made = await started(launch)
        for _ in range(3):
            killed = made.workers[0]
            killed.kill()
            await until(partial(_has_another, made, killed.pid))
        assert (await made.submit(head("/ok"), b"")).status == 200
        await made.close()

    run(test)


def _has_another(made: Pool, pid: int) -> bool:
    return bool(made.workers) and made.workers[0].pid != pid


def test_a_start_that_takes_too_long(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "START_TIMEOUT", 0.5)
    Path(launch.folder, "app.py").write_text("import time; time.sleep(60)")

    async def test() -> None:
        with pytest.raises(LocalError, match="not imported within"):
            await started(launch)

    run(test)


def test_a_bundle_of_another_version(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sls_infra.local.worker.PROTOCOL", 99)

    async def test() -> None:
        with pytest.raises(LocalError, match="deploy it again"):
            await started(launch)

    run(test)


@pytest.mark.parametrize("fate", ["is_ready", "is_lost"])
def test_a_worker_that_is_faster_than_its_gateway(launch: Launch, monkeypatch: pytest.MonkeyPatch, fate: str) -> None:
    start = Worker.start

    async def late(self: Worker) -> None:
        await start(self)
        await until(lambda: getattr(self, fate))

    monkeypatch.setattr(Worker, "start", late)
    if fate == "is_lost":
        Path(launch.folder, "app.py").write_text("import nothing_of_that_name")

    async def test() -> None:
        if fate == "is_lost":
            with pytest.raises(LocalError, match="nothing_of_that_name"):
                await started(launch)
        else:
            made = await started(launch)
            assert (await made.submit(head("/ok"), b"")).status == 200
            await made.close()

    run(test)


def serving(launch: Launch, test: Callable[[Server], Awaitable[None]], lines: list[str] | None = None) -> None:
    """Runs the test beside a server of this process."""

    async def beside() -> None:
        server = Server(Lines((lines if lines is not None else []).append))
        spec = GatewaySpec(api="x", routes=tuple(route.spec() for route in ROUTES), functions={"app": "app"})
        await server.apply(spec, {"app": launch})
        try:
            await test(server)
        finally:
            await server.close(1)
            assert isinstance(server.journal, Lines)
            server.journal.flush()

    run(beside)


def test_a_body_that_does_not_come(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "BODY_TIMEOUT", 0.3)

    async def test(server: Server) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
        writer.close()
        await writer.wait_closed()

    serving(launch, test)


def test_a_server_that_is_closed_leaves_no_request_unanswered(launch: Launch) -> None:
    lines: list[str] = []

    async def test(server: Server) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /slow?s=0.5 HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(0.1)
        await server.close()
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
        assert await reader.read() != b""
        writer.close()
        await writer.wait_closed()

    serving(launch, test, lines)
    request = [json.loads(line) for line in "".join(lines).splitlines()]
    assert [(line["path"], line["status"]) for line in request if "path" in line] == [("/slow", 200)]
