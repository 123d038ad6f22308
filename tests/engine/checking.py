"""What a provider does before it makes a thing: it names and places it, and looks whether that can be."""

from __future__ import annotations

import re
import uuid
from typing import Any

from tests.engine.kinds import Kind, Made, Values
from tests.engine.wire import UNKNOWN, has_unknown, reveal
from tests.engine.world import DEFAULTS, Resource, World


def named(kind: Kind, logical: str, olds: Values, news: Values, seed: bytes) -> tuple[str, list[str]] | None:
    """The name for a thing that the program leaves unnamed, and the list of inputs that are chosen at random; a name
    that it has is kept. None: it has none, or the program gives it."""
    if kind.name is None or kind.name in news:
        return None
    if kind.naming == "copy":
        return logical, []
    if kind.name in olds.get(DEFAULTS, []):
        return str(olds[kind.name]), [kind.name]
    digits = seed.hex()
    made = {
        "dashed": f"{reveal(news.get(f'{kind.name}Prefix')) or f'{logical}-'}{digits[:7]}",
        "random": f"{logical}{digits[:8]}",
        "uuid": str(uuid.UUID(hex=digits[:32])),
    }
    return made[kind.naming], [kind.name]


def place(world: World, kind: Kind, olds: Values, news: Values, configured: Any) -> Any:
    """The location of a thing that the program gives none for: the one it has, else the configured one, else that of
    its resource group, which a preview may not know. None: there is none, or it needs none."""
    if not kind.located or "location" in news:
        return None
    group = reveal(news.get("resourceGroupName"))
    if "location" in olds or configured:
        return olds.get("location") or configured
    if group == UNKNOWN:
        return UNKNOWN
    found = (each for each in list(world.live.values()) if each.type.endswith(":ResourceGroup"))
    return next((each.outputs["location"] for each in found if each.outputs["name"] == group), None)


def failures(kind: Kind, news: Values) -> list[tuple[str, str]]:
    """What the provider finds wrong by itself: property and reason."""
    found = []
    if kind.located and "location" not in news:
        reason = "missing required property 'location'. Set it, or pulumi config set azure-native:location"
        found.append(("location", reason))
    for at, pattern in kind.fits.items():
        value = reveal(news.get(at))
        if value is not None and not has_unknown(value) and not re.fullmatch(pattern, str(value)):
            found.append((at, f"{value!r} does not match {pattern}"))
    return found


def missing(world: World, kind: Kind, made: Made) -> list[str]:
    """What it refers to that is not there."""
    there = ids(world)
    return [id for id in kind.needs(made) if id is not None and id not in there]


def ids(world: World) -> set[str]:
    """The ids of all that is there, and of what came with it."""
    found: set[str] = set()
    for id, each in list(world.live.items()):
        found |= {id.partition(" ")[2], *_kind(world, each).brings(_made(world, each))}
    return found


def holders(world: World, id: str) -> list[str]:
    """`type name` of all for whose sake this one can't be deleted."""
    there = list(world.live.values())
    return [f"{each.type} {each.name}" for each in there if id in _kind(world, each).holds(_made(world, each))]


def _kind(world: World, resource: Resource) -> Kind:
    return world.known[resource.type.split(":")[0]].kinds[resource.type]


def _made(world: World, resource: Resource) -> Made:
    return world.made(resource.type, resource.name, resource.inputs, resource.serial)
