"""What is watched, and who is told."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Literal

from pydantic.dataclasses import dataclass

from .base import CONFIG, Spec
from .values import Many


@dataclass(frozen=True, config=CONFIG)
class Alarm(Spec):
    """A threshold that somebody hears of."""

    on: Literal["errors", "latency", "throttles"]
    """What is measured: the share of calls that failed, the 95th percentile of latency, or throttled calls."""
    _: KW_ONLY
    above: float
    """The threshold: a share from 0 to 1 (errors), milliseconds (latency), or calls (throttles)."""
    over: int = 300
    """Seconds it is measured over."""


@dataclass(frozen=True, config=CONFIG)
class Observability(Spec):
    """Logs, traces, alarms."""

    _: KW_ONLY
    logs: int = 30
    """Days that logs are kept."""
    traces: bool = False
    """Whether calls are traced."""
    dashboard: bool = False
    """Whether a dashboard is made."""
    alarms: Many[Alarm] = ()
    """Thresholds that somebody hears of."""
    notify: Many[str] = ()
    """E-mail addresses of those who hear of them."""


@dataclass(frozen=True, config=CONFIG)
class Budget(Spec):
    """A monthly cost that somebody hears of."""

    monthly: float
    """The cost, in the account's currency."""
    _: KW_ONLY
    notify: Many[str] = ()
    """E-mail addresses of those who hear of it."""
