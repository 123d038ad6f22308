"""Secrets and keys: in Secret Manager, each for those who need it; in plain text nowhere."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pulumi
import pytest

from sls_infra import Api, ApiKey, Domain, Function, Gcp, Jwt, Public, Route, Secret, SpecError, Webhook
from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered

from ...plan.specs import code

SECRET, VERSION = "gcp:secretmanager/secret:Secret", "gcp:secretmanager/secretVersion:SecretVersion"
MEMBER, FUNCTION = "gcp:secretmanager/secretIamMember:SecretIamMember", "gcp:cloudfunctionsv2/function:Function"
KEY = "gcp:projects/apiKey:ApiKey"
FRONTS: list[Any] = [None, Domain("api.example.com")]


def api(folder: Path, domain: Domain | None = None, **names: Any) -> Api:
    """Three functions: one reads a secret, one takes signed calls and keys, one needs nothing."""
    database = names.get("database") or Secret("database", value="pg://x")
    reader = Function("reader", code=code(folder), handler="app:read", links=[database.read()], env={"DB": database})
    hooks, plain = (Function(name, code=code(folder), handler="app:read") for name in ("hooks", "plain"))
    keys = ApiKey(clients={"mobile": [], "web": []})
    return Api(
        "orders",
        auth=Public(),
        domain=domain,
        routes=[
            Route("GET", "/", reader),
            Route("POST", "/hook", hooks, auth=Webhook(Secret("hook", value="whsec"), scheme="github")),
            Route("GET", "/mine", hooks, auth=[keys, Jwt(issuer="https://id.example.com/", audience="orders")]),
            Route("GET", "/open", plain),
        ],
    )


def told(stack: Rendered, function: str) -> dict[str, Any]:
    env = stack.one(FUNCTION, name=function).inputs["serviceConfig"]["environmentVariables"]
    known: dict[str, Any] = json.loads(env.get("SLS_DEPLOYED", "{}"))
    return known


@pytest.mark.parametrize("domain", FRONTS)
def test_each_function_may_read_what_it_needs_and_nothing_else(tmp_path: Path, domain: Domain | None) -> None:
    stack = render(api(tmp_path, domain), "gcp")
    granted = {
        (made.inputs["member"].partition("@")[0], made.inputs["secretId"].rpartition("/")[2].rsplit("-", 1)[0])
        for made in stack.all(MEMBER)
    }
    assert granted == {
        ("serviceAccount:orders-reader-0123abc", "orders-database"),
        ("serviceAccount:orders-hooks-0123abc", "orders-hook"),
        ("serviceAccount:orders-hooks-0123abc", "orders-keys-api-key"),
    }
    assert {made.inputs["role"] for made in stack.all(MEMBER)} == {"roles/secretmanager.secretAccessor"}
    assert len(stack.all(SECRET)) == 3


@pytest.mark.parametrize("domain", FRONTS)
def test_functions_are_told_where_and_never_what(tmp_path: Path, domain: Domain | None) -> None:
    stack = render(api(tmp_path, domain), "gcp")
    ids = {made.name: f"projects/project-1234/secrets/{made.inputs['secretId']}" for made in stack.all(SECRET)}
    assert told(stack, "reader")["secrets"] == {"database": ids["database"]}
    assert told(stack, "hooks")["secrets"] == {"hook": ids["hook"]}
    assert told(stack, "hooks")["ways"]["api-key"] == {"keyring": ids["api-key.keys"]}
    assert "secrets" not in told(stack, "plain")
    functions = json.dumps([made.inputs for made in stack.all(FUNCTION)], default=str)
    keys = list(stack.outputs["api_keys"].values())
    for value in ("pg://x", "whsec", *keys):
        assert value not in functions
    assert len(keys) == len(set(keys)) == 2


def test_a_function_starts_with_its_rights_and_the_values_in_place(tmp_path: Path) -> None:
    stack = render(api(tmp_path), "gcp")
    for name in ("reader", "hooks"):
        before = stack.one(FUNCTION, name=name).depends_on
        mine = [
            made.urn for made in stack.all(MEMBER) if made.inputs["member"].startswith(f"serviceAccount:orders-{name}")
        ]
        assert mine
        assert set(mine) <= set(before)
    versions = {made.name: made.urn for made in stack.all(VERSION)}
    assert versions["database"] in stack.one(FUNCTION, name="reader").depends_on
    assert {versions["hook"], versions["api-key.keys"]} <= set(stack.one(FUNCTION, name="hooks").depends_on)
    assert not set(versions.values()) & set(stack.one(FUNCTION, name="plain").depends_on)


def test_a_keyring_holds_hashes_of_all_live_keys(tmp_path: Path) -> None:
    stack = render(api(tmp_path), "gcp")
    keys = stack.outputs["api_keys"]
    ring = json.loads(stack.one(VERSION, name="api-key.keys").inputs["secretData"])
    assert ring == {hashlib.sha256(keys[client].encode()).hexdigest(): client for client in ("mobile", "web")}


def test_a_key_is_rotated_while_both_are_live(tmp_path: Path) -> None:
    def rendered(generation: int) -> tuple[set[str], dict[str, str], dict[str, str]]:
        stack = render(api(tmp_path), "gcp", config={"sls:keyGenerations": json.dumps({"mobile": generation})})
        ring = json.loads(stack.one(VERSION, name="api-key.keys").inputs["secretData"])
        return {made.logical_name for made in stack.all(KEY)}, ring, stack.outputs["api_keys"]

    names, before, keys = rendered(1)
    assert names == {"orders-mobile-1", "orders-web-1"}
    names, during, newer = rendered(2)
    assert names == {"orders-mobile-1", "orders-mobile-2", "orders-web-1"}
    assert set(before) < set(during)
    assert newer["mobile"] != keys["mobile"]
    assert newer["web"] == keys["web"]
    assert during[hashlib.sha256(keys["mobile"].encode()).hexdigest()] == "mobile"
    names, after, _ = rendered(3)
    assert names == {"orders-mobile-2", "orders-mobile-3", "orders-web-1"}
    assert hashlib.sha256(keys["mobile"].encode()).hexdigest() not in after


def test_a_key_opens_nothing_of_googles(tmp_path: Path) -> None:
    stack = render(api(tmp_path), "gcp")
    for key in stack.all(KEY):
        assert key.inputs["restrictions"] == {"apiTargets": [{"service": "apikeys.googleapis.com"}]}
        assert "serviceAccountEmail" not in key.inputs, "one that is bound to an account would be that account"


def test_one_that_is_there_is_granted_and_not_made(tmp_path: Path) -> None:
    ref = "projects/other/secrets/pg"
    for given in (ref, pulumi.Output.from_input(ref), f"{ref}/versions/3"):
        stack = render(api(tmp_path, database=Secret.existing("database", given)), "gcp")
        (member,) = [made for made in stack.all(MEMBER) if made.name == "reader.database"]
        assert member.inputs["secretId"] == ref
        assert "database" not in {made.name for made in stack.all(SECRET)}
        assert told(stack, "reader")["secrets"]["database"] in (ref, f"{ref}/versions/3")


def test_a_value_that_is_not_there_is_asked_for_before_anything_is_made(tmp_path: Path) -> None:
    unset = api(tmp_path, database=Secret("database"))
    with pytest.raises(SpecError, match="pulumi config set --secret database"):
        render(unset, "gcp")
    stack = render(unset, "gcp", config={"project:database": "from config"})
    assert stack.one(VERSION, name="database").inputs["secretData"] == "from config"


def test_services_are_enabled_where_they_are_used(tmp_path: Path) -> None:
    def services(of: Api) -> set[str]:
        made = render(of, "gcp").all("gcp:projects/service:Service")
        return {each.inputs["service"].partition(".")[0] for each in made}

    assert {"secretmanager", "apikeys"} <= services(api(tmp_path))
    shop = Function("shop", code=code(tmp_path), handler="app:read")
    plain = Api("orders", auth=Public(), routes=[Route("GET", "/", shop)])
    assert not {"secretmanager", "apikeys", "compute", "dns"} & services(plain)


def test_names_of_secrets_and_clients_never_meet(tmp_path: Path) -> None:
    """A secret that is called as a keyring would be, and names that run together."""
    shop, shop_b = (Function(name, code=code(tmp_path), handler="app:read", links=links) for name, links in (
        ("a", [Secret("b-c", value="x").read(), Secret("keys-api-key", value="y").read()]),
        ("a-b", [Secret("c", value="z").read(), Secret("api-key", value="w").read()]),
    ))  # fmt: skip
    keys = ApiKey(clients={"mobile": []})
    made = render(Api("orders", auth=keys, routes=[Route("GET", "/a", shop), Route("GET", "/b", shop_b)]), "gcp")
    ids = [each.inputs["secretId"] for each in made.all(SECRET)]
    assert len(set(ids)) == len(ids) == 5
    assert len(made.all(MEMBER)) == 6


def test_clients_of_one_name_are_refused(tmp_path: Path) -> None:
    shop = Function("shop", code=code(tmp_path), handler="app:read")
    keys = ApiKey(clients={"mobile_app": [], "Mobile-App": []})
    with pytest.raises(SpecError, match="are both 'mobile-app' on a cloud"):
        render(Api("orders", auth=keys, routes=[Route("GET", "/", shop)]), Gcp(front="gateway"))


@pytest.mark.parametrize("header", ["X-Goog-Key", "x-google-key", "X-Apigateway-Key", "X-Serverless-Authorization"])
def test_headers_that_would_never_come_carry_no_key(tmp_path: Path, header: str) -> None:
    shop = Function("shop", code=code(tmp_path), handler="app:read")
    for domain in FRONTS:
        keys = ApiKey(clients={"mobile": []}, header=header)
        api = Api("orders", auth=keys, routes=[Route("GET", "/", shop)], domain=domain)
        with pytest.raises(SpecError, match="keeps for itself"):
            render(api, Gcp(front="gateway" if domain is None else "load-balancer"))
