"""A daemon that another version of the package has started does not go on with what it can't understand."""

from __future__ import annotations

from sls_infra.local import control, files
from sls_infra.local.model import PROTOCOL, LimitSpec
from tests.local.harness import Stack, get, is_running

CODE = {"app.py": "def ok(request): return {}\n"}


def test_an_older_daemon_is_started_anew_by_the_next_change(stack: Stack) -> None:
    api = stack.deploy(CODE, [get("/", "app:ok")])
    state = files.read_json(api.folder / files.STATE)
    assert state is not None
    assert state["protocol"] == PROTOCOL
    before = api.state.pid
    assert control.reload_gateway(stack.root, api.id, None).pid == before
    # As version 1 wrote it, and its spec.
    del state["protocol"]
    files.write_json(api.folder / files.STATE, state)
    limited = stack.gateway([get("/", "app:ok", limits=(LimitSpec(requests=1, seconds=60, burst=1),))])
    renewed = control.reload_gateway(stack.root, api.id, limited)
    assert renewed.pid != before
    assert not is_running(before)
    assert renewed.url == api.url
    assert [api.get("/").status_code for _ in range(2)] == [200, 429]
