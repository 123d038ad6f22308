"""Which function asks which authorizer: a function that answers routes asks those that decide who may call them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...plan.model import CustomPlan, FunctionPlan, Plan


def asked_by(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Function → the other functions that it asks. One that decides for its own routes calls nobody: its runtime asks
    the handler itself."""
    asked: dict[str, dict[str, None]] = {function.name: {} for function in plan.functions}
    for route in plan.routes:
        for way in route.ways:
            if isinstance(way, CustomPlan) and way.function != route.function:
                asked[route.function][way.function] = None
    return {name: tuple(others) for name, others in asked.items()}


def askers_of(plan: Plan, function: str) -> tuple[str, ...]:
    """The functions that ask this one."""
    return tuple(asker for asker, asked in asked_by(plan).items() if function in asked)


def ordered(plan: Plan) -> Iterator[FunctionPlan]:
    """All functions, each after those that it asks: it is told their addresses as it is made. Without a circle, which
    the plan's rules refuse."""
    functions = {function.name: function for function in plan.functions}
    asked = asked_by(plan)
    made: dict[str, None] = {}

    def visit(name: str) -> None:
        for other in asked[name]:
            visit(other)
        made[name] = None

    for name in functions:
        visit(name)
    return (functions[name] for name in made)


def circle(asked: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Functions that ask one another in a circle, each asking the next; empty where none do."""
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if name in path:
            return path[path.index(name) :]
        for other in asked[name] if name not in done else ():
            if found := visit(other, (*path, name)):
                return found
        done.add(name)
        return ()

    return next(filter(None, (visit(name, ()) for name in asked)), ())
