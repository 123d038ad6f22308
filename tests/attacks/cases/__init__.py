"""Every attack, by family."""

from __future__ import annotations

from ..model import Attack, Control
from . import algorithms, claims, cors, customs, headers, keys, paths, several, shapes, smuggling, webhooks

FAMILIES = (algorithms, claims, shapes, several, keys, webhooks, customs, headers, paths, cors, smuggling)

ATTACKS: dict[str, Attack] = {
    f"{attack.family}: {attack.name}": attack for family in FAMILIES for attack in family.attacks()
}
"""By family and name."""
CONTROLS: dict[str, Control] = {
    f"{control.family}: {control.name}": control for family in FAMILIES for control in family.controls()
}
"""Good calls: each gets in."""
