"""The Azure entry on Microsoft's own Python worker: what a deployed function does, from its first import on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sls_infra.runtime
from sls_infra.providers.azure.package import FUNCTION_APP

from .. import azure_worker
from ..azure_host import Received, received, sent
from ..azure_worker import AzureWorker, Failed

API = """
import asyncio, sys, threading
from sls_infra.runtime import HttpError, Request, Response, links

released = threading.Event()

def picture(request: Request) -> Response:
    return Response(bytes(range(256)), content_type="image/png", headers=[("x-a", "1"), ("x-a", "2")])

def mirror(request: Request) -> Response:
    return Response(request.body, content_type="application/octet-stream")

def cookies(request: Request) -> Response:
    response = Response.json(request.cookies)
    response.set_cookie("seen", "1", max_age=60)
    response.add_header("set-cookie", "session=eyJ1IjoxfQ==.x; Path=/; HttpOnly")
    response.add_header("set-cookie", "gone=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0")
    return response

def crash(request: Request) -> None:
    raise RuntimeError("the password is hunter2")

def leave(request: Request) -> None:
    sys.exit(3)

def linked(request: Request) -> None:
    links.table("orders").get("7")

def block(request: Request) -> dict:
    return {"released": released.wait(10)}

def unheard(request: Request) -> Response:
    return Response("x", headers=[("set-cookie", "a=b c"), ("set-cookie", "d=e f")])

def packages(request: Request) -> list:
    return sorted(name for name in ("pydantic", "pulumi", "starlette", "jwt") if importable(name))

def importable(name: str) -> bool:
    try:
        __import__(name)
    except ImportError:
        return False
    return True
"""
RELEASE = """
async def release(request):
    released.set()
    await asyncio.sleep(0)
    return {"ok": True}
"""
NAMES = ("picture", "mirror", "cookies", "crash", "leave", "linked", "block", "unheard", "packages")


def bundle(root: Path, names: tuple[str, ...], source: str) -> Path:
    """A bundle as it is deployed: the user's package, the runtime, the manifest and the generated module."""
    runtime = Path(sls_infra.runtime.__file__).parent
    shutil.copytree(runtime, root / "sls_infra" / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "sls_infra" / "__init__.py").touch()
    (root / "shop").mkdir()
    (root / "shop" / "api.py").write_text(source)
    (root / "function_app.py").write_bytes(FUNCTION_APP)
    handlers = {name: f"shop.api:{name}" for name in names} | {"broken": "shop.not_there:read"}
    routes = [
        {"id": f"r{name}", "method": "ANY", "path": f"/{name}", "handler": handler, "auth": ["public"]}
        for name, handler in handlers.items()
    ]
    manifest = {"version": 1, "api": "orders", "function": "shop", "routes": routes}
    (root / "sls_manifest.json").write_text(json.dumps(manifest))
    return root


@pytest.fixture(scope="module", params=["in threads", "on the loop"])
def worker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureWorker]:
    """With handlers that are not async alone, and with one beside them that is."""
    try:
        azure_worker.python()
    except azure_worker.Missing as reason:
        pytest.skip(str(reason))
    mixed = request.param == "on the loop"
    source = API + (RELEASE if mixed else RELEASE.replace("async ", "").replace("    await asyncio.sleep(0)\n", ""))
    with AzureWorker(bundle(tmp_path_factory.mktemp("app"), (*NAMES, "release"), source)) as worker:
        yield worker


def call(worker: AzureWorker, name: str, method: str = "GET", body: bytes = b"", **headers: str) -> Received:
    return received(worker.call(sent(method, f"/{name}", headers.items(), body, route=f"r{name}")), method)


@pytest.mark.parametrize("body", [b"", b"\0", bytes(range(256)), b"{", "grün".encode(), b"x" * 2_000_000])
def test_bodies_come_back_as_they_were_sent(worker: AzureWorker, body: bytes) -> None:
    assert call(worker, "mirror", "PUT", body).body == body


def test_octets_and_repeated_headers(worker: AzureWorker) -> None:
    picture = call(worker, "picture")
    assert (picture.body, picture.all("content-type"), picture.all("x-a")) == (
        bytes(range(256)),
        ["image/png"],
        ["1, 2"],
    )
    head = call(worker, "picture", "HEAD")
    assert (head.status, head.body, head.all("content-type")) == (200, b"", ["image/png"])


def test_several_cookies_go_both_ways(worker: AzureWorker) -> None:
    answer = call(worker, "cookies", cookie="a=1; b=%3D; c=x==")
    assert json.loads(answer.body) == {"a": "1", "b": "%3D", "c": "x=="}
    session, seen, gone = answer.all("set-cookie")
    assert session == "session=eyJ1IjoxfQ==.x; Path=/; HttpOnly"
    assert seen.startswith("seen=1; max-age=60; ")
    assert seen.endswith("; path=/; secure; samesite=lax; httponly")
    assert gone.startswith("gone=; expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=0; ")


@pytest.mark.parametrize("name", ["crash", "leave", "linked", "broken", "unheard"])
def test_failures_are_500_and_told_in_the_log_alone(worker: AzureWorker, name: str) -> None:
    answer = call(worker, name)
    assert (answer.status, answer.all("content-type")) == (500, ["application/problem+json"])
    assert b"hunter2" not in answer.body
    assert call(worker, "picture").status == 200


def test_the_log_names_the_causes(worker: AzureWorker) -> None:
    call(worker, "crash")
    lines = [json.loads(line) for line in worker.log() if line.startswith("{")]
    assert "shop.not_there" in lines[0]["error"]  # told when the function starts
    assert {"route": "ANY /crash", "error": "RuntimeError: the password is hunter2"}.items() <= lines[-1].items()


def test_a_call_that_blocks_holds_up_no_other(worker: AzureWorker) -> None:
    blocked = worker.begin(sent("GET", "/block", route="rblock"))
    assert call(worker, "release").status == 200
    answer: dict[str, Any] = blocked.result(20)
    assert answer["http"]["status_code"] == "200"


def test_the_bundle_needs_no_more_than_the_workers_library(worker: AzureWorker) -> None:
    assert json.loads(call(worker, "packages").body) == []


def test_a_bundle_without_its_manifest_does_not_start(worker: AzureWorker, tmp_path: Path) -> None:
    root = bundle(tmp_path, NAMES, API)
    (root / "sls_manifest.json").unlink()
    with pytest.raises(Failed, match="no manifest can be read"), AzureWorker(root):
        pass
