"""How often a function is made: once, but for one with routes and events behind a load balancer."""

from __future__ import annotations

from dataclasses import replace

from ...plan.model import FunctionPlan, Plan
from ...plan.names import canonical
from .deployed import Part

EVENTS = "-events"


def parts_of(plan: Plan, function: FunctionPlan, balanced: bool) -> list[Part]:
    """The one with its routes first. `balanced`: behind a load balancer, where who has routes is open to everybody."""
    others = tuple(event for event in plan.events if event.function != function.name)
    if not balanced or not plan.routes_of(function) or len(others) == len(plan.events):
        return [Part(function.name, plan, function)]
    routes = tuple(route for route in plan.routes if route.function != function.name)
    return [
        Part(function.name, replace(plan, events=others), function),
        Part(_free_name(plan, function), replace(plan, routes=routes), function),
    ]


def _free_name(plan: Plan, function: FunctionPlan) -> str:
    """What the one of events is called: as no function of the spec is."""
    taken = {canonical(other.name) for other in plan.functions}
    name = function.name + EVENTS
    while canonical(name) in taken:
        name += EVENTS
    return name
