"""What a deployment told this function of itself: the environment variable `SLS_DEPLOYED`, JSON, without any secret.

{"secrets": {"db": "<ref>"}, "ways": {"jwt": {"issuer": …}, "api-key": {"keyring": "<ref>"}}}
"""

from __future__ import annotations

from os import environ

from .errors import ManifestError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

VARIABLE = "SLS_DEPLOYED"

_values: Mapping[str, Any] | None = None


def values() -> Mapping[str, Any]:
    """All of it, read once; empty where nothing was said. Raises ManifestError where it is no JSON object."""
    global _values
    if _values is None:
        _values = _parsed(environ.get(VARIABLE, ""))
    return _values


def use(known: Mapping[str, Any] | None) -> None:
    """Takes these values from now on; None: what the environment says, read anew. For whoever runs functions in its
    own process."""
    global _values
    _values = known


def secret_ref(name: str) -> str | None:
    """What the platform knows the secret of that name by; None where this function was given none."""
    ref = (values().get("secrets") or {}).get(name)
    return ref if isinstance(ref, str) else None


def _parsed(text: str) -> Mapping[str, Any]:
    if not text:
        return {}
    from json import loads

    try:
        known = loads(text)
    except ValueError:
        known = None
    if not isinstance(known, dict):
        raise ManifestError(f"{VARIABLE} holds no JSON object: deploy the function again")
    return known
