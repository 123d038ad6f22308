"""How long it takes to render an API of N routes for AWS, whole process, beside a floor and peers, in turns.

    python -m benchmarks.render_cost        prints JSON; seconds

The programs are in `render/`. `floor` imports the same SDK modules and registers as many bare resources; `bare` is
Pulumi with a resource a route. A peer that is not installed, or fails, is left out and named.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "render"
ROUTES = (10, 100, 300)
RUNS = 7
SUBJECTS = {
    "sls_infra": ("ours.py", RUNS),
    "floor: the SDK and as many bare resources": ("floor.py", RUNS),
    "bare Pulumi, a resource a route": ("bare.py", RUNS),
    "chalice package": ("chalice_package.py", RUNS),
    "SAM translator": ("sam.py", 2),
}


def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder)), indent=1))


def measure(folder: Path) -> dict[str, Any]:
    """Median seconds and number of resources, by subject and number of routes."""
    (folder / "app.py").write_text("def read(request): return {}\n")
    left_out = [name for name, (program, _) in SUBJECTS.items() if run(program, 1, folder) is None]
    taken: dict[tuple[str, int], list[float]] = {}
    resources: dict[tuple[str, int], str] = {}
    for routes in ROUTES:
        for turn in range(RUNS):
            for name, (program, runs) in SUBJECTS.items():
                if name not in left_out and turn < runs:
                    seconds, resources[name, routes] = run(program, routes, folder) or (float("nan"), "failed")
                    taken.setdefault((name, routes), []).append(seconds)
        print(f"rendered {routes} routes", file=sys.stderr, flush=True)
    rows = []
    for (name, routes), times in taken.items():
        seconds = round(statistics.median(times), 3)
        rows.append({"what": name, "routes": routes, "seconds": seconds, "resources": resources[name, routes]})
    return {"rows": rows, "left_out": left_out}


def run(program: str, routes: int, folder: Path) -> tuple[float, str] | None:
    """Seconds of one run and the resources it made; None where it fails."""
    command = [sys.executable, "-W", "ignore", str(HERE / program), str(routes), str(folder)]
    environment = {**os.environ, "AWS_DEFAULT_REGION": "eu-west-1"}
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, env=environment)
    seconds = time.perf_counter() - start
    return None if done.returncode else (seconds, done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    main()
