"""Ways in that API Management verifies, as operations and policy know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .policy import Element


@dataclass(frozen=True, slots=True)
class Way:
    """A way in: what operations that ask for it are called by, and what the policy does about it."""

    id: str
    checks: tuple[Element, ...]


Ways = Mapping[str, Way]
"""By the way's name in the plan."""
