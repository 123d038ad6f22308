"""PyJWT with cryptography is in a function's bundle where its runtime needs it, on every cloud, and only there."""

from __future__ import annotations

import dataclasses
import importlib
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from sls_infra import Api, ApiKey, Function, Jwt, Public, Route, Secret
from sls_infra.bundle import Bundle, BundleSpec, build
from sls_infra.errors import BundleError
from sls_infra.plan.manifest import JWT_LIBRARY
from sls_infra.plan.resolve import resolve

CLOUDS = ("aws", "azure", "gcp", "local")
ISSUER = "https://id.example.com/"

FROM_THE_BUNDLE = """
import json, sys
sys.path[:] = [sys.argv[1], *(path for path in sys.path if "site-packages" not in path)]
import jwt
assert jwt.__file__.startswith(sys.argv[1]), jwt.__file__
from sls_infra.runtime import Request
from sls_infra.runtime.ways.tokens import Jwt
from sls_infra.runtime.ways.jwk import read_keys
known = {"issuer": "https://id.example.com/", "audience": "orders", "algorithms": ["ES256"]}
way = Jwt("jwt", known)
way.keys._known = (1, read_keys({"keys": [json.loads(sys.argv[2])]}, way.algorithms))
way.keys._fetched = float("inf")
print(way.verify(Request("GET", "/", "", [("authorization", f"Bearer {sys.argv[3]}")]))["sub"])
"""


def spec_of(
    cloud: str, folder: Path, algorithms: Sequence[str], *, here: bool = True, requirements: Sequence[str] = ()
) -> BundleSpec:
    """What goes into the zip of a function whose runtime verifies such tokens, or whose gateway does."""
    (folder / "app.py").write_text("def read(request): ...")
    key = Secret("signing") if algorithms[0].startswith("HS") else None
    token = Jwt(issuer=ISSUER, audience="orders", algorithms=algorithms, key=key)
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    shop = Function("shop", code=folder, handler="app:read", runtime=python, requirements=tuple(requirements) or None)
    other = Function("other", code=folder, handler="app:read", runtime=python)
    plan = resolve(
        Api(
            "orders",
            routes=[
                Route("GET", "/a", shop, auth=[token, ApiKey(clients={"mobile": []})]),
                Route("GET", "/b", other, auth=Public()),
            ],
        )
    )
    package = importlib.import_module(f"sls_infra.providers.{cloud}.package")
    light = importlib.import_module(f"sls_infra.providers.{cloud}.capabilities").CAPABILITIES
    front = dataclasses.replace(light, by_runtime=lambda route: here and not route.public)
    specs: dict[str, Any] = {each.name: package.bundle_spec(plan, each, front) for each in plan.functions}
    assert JWT_LIBRARY not in specs["other"].platform_requirements
    assert isinstance(specs["shop"], BundleSpec)
    return specs["shop"]


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize(
    ("algorithms", "needed"),
    [
        (["RS256"], False), (["RS256", "RS384", "RS512"], False), (["HS256", "HS512"], False),
        (["ES256"], True), (["RS256", "EdDSA"], True), (["PS512"], True),
    ],
)  # fmt: skip
def test_it_is_there_for_what_the_standard_library_cannot_do(
    tmp_path: Path, cloud: str, algorithms: list[str], needed: bool
) -> None:
    assert (JWT_LIBRARY in spec_of(cloud, tmp_path, algorithms).platform_requirements) == needed
    assert JWT_LIBRARY not in spec_of(cloud, tmp_path, algorithms, here=False).platform_requirements


def built(spec: BundleSpec, tmp_path: Path) -> Bundle:
    try:
        return build(spec, cache=tmp_path / "cache", progress=lambda _: None)
    except BundleError as error:
        if "error sending request" in str(error):
            pytest.skip("no package index can be reached from here")
        raise


@pytest.mark.parametrize("cloud", CLOUDS)
def test_it_is_resolved_beside_the_users_own_requirements(tmp_path: Path, cloud: str) -> None:
    code = tmp_path / "code"
    code.mkdir()
    bundle = built(spec_of(cloud, code, ["ES256"], requirements=("pyjwt==2.10.1", "idna")), tmp_path)
    with zipfile.ZipFile(bundle.path) as packed:
        names = packed.namelist()
        if cloud == "gcp":
            listed = packed.read("requirements.txt").decode()
            assert "pyjwt==2.10.1" in listed
            assert "cryptography==" in listed
            return
    folder = ".python_packages/lib/site-packages/" if cloud == "azure" else ""
    assert {f"{folder}jwt/__init__.py", f"{folder}idna/__init__.py"} <= set(names)
    assert any(name.startswith(f"{folder}cryptography/") and name.endswith(".so") for name in names)


def test_requirements_that_it_does_not_go_with_are_told(tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    with pytest.raises(BundleError, match=r'function "shop".*pyjwt'):
        built(spec_of("aws", code, ["ES256"], requirements=("pyjwt==1.7.1",)), tmp_path)


def test_the_runtime_in_a_bundle_verifies_by_it(tmp_path: Path) -> None:
    """In a process that has nothing but the bundle."""
    code, unpacked = tmp_path / "code", tmp_path / "unpacked"
    code.mkdir()
    with zipfile.ZipFile(built(spec_of("local", code, ["ES256"]), tmp_path).path) as packed:
        packed.extractall(unpacked)
    private = ec.generate_private_key(ec.SECP256R1())
    claims = {"iss": ISSUER, "aud": "orders", "sub": "u", "exp": int(time.time()) + 600}
    token = jwt.encode(claims, private, algorithm="ES256")
    key = json.dumps(json.loads(ECAlgorithm.to_jwk(private.public_key())))
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", FROM_THE_BUNDLE, str(unpacked), key, token],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ran.stdout, ran.returncode) == ("u\n", 0), ran.stderr
