"""Where the demo keeps things, and the error that ends it."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".sls" / "demo"
"""Everything of the demo's own; `down` removes it."""

PROJECT = ROOT / "stacks" / "orders"
STACK = "demo"
CONFIG = PROJECT / f"Pulumi.{STACK}.yaml"
TEMPLATE = PROJECT / "Pulumi.local.yaml"
AUDIENCE = "orders"


class DemoError(Exception):
    """The demo can't go on. The message says what is missing and what to do."""


def shown(path: Path) -> str:
    """A path as one types it in the project's folder."""
    return os.path.relpath(path, ROOT)
