"""A row of the table of what AWS adds to resources."""

from __future__ import annotations

from collections.abc import Callable, Collection

from tests.engine.kinds import Kind, Made, Values

REGION = "eu-west-1"
ACCOUNT = "123456789012"


def kind(
    id: Callable[[Made], str],
    outputs: Callable[[Made], Values] = lambda made: {},
    *,
    name: str | None = None,
    replace: Collection[str] = (),
    volatile: Collection[str] = (),
    regional: bool = True,
) -> Kind:
    """A row. Regional resources have `region`, and cannot be moved to another."""

    def all_outputs(made: Made) -> Values:
        where = {"region": made["region"] or REGION} if regional else {}
        return {**where, **outputs(made)}

    return Kind(id, all_outputs, name, frozenset(replace) | ({"region"} if regional else set()), frozenset(volatile))


def named(made: Made) -> str:
    """The id of what is known by its name."""
    return str(made["name"])


def code(made: Made) -> str:
    """An id such as API Gateway gives: ten letters and digits."""
    return made.token(10)
