"""Measurements as tables: each beside its peers, with what is to be reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """A Markdown table: the first column is text, the others are figures."""
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join(["---", *["---:"] * (len(head) - 1)]) + " |"]
    return lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]


def imports(found: Mapping[str, Any]) -> list[str]:
    """What importing costs."""
    rows = [(row["what"], row["ms_over_bare"]) for row in found["rows"]]
    return ["## Importing the package", "", *table(["", "ms over bare Python"], rows), "", "To reach: at most 60 ms."]


CLOUDS = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud"}


def rendering(found: Mapping[str, Any]) -> list[str]:
    """What rendering costs for each cloud, and the ratio to its floor."""
    lines = ["## Rendering an API"]
    for cloud, measured in found.items():
        lines += ["", f"### {CLOUDS[cloud]}", "", *_rendered(measured)]
    return [
        *lines,
        "",
        "To reach: at most 1.3 times the floor, flat from 10 to 300 routes; on AWS ahead of all but chalice.",
    ]


def _rendered(measured: Mapping[str, Any]) -> list[str]:
    by: dict[str, dict[int, Mapping[str, Any]]] = {}
    for row in measured["rows"]:
        by.setdefault(row["what"], {})[row["routes"]] = row
    floor = next(sizes for name, sizes in by.items() if name.startswith("floor"))
    rows = []
    for name, sizes in by.items():
        cells = [f"{row['seconds']:.2f} s, {row['resources']}" for row in sizes.values()]
        ratios = [f"{row['seconds'] / floor[routes]['seconds']:.2f}" for routes, row in sizes.items()]
        rows.append((name, *cells, " / ".join(ratios)))
    head = ["whole process, and resources", *[f"{routes} routes" for routes in floor], "times the floor"]
    left = ["", f"Left out here: {', '.join(measured['left_out'])}."] if measured["left_out"] else []
    return [*table(head, rows), *left]


def unchanged(found: Mapping[str, Any]) -> list[str]:
    """What `pulumi up` costs where nothing changed."""
    empty = found["rows"][-1]["seconds"]
    rows = [(row["what"], row["resources"], row["seconds"], f"{row['seconds'] / empty:.2f}") for row in found["rows"]]
    head = [f"{found['routes']} routes", "resources", "seconds", "times an empty stack"]
    goal = "To reach: at most 1.3 times an empty stack."
    return ["## `pulumi up` with nothing changed", "", *table(head, rows), "", goal]


def runtime(found: Mapping[str, Any]) -> list[str]:
    """What the runtime costs a cold start and a call."""
    lines = ["## The runtime in a function", ""]
    lines += table(["import", "ms over bare Python (bare Python: in all)"], list(found["import_ms"].items()))
    entries = [(CLOUDS[cloud], ms["worker"], ms["entry"]) for cloud, ms in found["entry_ms"].items()]
    lines += ["", *table(["a cold start, ms", "its worker imports", "entry, manifest, handler on top"], entries)]
    calls = [
        (f"{CLOUDS[cloud]}: {name}", us, f"{us - taken['bare handler']:.1f}")
        for cloud, taken in found["call_us"].items()
        for name, us in taken.items()
    ]
    goal = "To reach: at most 12 ms on top of the worker's, and at most 15 µs over the bare handler (AWS: 12 µs)."
    return [*lines, "", *table(["one HTTP call, in process", "µs", "over the bare handler"], calls), "", goal]


def verification(found: Mapping[str, Any]) -> list[str]:
    """What it costs where the runtime verifies tokens and bodies itself."""
    taken = found["call_us"]
    peer = taken["RS256, PyJWT with cryptography"]
    rows = [(name, us, f"{us / peer:.2f}") for name, us in taken.items()]
    lines = ["## Who calls, and with what body", "", *table(["one token", "µs", "times PyJWT"], rows), ""]
    lines += table(["import", "ms over the runtime's own"], list(found["import_ms"].items()))
    return [*lines, "", "To reach: at most 400 µs the first time a token is seen, 20 µs after that."]


def bundles(found: Mapping[str, Any]) -> list[str]:
    """What a bundle costs."""
    rows = [(f"{row['files']} files", row["first_ms"], row["unchanged_ms"], row["floor_ms"]) for row in found["bundle"]]
    head = ["a function of", "first build, ms", "nothing changed, ms", "reading and hashing the files, ms"]
    return ["## Bundles", "", *table(head, rows), "", "Nothing changed: no resolution, no unpacking, no zip."]


def gateway(found: Mapping[str, Any]) -> list[str]:
    """What the local gateway serves."""
    rows = [(row["what"], row["rps"], row["p99_ms"], row["failed"]) for row in found["rows"]]
    head = [f"{found['connections']} connections", "requests a second (more is better)", "p99, ms", "failed"]
    at_once = found["at_once"]
    return [
        "## The local gateway",
        "",
        *table(head, rows),
        "",
        f"Of bare Starlette, median of pairs: {found['ratio']} (pairs: {', '.join(map(str, found['ratios']))}). "
        f"Sent at once: {at_once['sent']}, answered: {at_once['answered']}, in {at_once['seconds']} s. "
        f"Load by {found['generator']}.",
        "",
        "To reach: at least 0.5 of bare Starlette, ahead of the other local servers, and none lost.",
    ]


def queues(found: Mapping[str, Any]) -> list[str]:
    """What the local queue carries."""
    floor = found["rows"][-1]["per_second"]
    rows = [(row["what"], row["per_second"], f"{row['per_second'] / floor:.2f}") for row in found["rows"]]
    head = [f"{found['messages']} messages", "handled a second (more is better)", "times the floor"]
    said = "Ours come to a worker process, at least once each; huey's at most once; litequeue's stay in the process."
    return ["## The local queue", "", *table(head, rows), "", said]
