"""Events on this machine, as users of the command line see them: `dev`, `invoke`, `redrive`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sls_infra.cli.main import main
from sls_infra.runtime.links.local.buckets import Bucket
from sls_infra.runtime.links.local.queues import Queue
from sls_infra.runtime.links.local.tables import Table
from tests.local.harness import eventually

BIN = Path(sys.executable).parent / "sls-infra"
INFRA = """
from sls_infra import (
    Api, Bucket, Function, Jwt, OnChange, OnMessage, OnSchedule, OnUpload, Public, Queue, Route, Table, Topic
)

orders, receipts, emails = Table("orders"), Bucket("receipts"), Queue("emails")
placed = Topic("placed")
shop = Function("shop", code="src", links=[orders.read_write(), emails.send(), placed.publish()])
desk = Function("desk", code="src", links=[receipts.read()])
api = Api("shop", auth=Jwt(issuer="https://id.example.com/", audience="shop"), routes=[
    Route("POST", "/orders/{id}", shop, handler="shop:order", auth=Public()),
    Route("GET", "/me", shop, handler="shop:me"),
], events=[
    OnMessage(emails, desk, handler="shop:mail", max_attempts=1),
    OnMessage(placed, desk, handler="shop:heard", attributes={"lang": ["de"]}),
    OnUpload(receipts, desk, handler="shop:scan", prefix="in/"),
    OnChange(orders, desk, handler="shop:changed", kinds=["insert"]),
    OnSchedule("nightly", desk, handler="shop:nightly", cron="0 3 * * *"),
])
theirs = Queue.existing("q", "arn:aws:sqs:eu-west-1:1:q")
foreign = Api("foreign", events=[OnMessage(theirs, desk, handler="shop:mail")])
"""
CODE = """
import os
from sls_infra.runtime import HttpError, links

def order(request):
    links.table("orders").put({"id": request.path_params["id"]})
    links.queue("emails").send({"to": request.path_params["id"]}, attributes={"by": "order"})
    return {"ordered": request.path_params["id"], "body": request.body.decode(), "x": request.headers.get("x-it")}

def me(request): return dict(request.claims)

def mail(message):
    print("mail", message.body, dict(message.attributes))
    if not os.path.exists("up"): raise OSError("the mail server is down")

def heard(message): print("heard", message.body)
def scan(upload): print("scan", upload.key, upload.size, upload.content_type, upload.open().read().decode())
def changed(change): print("changed", change.kind, dict(change.key), change.old, change.new)
def nightly(tick): print("tick", tick.name, tick.scheduled_at.isoformat())
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "infra.py").write_text(INFRA)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "shop.py").write_text(CODE)
    return tmp_path


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(BIN), *arguments], cwd=project, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in done.stderr
    return done


def invoke(project: Path, *arguments: str) -> tuple[int, str]:
    done = run(project, "invoke", "infra:api", *arguments)
    return done.returncode, done.stdout + done.stderr


Here = Callable[..., tuple[int, str, str]]


