"""One function: its bundle for this machine's platform and Python, staged by the plugin."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from ...plan.model import FunctionPlan, Plan
from ..base import Context, given
from .package import PYTHON, bundle_spec
from .resources import Function

NAME = 64


def deploy_function(
    plan: Plan, function: FunctionPlan, deployed: Mapping[str, pulumi.Output[str]], root: str, context: Context
) -> Function:
    """Makes one function. `deployed`: environment variables besides its own. What its workers see of `env` is plain
    text in a file that only its user can read."""
    bundle = context.build(bundle_spec(plan, function, context.front))
    return Function(
        context.child(function.name, NAME),
        root=root,
        name=function.name,
        bundle=str(bundle.path),
        sha256=bundle.sha256,
        python=PYTHON,
        env={**{name: given(value) for name, value in function.env.items()}, **deployed},
        min_instances=function.min_instances,
        max_instances=function.max_instances,
        timeout=function.timeout,
        memory=function.memory,
        # A forced replacement (`pulumi up --replace`) would else stage the new one beside the old, under one URN.
        opts=context.options(delete_before_replace=True),
    )


def ref(function: Function) -> pulumi.Output[str]:
    """What a gateway names it by."""
    return function.id
