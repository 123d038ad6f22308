"""What AWS adds to the resources of pulumi-aws: the table of the stand-in provider.

Property names are those of the pulumi-aws SDK (a test holds the table to it); which inputs cannot be changed in place
is as its registry pages say. A resource that is new to the project needs a row here.
"""

from __future__ import annotations

from tests.engine.aws_event_outputs import EVENT_KINDS, existing_table
from tests.engine.aws_front_outputs import FRONT_KINDS
from tests.engine.aws_kind import ACCOUNT, REGION
from tests.engine.aws_kind import code as _code
from tests.engine.aws_kind import kind as _kind
from tests.engine.aws_kind import named as _named
from tests.engine.kinds import Made, Package, Values

HEX = "0123456789abcdef"


def _function(made: Made) -> Values:
    arn = made.arn("lambda", f"function:{made['name']}")
    invoke = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
    return {
        "arn": arn,
        "invokeArn": invoke,
        "qualifiedArn": f"{arn}:$LATEST",
        "qualifiedInvokeArn": invoke.replace("/invocations", ":$LATEST/invocations"),
        "version": "$LATEST" if not made["publish"] else "1",
        "lastModified": "2025-01-01T00:00:00.000+0000",
        "sourceCodeHash": made["sourceCodeHash"] or made.token(44),
        "sourceCodeSize": 1024,
    }


def _role(made: Made) -> Values:
    arn = made.arn("iam", f"role{made['path'] or '/'}{made['name']}", region="")
    return {"arn": arn, "uniqueId": f"AROA{made.token(17).upper()}", "createDate": "2025-01-01T00:00:00Z"}


def _http_api(made: Made) -> Values:
    code = _code(made)
    return {
        "apiEndpoint": f"https://{code}.execute-api.{REGION}.amazonaws.com",
        "arn": made.arn("apigateway", f"/apis/{code}", account=""),
        "executionArn": made.arn("execute-api", code),
    }


def _http_stage(made: Made) -> Values:
    host = f"https://{made['apiId']}.execute-api.{REGION}.amazonaws.com/"
    return {
        "deploymentId": made["deploymentId"] or made.token(6),
        "invokeUrl": host if made["name"] == "$default" else f"{host}{made['name']}",
        "arn": made.arn("apigateway", f"/apis/{made['apiId']}/stages/{made['name']}", account=""),
        "executionArn": made.arn("execute-api", f"{made['apiId']}/{made['name']}"),
    }


def _bucket(made: Made) -> Values:
    name = made["bucket"]
    return {
        "arn": f"arn:aws:s3:::{name}",
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{name}.s3.{REGION}.amazonaws.com",
        "hostedZoneId": "Z1BKCTXD74EZPE",
    }


KINDS = {
    "aws:iam/role:Role": _kind(_named, _role, name="name", replace=("path",), regional=False),
    "aws:iam/rolePolicy:RolePolicy": _kind(
        lambda made: f"{made['role']}:{made['name']}", name="name", replace=("role",), regional=False
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _kind(
        lambda made: f"{made['role']}/{made['policyArn']}", replace=("role", "policyArn"), regional=False
    ),
    "aws:iam/policy:Policy": _kind(
        lambda made: made.arn("iam", f"policy/{made['name']}", region=""),
        lambda made: {
            "arn": made.arn("iam", f"policy/{made['name']}", region=""),
            "policyId": f"ANPA{made.token(17).upper()}",
        },
        name="name",
        replace=("path", "description"),
        regional=False,
    ),
    "aws:cloudwatch/logGroup:LogGroup": _kind(
        _named, lambda made: {"arn": made.arn("logs", f"log-group:{made['name']}")}, name="name"
    ),
    "aws:lambda/function:Function": _kind(
        _named,
        _function,
        name="name",
        replace=("packageType",),
        volatile=("lastModified", "sourceCodeHash", "sourceCodeSize", "version"),
    ),
    "aws:lambda/permission:Permission": _kind(
        lambda made: str(made["statementId"]),
        name="statementId",
        replace=("action", "function", "principal", "qualifier", "sourceAccount", "sourceArn"),
    ),
    "aws:lambda/alias:Alias": _kind(
        lambda made: made.arn("lambda", f"function:{made['functionName']}:{made['name']}"),
        lambda made: {
            "arn": made.arn("lambda", f"function:{made['functionName']}:{made['name']}"),
            "invokeArn": f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/"
            + made.arn("lambda", f"function:{made['functionName']}:{made['name']}")
            + "/invocations",
        },
        name="name",
        replace=("functionName",),
    ),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": _kind(
        lambda made: f"{made['functionName']},{made['qualifier']}", replace=("functionName", "qualifier")
    ),
    "aws:apigatewayv2/api:Api": _kind(_code, _http_api, name="name", replace=("protocolType",)),
    "aws:apigatewayv2/stage:Stage": _kind(
        _named, _http_stage, name="name", replace=("apiId",), volatile=("deploymentId",)
    ),
    "aws:apigatewayv2/deployment:Deployment": _kind(_code, replace=("apiId", "triggers")),
    "aws:apigatewayv2/integration:Integration": _kind(_code, replace=("apiId", "integrationType")),
    "aws:apigatewayv2/route:Route": _kind(_code, replace=("apiId",)),
    "aws:apigatewayv2/authorizer:Authorizer": _kind(_code, name="name", replace=("apiId",)),
    "aws:s3/bucket:Bucket": _kind(lambda made: str(made["bucket"]), _bucket, name="bucket"),
    "aws:s3/bucketObjectv2:BucketObjectv2": _kind(
        lambda made: str(made["key"]),
        lambda made: {
            "arn": f"arn:aws:s3:::{made['bucket']}/{made['key']}",
            "etag": made.token(32, HEX),
            "versionId": made.token(32),
        },
        replace=("bucket", "key"),
        volatile=("etag", "versionId"),
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _kind(
        lambda made: str(made["bucket"]), replace=("bucket",)
    ),
    **FRONT_KINDS,
    **EVENT_KINDS,
}

AWS = Package(
    "aws",
    KINDS,
    invokes={
        "aws:index/getCallerIdentity:getCallerIdentity": lambda arguments: {
            "accountId": ACCOUNT,
            "arn": f"arn:aws:iam::{ACCOUNT}:user/tester",
            "id": ACCOUNT,
            "userId": "AIDAEXAMPLEEXAMPLE",
        },
        "aws:index/getRegion:getRegion": lambda arguments: {
            "description": "Europe (Ireland)",
            "endpoint": f"ec2.{REGION}.amazonaws.com",
            "id": REGION,
            "name": REGION,
            "region": REGION,
        },
        "aws:dynamodb/getTable:getTable": existing_table,
        "aws:index/getPartition:getPartition": lambda arguments: {
            "dnsSuffix": "amazonaws.com",
            "id": "aws",
            "partition": "aws",
            "reverseDnsPrefix": "com.amazonaws",
        },
    },
    configuration={"account": ACCOUNT, "region": REGION},
)
"""The `aws` package, for one account in one region."""
