"""Mistakes in queues, topics, buckets and tables, and in links to them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import Problem
from ..spec.api import Api
from ..spec.resources import Bucket, Link, Queue, Secret, Table, Topic
from ..spec.values import as_tuple, is_output
from .names import bad_name, canonical
from .resources import KINDS, Resource, dead_letters_name, event_name, resource_uses
from .uses import function_uses

ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
RESERVED = ("ttl", "_ttl", "_version", "_rid", "_self", "_etag", "_attachments", "_ts")
"""Names that Cosmos DB keeps in an item for itself (learn.microsoft.com, "Resource model", system properties; "ttl" is
its per-item time to live), and those that links write."""
ACCESS: dict[type, tuple[str, ...]] = {
    Queue: ("send",), Topic: ("publish",), Secret: ("read",),
    Bucket: ("read", "write", "read_write"), Table: ("read", "write", "read_write"),
}  # fmt: skip
RETENTION = (60, 14 * 86400)


def check_resources(api: Api) -> Iterator[Problem]:
    """Every mistake in the resources that the Api names."""
    first: dict[tuple[str, str], tuple[str, Resource]] = {}
    alike: dict[tuple[str, str], str] = {}
    for where, resource in resource_uses(api):
        kind = KINDS[type(resource)]
        known_at, known = first.setdefault((kind, resource.name), (where, resource))
        if known_at != where:
            if not same(known, resource):
                fix = f"make the {type(resource).__name__} once and use it twice, or give the other one another name"
                yield Problem(where, f"{resource.name!r} is not the same as {known_at} of that name", fix)
            continue
        yield from bad_name(f"{where}.name", resource.name)
        other = alike.setdefault((kind, canonical(resource.name)), resource.name)
        if other != resource.name:
            message = f"{resource.name!r} and {other!r} are both {canonical(resource.name)!r} on a cloud"
            fix = "give one of them a name that differs in letters or digits"
            yield Problem(f"{where}.name", message, fix)
        yield from _ref(where, resource)
        yield from _settings(where, resource)
    yield from _made(api, alike)
    yield from _links(api)


def same(one: Resource, other: Resource) -> bool:
    """Whether two are one: an Output is only equal to itself."""
    if one is other:
        return True
    if is_output(one.ref) or is_output(other.ref):
        return False
    return type(one) is type(other) and one == other


def _ref(where: str, resource: Resource) -> Iterator[Problem]:
    if isinstance(resource.ref, str) and not resource.ref.strip():
        fix = "give what the other deployment's outputs say: an ARN, an id, a resource name, a local URL"
        yield Problem(f"{where}.ref", "the ref is empty", fix)


def _settings(where: str, resource: Resource) -> Iterator[Problem]:
    match resource:
        case Queue() if resource.retention is not None and not RETENTION[0] <= resource.retention <= RETENTION[1]:
            message = f"{resource.retention} s is not within {RETENTION[0]} to {RETENTION[1]}"
            yield Problem(f"{where}.retention", message, "use seconds, from a minute to 14 days")
        case Bucket() if resource.expire_after is not None and resource.expire_after < 1:
            message = f"{resource.expire_after} days is less than one"
            yield Problem(f"{where}.expire_after", message, "use days, at least 1, or leave it out")
        case Table():
            yield from _table(where, resource)


def _table(where: str, table: Table) -> Iterator[Problem]:
    named = [("key", table.key), ("sort_key", table.sort_key), ("ttl", table.ttl)]
    indexes = {name: as_tuple(keys) for name, keys in (table.indexes or {}).items()}
    named += [(f"indexes.{name}", attribute) for name, keys in indexes.items() for attribute in keys]
    for field, attribute in named:
        if attribute is not None and (not ATTRIBUTE.fullmatch(attribute) or attribute.lower() in RESERVED):
            fix = f"use letters, digits and '_', starting with a letter, and none of {', '.join(RESERVED)}"
            yield Problem(f"{where}.{field}", f"{attribute!r} is no attribute that every cloud takes", fix)
    if table.sort_key == table.key:
        yield Problem(f"{where}.sort_key", f"{table.key!r} is the key too", "name another attribute")
    keys_of_indexes = {attribute for keys in indexes.values() for attribute in keys}
    if table.ttl is not None and table.ttl in {table.key, table.sort_key, *keys_of_indexes}:
        yield Problem(f"{where}.ttl", f"{table.ttl!r} is a key too, a string", "name another attribute")
    for name, keys in indexes.items():
        yield from bad_name(f"{where}.indexes", name)
        if len(keys) not in (1, 2) or len(set(keys)) != len(keys):
            yield Problem(f"{where}.indexes.{name}", f"{list(keys)} is no index", "write (key,) or (key, sort key)")


def _made(api: Api, alike: dict[tuple[str, str], str]) -> Iterator[Problem]:
    """Dead-letter queues that are made must not be called as a queue of the spec is."""
    for index, event in enumerate(api.events):
        name = dead_letters_name(event)
        if event.dead_letter is None and ("queue", canonical(name)) in alike:
            message = f"a queue {name!r} is made for its dead letters, and the spec has one of that name"
            fix = f"write dead_letter=… to use that one, or give the event another name than {event_name(event)!r}"
            yield Problem(f"api.events[{index}].dead_letter", message, fix)


def _links(api: Api) -> Iterator[Problem]:
    told: set[str] = set()
    for where, function in function_uses(api):
        if function.name in told:
            continue
        told.add(function.name)
        for index, link in enumerate(function.links):
            yield from _link(f"{where}.links[{index}]", link)


def _link(where: str, link: Link) -> Iterator[Problem]:
    allowed = ACCESS[type(link.resource)]
    if link.access not in allowed:
        kind, name = type(link.resource).__name__, link.resource.name
        fix = f"write one of {', '.join(f'{name}.{word}()' for word in allowed)}"
        yield Problem(f"{where}.access", f"a {kind} has no {link.access!r}", fix)
