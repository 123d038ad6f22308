"""What a REST API counts, by the rendered settings, plans and WAF rules: as if no time passed, so that buckets never
fill again. (AWS says that all of them are best effort.)

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html and
api-gateway-api-usage-plans.html (the order: a plan's limit of the method, the plan's own, the method's of the stage);
https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from sls_infra.testing import Rendered

from .model import Answer, Call, GatewayError


class Limits:
    """Counts calls."""

    def __init__(self, rendered: Rendered, stage: str) -> None:
        self._stage = stage
        self._counted: Counter[tuple[str, ...]] = Counter()
        self._methods = {
            resource.inputs["methodPath"].replace("~1", "/"): resource.inputs["settings"]
            for resource in rendered.all("aws:apigateway/methodSettings:MethodSettings")
        }
        plans = {each.logical_name: each.inputs for each in rendered.all("aws:apigateway/usagePlan:UsagePlan")}
        keys = rendered.all("aws:apigateway/usagePlanKey:UsagePlanKey")
        self._plans = {each.inputs["keyId"]: plans[each.inputs["usagePlanId"].removesuffix("-id")] for each in keys}
        self._acls = [resource.inputs for resource in rendered.all("aws:wafv2/webAcl:WebAcl")]
        if self._acls and not rendered.all("aws:wafv2/webAclAssociation:WebAclAssociation"):
            raise GatewayError("rules that stand before nothing")

    def blocked(self, call: Call) -> Answer | None:
        """What WAF answers, which stands before everything else."""
        for acl in self._acls:
            for rule in sorted(acl["rules"], key=lambda rule: int(rule["priority"])):
                counting = rule["statement"]["rateBasedStatement"]
                if counting["aggregateKeyType"] != "IP" or not self._fits(counting.get("scopeDownStatement"), call):
                    continue
                if self._over(counting["limit"], "waf", rule["name"], call.client_ip):
                    return _custom(acl, rule["action"]["block"]["customResponse"])
        return None

    def refused(self, key: str, key_id: str | None) -> str | None:
        """The kind of gateway response that a call of this route gets, if it is over any limit. `key`: "GET /a"."""
        method, _, path = key.partition(" ")
        plan = self._plans.get(key_id or "")
        if plan is not None:
            for name, settings in _throttles(plan, f"{path}/{method}"):
                if self._over(settings["burstLimit"], "plan", str(key_id), name):
                    return "THROTTLED"
            quota = plan.get("quotaSettings")
            if quota and self._over(quota["limit"], "quota", str(key_id)):
                return "QUOTA_EXCEEDED"
        for name in (f"{path}/{method}".lstrip("/"), f"{path}/{method}"):
            own = self._methods.get(name)
            if own and self._over(own["throttlingBurstLimit"], "method", name):
                return "THROTTLED"
        return None

    def _over(self, limit: int, *counter: str) -> bool:
        self._counted[counter] += 1
        return self._counted[counter] > limit

    def _fits(self, statement: Mapping[str, Any] | None, call: Call) -> bool:
        if statement is None:
            return True
        if "andStatement" in statement:
            return all(self._fits(each, call) for each in statement["andStatement"]["statements"])
        if "orStatement" in statement:
            return any(self._fits(each, call) for each in statement["orStatement"]["statements"])
        if "notStatement" in statement:
            return not self._fits(statement["notStatement"]["statement"], call)
        if "byteMatchStatement" in statement:
            return bool(statement["byteMatchStatement"]["searchString"] == call.method)
        matched = statement["regexMatchStatement"]
        path = f"/{self._stage}{call.path}"
        if any(each["type"] == "URL_DECODE" for each in matched["textTransformations"]):
            path = unquote(path)
        return re.search(matched["regexString"], path) is not None


def _throttles(plan: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for stage in plan["apiStages"]:
        for throttle in stage.get("throttles") or ():
            if throttle["path"] == path:
                yield path, throttle
    if plan.get("throttleSettings"):
        yield "", plan["throttleSettings"]


def _custom(acl: Mapping[str, Any], response: Mapping[str, Any]) -> Answer:
    (body,) = (each for each in acl["customResponseBodies"] if each["key"] == response["customResponseBodyKey"])
    headers = [(each["name"], each["value"]) for each in response.get("responseHeaders") or ()]
    kind = {"APPLICATION_JSON": "application/json", "TEXT_PLAIN": "text/plain"}[body["contentType"]]
    return Answer(int(response["responseCode"]), (("content-type", kind), *headers), body["content"].encode())
