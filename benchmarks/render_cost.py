"""How long it takes to render an API of N routes, whole process, for each cloud: beside a floor and peers, in turns.

    python -m benchmarks.render_cost [aws] [azure] [gcp]        prints JSON; seconds

The programs are in `render/`. A floor imports pulumi and the modules of the SDK that are used, as people import them,
and registers as many bare resources; `bare` is Pulumi with a resource a route. A peer that is not installed, or fails,
is left out and named.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .render import peers

HERE = Path(__file__).parent / "render"
ROUTES = (10, 100, 300)
RUNS = 7
Command = tuple[list[str], Path]
"""What to run, and in which folder."""
ENVIRONMENT = {
    **os.environ,
    "AWS_DEFAULT_REGION": "eu-west-1",
    "NODE_PATH": str(peers.HOME / "node_modules"),
    "SLS_TELEMETRY_DISABLED": "1",
    "SLS_NOTIFICATIONS_MODE": "off",
}


def python(program: str, *first: str) -> Callable[[int, Path], Command]:
    """A program of `render/`: its arguments are `first`, the number of routes, the scratch folder."""

    def command(routes: int, folder: Path) -> Command:
        return [sys.executable, "-W", "ignore", str(HERE / program), *first, str(routes), str(folder)], folder

    return command


def cdk(routes: int, folder: Path) -> Command:
    """AWS CDK's library."""
    peers.node_modules()
    return ["node", str(peers.CDK), str(routes), str(folder)], folder


SUBJECTS: dict[str, dict[str, tuple[Callable[[int, Path], Command], int]]] = {
    "aws": {
        "sls_infra": (python("ours.py", "aws"), RUNS),
        "floor: the SDK and as many bare resources": (python("floor_aws.py"), RUNS),
        "bare Pulumi, a resource a route": (python("bare.py"), RUNS),
        "chalice package": (python("chalice_package.py"), RUNS),
        "SAM translator": (python("sam.py"), 2),
        "serverless 3 package": (peers.serverless, 3),
        "AWS CDK, its library alone": (cdk, 3),
    },
    "azure": {
        "sls_infra": (python("ours.py", "azure"), RUNS),
        "floor: the SDK and as many bare resources": (python("floor_azure.py"), RUNS),
    },
    "gcp": {
        "sls_infra": (python("ours.py", "gcp"), RUNS),
        "floor: the SDK and as many bare resources": (python("floor_gcp.py"), RUNS),
    },
}


def main() -> None:
    """Measures and prints."""
    wanted = sys.argv[1:] or list(SUBJECTS)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps({cloud: measure(cloud, Path(folder)) for cloud in wanted}, indent=1))


def measure(cloud: str, folder: Path) -> dict[str, Any]:
    """Median seconds and number of resources, by subject and number of routes."""
    (folder / "app.py").write_text("def read(request): return {}\n")
    subjects = SUBJECTS[cloud]
    left_out = [name for name, (command, _) in subjects.items() if run(command, 1, folder) is None]
    taken: dict[tuple[str, int], list[float]] = {}
    resources: dict[tuple[str, int], str] = {}
    for routes in ROUTES:
        for turn in range(RUNS):
            for name, (command, runs) in subjects.items():
                if name not in left_out and turn < runs:
                    seconds, resources[name, routes] = run(command, routes, folder) or (float("nan"), "failed")
                    taken.setdefault((name, routes), []).append(seconds)
        print(f"rendered {routes} routes for {cloud}", file=sys.stderr, flush=True)
    rows = []
    for (name, routes), times in taken.items():
        seconds = round(statistics.median(times), 3)
        rows.append({"what": name, "routes": routes, "seconds": seconds, "resources": resources[name, routes]})
    return {"rows": rows, "left_out": left_out}


def run(command: Callable[[int, Path], Command], routes: int, folder: Path) -> tuple[float, str] | None:
    """Seconds of one run and the resources it made; None where it fails."""
    argv, where = command(routes, folder)
    start = time.perf_counter()
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, check=False, timeout=600, env=ENVIRONMENT, cwd=where
        )
    except FileNotFoundError:
        return None
    seconds = time.perf_counter() - start
    if done.returncode:
        return None
    return seconds, peers.serverless_resources(where) if command is peers.serverless else _last(done.stdout)


def _last(text: str) -> str:
    return text.strip().splitlines()[-1]


if __name__ == "__main__":
    main()
