"""Limits under load: a hundred callers at once, over five windows; and a quota while the gateway is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sls_infra.local import control
from sls_infra.local.model import LimitSpec, QuotaSpec
from tests.local.harness import KEY, Deployed, Stack, api_keys, bearer, eventually, get, is_running, jwt_way
from tools.issuer import Issuer

CODE = {"app.py": "def ok(request): return {}\n"}
CALLERS = 100
WINDOWS = 5


@dataclass(frozen=True)
class Caller:
    """One connection that calls again as soon as it is answered."""

    name: str
    """Whom its calls are counted for here."""
    path: str
    headers: Mapping[str, str]
    address: str = "127.0.0.1"


async def call(caller: Caller, port: int, until: float, passed: Counter[tuple[str, int]]) -> None:
    """Calls until then, or until the gateway is gone."""
    head = "".join(f"{name}: {value}\r\n" for name, value in caller.headers.items())
    request = f"GET {caller.path} HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(caller.address, 0))
        try:
            while time.monotonic() < until:
                writer.write(request)
                answer = await reader.readuntil(b"\r\n\r\n")
                passed[caller.name, int(answer[9:12])] += 1
                length = next(line for line in answer.split(b"\r\n") if line.lower().startswith(b"content-length:"))
                await reader.readexactly(int(length.split(b":")[1]))
        finally:
            writer.close()
    except (OSError, asyncio.IncompleteReadError):
        pass


def crowd(callers: list[Caller], port: int, seconds: float) -> tuple[Counter[tuple[str, int]], float]:
    """Answers by whom and status, and how long it took from the first call to the last answer."""
    passed: Counter[tuple[str, int]] = Counter()

    async def run() -> float:
        began = time.monotonic()
        await asyncio.gather(*(call(caller, port, began + seconds, passed) for caller in callers))
        return time.monotonic() - began

    return passed, asyncio.run(run())


def limited(api_issuer: Issuer, stack: Stack) -> Deployed:
    token = jwt_way(api_issuer.url)
    second, by_key = limit("route"), {"limits": (limit("client"),)}
    routes = [
        get("/route", "app:ok", auth=(token,), limits=(second,)),
        get("/client", "app:ok", auth=(token,), limits=(limit("client"),)),
        get("/ip", "app:ok", limits=(limit("ip"),)),
        get("/key/a", "app:ok", auth=(KEY,)),
        get("/key/b", "app:ok", auth=(KEY,)),
    ]
    keys = api_keys({"mobile": "key-1,key-2"}, {"mobile": by_key})
    return stack.deploy(CODE, routes, api_keys=(keys,))


N, BURST = 20, 10


def limit(by: str) -> LimitSpec:
    return LimitSpec(requests=N, seconds=1, burst=BURST, by=by)


def test_a_limit_lets_its_share_and_its_burst_through_and_never_more(stack: Stack, issuer: Issuer) -> None:
    api = limited(issuer, stack)
    ann, bob = (bearer(issuer.token("orders", subject=name)) for name in ("ann", "bob"))
    kinds = [
        Caller("route", "/route", ann),
        Caller("route", "/route", bob),
        Caller("client ann", "/client", ann),
        Caller("client bob", "/client", bob),
        Caller("ip 1", "/ip", {}),
        Caller("ip 2", "/ip", {}, "127.0.0.2"),
        Caller("key", "/key/a", {"x-api-key": "key-1"}),
        Caller("key", "/key/b", {"x-api-key": "key-2"}),
    ]
    callers = [kinds[number % len(kinds)] for number in range(CALLERS)]
    answers, took = crowd(callers, api.state.port, WINDOWS)
    for name in {kind.name for kind in kinds}:
        assert N * WINDOWS <= answers[name, 200] <= N * took + BURST, (name, answers, took)
        assert answers[name, 429], name
    assert {status for _, status in answers} == {200, 429}


def test_a_flood_of_bad_tokens_is_counted_by_ip_and_takes_nothing_from_others(stack: Stack, issuer: Issuer) -> None:
    day = 86_400
    by_ip = LimitSpec(requests=50, seconds=day, burst=50, by="ip")
    by_route = LimitSpec(requests=10, seconds=day, burst=10)
    routes = [get("/", "app:ok", auth=(jwt_way(issuer.url),), limits=(by_ip, by_route))]
    api = stack.deploy(CODE, routes)
    flood = [Caller("flood", "/", bearer(f"bad-{number}"), "127.0.0.2") for number in range(CALLERS)]
    answers, _ = crowd(flood, api.state.port, 1)
    assert answers["flood", 401] == 50
    assert answers["flood", 429] > 0
    assert len(answers) == 2
    token = bearer(issuer.token("orders"))
    assert [api.get("/", headers=token).status_code for _ in range(11)] == [200] * 10 + [429]


def test_a_kill_in_the_midst_of_a_crowd_gives_no_call_of_a_quota_back(stack: Stack) -> None:
    quota = 2000
    keys = api_keys({"mobile": "key-1"}, {"mobile": {"quotas": (QuotaSpec(requests=quota, per="month"),)}})
    api = stack.deploy(CODE, [get("/", "app:ok", auth=(KEY,))], api_keys=(keys,))
    callers = [Caller("mobile", "/", {"x-api-key": "key-1"})] * CALLERS

    async def killed() -> Counter[tuple[str, int]]:
        passed: Counter[tuple[str, int]] = Counter()
        calls = [asyncio.create_task(call(each, api.state.port, time.monotonic() + 20, passed)) for each in callers]
        while passed["mobile", 200] < 300:
            await asyncio.sleep(0.005)
        os.kill(api.state.pid, signal.SIGKILL)
        await asyncio.gather(*calls)
        return passed

    before = asyncio.run(killed())
    eventually(lambda: not is_running(api.state.pid))
    state = control.reload_gateway(stack.root, api.id, None)
    after, _ = crowd(callers, state.port, 3)
    while not after["mobile", 429]:
        after += crowd(callers, state.port, 1)[0]
    total = before["mobile", 200] + after["mobile", 200]
    # What was on its way when the gateway was killed was counted, and came to nothing.
    assert quota - CALLERS <= total <= quota
    assert after["mobile", 200] > 0
