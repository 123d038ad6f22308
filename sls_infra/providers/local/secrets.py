"""Secrets: each in a file of its own, encrypted; the functions linked to it are given its ref, never its value."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from ...plan.model import Plan, SecretPlan
from ..base import Context, given
from ..secret_values import value_of
from .resources import Secret

NAME = 64


def deploy_secrets(plan: Plan, root: str, context: Context) -> Mapping[str, pulumi.Output[str]]:
    """Keeps the values of all of the Api's secrets below `root`: name → ref. One that is existing is another secret's
    ref, as that one's outputs give it."""
    return {secret.name: _ref(secret, root, context) for secret in plan.secrets}


def _ref(secret: SecretPlan, root: str, context: Context) -> pulumi.Output[str]:
    if secret.ref is not None:
        return pulumi.Output.from_input(given(secret.ref))
    made = Secret(
        context.child(secret.name, NAME),
        root=root,
        name=secret.name,
        value=value_of(secret),
        # A forced replacement (`pulumi up --replace`) would else keep the new one beside the old, under one URN.
        opts=context.options(delete_before_replace=True),
    )
    return made.ref
