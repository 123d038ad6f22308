"""What AWS adds to the resources of a REST API, of secrets and of domains: a part of the stand-in provider's table."""

from __future__ import annotations

from tests.engine.aws_kind import REGION, code, kind
from tests.engine.kinds import Made, Values

ACCOUNT_ID = "api-gateway-account"


def _rest_api(made: Made) -> Values:
    return {
        "arn": made.arn("apigateway", f"/restapis/{code(made)}", account=""),
        "executionArn": made.arn("execute-api", code(made)),
        "rootResourceId": made.token(9),
    }


def _stage(made: Made) -> Values:
    where = f"{made['restApi']}/{made['stageName']}"
    return {
        "arn": made.arn("apigateway", f"/restapis/{made['restApi']}/stages/{made['stageName']}", account=""),
        "executionArn": made.arn("execute-api", where),
        "invokeUrl": f"https://{made['restApi']}.execute-api.{REGION}.amazonaws.com/{made['stageName']}",
    }


def _secret(made: Made) -> str:
    return made.arn("secretsmanager", f"secret:{made['name']}-{made.token(6)}")


def _certificate(made: Made) -> str:
    return made.arn("acm", f"certificate/{made.token(36)}")


def _web_acl(made: Made) -> Values:
    return {"arn": made.arn("wafv2", f"regional/webacl/{made['name']}/{made.token(36)}"), "capacity": 10}


FRONT_KINDS = {
    "aws:apigateway/account:Account": kind(lambda made: ACCOUNT_ID),
    "aws:apigateway/restApi:RestApi": kind(code, _rest_api, name="name"),
    "aws:apigateway/deployment:Deployment": kind(
        code, lambda made: {"createdDate": "2025-01-01T00:00:00Z"}, replace=("restApi", "triggers")
    ),
    "aws:apigateway/stage:Stage": kind(
        lambda made: f"ags-{made['restApi']}-{made['stageName']}", _stage, replace=("restApi", "stageName")
    ),
    "aws:apigateway/methodSettings:MethodSettings": kind(
        lambda made: f"{made['restApi']}-{made['stageName']}-{made['methodPath']}",
        replace=("restApi", "stageName", "methodPath"),
    ),
    "aws:apigateway/apiKey:ApiKey": kind(
        code,
        lambda made: {"arn": made.arn("apigateway", f"/apikeys/{code(made)}", account=""), "value": made.token(40)},
        name="name",
        replace=("value",),
    ),
    "aws:apigateway/usagePlan:UsagePlan": kind(
        lambda made: made.token(6),
        lambda made: {"arn": made.arn("apigateway", f"/usageplans/{made.token(6)}", account="")},
        name="name",
    ),
    "aws:apigateway/usagePlanKey:UsagePlanKey": kind(
        lambda made: str(made["keyId"]), replace=("keyId", "keyType", "usagePlanId")
    ),
    "aws:secretsmanager/secret:Secret": kind(_secret, lambda made: {"arn": _secret(made)}, name="name"),
    "aws:secretsmanager/secretVersion:SecretVersion": kind(
        lambda made: f"{made['secretId']}|{made.token(32)}",
        lambda made: {"arn": made["secretId"], "versionId": made.token(32)},
        replace=("secretId", "secretString"),
    ),
    "aws:wafv2/webAcl:WebAcl": kind(lambda made: made.token(36), _web_acl, name="name", replace=("scope",)),
    "aws:wafv2/webAclAssociation:WebAclAssociation": kind(
        lambda made: f"{made['webAclArn']},{made['resourceArn']}", replace=("resourceArn", "webAclArn")
    ),
    "aws:acm/certificate:Certificate": kind(
        _certificate,
        lambda made: {
            "arn": _certificate(made),
            "domainValidationOptions": [
                {
                    "domainName": made["domainName"],
                    "resourceRecordName": f"_{made.token(32)}.{made['domainName']}.",
                    "resourceRecordType": "CNAME",
                    "resourceRecordValue": f"_{made.token(32)}.acm-validations.aws.",
                }
            ],
        },
        replace=("domainName", "validationMethod"),
    ),
    "aws:acm/certificateValidation:CertificateValidation": kind(
        lambda made: made.token(12), replace=("certificateArn", "validationRecordFqdns")
    ),
    "aws:route53/record:Record": kind(
        lambda made: f"{made['zoneId']}_{made['name']}_{made['type']}",
        lambda made: {"fqdn": str(made["name"]).rstrip(".")},
        replace=("name", "type", "zoneId"),
        regional=False,
    ),
    "aws:apigatewayv2/domainName:DomainName": kind(
        lambda made: str(made["domainName"]),
        lambda made: {
            "arn": made.arn("apigateway", f"/domainnames/{made['domainName']}", account=""),
            "domainNameConfiguration": {
                "targetDomainName": f"d-{made.token(10)}.execute-api.{REGION}.amazonaws.com",
                "hostedZoneId": "ZLY8HYME6SFDD",
            },
        },
        replace=("domainName",),
    ),
    "aws:apigatewayv2/apiMapping:ApiMapping": kind(lambda made: made.token(6), replace=("domainName",)),
}
