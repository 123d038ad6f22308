"""What a global external load balancer does with a request, written from the vendor's reference of `urlMaps` (Compute
Engine API: `hostRules`, `pathMatchers`, `routeRules`) and of path templates, which are Envoy's (`uri_template`); and
what Cloud Armor does (Cloud Armor, "Security policy overview": the first rule that fits, by priority), where a real CEL
implementation says what fits.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

import celpy
from celpy.adapter import json_to_cel

_LIMIT = sys.getrecursionlimit()
ENVIRONMENT = celpy.Environment()
sys.setrecursionlimit(_LIMIT)  # it raises that of the whole process, which hypothesis takes amiss
PCHAR = "[a-zA-Z0-9._~%!$&'()+,;:@=*-]"


def service_of(url_map: Mapping[str, Any], method: str, path: str, host: str = "api.example.com") -> str:
    """The backend service that a URL map sends a request to."""
    names = {matcher["name"]: matcher for matcher in url_map.get("pathMatchers") or ()}
    for rule in url_map.get("hostRules") or ():
        if any(each in ("*", host) for each in rule["hosts"]):
            return _within(names[rule["pathMatcher"]], method, path)
    return str(url_map["defaultService"])


def _within(matcher: Mapping[str, Any], method: str, path: str) -> str:
    priorities = [rule["priority"] for rule in matcher["routeRules"]]
    assert len(priorities) == len(set(priorities))
    for rule in sorted(matcher["routeRules"], key=lambda rule: rule["priority"]):
        if any(_fits(each, method, path) for each in rule["matchRules"]):
            return str(rule["service"])
    return str(matcher["defaultService"])


def _fits(match: Mapping[str, Any], method: str, path: str) -> bool:
    for header in match.get("headerMatches") or ():
        assert header["headerName"] == ":method"
        if header["exactMatch"] != method:
            return False
    if "fullPathMatch" in match:
        assert 1 <= len(match["fullPathMatch"]) <= 1024
        return bool(match["fullPathMatch"] == path)
    return template(match["pathTemplateMatch"]).fullmatch(path) is not None


@cache
def template(text: str) -> re.Pattern[str]:
    """A path template, checked as it would be: at most 255 characters, 5 wildcards, `**` at the end."""
    assert 1 <= len(text) <= 255
    parts = text.split("/")[1:]
    assert sum(part in ("*", "**") for part in parts) <= 5
    assert "**" not in parts[:-1]
    for part in parts:
        assert part in ("*", "**") or re.fullmatch("[a-zA-Z0-9._~%!$&'()+,;:@-]*", part), f"no literal: {part}"
    wild = {"*": f"{PCHAR}+", "**": f"(?:{PCHAR}|/)*"}
    return re.compile("/" + "/".join(wild.get(part) or re.escape(part) for part in parts))


def rule_of(policy: Mapping[str, Any], method: str, path: str) -> Mapping[str, Any]:
    """The rule of a security policy that acts on a request."""
    rules = sorted(policy["rules"], key=lambda rule: rule["priority"])
    assert len({rule["priority"] for rule in rules}) == len(rules)
    assert rules[-1]["priority"] == 2147483647
    for rule in rules[:-1]:
        if _holds(rule["match"]["expr"]["expression"], method, path):
            return dict(rule)
    return dict(rules[-1])


def _holds(text: str, method: str, path: str) -> bool:
    assert len(text) <= 2048
    assert text.count("&&") < 5
    request = json_to_cel({"method": method, "path": path})
    return bool(_program(text).evaluate({"request": request}))


@cache
def _program(text: str) -> Any:
    return ENVIRONMENT.program(ENVIRONMENT.compile(text))
