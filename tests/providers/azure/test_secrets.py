"""Secrets: one vault, each value in it alone, and each readable by the functions that need it and by no other."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from sls_infra import Api, ApiKey, Function, Jwt, Public, RateLimit, Route, Secret, SpecError, Webhook
from sls_infra.testing import render
from sls_infra.testing.rendered import Rendered

from .front import source
from .specs import ISSUER
from .vault import ROLE, readers, secrets

THERE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/team-vault/secrets/db"


def settings(stack: Rendered, name: str) -> dict[str, Any]:
    app = stack.one("azure-native:web:WebApp", name=name)
    return {each["name"]: each["value"] for each in app.inputs["siteConfig"]["appSettings"]}


def known(stack: Rendered, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(settings(stack, name)["SLS_DEPLOYED"])
    return found


def several(folder: Path) -> Api:
    """Three functions: one reads secrets by a link and in its environment, one verifies calls, one does neither."""
    db, token = Secret("db_pw", value="v-db"), Secret("token", value="v-token")
    make = {"code": source(folder / "code"), "handler": "app:read"}
    shop = Function("shop", links=[db.read()], env={"TOKEN": token, "STAGE": "test"}, **make)  # type: ignore[arg-type]
    hooks = Function("hooks", **make)  # type: ignore[arg-type]
    desk = Function("desk", **make)  # type: ignore[arg-type]
    own = Jwt(issuer=ISSUER, audience="a", key=Secret("own", value="v-own" * 8), algorithms=["HS256"])
    return Api(
        "orders",
        auth=Public(),
        routes=[
            Route("GET", "/a", shop),
            Route("POST", "/hook", hooks, auth=Webhook(Secret("hook", value="v-hook"))),
            Route("GET", "/own", hooks, auth=own),
            Route("GET", "/d", desk),
        ],
    )


def test_who_may_read_what(tmp_path: Path) -> None:
    stack = render(several(tmp_path), "azure")
    found = {value: readers(stack, url) for url, (_, value) in secrets(stack).items()}
    assert found == {
        "v-db": {"orders-shop"},
        "v-token": {"orders-shop"},
        "v-hook": {"orders-hooks"},
        "v-own" * 8: {"orders-hooks"},
    }
    roles = [r for r in stack.all("RoleAssignment") if r.inputs["roleDefinitionId"].endswith(ROLE)]
    assert len(roles) == 4
    for role in roles:
        assert "/secrets/" in role.inputs["scope"], "one secret, never the vault"
    assert {name for name in ("shop", "hooks", "desk") if "AZURE_CLIENT_ID" in settings(stack, name)} == {
        "shop",
        "hooks",
    }
    assert "SLS_DEPLOYED" not in settings(stack, "desk")


def test_the_runtime_is_told_where_they_are_and_no_more(tmp_path: Path) -> None:
    stack = render(several(tmp_path), "azure")
    vault = "https://orders0123abcd.vault.azure.net/secrets"
    assert known(stack, "shop") == {"secrets": {"db_pw": f"{vault}/db-pw", "token": f"{vault}/token"}}
    assert set(known(stack, "hooks")["secrets"]) == {"hook", "own"}
    assert "TOKEN" not in settings(stack, "shop"), "filled by the runtime as it starts"
    assert settings(stack, "shop")["STAGE"] == "test"
    identity = settings(stack, "shop")["AzureWebJobsStorage__clientId"]
    assert settings(stack, "shop")["AZURE_CLIENT_ID"] == identity


def test_values_are_in_the_vault_alone(tmp_path: Path) -> None:
    stack = render(several(tmp_path), "azure")
    for resource in stack.resources:
        if resource.type != "azure-native:keyvault:Secret":
            assert "v-db" not in json.dumps(resource.inputs, default=str), resource.type
            assert "v-hook" not in json.dumps(resource.inputs, default=str), resource.type


def test_the_vault_takes_roles_and_can_be_made_again(tmp_path: Path) -> None:
    vault = render(several(tmp_path), "azure").one("azure-native:keyvault:Vault")
    assert len(vault.logical_name) <= 16
    properties = vault.inputs["properties"]
    assert properties["enableRbacAuthorization"] is True
    assert properties["enableSoftDelete"] is True
    assert properties["softDeleteRetentionInDays"] == 7
    assert not properties.get("enablePurgeProtection")
    assert not properties.get("accessPolicies")


def test_without_secrets_there_is_no_vault(tmp_path: Path) -> None:
    shop = Function(
        "shop", code=source(tmp_path / "a"), handler="app:read", links=[Secret.existing("db", THERE).read()]
    )
    stack = render(Api("orders", auth=Public(), routes=[Route("GET", "/a", shop)]), "azure")
    assert stack.all("azure-native:keyvault:Vault") == []
    assert known(stack, "shop") == {"secrets": {"db": "https://team-vault.vault.azure.net/secrets/db"}}
    (role,) = (r for r in stack.all("RoleAssignment") if r.inputs["roleDefinitionId"].endswith(ROLE))
    assert role.inputs["scope"] == THERE


@pytest.mark.parametrize("ref", ["https://team-vault.vault.azure.net/secrets/db", "db", THERE + "/v1", THERE[:-3]])
def test_a_secret_that_is_there_is_named_by_its_id(tmp_path: Path, ref: str) -> None:
    shop = Function("shop", code=source(tmp_path / "a"), handler="app:read", links=[Secret.existing("db", ref).read()])
    with pytest.raises(SpecError, match="is no id of a secret in a vault"):
        render(Api("orders", auth=Public(), routes=[Route("GET", "/a", shop)]), "azure")


def test_a_secret_without_a_value_is_told_before_anything_is_made(tmp_path: Path) -> None:
    shop = Function("shop", code=source(tmp_path / "a"), handler="app:read", links=[Secret("db").read()])
    api = Api("orders", auth=Public(), routes=[Route("GET", "/a", shop)])
    with pytest.raises(SpecError, match="pulumi config set --secret db"):
        render(api, "azure")
    assert secrets(render(api, "azure", config={"project:db": "there"}))


@pytest.mark.parametrize("name", ["AZURE_CLIENT_ID", "SLS_DEPLOYED"])
def test_names_that_are_the_runtimes(tmp_path: Path, name: str) -> None:
    shop = Function("shop", code=source(tmp_path / "a"), handler="app:read", env={name: "x"})
    with pytest.raises(SpecError, match=name):
        render(Api("orders", auth=Public(), routes=[Route("GET", "/a", shop)]), "azure")


def test_a_preview_knows_as_many_resources(tmp_path: Path) -> None:
    api = several(tmp_path)
    keyed = dataclasses.replace(api, auth=ApiKey(clients={"mobile": []}))
    for each in (api, keyed):
        known, preview = (render(each, "azure", preview=preview) for preview in (False, True))
        assert sorted(r.urn for r in known.resources) == sorted(r.urn for r in preview.resources)


def test_the_number_of_resources_does_not_depend_on_the_number_of_routes(tmp_path: Path) -> None:
    shop = Function("shop", code=source(tmp_path / "a"), handler="app:read")
    key = ApiKey(clients={"mobile": [RateLimit(5)], "web": []})

    def count(routes: int) -> int:
        made = [Route("GET", f"/r{i}/{{id}}", shop, rate_limit=RateLimit(9, by="ip")) for i in range(routes)]
        return len(render(Api("orders", auth=key, routes=made), "azure").resources)

    assert count(1) == count(100)
