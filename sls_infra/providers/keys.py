"""API keys: which generations of a client's key are live.

A key is rotated without a moment in which none fits: `pulumi config set --path sls:keyGenerations.mobile 2` and
`pulumi up` make a second key beside the first; both open until the next step, to 3, which deletes the first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import pulumi

from ..errors import Problem, SpecError

CONFIG = "keyGenerations"


def generations(client: str) -> tuple[int, ...]:
    """The live ones, the newest last: (1,) at first, then two. Raises `SpecError` for a config that is none."""
    newest = _configured().get(client, 1)
    if isinstance(newest, str) and newest.isascii() and newest.isdigit():
        newest = int(newest)
    if not isinstance(newest, int) or isinstance(newest, bool) or not 1 <= newest <= 10_000:
        message = f"{newest!r} is no generation of the keys of {client!r}"
        fix = f"pulumi config set --path sls:{CONFIG}.{client} 1"
        raise SpecError([Problem(f"sls:{CONFIG}.{client}", message, fix)])
    return (newest - 1, newest) if newest > 1 else (1,)


def _configured() -> Mapping[str, object]:
    text = pulumi.Config("sls").get(CONFIG)
    if not text:
        return {}
    try:
        configured = json.loads(text)
    except ValueError:
        configured = None
    if not isinstance(configured, dict):
        message = "it is no table of client → generation"
        fix = f"pulumi config set --path sls:{CONFIG}.mobile 2"
        raise SpecError([Problem(f"sls:{CONFIG}", message, fix)])
    return configured
