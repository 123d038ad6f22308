"""Where an app is mounted, from the routes that lead to it."""

from __future__ import annotations

from ..paths import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..paths import Segment


def depth(path: str, paths: Iterable[str]) -> int:
    """How many segments of a request to the route `path` are the mount's: 0 for an app at the root. `paths` are those
    of all routes with this handler; where several greedy ones lead to it, the outermost is the mount."""
    segments = parse(path).segments
    mounts = [known[:-1] for known in (parse(text).segments for text in paths) if known and known[-1].kind == "greedy"]
    return min((len(mount) for mount in mounts if _is_above(mount, segments)), default=0)


def _is_above(mount: tuple[Segment, ...], segments: tuple[Segment, ...]) -> bool:
    """Whether every request to a path begins with the mount's segments."""
    if len(segments) < len(mount):
        return False
    return all(
        ours.kind != "greedy" and (theirs.kind == "param" or theirs == ours)
        for theirs, ours in zip(mount, segments, strict=False)
    )
