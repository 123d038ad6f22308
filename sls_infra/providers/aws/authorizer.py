"""The function that verifies tokens for a REST API: the runtime, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi

from ...bundle.spec import BundleSpec
from ...plan import manifest
from ...plan.model import FunctionPlan, JwtPlan, Plan
from ...spec.targets import Aws
from ..base import Context, given
from .deployed import Deployed, Needs
from .function import deploy_bundle
from .package import PLATFORM

PYTHON = "3.13"
HANDLER = "sls_infra.runtime.entry.aws_authorizer.handler"


def deploy_authorizer(plan: Plan, token: JwtPlan, target: Aws, context: Context) -> Deployed:
    """Makes it, for the tokens of one issuer. It stands outside of any private network: it must reach the issuer, and
    nothing else."""
    bundle = context.build(bundle_spec(plan, token))
    known = {"issuer": given(token.issuer), "audience": [given(each) for each in token.audience], "jwks_uri": None}
    told = pulumi.Output.json_dumps({"ways": {token.name: known}}, sort_keys=True)
    return deploy_bundle(
        function_plan(token), bundle, replace(target, network=None), context, Needs(env={"SLS_DEPLOYED": told}), HANDLER
    )


def bundle_spec(plan: Plan, token: JwtPlan) -> BundleSpec:
    """What its zip holds."""
    known = {
        "version": 1,
        "api": plan.name,
        "function": f"{token.name}-authorizer",
        "routes": [],
        "ways": {token.name: _described(token)},
    }
    return BundleSpec(
        function=f"{token.name}-authorizer",
        code=Path(__file__).parent,
        exclude=("*",),
        python=PYTHON,
        platform=PLATFORM["arm64"],
        requirements=(),
        files={manifest.FILE: json.dumps(known, sort_keys=True, separators=(",", ":")).encode()},
        entries=("aws_authorizer",),
    )


def _described(token: JwtPlan) -> dict[str, Any]:
    """As `plan.manifest` describes a token that a function's own runtime verifies."""
    algorithms = list(token.algorithms)
    return {"kind": "jwt", "algorithms": algorithms, "leeway": token.leeway, "scheme": token.scheme, "key": None}


def function_plan(token: JwtPlan) -> FunctionPlan:
    """Its settings."""
    return FunctionPlan(
        where="api.auth",
        name=f"{token.name}-authorizer",
        code=Path(__file__).parent,
        python=PYTHON,
        memory=512,
        timeout=10,
        env={},
        secret_env={},
        secrets=(),
        links=(),
        min_instances=0,
        max_instances=None,
        concurrency=None,
        architecture=None,
        requirements=(),
        include=(),
        exclude=("*",),
    )
