"""Schedules, by a clock of the test's own: each tick once, over restarts, and what was missed is told."""

from __future__ import annotations

import os
import re
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sls_infra.local import control
from sls_infra.local.events import schedules
from sls_infra.local.events.feed import Settled
from sls_infra.local.model import EventSpec
from sls_infra.runtime.links.local import queues
from tests.local.events.harness import CODE, World
from tests.local.harness import eventually

START = datetime(2026, 3, 28, 12, 0, 30, tzinfo=UTC)


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now.timestamp()

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


class Machine:
    """A machine on which the gateway may be restarted."""

    def __init__(self, folder: Path, cron: str, timezone: str = "UTC") -> None:
        self.folder, self.clock, self.told = folder, Clock(), list[str]()
        queues.create(str(folder / "dead"), {})
        schedules.create(str(folder / "schedules"))
        self.spec = self.of(cron, timezone)
        self.restart()

    def of(self, cron: str, timezone: str = "UTC") -> EventSpec:
        dead = str(self.folder / "dead")
        return EventSpec(kind="schedule", name="n", function="app", dead_letter=dead, cron=cron, timezone=timezone)

    def restart(self) -> None:
        """The process before is gone, whatever it was doing."""
        self.feed = schedules.ScheduleFeed(self.spec, str(self.folder / "schedules"), self.told.append, self.clock)

    def ticks(self) -> list[str]:
        """The ticks that are delivered now, and handled well."""
        taken = self.feed.exchange([], 10)
        self.feed.exchange([Settled(each, "done") for each in taken], 0)
        return [each.content["scheduled_at"] for each in taken]


def test_each_tick_comes_once_over_a_restart(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "*/2 * * * *")
    assert machine.ticks() == []
    assert machine.feed.due_in() == 90
    machine.clock.pass_(seconds=90)
    assert machine.ticks() == ["2026-03-28T12:02:00Z"]
    machine.restart()
    assert machine.ticks() == []
    machine.clock.pass_(seconds=119)
    assert machine.ticks() == []
    machine.clock.pass_(seconds=1)
    machine.restart()
    assert machine.ticks() == ["2026-03-28T12:04:00Z"]
    assert machine.told == []


def test_a_tick_that_was_taken_when_the_process_was_killed_comes_again_as_its_first_attempt(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "* * * * *")
    machine.ticks()
    machine.clock.pass_(seconds=60)
    [taken] = machine.feed.exchange([], 10)
    machine.restart()
    [again] = machine.feed.exchange([], 10)
    assert (again.id, again.attempt) == (taken.id, 1)
    assert again.id == "n@2026-03-28T12:01:00Z"


def test_of_missed_ticks_the_newest_comes_late_and_the_others_are_told(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "*/10 * * * *")
    machine.ticks()
    machine.clock.pass_(hours=2)
    machine.restart()
    assert machine.ticks() == ["2026-03-28T14:00:00Z"]
    assert machine.told == [
        "schedule 'n': 11 ticks were missed while nothing ran; the newest, of 2026-03-28T14:00:00Z, is run now"
    ]
    machine.restart()
    assert machine.ticks() == []
    assert len(machine.told) == 1


def test_one_that_is_too_old_is_told_and_does_not_come(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "0 3 * * *")
    machine.ticks()
    machine.clock.pass_(days=2, hours=3)
    machine.restart()
    assert machine.ticks() == []
    assert machine.told == ["schedule 'n': 2 ticks were missed while nothing ran"]


def test_an_expression_that_has_changed_begins_anew(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "0 * * * *")
    machine.ticks()
    machine.clock.pass_(hours=5)
    machine.spec = machine.of("30 * * * *")
    machine.restart()
    assert machine.ticks() == []
    machine.clock.pass_(minutes=30)
    assert machine.ticks() == ["2026-03-28T17:30:00Z"]
    assert machine.told == []


@pytest.mark.parametrize(("hour", "expected"), [(1, ["00:00"]), (2, []), (3, ["01:00"])])
def test_a_time_that_the_clock_skips_is_skipped(tmp_path: Path, hour: int, expected: list[str]) -> None:
    machine = Machine(tmp_path, f"0 {hour} 29 3 *", "Europe/Berlin")
    machine.ticks()
    found = []
    for _ in range(24):
        machine.clock.pass_(hours=1)
        found += machine.ticks()
    assert found == [f"2026-03-29T{time}:00Z" for time in expected]


def test_a_clock_that_goes_back_gives_no_tick_twice(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "* * * * *")
    machine.ticks()
    machine.clock.pass_(minutes=5)
    assert len(machine.ticks()) == 1
    machine.clock.pass_(minutes=-4)
    machine.restart()
    assert machine.ticks() == []
    machine.clock.pass_(minutes=3)
    assert machine.ticks() == []
    machine.clock.pass_(minutes=2)
    assert machine.ticks() == ["2026-03-28T12:06:00Z"]


def test_a_gateway_that_was_killed_delivers_the_newest_tick_that_it_missed(world: World) -> None:
    world.on("schedule", "often", "app:tick", cron="* * * * *")
    deployed = world.deploy(CODE + "def tick(t): note([t.name, t.scheduled_at.timestamp()])")
    [folder] = (world.stack.root / "events").iterdir()
    kept = schedules.lane_of_schedule(str(folder / "schedules"), "often").store
    eventually(lambda: kept.rows("SELECT 1 FROM schedules"))
    os.kill(deployed.state.pid, signal.SIGKILL)
    with kept.writing() as connection:
        connection.execute("UPDATE schedules SET until = until - 600")
    eventually(lambda: control.read_gateway(world.stack.root, "demo") is None)
    before = time.time()
    control.reload_gateway(world.stack.root, "demo", None)
    (name, at), *more = world.come(1)
    assert name == "often"
    assert before - 60 <= at <= time.time()
    assert len(more) <= 1  # the next minute may just have begun
    [told] = eventually(lambda: [said for line in deployed.log() if "missed" in (said := line.get("message", ""))])
    assert re.match(
        r"schedule 'often': (9|10) ticks were missed while nothing ran; the newest, of .*Z, is run now", told
    )
    control.stop_gateway(world.stack.root, "demo")
    assert not folder.exists()
