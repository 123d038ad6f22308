"""Mistakes that a type checker must see: each line is wrong."""

from __future__ import annotations

import pulumi

from sls_infra import Api, Function, Jwt, Public, RateLimit, Route
from sls_infra.runtime import idempotent, links

shop = Function("shop", code="src")
a = RateLimit("5")
b = RateLimit(5, per="fortnight")
c = Route("FETCH", "/a", shop)
d = Route("GET", "/a", "shop")
e = Api("a", rutes=[])
f = Function("shop", "src")
g = Jwt(issuer=5, audience="a")
h = Api("a", auth="jwt")
i = RateLimit(pulumi.Output.from_input(5))
j = Route("GET", "/a", shop, auth=[Public(), 3])
k = links.table("orders").put("7")
o = links.queue("emails").send("x", delay="5")
m = links.bucket("receipts").url("a", method="POST")
n = idempotent("seen")
