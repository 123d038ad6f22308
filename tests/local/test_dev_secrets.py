"""Secrets of `sls-infra dev`: from the environment of who starts it, for the function that is linked alone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pulumi
import pytest

from examples.serving import served
from sls_infra import Api, ApiKey, Function, Jwt, Public, Route, Secret, Webhook
from sls_infra.errors import LocalError, SpecError
from sls_infra.local import dev_secrets
from sls_infra.plan import check
from sls_infra.plan.model import Plan
from sls_infra.providers.registry import capabilities
from tests.engine.callers import call

VALUE, OTHER = "p4ss-of-the-db", "k3y-of-the-mail"

PROGRAM = """
from pathlib import Path
from sls_infra import Api, Function, Public, Route, Secret

db, mail = Secret("db"), Secret("mail-key", value="in the spec")
shop = Function("shop", code=Path("shop"), env={"DB_PASSWORD": db}, links=[mail.read()])
desk = Function("desk", code=Path("desk"))
api = Api("orders", auth=Public(), routes=[
    Route("GET", "/shop", shop, handler="shop:read"),
    Route("GET", "/desk", desk, handler="desk:read"),
])
"""
SHOP = """
import os
from sls_infra.runtime import links
PASSWORD = os.environ["DB_PASSWORD"]

def read(request):
    return [PASSWORD, links.secret("db"), links.secret("mail-key")]
"""
DESK = """
import os
from sls_infra.runtime import NotLinked, links

def read(request):
    try:
        links.secret("db")
    except NotLinked as error:
        return {"error": str(error), "environ": sorted(os.environ.items())}
"""


def planned(tmp_path: Path, *secrets: Secret) -> Plan:
    (tmp_path / "shop.py").write_text("def read(request): ...\n")
    function = Function("shop", code=tmp_path, links=[secret.read() for secret in secrets])
    api = Api("orders", auth=Public(), routes=[Route("GET", "/", function, handler="shop:read")])
    return check.plan(api, capabilities("local"))


def test_it_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, code in (("shop", SHOP), ("desk", DESK)):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.py").write_text(code)
    monkeypatch.setenv("SLS_SECRET_DB", VALUE)
    monkeypatch.setenv("SLS_SECRET_MAIL_KEY", OTHER)
    with served(tmp_path, PROGRAM) as (url, _):
        assert call(f"{url}/shop") == (200, [VALUE, VALUE, OTHER])
        status, desk = call(f"{url}/desk")
        assert status == 200
        assert "links=[db.read()]" in desk["error"]
        assert not [item for item in desk["environ"] if VALUE in item[1] or OTHER in item[1]]
    assert VALUE not in (tmp_path / "log").read_text()


def test_without_a_value_the_variable_to_set_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, code in (("shop", SHOP), ("desk", DESK)):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.py").write_text(code)
    monkeypatch.delenv("SLS_SECRET_DB", raising=False)
    with pytest.raises(RuntimeError, match="SLS_SECRET_DB=…") as caught, served(tmp_path, PROGRAM):
        pass
    assert "Traceback" not in str(caught.value)


def test_a_variable_goes_before_the_spec(tmp_path: Path) -> None:
    plan = planned(tmp_path, Secret("db", value="in the spec"), Secret("mail-key", value="too"))
    assert dev_secrets.values(plan, {"SLS_SECRET_DB": VALUE}) == {"db": VALUE, "mail-key": "too"}
    assert dev_secrets.values(plan, {"SLS_SECRET_DB": ""}) == {"db": "", "mail-key": "too"}


@pytest.mark.parametrize(
    ("name", "variable"),
    [("db", "SLS_SECRET_DB"), ("db-password", "SLS_SECRET_DB_PASSWORD"), ("a1.b", "SLS_SECRET_A1_B")],
)
def test_variables_have_names_that_shells_take(name: str, variable: str) -> None:
    assert dev_secrets.variable(name) == variable


@pytest.mark.usefixtures("current_loop")
def test_all_that_are_missing_are_named_together(tmp_path: Path) -> None:
    output = pulumi.Output.from_input("only a deployment knows")
    existing = Secret.existing("old", "demo/dev/old-1")
    plan = planned(tmp_path, Secret("db"), Secret("late", value=output), existing)
    with pytest.raises(SpecError) as caught:
        dev_secrets.values(plan, dict(os.environ))
    for variable in ("SLS_SECRET_DB", "SLS_SECRET_LATE", "SLS_SECRET_OLD"):
        assert variable in str(caught.value)


def test_what_is_not_there_is_an_error() -> None:
    with pytest.raises(LocalError, match="there is no secret 'other'"):
        dev_secrets.reader({"db": VALUE})("other")


def test_a_function_is_told_what_a_deployment_would_tell_it(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("def read(request): ...\n")
    db, hook = Secret("db"), Secret("hook")
    shop, desk = (Function(name, code=tmp_path) for name in ("shop", "desk"))
    linked = Function("linked", code=tmp_path, links=[db.read()])
    jwt = Jwt(issuer="https://id.example.com/", audience="orders")
    routes = [
        Route("GET", "/a", shop, handler="shop:read", auth=Webhook(hook, scheme="github")),
        Route("GET", "/b", desk, handler="shop:read", auth=[jwt, ApiKey(clients={"mobile": []})]),
        Route("GET", "/c", linked, handler="shop:read", auth=Public()),
    ]
    plan = check.plan(Api("orders", routes=routes), capabilities("local"))
    by_name = {function.name: function for function in plan.functions}

    def told(name: str) -> object:
        given = dev_secrets.variables(plan, by_name[name], lambda route: True, {"api-key": "ring"})
        return json.loads(given.get("SLS_DEPLOYED", "null"))

    assert told("shop") == {"secrets": {"hook": "hook"}}
    issuer = {"issuer": "https://id.example.com/", "audience": ["orders"], "jwks_uri": None}
    assert told("desk") == {"ways": {"jwt": issuer, "api-key": {"keyring": "ring"}}}
    assert told("linked") == {"secrets": {"db": "db"}}
    assert dev_secrets.variables(plan, by_name["desk"], lambda route: False) == {}
