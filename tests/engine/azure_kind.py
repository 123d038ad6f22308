"""What the rows of Azure's resources have in common: ids that are paths, and names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from tests.engine.kinds import Kind, Made, Naming, Values

SUBSCRIPTION = "0c5a4a2e-0000-4000-8000-5d5d5d5d5d5d"
TENANT = "7e7e7e7e-0000-4000-8000-1b1b1b1b1b1b"
LOCATION = "westeurope"
HEX = "0123456789abcdef"


def group_id(name: object) -> str:
    """The id of a resource group."""
    return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}"


def uuid_of(made: Made, what: str) -> str:
    """A UUID as Azure makes it up: the same for one resource and word."""
    digits = Made(made.type, f"{made.logical} {what}", made.inputs, "", "", made.serial).token(32, HEX)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def kind_of(
    path: str,
    outputs: Callable[[Made], Values] = lambda made: {},
    *,
    naming: Naming | None = None,
    fits: str | None = None,
    replace: Collection[str] = (),
    located: bool = False,
    needs: Callable[[Made], Iterable[str | None]] = lambda made: (),
    brings: Callable[[Made], Iterable[str]] = lambda made: (),
    own: Collection[str] = (),
    named: bool = True,
) -> Kind:
    """A row. `path` is what follows the resource group in an id: "Microsoft.Web/sites/{name}", each brace an input;
    the last is the one that is named. `named`: the provider names it; else the program must."""
    parts = path.split("/")
    inputs = [part[1:-1] for part in parts if part.startswith("{")]

    def id(made: Made) -> str:
        filled = (str(made[part[1:-1]]) if part.startswith("{") else part for part in parts)
        return f"{group_id(made['resourceGroupName'])}/providers/{'/'.join(filled)}"

    def before(made: Made) -> Iterable[str | None]:
        inner = id(made).rpartition("/")[0].rpartition("/")[0]
        return (inner if len(inputs) > 1 else group_id(made["resourceGroupName"]), *needs(made))

    def all_outputs(made: Made) -> Values:
        where = {"location": made["location"] or LOCATION} if located else {}
        kind = "/".join(part for part in parts if not part.startswith("{") and part != "default")
        return {"name": made[inputs[-1]], "type": kind, "azureApiVersion": "2025-05-01", **where, **outputs(made)}

    chosen: Naming = naming or ("random" if len(inputs) == 1 else "copy")
    fixed = frozenset((*inputs, "resourceGroupName", *replace, *(("location",) if located else ())))
    return Kind(
        id,
        all_outputs,
        inputs[-1] if named else None,
        fixed - ({inputs[-1]} if named else set()),
        naming=chosen,
        fits={inputs[-1]: fits} if fits else {},
        gone_first=True,
        located=located,
        forgets=True,
        needs=before,
        brings=brings,
        own=frozenset(own),
    )
