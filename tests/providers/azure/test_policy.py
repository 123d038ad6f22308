"""The policies, parsed back and held to what Microsoft's pages say of each statement."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pulumi
import pytest

from sls_infra import Api, Cors, Function, Jwt, Public, Route, SpecError
from sls_infra.providers.azure import policy as written

from ...plan.specs import code
from .specs import ISSUER, api_with, operations, policy, rendered, small

CORS = Cors(origins=["https://shop.example.com", "null"], credentials=True, expose=["x-total"])
STATEMENTS = {
    "inbound": {"base", "set-variable", "choose", "set-header", "set-backend-service"},
    "backend": {"forward-request", "base"},
    "outbound": {"base"},
    "on-error": {"set-variable", "trace", "return-response"},
}
"""What each section may hold at its top (policy reference, "Policy sections" of each)."""
ATTACKS = [
    "</audience></audiences></validate-jwt><!--",
    '"/><set-header name="x"',
    "@(context.Variables)",
    "@{ return context.User.Email; }",
    "  @(1)",
    "{{fshop}}",
    "a {{ b",
    '"); return context.Request.Headers; //',
    "\\u0022 + context + \\u0022",
    "tab\tline\nend ",
    "ünï©ode 🎁",
    "]]>&amp;&#64;(1)",
]


def checks(tree: ElementTree.Element) -> list[ElementTree.Element]:
    return list(tree.iter("validate-jwt"))


def texts(tree: ElementTree.Element) -> list[str]:
    found = [each.text or "" for each in tree.iter()]
    return found + [value for each in tree.iter() for value in each.attrib.values()]


def read(text: str) -> str:
    """What API Management makes of a text: itself, or what a C# expression of one string literal stands for."""
    assert "{{" not in text, "a named value would be put in its place"
    found = re.fullmatch(r'@\("((?:[^"\\@{}]|\\u[0-9a-f]{4})*)"\)', text)
    if found is None:
        assert not re.match(r"\s*@[({]", text), "an expression"
        assert text == text.strip(), "an editor may strip it"
        return text
    units = re.sub(r"\\u([0-9a-f]{4})", lambda unit: chr(int(unit[1], 16)), found[1])
    return units.encode("utf-16", "surrogatepass").decode("utf-16")


@pytest.mark.parametrize("text", [*ATTACKS, "plain", "https://id.example.com/a?b=c", "api://0123/.default", ""])
def test_a_literal_means_itself_and_nothing_else(text: str) -> None:
    tree = ElementTree.fromstring(
        ElementTree.tostring(written.element("a", {"b": written.literal(text)}, written.literal(text)))
    )
    assert list(tree) == []
    assert read(tree.attrib["b"]) == text
    assert read(tree.text or "") == text


def test_sections_hold_what_they_may(tmp_path: Path) -> None:
    stack = rendered(small(tmp_path, cors=CORS))
    documents = [policy(stack), ElementTree.fromstring(stack.one("azure-native:apimanagement:Policy").inputs["value"])]
    for tree in documents:
        assert tree.tag == "policies"
        assert [section.tag for section in tree] == ["inbound", "backend", "outbound", "on-error"]
        for section in tree:
            assert {statement.tag for statement in section} <= STATEMENTS[section.tag]
        for response in tree.iter("return-response"):
            assert [child.tag for child in response if child.tag != "set-header"] == ["set-status", "set-body"]
    assert stack.one("ApiPolicy").inputs["format"] == "xml", "expressions are escaped, as in any XML"


