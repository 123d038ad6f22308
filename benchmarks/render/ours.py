"""An API of N routes on one function, rendered. Arguments: target, N, the folder of the code."""

import sys

from sls_infra import Api, Function, Jwt, RateLimit, Route
from sls_infra.testing import render

target, count, code = sys.argv[1], int(sys.argv[2]), sys.argv[3]
shop = Function("shop", code=code, handler="app:read")
api = Api(
    "orders",
    auth=Jwt(issuer="https://id.example.com/", audience="orders"),
    rate_limit=RateLimit(100) if target == "aws" else None,  # refused on the others until their full fronts come
    routes=[Route("GET", f"/r{i}/{{id}}", shop, scopes=["orders:read"]) for i in range(count)],
)
print(len(render(api, target).resources))
