"""Bare Pulumi, a resource a route, as people write it. Argument: N."""

import sys

import mocks  # noqa: F401
import pulumi
from pulumi_aws import apigatewayv2, cloudwatch, iam, lambda_

count = int(sys.argv[1])


@pulumi.runtime.test
def program():
    cloudwatch.LogGroup("f")
    role = iam.Role("r", assume_role_policy="{}")
    iam.RolePolicy("p", role=role.id, policy="{}")
    made = lambda_.Function("f", role=role.arn, runtime="python3.12", handler="x.y", code=pulumi.FileArchive("x.zip"))
    api = apigatewayv2.Api("a", protocol_type="HTTP")
    apigatewayv2.Stage("s", api_id=api.id)
    lambda_.Permission("p", action="lambda:InvokeFunction", function=made.name, principal="apigateway.amazonaws.com")
    sources = ["$request.header.Authorization"]
    jwt = apigatewayv2.Authorizer("j", api_id=api.id, authorizer_type="JWT", identity_sources=sources)
    to = apigatewayv2.Integration("i", api_id=api.id, integration_type="AWS_PROXY", integration_uri=made.arn)
    target = to.id.apply(lambda id: f"integrations/{id}")
    for i in range(count):
        key = f"GET /r{i}/{{id}}"
        more = {"authorization_type": "JWT", "authorizer_id": jwt.id, "target": target}
        apigatewayv2.Route(f"r{i}", api_id=api.id, route_key=key, **more)


program()
print(9 + count)