def test_each_token_is_checked_for_all_that_the_contract_says(tmp_path: Path) -> None:
    tree = policy(rendered(small(tmp_path)))
    assert len(checks(tree)) == 4, "two a token: with and without an aud"
    for check in checks(tree):
        assert check.attrib["header-name"] == "Authorization"
        assert check.attrib["require-scheme"] == "Bearer"
        assert check.attrib["require-expiration-time"] == "true"
        assert check.attrib["require-signed-tokens"] == "true"
        assert check.attrib["failed-validation-httpcode"] == "401"
        other = check.find("issuers/issuer").text != ISSUER  # type: ignore[union-attr]
        assert check.attrib["clock-skew"] == ("30" if other else "0")
        base = "https://other.example.com" if other else "https://id.example.com"
        assert [each.attrib for each in check.findall("openid-config")] == [
            {"url": f"{base}/.well-known/openid-configuration"}
        ]
        wanted = ["files", "more"] if other else ["orders"]
        by_aud = [each.text for each in check.findall("audiences/audience")]
        claim = check.find("required-claims/claim")
        by_client = [] if claim is None else [each.text for each in claim]
        assert sorted([by_aud, by_client]) == [[], wanted]
        assert claim is None or claim.attrib == {"name": "client_id", "match": "any"}
    order = ["openid-config", "audiences", "issuers", "required-claims"]
    for check in checks(tree):  # as the policy statement of the reference has them
        tags = [child.tag for child in check]
        assert tags == sorted(tags, key=order.index)


def test_every_operation_meets_its_way_in_and_nothing_else_is_let_through(tmp_path: Path) -> None:
    stack = rendered(small(tmp_path, cors=CORS))
    first, second = policy(stack).findall("inbound/choose")
    named = {}
    for case in first.findall("when"):
        found = re.fullmatch(
            r'@\(\(string\)context\.Variables\["sls-way"\] == "([a-z0-9]+)"\)', case.attrib["condition"]
        )
        assert found
        named[found[1]] = case
    assert {id.split("-")[0] for id in operations(stack).values()} <= set(named)
    for way, case in named.items():
        assert bool(checks(case)) == way.startswith("t"), way
        if case.find("set-variable[@name='sls-refused']") is None:
            assert [header.attrib["name"] for header in case.findall("set-header")] == ["x-sls-route"]
    otherwise = first.find("otherwise")
    assert otherwise is not None
    assert [each.attrib for each in otherwise] == [{"name": "sls-refused", "value": "503"}]
    (refused,) = second.findall("when")
    assert refused.attrib["condition"] == '@(context.Variables.ContainsKey("sls-refused"))'
    assert refused.find("return-response") is not None


def test_what_the_function_is_told_replaces_what_the_caller_sent(tmp_path: Path) -> None:
    inbound = policy(rendered(small(tmp_path))).find("inbound")
    assert inbound is not None
    headers = {each.attrib["name"]: each.attrib["exists-action"] for each in inbound.iter("set-header")}
    assert {name: headers[name] for name in ("x-sls-route", "x-sls-url", "x-sls-ip", "x-sls-id")} == dict.fromkeys(
        ("x-sls-route", "x-sls-url", "x-sls-ip", "x-sls-id"), "override"
    )
    assert headers["x-functions-key"] == "delete"


def test_an_open_api_asks_nobody_for_a_token(tmp_path: Path) -> None:
    tree = policy(rendered(api_with(tmp_path, ("GET", "/a"), auth=Public())))
    assert checks(tree) == []


