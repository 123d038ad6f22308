"""The floor: imports the same SDK modules, and registers as many bare resources as an API of ours has."""

import mocks  # noqa: F401
import pulumi
from pulumi_aws import apigatewayv2, cloudwatch, iam, lambda_


@pulumi.runtime.test
def program():
    pulumi.ComponentResource("x:y:Z", "orders", None)
    cloudwatch.LogGroup("f")
    cloudwatch.LogGroup("a")
    role = iam.Role("r", assume_role_policy="{}")
    iam.RolePolicy("p", role=role.id, policy="{}")
    made = lambda_.Function("f", role=role.arn, runtime="python3.12", handler="x.y", code=pulumi.FileArchive("x.zip"))
    api = apigatewayv2.Api("a", protocol_type="HTTP")
    apigatewayv2.Stage("s", api_id=api.id)
    lambda_.Permission("p", action="lambda:InvokeFunction", function=made.name, principal="apigateway.amazonaws.com")


program()
print(9)
