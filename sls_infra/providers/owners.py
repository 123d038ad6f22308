"""Who owns what: a resource that two Apis of one program name would be made twice, and be two."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import SETTINGS

from ..errors import Problem, SpecError
from ..plan.resources import resource_uses
from ..plan.uses import function_uses, secret_uses
from ..spec.api import Api

_claimed: WeakKeyDictionary[object, dict[int, tuple[str, object]]] = WeakKeyDictionary()
"""Run of a program, known by its connection to the engine → what was claimed in it: the object's identity → the
component that has it, and the object, which so lives as long."""


def claim(api: Api, component: str) -> None:
    """Notes what an Api owns. Raises `SpecError` for each thing that another Api of this program owns already."""
    run: object = SETTINGS.monitor
    if run is None or type(run) is MockMonitor:  # Pulumi's own mocks stay from test to test: that is no one program
        return
    claimed = _claimed.setdefault(run, {})
    problems = []
    for where, owned in _owned(api):
        owner, _ = claimed.setdefault(id(owned), (component, owned))
        if owner != component:
            problems.append(_taken(where, owned, owner))
    if problems:
        raise SpecError(dict.fromkeys(problems))


def _owned(api: Api) -> Iterator[tuple[str, object]]:
    for where, resource in resource_uses(api):
        if resource.ref is None:
            yield where, resource
    for where, secret in secret_uses(api):
        if secret.ref is None:
            yield where, secret
    yield from function_uses(api)


def _taken(where: str, owned: object, owner: str) -> Problem:
    kind, name = type(owned).__name__, getattr(owned, "name", "")
    message = f"the {kind} {name!r} is owned by another Api, {owner!r}: here it would be made a second time"
    if kind == "Function":
        return Problem(where, message, "make a Function for each Api; both may have the same code")
    fix = f"write {kind}.existing({name!r}, ref=…) here, with what the other one's outputs give"
    return Problem(where, message, fix)
