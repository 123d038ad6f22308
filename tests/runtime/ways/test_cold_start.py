"""Who has no ways in for the runtime to verify pays nothing for them."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import json, sys
sys.modules["shop"] = type(sys)("shop")
sys.modules["shop"].read = lambda request: "read"
before = set(sys.modules)
from sls_infra.runtime import Request
from sls_infra.runtime.dispatch import Dispatcher
route = {"method": "GET", "path": "/", "handler": "shop:read", "auth": ["jwt"], "scopes": ["a"], **EXTRA}
ways = {"jwt": {"kind": "jwt", "algorithms": ["RS256"], "leeway": 0, "scheme": "Bearer", "key": None}}
said = {"ways": {"jwt": {"issuer": "https://id.example.com/", "audience": ["a"], "jwks_uri": None}}}
dispatcher = Dispatcher({"version": 1, "routes": [route], "ways": ways}, said)
dispatcher.warm()
assert dispatcher.handle(Request("GET", "/", claims={"scope": "a"})).status == STATUS
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def loaded(extra: dict[str, object], status: int) -> set[str]:
    program = f"EXTRA, STATUS = {extra!r}, {status}\n{PROGRAM}"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    return set(json.loads(ran.stdout))


def test_nothing_of_it_is_imported_where_the_gateway_verifies() -> None:
    found = loaded({}, 200)
    assert "sls_infra.runtime.dispatch" in found
    assert {name for name in found if ".ways" in name or name in ("sls_infra.runtime.audit", "hashlib")} == set()


def test_what_fetches_and_other_libraries_are_imported_when_they_are_used() -> None:
    found = loaded({"ways": ["jwt"]}, 401)
    assert "sls_infra.runtime.ways.tokens" in found
    assert found & {"urllib.request", "ssl", "asyncio", "jwt", "cryptography", "sls_infra.runtime.ways.custom"} == set()
