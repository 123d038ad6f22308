"""Mistakes in what an Api is known by, or keeps to itself: secrets, its domain."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import Problem
from ..spec.api import Api
from ..spec.resources import Secret
from ..spec.values import is_output
from .names import bad_name, canonical
from .uses import secret_uses

LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
HOST = re.compile(rf"(?:{LABEL}\.)+(?!\d+$){LABEL}")
MAX_SECRET = 24 * 1024
"""Bytes of a secret: the least of the clouds' limits (Key Vault: 25 KB), less what a name takes."""


def check_secrets(api: Api) -> Iterator[Problem]:
    """Every mistake in the secrets that the Api names."""
    first: dict[str, tuple[str, Secret]] = {}
    alike: dict[str, str] = {}
    for where, secret in secret_uses(api):
        known_at, known = first.setdefault(secret.name, (where, secret))
        if known_at != where:
            if not same(known, secret):
                fix = "make the Secret once and use it twice, or give the other one a name of its own"
                yield Problem(where, f"{secret.name!r} is not the same as {known_at} of that name", fix)
            continue
        yield from bad_name(f"{where}.name", secret.name)
        other = alike.setdefault(canonical(secret.name), secret.name)
        if other != secret.name:
            fix = "give one of them a name that differs in letters or digits"
            message = f"{secret.name!r} and {other!r} are both {canonical(secret.name)!r} on a cloud"
            yield Problem(f"{where}.name", message, fix)
        yield from _value(where, secret)


def same(one: Secret, other: Secret) -> bool:
    """Whether two are one: an Output is only equal to itself."""
    return (
        one is other
        or (one.name == other.name and one.value is other.value and one.ref is other.ref)
        or (not any(map(is_output, (one.value, other.value, one.ref, other.ref))) and one == other)
    )


def _value(where: str, secret: Secret) -> Iterator[Problem]:
    if secret.value is not None and secret.ref is not None:
        fix = "leave the value out: one that is there already has its own"
        yield Problem(f"{where}.value", f"{secret.name!r} is existing, and a value is given too", fix)
    if isinstance(secret.value, str):
        if not secret.value:
            yield Problem(f"{where}.value", f"{secret.name!r} is empty", "leave value out: it is config then")
        elif "\0" in secret.value or len(secret.value.encode()) > MAX_SECRET:
            fix = f"use at most {MAX_SECRET} bytes without NUL"
            yield Problem(f"{where}.value", f"{secret.name!r} is too long, or holds a NUL character", fix)


def check_domain(api: Api) -> Iterator[Problem]:
    """Mistakes in the Api's own host name."""
    if api.domain is None:
        return
    name = api.domain.name.lower()
    if len(name) > 253 or not HOST.fullmatch(name):
        fix = "write the host name alone, as 'api.example.com': no scheme, port, path or wildcard"
        yield Problem("api.domain.name", f"{api.domain.name!r} is no host name", fix)
