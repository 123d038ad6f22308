"""Who may call a function: its gateway, or the functions that ask it, and nobody else."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_gcp import cloudrun, serviceaccount

from ...plan.model import Plan
from ..base import Context
from .asking import asked_by
from .deployed import Deployed, Place

NAME = 100
INVOKER = "roles/run.invoker"


def deploy_invoker(
    name: str, function: Deployed, member: pulumi.Input[str], place: Place, context: Context
) -> cloudrun.IamMember:
    """Lets a member call a function."""
    return cloudrun.IamMember(
        context.child(name, NAME),
        service=function.service,
        location=place.region,
        project=place.project,
        role=INVOKER,
        member=member,
        opts=context.options(),
    )


def deploy_askers(
    plan: Plan,
    functions: Mapping[str, Deployed],
    accounts: Mapping[str, serviceaccount.Account],
    place: Place,
    context: Context,
) -> list[pulumi.Resource]:
    """Lets each function that asks an authorizer call it, as itself."""
    return [
        deploy_invoker(
            f"{other}.{asker}",
            functions[other],
            pulumi.Output.concat("serviceAccount:", accounts[asker].email),
            place,
            context,
        )
        for asker, asked in asked_by(plan).items()
        for other in asked
    ]
