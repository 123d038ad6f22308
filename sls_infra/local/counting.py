"""Which limits a call is held against, and in which order.

Limits by ip come first, before anybody is asked who they are, and count every call that they let pass: what is refused
later, too. All others, those of the route, of the caller and of the caller's key, are asked together: where one of them
refuses, none of them is charged.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from ..runtime.audit import Refusal
from .limits import Limiter, seconds

if TYPE_CHECKING:
    from .quotas import Quotas
    from .site import Entry
    from .visit import Caller

LONG = 100
"""Characters of what tells a caller; longer ones are counted by their digest."""


def count_ip(entry: Entry, client: str, now: int) -> None:
    """Counts a call by the address it comes from. Raises Refusal 429."""
    for limiter in entry.by_ip:
        wait = limiter.wait(client, now)
        if wait:
            raise _over(limiter, "too many calls from this address", "ip", seconds(wait))
    for limiter in entry.by_ip:
        limiter.charge(client, now)


def count(entry: Entry, caller: Caller, quotas: Quotas, now: int) -> None:
    """Counts a call of somebody who was let in. Raises Refusal 429, and LocalError where it can't be written down."""
    for limiter in entry.by_route:
        if wait := limiter.wait("", now):
            raise _over(limiter, "too many calls of this route", "route", seconds(wait))
    who = caller.client
    if entry.by_client:
        if len(who) > LONG:
            who = sha256(who.encode("utf-8", "surrogatepass")).hexdigest()
        for limiter in entry.by_client:
            if wait := limiter.wait(who, now):
                raise _over(limiter, "too many calls of this client", "client", seconds(wait))
    if caller.account is not None:
        _count_key(caller, quotas, now)
    for limiter in entry.by_route:
        limiter.charge("", now)
    for limiter in entry.by_client:
        limiter.charge(who, now)


def _count_key(caller: Caller, quotas: Quotas, now: int) -> None:
    """The last to be asked, so that it is charged where it lets pass: nothing else can refuse any more."""
    account = caller.account
    assert account is not None
    for limiter in account.limiters:
        if wait := limiter.wait("", now):
            raise _over(limiter, "too many calls with this client's keys", "key", seconds(wait))
    for quota in account.quotas:
        if left := quotas.wait(account.name, quota):
            rule = f"quota:{quota.requests} per {quota.per}"
            raise _refusal(f"the client's quota for this {quota.per} is used up", rule, left)
    for per in dict.fromkeys(quota.per for quota in account.quotas):
        quotas.charge(account.name, per)
    for limiter in account.limiters:
        limiter.charge("", now)


def _over(limiter: Limiter, detail: str, by: str, wait: int) -> Refusal:
    spec = limiter.spec
    return _refusal(detail, f"limit:{by} {spec.requests} per {spec.seconds:g} s, burst {spec.burst}", wait)


def _refusal(detail: str, rule: str, wait: int) -> Refusal:
    """With Retry-After alone: the fields RateLimit and RateLimit-Policy are an IETF draft whose syntax has changed with
    its versions, and no cloud's gateway sends them."""
    return Refusal(429, detail, rule=rule, headers={"retry-after": str(wait)})
