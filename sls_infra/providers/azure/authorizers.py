"""Functions that decide who may call others: which must be there before which. No SDK is imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...errors import Problem
from ...plan.manifest import verified_here
from ...plan.model import CustomPlan, FunctionPlan, Plan
from .tier import CONSUMPTION, Tier


def asked(plan: Plan, function: FunctionPlan, tier: Tier) -> tuple[CustomPlan, ...]:
    """The authorizers that a function asks: those that are not its own."""
    ways = verified_here(plan, function, tier.by_runtime)
    return tuple(way for way in ways if isinstance(way, CustomPlan) and way.function != function.name)


def in_order(plan: Plan, tier: Tier) -> list[FunctionPlan]:
    """The functions, each after those that it asks, else in the order of the plan. Where two ask each other, one of
    them is left behind the other: `circles` tells."""
    byname = {function.name: function for function in plan.functions}
    found: dict[str, FunctionPlan] = {}

    def place(function: FunctionPlan, waiting: tuple[str, ...]) -> None:
        for name in _needs(plan, function, tier):
            if name not in found and name not in waiting:
                place(byname[name], (*waiting, function.name))
        found.setdefault(function.name, function)

    for function in plan.functions:
        place(function, (function.name,))
    return list(found.values())


def circles(plan: Plan) -> Iterator[Problem]:
    """Functions that decide who may call each other: each would have to be there before the other."""
    # Either tier will do: authorizers are asked by the runtime alone.
    needs: Mapping[str, tuple[str, ...]] = {f.name: _needs(plan, f, CONSUMPTION) for f in plan.functions}
    for function in plan.functions:
        reached: list[str] = []
        ahead = list(needs[function.name])
        while ahead:
            name = ahead.pop()
            if name not in reached:
                reached.append(name)
                ahead += needs[name]
        if function.name in reached:
            message = f"{function.name} decides who may call functions that decide who may call it"
            fix = "give the authorizer a function of its own, which has no such routes"
            yield Problem(function.where, message, fix)


def _needs(plan: Plan, function: FunctionPlan, tier: Tier) -> tuple[str, ...]:
    return tuple(dict.fromkeys(way.function for way in asked(plan, function, tier)))
