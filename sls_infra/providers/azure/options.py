"""The target's own options: what Azure does not take of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...errors import Problem
from ...spec.targets import Azure

RETENTION = (30, 730)


def mistakes(target: Azure) -> Iterator[Problem]:
    """Every mistake in them."""
    if not RETENTION[0] <= target.log_retention <= RETENTION[1]:
        message = f"{target.log_retention} days are not from 30 to 730 (Log Analytics: retention of a workspace)"
        yield Problem("target.log_retention", message, "use 30")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", target.publisher_email) or len(target.publisher_email) > 100:
        message = f"{target.publisher_email!r} is no address of at most 100 characters"
        yield Problem("target.publisher_email", message, "write it as 'api@example.com'")
    if target.publisher_name is not None and not 1 <= len(target.publisher_name) <= 100:
        message = "API Management takes 1 to 100 characters"
        yield Problem("target.publisher_name", message, "use a shorter one, or leave it out for the Api's name")
