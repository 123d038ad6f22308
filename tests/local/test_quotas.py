"""Quotas: calendar windows, on disk, whatever ends the gateway."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sls_infra.errors import LocalError
from sls_infra.local import control
from sls_infra.local.model import LimitSpec, QuotaSpec
from sls_infra.local.quotas import Quotas, quotas_file, remove_quotas, window
from tests.local.harness import KEY, PUBLIC, Deployed, Stack, api_keys, eventually, get, is_running

CODE = {"app.py": "def ok(request): return {}\n"}
DAY, WEEK, MONTH = (QuotaSpec(requests=2, per=per) for per in ("day", "week", "month"))


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("per", "now", "start", "end"),
    [
        ("day", "2024-02-28T23:59:59", "2024-02-28", "2024-02-29"),
        ("day", "2024-02-29T00:00:00", "2024-02-29", "2024-03-01"),
        ("week", "2024-12-29T23:59:59", "2024-12-23", "2024-12-30"),  # a Sunday
        ("week", "2024-12-30T00:00:00", "2024-12-30", "2025-01-06"),  # a Monday, over the year's end
        ("month", "2024-02-29T12:00:00", "2024-02-01", "2024-03-01"),
        ("month", "2024-12-31T23:59:59", "2024-12-01", "2025-01-01"),
    ],
)
def test_windows_are_those_of_the_calendar_in_utc(per: str, now: str, start: str, end: str) -> None:
    assert window(per, at(now)) == (int(at(start)), int(at(end)))


class Clock:
    def __init__(self, text: str) -> None:
        self.now = at(text)

    def __call__(self) -> float:
        return self.now


def take(quotas: Quotas, spec: QuotaSpec, client: str = "mobile") -> bool:
    if quotas.wait(client, spec):
        return False
    quotas.charge(client, spec.per)
    return True


def test_a_window_begins_anew_and_clients_are_apart(tmp_path: Path) -> None:
    clock = Clock("2024-05-31T23:00:00")
    quotas = Quotas(tmp_path / "q.db", clock)
    assert [take(quotas, DAY) for _ in range(3)] == [True, True, False]
    assert [take(quotas, MONTH, "web") for _ in range(3)] == [True, True, False]
    assert quotas.wait("mobile", DAY) == 3601
    clock.now += 3601
    assert [take(quotas, DAY) for _ in range(3)] == [True, True, False]
    assert take(quotas, MONTH, "web")
    quotas.close()


def test_a_clock_that_goes_back_gives_nothing_back(tmp_path: Path) -> None:
    clock = Clock("2024-05-31T01:00:00")
    quotas = Quotas(tmp_path / "q.db", clock)
    assert [take(quotas, DAY) for _ in range(2)] == [True, True]
    clock.now -= 7200
    assert not take(quotas, DAY)
    quotas.close()
    again = Quotas(tmp_path / "q.db", clock)
    assert not take(again, DAY)
    again.close()


def test_they_are_kept_and_forgotten_with_their_client(tmp_path: Path) -> None:
    clock = Clock("2024-05-31T01:00:00")
    file = quotas_file(tmp_path, "urn")
    Quotas(file, clock).close()
    assert not file.exists(), "where there are no quotas there is no file"
    first = Quotas(file, clock)
    assert take(first, WEEK)
    first.close()
    second = Quotas(file, clock)
    assert [take(second, WEEK) for _ in range(2)] == [True, False]
    second.keep(frozenset({"mobile"}))
    assert not take(second, WEEK)
    second.keep(frozenset())
    assert take(second, WEEK)
    second.close()
    remove_quotas(tmp_path, "urn")
    assert list(tmp_path.iterdir()) == []


def test_without_a_file_they_last_as_long_as_the_process() -> None:
    quotas = Quotas(None)
    assert [take(quotas, MONTH) for _ in range(3)] == [True, True, False]


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "q.db").write_bytes(b"no database" * 1000)
    with pytest.raises(LocalError, match="remove that file to begin anew"):
        Quotas(tmp_path / "q.db")


def test_what_can_not_be_written_does_not_pass(tmp_path: Path) -> None:
    quotas = Quotas(tmp_path / "none" / "q.db")
    (tmp_path / "none").write_text("in the way")
    with pytest.raises(LocalError, match="can't be written"):
        take(quotas, DAY)


KEYS = {"mobile": "key-1,key-2", "web": "key-3", "slow": "key-4"}
RULES: dict[str, dict[str, Any]] = {
    "mobile": {"quotas": (QuotaSpec(requests=6, per="month"),)},
    "slow": {
        "limits": (LimitSpec(requests=2, seconds=86_400, burst=2, by="client"),),
        "quotas": (QuotaSpec(requests=9, per="month"),),
    },
}


@pytest.fixture
def api(stack: Stack) -> Deployed:
    tight = LimitSpec(requests=1, seconds=86_400, burst=1)
    routes = [
        get("/a", "app:ok", auth=(KEY,)),
        get("/b", "app:ok", auth=(KEY, PUBLIC)),
        get("/tight", "app:ok", auth=(KEY,), limits=(tight,)),
    ]
    return stack.deploy(CODE, routes, api_keys=(api_keys(KEYS, RULES),))


def statuses(api: Deployed, path: str, key: str, times: int) -> list[int]:
    return [api.get(path, headers={"x-api-key": key}).status_code for _ in range(times)]


def test_a_quota_is_of_the_client_whichever_key_and_route(api: Deployed) -> None:
    assert statuses(api, "/a", "key-1", 3) + statuses(api, "/b", "key-2", 4) == [200] * 6 + [429]
    over = api.get("/a", headers={"x-api-key": "key-1"})
    assert over.headers["content-type"] == "application/problem+json"
    assert 1 <= int(over.headers["retry-after"]) <= 31 * 86_400
    assert over.json()["detail"] == "the client's quota for this month is used up"
    assert statuses(api, "/a", "key-3", 9) == [200] * 9
    assert api.get("/b").status_code == 200
    line = eventually(api.refusals)[-1]
    assert (line["status"], line["rule"], line["who"]) == (429, "quota:6 per month", "key:mobile")


def test_what_one_rule_refuses_is_charged_to_no_other(api: Deployed) -> None:
    assert statuses(api, "/tight", "key-1", 4) == [200, 429, 429, 429]
    assert statuses(api, "/a", "key-1", 6) == [200] * 5 + [429]
    assert statuses(api, "/a", "key-4", 3) == [200, 200, 429]
    eventually(lambda: api.refusals() and api.refusals()[-1]["rule"].startswith("limit:key 2 per 86400 s"))


def test_neither_a_reload_nor_a_restart_nor_a_kill_gives_any_back(api: Deployed) -> None:
    stack, spec = api.stack, api.state.spec
    assert statuses(api, "/a", "key-1", 2) == [200] * 2
    control.reload_gateway(stack.root, api.id, spec)
    assert statuses(api, "/a", "key-2", 2) == [200] * 2
    os.kill(api.state.pid, signal.SIGTERM)
    eventually(lambda: not is_running(api.state.pid))
    api.state = control.reload_gateway(stack.root, api.id, spec)
    assert statuses(api, "/a", "key-1", 1) == [200]
    os.kill(api.state.pid, signal.SIGKILL)
    eventually(lambda: not is_running(api.state.pid))
    # What an `up` does after a kill: the resource is gone, so it is made anew, under another id.
    api.state = control.start_gateway(stack.root, "anew", spec, urn=stack.urn("Gateway", api.id))
    stack.deployed.append("anew")
    assert statuses(api, "/a", "key-1", 2) == [200, 429]


def test_nothing_is_left_of_them_when_the_gateway_is_removed(api: Deployed) -> None:
    assert statuses(api, "/a", "key-1", 1) == [200]
    assert list((api.stack.root / "quotas").iterdir())
    control.stop_gateway(api.stack.root, api.id)
    assert not (api.stack.root / "quotas").exists()