@pytest.fixture
def here(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Runs a command in this process: status, stdout and stderr."""
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "infra", raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        sys.modules.pop("infra", None)
        out, told = capsys.readouterr()
        return status, out, told

    return call


def state(project: Path) -> Path:
    return project / ".sls" / "dev" / "shop"


@contextmanager
def dev(project: Path) -> Iterator[Path]:
    """`sls-infra dev`; the file that it prints to."""
    out = project.with_suffix(".out")
    with out.open("a") as file:
        process = subprocess.Popen([str(BIN), "dev", "infra:api", "--port", "0"], cwd=project, stdout=file, stderr=file)
    try:
        eventually(lambda: "Serving on" in out.read_text() or process.poll() is not None, 30)
        assert process.poll() is None, out.read_text()
        yield out
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["emails-desk", "--body", '{"to": 7}', "--attribute", "a=b=c"], """mail {"to": 7} {'a': 'b=c'}"""),
        (["placed-desk", "--body", "hello", "--attribute", "lang=de"], "heard hello"),
        (["orders-desk", "--new", '{"id": "7", "n": 1}'], "changed insert {'id': '7'} None {'id': '7', 'n': 1}"),
        (["nightly", "--at", "2026-03-29T03:00:00+02:00"], "tick nightly 2026-03-29T01:00:00+00:00"),
    ],
)
def test_an_event_is_handled_once(project: Path, arguments: list[str], printed: str) -> None:
    (project / "src" / "up").touch()
    assert invoke(project, *arguments) == (0, f"  {printed}\n{arguments[0]}: done\n")


def test_an_upload_is_put_there_first_and_not_handled_again_by_dev(project: Path) -> None:
    (project / "a.pdf").write_text("%PDF")
    with dev(project):
        pass
    assert invoke(project, "receipts-desk", "--key", "in/a.pdf", "--file", "a.pdf") == (
        0,
        "  scan in/a.pdf 4 application/pdf %PDF\nreceipts-desk: done\n",
    )
    assert Bucket("receipts", str(state(project) / "buckets" / "receipts"), {}).get("in/a.pdf") == b"%PDF"
    assert invoke(project, "receipts-desk", "--key", "in/a.pdf")[0] == 0
    with dev(project) as out:
        time.sleep(1.5)
    assert "scan" not in out.read_text()


def test_one_that_fails_exits_1_with_the_reason(project: Path) -> None:
    status, text = invoke(project, "emails-desk", "--body", "x")
    assert status == 1
    assert "  error: an event failed\n" in text
    assert 'src/shop.py", line' in text
    assert text.endswith("emails-desk: failed: OSError: the mail server is down\n")


def test_a_request_is_answered_as_by_a_route(project: Path) -> None:
    status, text = invoke(project, "POST /orders/7", "--body", "hi", "--header", "X-It: yes")
    assert status == 0
    assert text.startswith("200\n")
    assert text.endswith('\n\n{"ordered":"7","body":"hi","x":"yes"}\n')
    table = Table("orders", str(state(project) / "tables" / "orders"), {"key": "id"})
    assert table.get(("7", None)) is not None
    assert invoke(project, "GET /me", "--claims", '{"sub": "u"}')[1].endswith('\n{"sub":"u"}\n')
    status, text = invoke(project, "GET /me")
    assert (status, text.splitlines()[1]) == (1, "401")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "has no event source 'nope'; it has emails-desk, placed-desk"),
        (["GET /nope"], "has no route for GET /nope; it has 'POST /orders/{id}', 'GET /me'"),
        (["placed-desk", "--body", "x"], "it does not fit what api.events[1] asks for"),
        (["orders-desk", "--old", '{"id": "7"}'], "it does not fit what api.events[3] asks for"),
        (["orders-desk"], "say --new, --old, or both"),
        (["orders-desk", "--new", "{"], "--new is no JSON"),
        (["orders-desk", "--new", '{"n": 1}'], "need the key's attribute 'id'"),
        (["receipts-desk"], "say its --key"),
        (["receipts-desk", "--key", "in/none"], "has no object 'in/none': give its --file"),
        (["receipts-desk", "--key", "in/none", "--file", "none"], "--file none can't be put there"),
        (["nightly", "--body", "x"], "'nightly' is started by a schedule, which has no --body; it takes --at"),
        (["nightly", "--at", "noon"], "is no time"),
        (["emails-desk", "--attribute", "x"], "is not of the form name=value"),
        (["emails-desk", "--body", "@none"], "--body: none can't be read"),
        (["GET /me", "--claims", "[]"], "--claims is no JSON object"),
    ],
)
def test_mistakes_are_told_in_words(here: Here, arguments: list[str], said: str) -> None:
    status, out, told = here("invoke", "infra:api", *arguments)
    assert (status, out) == (1, "")
    assert said in told


def test_the_name_of_another_cloud_is_refused(here: Here) -> None:
    status, _, told = here("invoke", "infra:foreign", "q-desk")
    assert status == 1
    assert "is Amazon's name of a resource, and this is the local target" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say which dead letters"),
        (["infra:api", "--ref", "/x"], "say which dead letters"),
        (["--ref", "arn:aws:sqs:eu-west-1:1:q"], "is no ref of a queue on this machine"),
        (["--ref", "/a/queues/b"], "there is no queue at /a/queues/b"),
    ],
)
def test_so_are_those_of_redrive(here: Here, arguments: list[str], said: str) -> None:
    status, _, told = here("redrive", *arguments)
    assert status == 1
    assert said in told


def test_dev_serves_events_keeps_what_waits_and_dead_letters_can_be_put_back(project: Path) -> None:
    with dev(project) as out:
        assert run(project, "dev", "infra:api", "--port", "0").returncode == 1, "one at a time"
        invoke(project, "POST /orders/7")
        eventually(lambda: "is a dead letter: OSError: the mail server is down" in out.read_text())
        eventually(lambda: "changed insert {'id': '7'}" in out.read_text())
    assert "reloaded" not in out.read_text(), "its own state is no change of the project"
    listed = run(project, "redrive", "infra:api", "--list").stdout.splitlines()
    assert listed[0] == "emails-desk-dead-letters: 1 dead letter"
    assert listed[1].endswith("emails-desk, after 1 attempt: OSError: the mail server is down")
    assert listed[2].endswith('{"to":"7"}')
    (project / "src" / "up").touch()
    assert run(project, "redrive", "infra:api", "emails-desk").stdout.endswith("emails-desk-dead-letters: 1 put back\n")
    queue = Queue("emails", str(state(project) / "queues" / "emails"), {})
    assert queue.counts().all == 1
    with dev(project) as out:
        eventually(lambda: queue.counts().all == 0)
    assert run(project, "redrive", "infra:api").stdout == "There are no dead letters.\n"
    wrong = run(project, "redrive", "infra:api", "nope")
    assert wrong.returncode == 1
    assert "has no queue of dead letters 'nope'; it has emails-desk-dead-letters" in wrong.stderr
    for arguments in (
        [],
        ["infra:api", "--ref", "/x"],
        ["--ref", "arn:aws:sqs:eu-west-1:1:q"],
        ["--ref", "/a/queues/b"],
    ):
        assert run(project, "redrive", *arguments).returncode == 1


def test_state_lies_where_the_environment_says(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "src" / "up").touch()
    monkeypatch.setitem(os.environ, "SLS_INFRA_ROOT", str(tmp_path / "elsewhere"))
    assert invoke(project, "emails-desk")[0] == 0
    assert (tmp_path / "elsewhere" / "dev" / "shop" / "queues" / "emails").is_dir()
    assert not (project / ".sls").exists()
