"""The command line, as its users see it: what it prints, and what it exits with."""

from __future__ import annotations

import hmac
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

BIN = Path(sys.executable).parent / "sls-infra"

GOOD = """
from sls_infra import Api, Bucket, Function, Jwt, OnSchedule, OnUpload, Public, RateLimit, Route, Scaling

shop = Function("shop", code="src", handler="shop:read")

def api(issuer="https://id.example.com/"):
    return Api("orders", auth=Jwt(issuer=issuer, audience="orders"), rate_limit=RateLimit(50), routes=[
        Route("GET", "/orders/{id}", shop, scopes=["orders:read"]),
        Route("GET", "/health", shop, auth=Public()),
    ])

scaled = Function("scaled", code="src", handler="shop:read", scaling=Scaling(concurrency=2))
nightly = OnSchedule("nightly", shop, cron="0 3 * * *")
refused = Api("refused", routes=[Route("GET", "/", scaled, auth=Public())], events=[nightly])
aws_only = Api("windows", auth=Public(), rate_limit=RateLimit(5, per="hour"), routes=[Route("GET", "/", shop)])
uploads = Api("uploads", events=[OnUpload(Bucket("files"), shop, prefix="[/in]/[bold]")])
number = 5

def needs(stage):
    return api()
"""
HANDLER = "def read(request):\n    return {'version': VERSION}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "infra.py").write_text(GOOD)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "shop.py").write_text(HANDLER.replace("VERSION", "1"))
    return tmp_path


def run(project: Path, *arguments: str, columns: int = 160) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": str(columns), "NO_COLOR": ""}
    environment.pop("NO_COLOR")
    return subprocess.run(
        [str(BIN), *arguments], cwd=project, capture_output=True, text=True, check=False, timeout=60, env=environment
    )


def test_plan_prints_each_requirement_for_each_target(project: Path) -> None:
    done = run(project, "plan", "infra:api", "--target", "aws", "--target", "local")
    assert done.returncode == 0, done.stdout + done.stderr
    for word in ("auth.jwt", "auth.scopes", "limit.route", "native", "runtime", "aws", "local", "JWT authorizer"):
        assert word in done.stdout
    assert "Nothing is refused" in done.stdout
    assert "\x1b[" not in done.stdout, "colour is for terminals"


def test_plan_exits_1_where_something_is_refused(project: Path) -> None:
    done = run(project, "plan", "infra:refused")
    assert done.returncode == 1
    assert "refused" in done.stdout
    assert "api.events[0]" in done.stdout
    assert "fix:" in done.stdout


def test_plan_tells_nothing_of_gateways_where_there_are_no_routes(project: Path) -> None:
    done = run(project, "plan", "infra:uploads", columns=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[/in]/[bold]" in done.stdout, "a prefix is text, whatever rich makes of brackets"
    assert "the memory of a function is not enforced" in done.stdout
    for word in ("API Management", "API Gateway's", "a request or answer", "a body has"):
        assert word not in done.stdout


def test_plan_can_be_asked_for_one_target(project: Path) -> None:
    assert run(project, "plan", "infra:aws_only", "--target", "local").returncode == 0
    done = run(project, "plan", "infra:aws_only", "--target", "aws")
    assert done.returncode == 1
    assert "burst" in done.stdout


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("infra", "not of the form module:attribute"),
        ("nowhere:api", "there is no module nowhere"),
        ("infra:nothing", "infra has no 'nothing'"),
        ("infra:number", "is int, not an Api"),
        ("infra:needs", "needs stage"),
        ("broken:api", "broken.py:2"),
        ("failing:api", "failing.py:3: ZeroDivisionError"),
        ("wrong:api", "wrong.py:2 RateLimit(requests)"),
        ("lacking:api", "imports nonsense_of_a_package, which is not installed"),
    ],
)
def test_a_mistake_is_one_message_without_a_traceback(project: Path, reference: str, told: str) -> None:
    (project / "broken.py").write_text("x = 1\ndef api(:\n")
    (project / "failing.py").write_text("def api():\n    y = 0\n    return 1 / y\n")
    (project / "wrong.py").write_text("from sls_infra import RateLimit\napi = RateLimit('x')\n")
    (project / "lacking.py").write_text("import nonsense_of_a_package\n")
    done = run(project, "plan", reference)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_line_exits_2(project: Path) -> None:
    assert run(project, "plan", "infra:api", "--target", "moon").returncode == 2
    assert run(project).returncode == 2


