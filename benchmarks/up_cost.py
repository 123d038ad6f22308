"""`pulumi up` with nothing changed: an API of 300 routes for AWS, the same with a resource a route, an empty stack.

    python -m benchmarks.up_cost        prints JSON; seconds, medians of runs in turns

Literal commands on the real engine, against the provider that stands in for pulumi-aws in the tests.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.engine.aws_outputs import AWS
from tests.engine.harness import Workspace
from tests.engine.stand_in import StandIn

ROUTES, RUNS = 300, 5
HANDLER = "def read(request):\n    return {}\n"
EMPTY = "import pulumi\n"
OURS = f"""
import pulumi
from sls_infra import Api, Function, Jwt, RateLimit, Route, ServerlessApi

shop = Function("shop", code="src", handler="shop:read")
api = Api(
    "orders",
    auth=Jwt(issuer="https://id.example.com/", audience="orders"),
    rate_limit=RateLimit(100),
    routes=[Route("GET", f"/r{{i}}/{{{{id}}}}", shop, scopes=["orders:read"]) for i in range({ROUTES})],
)
pulumi.export("url", ServerlessApi(api, "aws").url)
"""
BARE = f"""
import pulumi
from pulumi_aws import apigatewayv2, iam, lambda_

role = iam.Role("r", assume_role_policy="{{}}")
iam.RolePolicy("p", role=role.id, policy="{{}}")
made = lambda_.Function("f", role=role.arn, runtime="python3.12", handler="shop.read", code=pulumi.FileArchive("src"))
api = apigatewayv2.Api("a", protocol_type="HTTP")
apigatewayv2.Stage("s", api_id=api.id)
lambda_.Permission("p", action="lambda:InvokeFunction", function=made.name, principal="apigateway.amazonaws.com")
to = apigatewayv2.Integration("i", api_id=api.id, integration_type="AWS_PROXY", integration_uri=made.arn)
target = to.id.apply(lambda id: f"integrations/{{id}}")
for i in range({ROUTES}):
    apigatewayv2.Route(f"r{{i}}", api_id=api.id, route_key=f"GET /r{{i}}/{{{{id}}}}", target=target)
"""
PROGRAMS = {"sls_infra": OURS, "bare Pulumi, a resource a route": BARE, "an empty stack": EMPTY}


def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as folder, StandIn(AWS) as aws, ExitStack() as stack:
        spaces = {name: stack.enter_context(_stack(Path(folder) / name, text, aws)) for name, text in PROGRAMS.items()}
        for space in spaces.values():
            space.up()
        taken: dict[str, list[float]] = {name: [] for name in spaces}
        resources = {}
        for turn in range(RUNS):
            for name, space in spaces.items():
                start = time.perf_counter()
                counts = space.up().counts
                taken[name].append(time.perf_counter() - start)
                if set(counts) - {"same"}:
                    raise SystemExit(f"{name} changes something where nothing changed: {counts}")
                resources[name] = counts.get("same", 0)
            print(f"turn {turn + 1} of {RUNS}", file=sys.stderr, flush=True)
        rows = [
            {"what": name, "seconds": round(statistics.median(times), 2), "resources": resources[name]}
            for name, times in taken.items()
        ]
        print(json.dumps({"routes": ROUTES, "rows": rows}, indent=1))


def _stack(folder: Path, program: str, aws: StandIn) -> Workspace:
    folder.mkdir()
    files = {"__main__.py": program, "src/shop.py": HANDLER}
    return Workspace(folder, files, providers=[aws], config={"aws:region": "eu-west-1"})


if __name__ == "__main__":
    main()
