"""The zip of an authorizer's function, on Google's functions-framework: asked by other functions, and by strangers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sls_infra import Api, Custom, Function, Public, Route
from sls_infra.bundle import build
from sls_infra.plan import check
from sls_infra.plan.model import Plan
from sls_infra.providers.gcp import package
from sls_infra.providers.gcp.capabilities import CAPABILITIES
from sls_infra.runtime import Request
from sls_infra.runtime.ways.custom import payload_of

from ...runtime.entry.test_gcp import event
from ...runtime.functions_framework import FunctionsFramework

CODE = "def judge(request): return {'sub': 'ann'} if request.headers.get('x-pass') == 'ok' else None\n"
ASKING = [tuple(header) for header in event("authorize-documented")["headers"]]
ENV = {"SLS_DEPLOYED": json.dumps({"callers": ["112233445566778899001"]})}


def unpacked(planned: Plan, name: str, folder: Path) -> Path:
    import zipfile

    function = next(each for each in planned.functions if each.name == name)
    bundle = build(package.bundle_spec(planned, function, CAPABILITIES), cache=folder / "cache")
    with zipfile.ZipFile(bundle.path) as archive:
        archive.extractall(folder / name)
    return folder / name


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("asked")
    (folder / "code").mkdir()
    (folder / "code" / "judge.py").write_text(CODE)
    judge, shop = (Function(name, code=folder / "code", handler="judge:judge") for name in ("judge", "shop"))
    routes = [Route("GET", "/a", shop, auth=Custom(judge)), Route("GET", "/open", judge, auth=Public())]
    return unpacked(check.plan(Api("orders", routes=routes), CAPABILITIES), "judge", folder)


def test_questions_are_answered_to_those_who_may_ask(judge: Path) -> None:
    with FunctionsFramework(judge, env=ENV) as running:
        for sent, claims in (([("X-Pass", "ok")], {"sub": "ann"}), ([], None)):
            payload = payload_of("custom", Request("GET", "/a", "", sent))
            status, _, body = running.call("POST", "/_sls/authorize/custom", ASKING, payload)
            assert (status, json.loads(body)) == (200, {"claims": claims})
        payload = payload_of("custom", Request("GET", "/a", "", [("X-Pass", "ok")]))
        strangers = [header for header in ASKING if header[0] != "Authorization"]
        assert running.call("POST", "/_sls/authorize/custom", strangers, payload)[0] == 404
        through_the_gateway = "/_sls/http/-/_sls/authorize/custom"
        assert running.call("POST", through_the_gateway, ASKING, payload)[0] == 404


def test_without_anybody_who_may_ask_there_is_nothing_there(judge: Path) -> None:
    payload = payload_of("custom", Request("GET", "/a", "", [("X-Pass", "ok")]))
    with FunctionsFramework(judge) as running:
        assert running.call("POST", "/_sls/authorize/custom", ASKING, payload)[0] == 404
