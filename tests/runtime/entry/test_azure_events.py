"""Which functions an app has, and what their triggers' settings are called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest

from sls_infra.runtime import deployed, services
from sls_infra.runtime.entry import azure, azure_events

from . import azure_apps

ROUTE = {"id": "r1", "method": "GET", "path": "/", "handler": "shop.work:message", "auth": ["public"]}


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("_name", "_platform", "_cache"):
        monkeypatch.setattr(services, name, getattr(services, name))
    yield
    deployed.use(None)


def functions(root: Path, **more: Any) -> dict[str, Any]:
    """Name → trigger's binding, of the app whose manifest has more."""
    path = root / "sls_manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **more}))
    app = func.FunctionApp()
    azure.register(app, func, str(root))
    return {str(each.get_function_name()): json.loads(str(each))["bindings"][0] for each in app.get_functions()}


@pytest.mark.usefixtures("capsys")
def test_events_alone_make_no_function_for_requests(tmp_path: Path) -> None:
    found = functions(azure_apps.app(tmp_path))
    assert len(found) == len(azure_apps.SOURCES)
    assert azure.NAME not in found


@pytest.mark.parametrize(
    "more",
    [{"routes": [ROUTE]}, {"authorizers": {"custom": {"handler": "shop.work:message"}}}, {"events": {}}],
    ids=["routes", "an authorizer", "nothing at all"],
)
def test_there_is_one_for_requests_where_requests_may_come(tmp_path: Path, more: dict[str, Any]) -> None:
    assert azure.NAME in functions(azure_apps.app(tmp_path), **more)


def test_a_resource_from_elsewhere_has_a_connection_of_its_own(tmp_path: Path) -> None:
    deployed.use({"events": {"emails-worker": {"connection": "SLS_BUS_EMAILS_WORKER"}}})
    found = functions(azure_apps.app(tmp_path))
    assert found["event_emails_worker"]["connection"] == "SLS_BUS_EMAILS_WORKER"
    assert found["event_steps_worker"]["connection"] == "SLS_BUS"


def test_timers_and_change_feeds_are_retried_by_the_host(tmp_path: Path) -> None:
    app = func.FunctionApp()
    azure.register(app, func, str(azure_apps.app(tmp_path)))
    retried = {
        each.get_function_name(): policy
        for each in app.get_functions()
        if (policy := each.get_settings_dict("retry_policy"))
    }
    assert set(retried) == {"event_nightly", "event_minutely", "event_elsewhen", "event_orders_worker"}
    assert {policy["max_retry_count"] for policy in retried.values()} == {str(azure_apps.MAX_ATTEMPTS)}


def test_a_kind_that_is_not_known_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="kind 'stream', which this runtime does not know"):
        functions(azure_apps.app(tmp_path), events={"x": {"kind": "stream", "handler": "a:b", "max_attempts": 1}})


@pytest.mark.parametrize(
    ("name", "part", "expected"),
    [("emails-worker", "", "SLS_EVENT_EMAILS_WORKER"), ("a_b", "TOPIC", "SLS_EVENT_A_B_TOPIC")],
)
def test_settings_are_called_after_the_event(name: str, part: str, expected: str) -> None:
    assert azure_events.setting(name, part) == expected
