"""Who brings events: a service account a source, which may invoke that source's function, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import projects, serviceaccount

from ...plan.model import ChangePlan, EventPlan, Plan
from ..base import Context
from .deployed import Deployed, Place, called, stack_wide
from .invoking import deploy_invoker

NAME = 100
ACCOUNT = 30
"""Characters of an account's id (IAM, "Create service accounts")."""
TOKENS = "roles/iam.serviceAccountOpenIdTokenCreator"


@dataclass(frozen=True, slots=True)
class Callers:
    """The accounts, and those of Google's own that act for them."""

    accounts: Mapping[str, serviceaccount.Account] = field(default_factory=dict)
    """By event source."""
    tokens: Mapping[str, pulumi.Resource] = field(default_factory=dict)
    """By event source: the right to make tokens of its account."""
    pubsub: pulumi.Output[str] | None = None
    """Pub/Sub's own, as a member; there where there are events."""
    eventarc: pulumi.Resource | None = None
    """Eventarc's own; there where there are changes."""


def deploy_callers(plan: Plan, place: Place, enabled: Sequence[pulumi.Resource], context: Context) -> Callers:
    """Makes an account a source. What goes by Eventarc goes by Pub/Sub too, which makes the tokens ("Authenticate push
    subscriptions"): its agent may make tokens of these accounts alone. Agents of a new project are made as they are
    asked for."""
    if not plan.events:
        return Callers()
    agent = _agent("pubsub", place, enabled, context)
    member = agent.email.apply(lambda email: f"serviceAccount:{email}")
    accounts = {event.name: _account(event, place, enabled, context) for event in plan.events}
    tokens = {name: _tokens(name, account, member, context) for name, account in accounts.items()}
    changes = any(isinstance(event, ChangePlan) for event in plan.events)
    return Callers(accounts, tokens, member, _agent("eventarc", place, enabled, context) if changes else None)


def deploy_bringer(
    event: EventPlan, host: Deployed, account: serviceaccount.Account, place: Place, context: Context
) -> pulumi.Resource:
    """Lets an event's account invoke its function."""
    member = pulumi.Output.concat("serviceAccount:", account.email)
    return deploy_invoker(f"{event.name}.event.caller", host, member, place, context)


def _agent(
    service: str, place: Place, enabled: Sequence[pulumi.Resource], context: Context
) -> projects.ServiceIdentity:
    """Who a service of Google's is in the project. It stays when the Api goes: others may use it too."""
    return projects.ServiceIdentity(
        context.child(service, NAME),
        service=f"{service}.googleapis.com",
        project=place.project,
        opts=context.options(depends_on=enabled),
    )


def _account(
    event: EventPlan, place: Place, enabled: Sequence[pulumi.Resource], context: Context
) -> serviceaccount.Account:
    return serviceaccount.Account(
        called(context, event.name, "event", NAME),
        account_id=stack_wide(ACCOUNT, context.name, event.name, "event"),
        display_name=f"{context.name}: event {event.name}"[:100],
        project=place.project,
        # The id is chosen, since a function may have the event's name: another of that id can't be made beside it.
        opts=context.options(depends_on=enabled, delete_before_replace=True),
    )


def _tokens(
    name: str, account: serviceaccount.Account, agent: pulumi.Output[str], context: Context
) -> serviceaccount.IAMMember:
    return serviceaccount.IAMMember(
        called(context, name, "tokens", NAME),
        service_account_id=account.name,
        role=TOKENS,
        member=agent,
        opts=context.options(),
    )
