"""What a bundle costs when nothing changed, against the least that could be done: reading and hashing the files.

    python benchmarks/bundle_cost.py        prints JSON; times in milliseconds

`first_ms` is a build into an empty cache, `unchanged_ms` the build after it, `floor_ms` a walk over the same folder
that hashes each file: the floor of anything that does not trust time stamps. Each is the median of its runs, taken in
turns. No dependencies are fetched: with some, an unchanged build reads one zip more bytes to check it.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sls_infra.bundle import BundleSpec, build

SIZES = (10, 1000)
FIRST_RUNS, RUNS = 5, 21
WORDS = ["import", "return", "order", "request", "self", "None", "for", "value", "(", ")", ":", "\n    ", "\n"]


def code(folder: Path, files: int) -> Path:
    """A folder of modules of 1 to 8 kB, 25 in a package: the same text each time."""
    pick = random.Random(files)
    for number in range(files):
        file = folder / f"package{number // 25}" / f"module{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(" ".join(pick.choices(WORDS, k=pick.randint(200, 1600))))
    return folder


def hash_files(folder: Path) -> str:
    """The floor: one digest of all contents."""
    total = hashlib.sha256()
    for parent, _, names in os.walk(folder):
        for name in sorted(names):
            total.update(hashlib.sha256(Path(parent, name).read_bytes()).digest())
    return total.hexdigest()


def timed(run: Callable[[], object]) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1000


def measure(files: int) -> dict[str, float]:
    """First and unchanged build of `files` files, and the floor."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        spec = BundleSpec(
            function="bench", code=code(root / "code", files), python="3.12", platform="aarch64-manylinux2014",
            entries=("aws",), files={"sls_manifest.json": b"{}"},
        )  # fmt: skip
        caches = [root / f"cache{number}" for number in range(FIRST_RUNS)]
        first = [timed(lambda cache=cache: build(spec, cache=cache)) for cache in caches]  # type: ignore[misc]
        floor, unchanged = [], []
        for _ in range(RUNS):
            floor.append(timed(lambda: hash_files(spec.code)))
            unchanged.append(timed(lambda: build(spec, cache=caches[0])))
        bundle = build(spec, cache=caches[0])
    figures = {"first_ms": first, "unchanged_ms": unchanged, "floor_ms": floor}
    medians = {name: round(statistics.median(values), 3) for name, values in figures.items()}
    ratio = round(medians["unchanged_ms"] / medians["floor_ms"], 2)
    return {"files": files, "zip_bytes": bundle.size, **medians, "unchanged_to_floor": ratio}


if __name__ == "__main__":
    machine = {"python": platform.python_version(), "cpus": os.cpu_count()}
    print(json.dumps({"bundle": [measure(files) for files in SIZES], "machine": machine}, indent=2))
