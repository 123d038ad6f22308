"""What a resource that is already there is known by: its resource name. No SDK is needed."""

from __future__ import annotations

import re

PROJECT = r"[a-z0-9][a-z0-9.:-]*"
TOPIC = (rf"projects/{PROJECT}/topics/[A-Za-z][A-Za-z0-9._~+%-]{{2,254}}", "projects/…/topics/…")
FORMS = {
    "queue": TOPIC,
    "topic": TOPIC,
    "bucket": (r"[a-z0-9][a-z0-9_.-]{1,220}[a-z0-9]", "the bucket's name"),
    "table": (rf"projects/{PROJECT}/databases/(\(default\)|[a-z][a-z0-9-]{{2,61}}[a-z0-9])", "projects/…/databases/…"),
}
"""Kind → what its ref must match wholly, and how that looks."""


def misread(kind: str, ref: str) -> str | None:
    """How a ref of that kind looks, where this is none."""
    form, looks = FORMS[kind]
    return None if re.fullmatch(form, ref) else looks