def test_a_scheme_of_ones_own_reaches_the_function_as_bearer(tmp_path: Path) -> None:
    tree = policy(rendered(api_with(tmp_path, auth=Jwt(issuer=ISSUER, audience="a", scheme="Token"))))
    assert {check.attrib["require-scheme"] for check in checks(tree)} == {"Token"}
    header = tree.find(".//set-header[@name='Authorization']/value")
    assert header is not None
    assert (header.text or "").startswith('@("Bearer " + ')


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_spec_writes_no_policy(tmp_path: Path, attack: str) -> None:
    plain, odd = ("x", "y"), (attack, f"x{attack}")
    trees = [
        policy(
            rendered(
                api_with(
                    tmp_path,
                    auth=Jwt(issuer=ISSUER + text.replace("#", ""), audience=[text, other]),
                    description=text,
                    cors=Cors(origins=["https://shop.example.com"], expose=["x-total"]),
                )
            )
        )
        for text, other in (plain, odd)
    ]
    assert [each.tag for each in trees[0].iter()] == [each.tag for each in trees[1].iter()]
    for check in checks(trees[1]):
        audiences = [*check.iter("audience"), *check.iter("value")]
        assert [read(each.text or "") for each in audiences] == list(odd)
        assert [read(each.text or "") for each in check.iter("issuer")] == [ISSUER + attack.replace("#", "")]
        (config,) = check.findall("openid-config")
        assert re.fullmatch(r"https://id\.example\.com/[!-~]*/\.well-known/openid-configuration", config.attrib["url"])
        assert not set('{}"<>\\ ') & set(config.attrib["url"])
    assert not any("{{" in text for text in texts(trees[1]))


def test_origins_are_compared_as_they_are(tmp_path: Path) -> None:
    tree = policy(rendered(small(tmp_path, cors=CORS)))
    allowed = [each.attrib["value"] for each in tree.iter("set-variable") if each.attrib["name"] == "sls-shared"]
    assert set(allowed) == {
        '@(new string[] {"https://shop.example.com", "null"}'
        '.Contains(context.Request.Headers.GetValueOrDefault("Origin", "")))'
    }
    for response in tree.iter("return-response"):
        headers = {each.attrib["name"]: each for each in response.findall("set-header")}
        assert headers["Vary"].findtext("value") == "Origin"
        for name in (
            "Access-Control-Allow-Origin",
            "Access-Control-Allow-Credentials",
            "Access-Control-Expose-Headers",
        ):
            assert 'context.Variables["sls-shared"] ? "override" : "delete"' in headers[name].attrib["exists-action"]
        assert '== 401 ? "override" : "delete"' in headers["WWW-Authenticate"].attrib["exists-action"]
    without = policy(rendered(small(tmp_path)))
    assert not [text for text in texts(without) if "Access-Control-Allow" in text]


@pytest.mark.usefixtures("current_loop")
def test_values_known_only_to_the_deployment_are_resolved(tmp_path: Path) -> None:
    issuer = pulumi.Output.from_input("https://made.example.com/")
    api = api_with(tmp_path, auth=Jwt(issuer=issuer, audience=["a", issuer]))
    stack = rendered(api)
    check = checks(policy(stack))[0]
    assert [each.text for each in check.iter("audience")] == ["a", "https://made.example.com/"]
    ways = {id.split("-")[0] for id in operations(stack).values()}
    assert ways == {id.split("-")[0] for id in operations(rendered(api_with(tmp_path, auth=known()))).values()}


def known() -> Jwt:
    return Jwt(issuer="https://made.example.com/", audience=["a", "https://made.example.com/"])


@pytest.mark.usefixtures("current_loop")
def test_an_issuer_that_turns_out_not_to_be_https_is_refused(tmp_path: Path) -> None:
    issuer = pulumi.Output.from_input("http://id.example.com/")
    with pytest.raises(SpecError, match="no https URL"):
        rendered(api_with(tmp_path, auth=Jwt(issuer=issuer, audience="a")))


def test_a_token_that_changes_is_another_way_in(tmp_path: Path) -> None:
    """While operations are changed and the policy is not yet, no operation may meet another token's checks."""
    shop = Function("shop", code=code(tmp_path), handler="app:read")
    first, second = (Jwt(issuer=ISSUER, audience=name) for name in ("one", "two"))
    routes = [Route("GET", "/a", shop, auth=first), Route("GET", "/b", shop, auth=second)]
    before = operations(rendered(Api("orders", routes=routes)))
    after = operations(rendered(Api("orders", routes=routes[::-1])))
    assert before == after, "in whatever order the routes come"
    assert before["GET", "/a"].split("-")[0] != before["GET", "/b"].split("-")[0]
