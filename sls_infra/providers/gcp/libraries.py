"""What a function's runtime does with resources, and what must be installed for it. No SDK is needed."""

from __future__ import annotations

from collections.abc import Iterator

from ...plan.model import FunctionPlan, LinkPlan, Plan, ResourceKind, UploadPlan

LIBRARIES = {
    "table": "google-cloud-firestore>=2.20,<3",
    "bucket": "google-cloud-storage>=2.19,<4",
    "queue": "google-cloud-pubsub>=2.28,<3",
    "topic": "google-cloud-pubsub>=2.28,<3",
}
"""Kind → what its driver imports."""


def rights(plan: Plan, function: FunctionPlan) -> Iterator[LinkPlan]:
    """What a function's runtime does: by its links, and for its events, whose dead letters it sends and whose uploads
    it reads. One a resource."""
    found: dict[tuple[ResourceKind, str], tuple[bool, bool]] = {
        (link.kind, link.name): (link.read, link.write) for link in function.links
    }
    for event in plan.events_of(function):
        read, _ = found.get(("queue", event.dead_letter), (False, False))
        found["queue", event.dead_letter] = read, True
        if isinstance(event, UploadPlan):
            _, write = found.get(("bucket", event.source), (False, False))
            found["bucket", event.source] = True, write
    for (kind, name), (reads, writes) in found.items():
        yield LinkPlan(kind, name, reads, writes)


def libraries(plan: Plan, function: FunctionPlan) -> tuple[str, ...]:
    """What must be installed for links: dead letters are sent without."""
    kinds: list[ResourceKind] = [link.kind for link in function.links]
    kinds += ["bucket" for event in plan.events_of(function) if isinstance(event, UploadPlan)]
    return tuple(dict.fromkeys(LIBRARIES[kind] for kind in kinds))