def test_dev_serves_the_working_tree_and_reloads(project: Path) -> None:
    with subprocess.Popen(
        [str(BIN), "dev", "infra:api", "--port", "0"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("Serving on http://127.0.0.1:")
            url = line.split()[-1]
            assert httpx.get(f"{url}/health").json() == {"version": 1}
            assert httpx.get(f"{url}/orders/7").status_code == 401
            (project / "src" / "shop.py").write_text(HANDLER.replace("VERSION", "2"))
            assert _eventually(url, {"version": 2})
            (project / "src" / "shop.py").write_text("def read(:\n")
            _until(process, "not reloaded")
            assert httpx.get(f"{url}/health").json() == {"version": 2}, "a broken file leaves the last version serving"
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20) in (0, 130)


SECRETIVE = """
from sls_infra import Api, ApiKey, Custom, Function, Jwt, Quota, Route, Secret, Webhook

shop = Function("shop", code="src", handler="shop:read", links=[Secret("db").read()], env={"TOKEN": Secret("token-1")})
own = Jwt(issuer="https://id.example.com/", audience="orders", key=Secret("signing"), algorithms=["HS256"])
keys = ApiKey(clients={"mobile": [Quota(3)], "web": []})
api = Api("secretive", routes=[
    Route("GET", "/keys", shop, auth=[keys, own]),
    Route("GET", "/custom", shop, auth=Custom(shop, handler="shop:authorize")),
    Route("POST", "/hook", shop, auth=[Webhook(Secret("hook"), scheme="github"), ApiKey(clients={"partner": []})]),
])
"""
SECRETIVE_HANDLER = """
import os
from sls_infra.runtime import links

def read(request):
    return {"who": request.claims.get("sub"), "db": links.secret("db"), "token": os.environ["TOKEN"]}

def authorize(request):
    return {"sub": "me"} if request.headers.get("x-who") == "me" else None
"""


def test_dev_with_keys_and_secrets(project: Path) -> None:
    (project / "infra.py").write_text(SECRETIVE)
    (project / "src" / "shop.py").write_text(SECRETIVE_HANDLER)
    missing = run(project, "dev", "infra:api", "--port", "0")
    assert missing.returncode == 1
    assert "SLS_SECRET_TOKEN_1=" in missing.stderr
    values = {"DB": "hunter2", "TOKEN_1": "token", "SIGNING": "s" * 32, "HOOK": "hush"}
    env = {**os.environ, **{f"SLS_SECRET_{name}": value for name, value in values.items()}}
    with subprocess.Popen(
        [str(BIN), "dev", "infra:api", "--port", "0"],
        cwd=project,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            told = [process.stdout.readline() for _ in range(3)]
            keys = {line.split()[2].rstrip(":"): line.split()[-1] for line in told}
            assert set(keys) == {"mobile", "web", "partner"}
            known = {"who": "web", "db": "hunter2", "token": "token"}
            assert httpx.get(f"{url}/keys", headers={"x-api-key": keys["web"]}).json() == known
            assert httpx.get(f"{url}/keys").status_code == 401
            assert httpx.get(f"{url}/custom", headers={"x-who": "me"}).json()["who"] == "me"
            signature = hmac.digest(b"hush", b"{}", "sha256").hex()
            signed = {"x-hub-signature-256": f"sha256={signature}"}
            assert httpx.post(f"{url}/hook", content=b"{}", headers=signed).status_code == 200
            assert httpx.post(f"{url}/hook", content=b"{}", headers={"x-api-key": keys["partner"]}).status_code == 200
            mobile = {"x-api-key": keys["mobile"]}
            assert [httpx.get(f"{url}/keys", headers=mobile).status_code for _ in range(2)] == [200, 200]
            (project / "src" / "shop.py").write_text(SECRETIVE_HANDLER + "# changed\n")
            _until(process, "reloaded")
            assert [httpx.get(f"{url}/keys", headers=mobile).status_code for _ in range(2)] == [200, 429]
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20) in (0, 130)


def _eventually(url: str, wanted: object) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if httpx.get(f"{url}/health").json() == wanted:
            return True
        time.sleep(0.05)
    return False


def _until(process: subprocess.Popen[str], told: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if told in line:
            return
    raise AssertionError(f"{told!r} was never told")


def test_dev_tells_of_a_port_in_use_and_of_a_refused_spec(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run(project, "dev", "infra:api", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr
    refused = run(project, "dev", "infra:refused", "--port", "0")
    assert refused.returncode == 1
    assert "api.routes[0]" in refused.stderr
