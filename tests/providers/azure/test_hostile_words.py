"""Words of a spec in a policy of Basic v2: names of clients, of headers. Nothing of them is read as policy, as an
expression, or as the name of a value, even where no check has looked at them before."""

from __future__ import annotations

import dataclasses
import re
from xml.etree import ElementTree

import pytest

from sls_infra import Api, ApiKey, Function, Jwt, RateLimit, Route
from sls_infra.plan import resolve
from sls_infra.plan.model import ApiKeyPlan, Plan
from sls_infra.providers.azure import clients, policies, policy, verified
from sls_infra.providers.azure.tier import BASIC_V2
from sls_infra.providers.azure.tokens import Token, way

from ...contract.csharp import evaluated
from .specs import ISSUER
from .test_policy import ATTACKS

MORE = [
    *ATTACKS,
    'x", "admin',
    "mobile.2",
    'a"} ? "admin" : "',
    "-->",
    "<![CDATA[",
    "x\r\nset-cookie: a=b",
    "\\",
    "\\u0022",
]


def planned(shop: Function, client: str, header: str, audience: str) -> Plan:
    """As if no check had looked at it: `check_auth` refuses such names."""
    key = ApiKey(clients={"mobile": [RateLimit(5)]})
    tokens = Jwt(issuer=ISSUER, audience=audience)
    routes = [
        Route("GET", "/a", shop, auth=key),
        Route("GET", "/b", shop, auth=tokens, rate_limit=RateLimit(5, by="ip")),
    ]
    found = resolve.resolve(Api("orders", routes=routes))
    (known,) = found.routes[0].ways
    assert isinstance(known, ApiKeyPlan)
    hostile = dataclasses.replace(known, header=header, clients=(dataclasses.replace(known.clients[0], name=client),))
    changed = dataclasses.replace(found.routes[0], auth=(hostile,))
    return dataclasses.replace(found, routes=(changed, found.routes[1]))


def written(plan: Plan) -> ElementTree.Element:
    (token,) = verified.tokens(plan)
    (key,) = verified.counted_keys(plan)
    known = Token(ISSUER, tuple(map(str, token.audience)), token.algorithms, token.leeway, token.scheme)
    tree = policies.of_api(plan, {token.name: way(known), key.name: clients.way(key)}, BASIC_V2)
    return ElementTree.fromstring(policy.written(tree, "api", BASIC_V2))


def texts(tree: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in tree.iter()] + [value for each in tree.iter() for value in each.attrib.values()]


def shape(tree: ElementTree.Element) -> list[str]:
    """Elements, and expressions without what stands in their strings."""
    bare = [re.sub(r'"(?:[^"\\]|\\.)*"', '""', text) for text in texts(tree)]
    return [each.tag for each in tree.iter()] + bare


@pytest.mark.parametrize("attack", MORE)
def test_no_word_becomes_policy(shop: Function, attack: str) -> None:
    plain, odd = (written(planned(shop, word, word, "audience")) for word in ("mobile", attack))
    assert shape(plain) == shape(odd)
    for text in texts(odd):
        assert "{{" not in text, "a named value would be put in its place"
        assert "\r" not in text
        assert "\n" not in text


@pytest.mark.parametrize("attack", MORE)
def test_a_name_means_itself(shop: Function, attack: str) -> None:
    """By the judge of expressions: the list of clients is of one client, with this very name."""
    tree = written(planned(shop, attack, "x-api-key", "audience"))
    (listed,) = (
        found[1]
        for each in tree.iter("when")
        if (
            found := re.fullmatch(
                r"@\(!(new string\[\] \{.*\})\.Contains\(.*sls-client.*\)\)", each.attrib["condition"]
            )
        )
    )
    assert evaluated(f"@({listed})", {}) == [attack]
