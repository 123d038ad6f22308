"""What a table cannot say of event sources on Azure, as rules over a Plan."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import Problem
from ...plan.model import ChangePlan, Plan

_BOTH = ("insert", "update")


def kinds(plan: Plan) -> Iterator[Problem]:
    """Changes that are asked for by what the change feed does not tell."""
    for event in plan.events:
        if isinstance(event, ChangePlan) and any(kind not in event.kinds for kind in _BOTH):
            message = (
                f"{event.name} asks for {', '.join(event.kinds)} alone; the change feed of Cosmos DB tells no insert "
                "from an update, and no deletes (Cosmos DB: change feed modes, latest version)"
            )
            fix = "leave kinds out and tell them apart by the item itself, or use a target that tells: aws, local"
            yield Problem(f"{event.where}.kinds", message, fix)
