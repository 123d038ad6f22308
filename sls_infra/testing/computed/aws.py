"""What AWS computes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ACCOUNT, REGION = "123456789012", "eu-west-1"


def of(type: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The computed outputs of a resource."""
    physical = str(inputs.get("name") or f"{inputs.get('namePrefix') or name + '-'}0123abc")
    service = type.split(":")[1].split("/")[0]
    arn = inputs.get("arn") or f"arn:aws:{service}:{REGION}:{ACCOUNT}:{physical}"
    return {"name": physical, "arn": arn, **_own(type, name, physical, inputs)}


def _own(type: str, name: str, physical: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    match type:
        case "aws:lambda/function:Function":
            arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{physical}"
            return {"arn": arn, "invokeArn": _invoke(arn), "version": "1", "qualifiedArn": f"{arn}:1"}
        case "aws:lambda/alias:Alias":
            arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{inputs.get('functionName')}:{physical}"
            return {"arn": arn, "invokeArn": _invoke(arn)}
        case "aws:cloudwatch/logGroup:LogGroup":
            return {"arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{physical}"}
        case "aws:iam/role:Role":
            return {"arn": f"arn:aws:iam::{ACCOUNT}:role/{physical}"}
        case "aws:apigatewayv2/api:Api":
            return {
                "apiEndpoint": f"https://{name}0123.execute-api.{REGION}.amazonaws.com",
                "executionArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{name}0123",
                "arn": f"arn:aws:apigateway:{REGION}::/apis/{name}0123",
            }
        case "aws:apigateway/restApi:RestApi":
            return {
                "executionArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{name}0123",
                "arn": f"arn:aws:apigateway:{REGION}::/restapis/{name}0123",
            }
        case "aws:apigateway/stage:Stage":
            api, stage = str(inputs.get("restApi")).removesuffix("-id"), inputs.get("stageName")
            return {
                "invokeUrl": f"https://{api}0123.execute-api.{REGION}.amazonaws.com/{stage}",
                "arn": f"arn:aws:apigateway:{REGION}::/restapis/{api}0123/stages/{stage}",
                "executionArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}0123/{stage}",
            }
        case "aws:apigateway/account:Account":
            return {"cloudwatchRoleArn": f"arn:aws:iam::{ACCOUNT}:role/api-gateway-logs"}
        case "aws:apigateway/apiKey:ApiKey":
            return {"value": f"{physical}-value-of-20-characters"}
        case _:
            return _named_or_secret(type, physical, inputs) or _resource(type, name, inputs)


def _named_or_secret(type: str, physical: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    match type:
        case "aws:secretsmanager/secret:Secret":
            arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{physical}-AbCdEf"
            return {"arn": arn, "id": arn}
        case "aws:acm/certificate:Certificate":
            proof = {
                "domainName": inputs.get("domainName"),
                "resourceRecordName": f"_0123.{inputs.get('domainName')}.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": "_4567.acm-validations.aws.",
            }
            arn = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/0123"
            return {"arn": arn, "domainValidationOptions": [proof]}
        case "aws:apigatewayv2/domainName:DomainName":
            target = {
                "targetDomainName": f"d-0123.execute-api.{REGION}.amazonaws.com",
                "hostedZoneId": "ZLY8HYME6SFDD",
            }
            return {"domainNameConfiguration": {**inputs.get("domainNameConfiguration", {}), **target}}
        case "aws:route53/record:Record":
            return {"fqdn": str(inputs.get("name")).rstrip(".")}
        case _:
            return {}


def _resource(type: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    physical = f"{name}-0123abc"
    match type:
        case "aws:sqs/queue:Queue":
            own = f"{physical}.fifo" if inputs.get("fifoQueue") else physical
            url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{own}"
            return {"name": own, "arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{own}", "url": url, "id": url}
        case "aws:sns/topic:Topic":
            arn = f"arn:aws:sns:{REGION}:{ACCOUNT}:{physical}"
            return {"arn": arn, "id": arn}
        case "aws:cloudwatch/eventRule:EventRule":
            return {"arn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{physical}", "id": physical}
        case "aws:s3/bucket:Bucket":
            return {"bucket": physical, "arn": f"arn:aws:s3:::{physical}", "id": physical}
        case "aws:dynamodb/table:Table":
            arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{physical}"
            streamed = {"streamArn": f"{arn}/stream/2026-01-31T00:00:00.000"} if inputs.get("streamEnabled") else {}
            return {"arn": arn, "id": physical, **streamed}
        case "aws:scheduler/schedule:Schedule":
            return {"arn": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{physical}"}
        case _:
            return {}


def call(function: str, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a function of the provider's gives: a table that is there already has a stream, unless its name says not."""
    match function:
        case "aws:index/getPartition:getPartition":
            return {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com", "reverseDnsPrefix": "com.amazonaws"}
        case "aws:dynamodb/getTable:getTable":
            return _table(str(arguments["name"]))
        case _:
            return None


def _table(name: str) -> dict[str, Any]:
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
    if name.endswith("-without-stream"):
        return {"id": name, "name": name, "arn": arn, "streamArn": "", "streamEnabled": False, "streamViewType": ""}
    view = "KEYS_ONLY" if name.endswith("-with-keys-only") else "NEW_AND_OLD_IMAGES"
    stream = f"{arn}/stream/2026-01-31T00:00:00.000"
    return {"id": name, "name": name, "arn": arn, "streamArn": stream, "streamEnabled": True, "streamViewType": view}


def _invoke(arn: str) -> str:
    return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
