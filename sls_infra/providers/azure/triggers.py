"""What functions of event sources are called on Azure."""

from __future__ import annotations

import re

from ...plan.model import EventPlan


def trigger(event: EventPlan) -> str:
    """What the function of an event source is called on Azure: as `runtime.entry.azure_events` registers it."""
    return f"event_{re.sub(r'[^A-Za-z0-9]', '_', event.name)}"
