"""A Django app behind a dispatcher: its slashes, sync views, streams and links, at the root and below a prefix.

In a process of its own, for Django is configured once in each.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

PROGRAM = """
import json, sys, threading, types
from django.conf import settings
settings.configure(
    ROOT_URLCONF="site_of_tests", ALLOWED_HOSTS=["api.example.com"], SECRET_KEY="for nothing", APPEND_SLASH=True,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"], USE_TZ=True, LOGGING_CONFIG=None,
)
from django.core.asgi import get_asgi_application
from django.http import JsonResponse, StreamingHttpResponse
from django.urls import path, reverse
from sls_infra.runtime import Request
from sls_infra.runtime.asgi import close
from sls_infra.runtime.dispatch import Dispatcher

def read(request, id):
    here = threading.current_thread().name
    return JsonResponse({"id": id, "self": request.build_absolute_uri(reverse("read", args=[id])),
                         "on_the_loop": here == "sls-asgi", "secure": request.is_secure(),
                         "posted": request.POST.get("text", "")})

async def export(request):
    async def parts():
        for part in (b"a", b"b", b"c"):
            yield part
    return StreamingHttpResponse(parts(), content_type="text/plain")

site = types.ModuleType("site_of_tests")
site.urlpatterns = [path("items/<str:id>/", read, name="read"), path("export/", export)]
sys.modules["site_of_tests"] = site
site.app = get_asgi_application()

prefix = sys.argv[1]
dispatcher = Dispatcher({"version": 1, "routes": [
    {"method": "ANY", "path": path, "handler": "site_of_tests:app", "auth": ["public"]}
    for path in (prefix or "/", prefix + "/{path+}")]})

def ask(method, target, body="", host="api.example.com"):
    sent = [("Host", host)] + [("Content-Type", "application/x-www-form-urlencoded")] * bool(body)
    path, _, query = target.partition("?")
    answer = dispatcher.handle(Request(
        method, prefix + path, query, sent, body.encode(), client_ip="192.0.2.1", url=f"https://{host}{prefix}{target}"))
    return [answer.status, {name.lower(): value for name, value in answer.headers}, answer.body.decode()]

answers = [ask(*asked) for asked in json.load(sys.stdin)]
close()
print(json.dumps(answers))
"""


def asked(prefix: str, *requests: tuple[str, ...]) -> list[Any]:
    """Status, headers and text of each answer."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, prefix],
        cwd=ROOT, input=json.dumps(requests), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    answers: list[Any] = json.loads(ran.stdout)
    return answers


@pytest.mark.parametrize("prefix", ["", "/shop"])
def test_a_django_app_is_itself(prefix: str) -> None:
    item, form, slash, stream, nothing, host = asked(
        prefix,
        ("GET", "/items/gr%C3%BC%C3%9Fe/"),
        ("POST", "/items/7/", "text=a+%C3%BC"),
        ("GET", "/items/7?x=1"),
        ("GET", "/export/"),
        ("GET", "/nowhere/"),
        ("GET", "/items/7/", "", "evil.example"),
    )
    base = f"https://api.example.com{prefix}"
    assert json.loads(item[2]) == {
        "id": "grüße",
        "self": f"{base}/items/gr%C3%BC%C3%9Fe/",
        "on_the_loop": False,
        "secure": True,
        "posted": "",
    }
    assert json.loads(form[2])["posted"] == "a ü"
    assert (slash[0], slash[1]["location"]) == (301, f"{prefix}/items/7/?x=1")
    assert (stream[0], stream[1]["content-type"], stream[2]) == (200, "text/plain", "abc")
    assert (nothing[0], nothing[1]["content-type"]) == (404, "text/html; charset=utf-8")
    assert host[0] == 400, "a host that is not allowed"
