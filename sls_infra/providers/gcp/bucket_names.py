"""What a bucket may be called."""

from __future__ import annotations

import re

BUCKET = 55
"""Of a bucket's: 63, likewise."""


def bucket_name(name: str) -> str:
    """The name without "google" and what looks like it, which a bucket's must not hold (Cloud Storage, "Bucket
    names")."""
    return re.sub("g[o0]{2}g", "g-g", name)
