"""Our verdicts against the official JSON Schema Test Suite, of every schema that we don't refuse beforehand.

Formats are checked as pydantic checks them, which for a few values is not what the suite says: there pydantic judges.
"""

from __future__ import annotations

import datetime
import ipaddress
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import AnyUrl, TypeAdapter, ValidationError

from sls_infra.runtime.schema import compile, unsupported

from .suite import Absent, Case, cases, fetched

PYDANTIC: dict[str, TypeAdapter[Any]] = {
    "date": TypeAdapter(datetime.date),
    "date-time": TypeAdapter(datetime.datetime),
    "time": TypeAdapter(datetime.time),
    "duration": TypeAdapter(datetime.timedelta),
    "ipv4": TypeAdapter(ipaddress.IPv4Address),
    "ipv6": TypeAdapter(ipaddress.IPv6Address),
    "uri": TypeAdapter(AnyUrl),
    "uuid": TypeAdapter(uuid.UUID),
}
EMITTED = {
    *("additionalProperties", "allOf", "anyOf", "const", "contains", "default", "enum", "exclusiveMaximum"),
    *("exclusiveMinimum", "items", "maxItems", "maxLength", "maximum", "minItems", "minLength", "minimum"),
    *("multipleOf", "oneOf", "pattern", "patternProperties", "prefixItems", "properties", "propertyNames"),
    *("required", "type", "uniqueItems", "minProperties", "maxProperties", "if-then-else", "boolean_schema"),
}
"""Files of the suite with the keywords that pydantic's schemas have: none of their groups may be refused."""


@pytest.fixture(scope="module")
def suite() -> Path:
    try:
        return fetched()
    except Absent as absent:
        pytest.skip(str(absent))


def verdict(case: Case) -> bool:
    return not compile(case.schema)(case.value)


def test_every_verdict_is_the_suites(suite: Path) -> None:
    judged, wrong, refused = Counter[str](), [], Counter[str]()
    for case in cases(suite):
        if case.file == "format":  # says that a format binds nobody: ours does, as pydantic's types do
            continue
        if unsupported(case.schema):
            refused[case.file] += 1
            continue
        judged[case.file] += 1
        if verdict(case) != case.valid:
            wrong.append(case)
    assert wrong == []
    assert not EMITTED & refused.keys(), "what pydantic emits is checked, not refused"
    assert judged.keys() >= EMITTED
    assert judged.total() > 700


def test_formats_are_the_suites_or_where_they_differ_pydantics(suite: Path) -> None:
    judged = 0
    for case in cases(suite / "optional" / "format"):
        adapter = PYDANTIC.get(case.file)
        if adapter is None or unsupported(case.schema):
            continue
        judged += 1
        if verdict(case) != case.valid:
            try:
                adapter.validate_json(f'"{case.value}"')
                theirs = True
            except ValidationError:
                theirs = False
            assert verdict(case) == theirs, case
    assert judged > 200
