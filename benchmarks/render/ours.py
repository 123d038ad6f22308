"""An API of N routes on one function, rendered for AWS. Arguments: N, the folder of the code."""

import sys

from sls_infra import Api, Function, Jwt, RateLimit, Route
from sls_infra.testing import render

count, code = int(sys.argv[1]), sys.argv[2]
shop = Function("shop", code=code, handler="app:read")
api = Api(
    "orders",
    auth=Jwt(issuer="https://id.example.com/", audience="orders"),
    rate_limit=RateLimit(100),
    routes=[Route("GET", f"/r{i}/{{id}}", shop, scopes=["orders:read"]) for i in range(count)],
)
print(len(render(api, "aws").resources))
