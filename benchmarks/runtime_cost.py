"""What the runtime costs a function on each cloud: its import, part of each cold start, and one call.

    python -m benchmarks.runtime_cost        prints JSON; medians of runs in turns, peers that are installed beside it

Every subject answers the same call: GET /orders/{id}, with the claims of a verified token, one of which and the
parameter it answers as JSON; the runtime and the bare handler look at one scope besides. "import_ms" is over bare
Python, in a fresh process with bytecode in place; "entry_ms" is what a cloud's worker imports, and then what entry,
manifest and handler take; "call_us" is of a bare function too, that reads the event and writes the answer itself, all
in one process. Chalice gets the REST API's event, which is the one it knows.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import sls_infra.runtime
from sls_infra.providers.azure.package import FUNCTION_APP

FOLDER = Path(__file__).parent / "runtime"
IMPORT_RUNS = 40
CALLS = {"aws": "calls.py", "azure": "calls_azure.py", "gcp": "calls_gcp.py"}
WORKERS = {
    "aws": ("json, awslambdaric.bootstrap", "sls_infra.runtime.entry.aws"),
    "azure": ("json, logging, asyncio, inspect, azure.functions", "function_app"),
    "gcp": ("json, functions_framework, gunicorn.app.base, flask", "sls_infra.runtime.entry.gcp"),
}
"""What each cloud's worker has imported before it looks at the function, and what it imports then."""
TIMED = """
from time import perf_counter as now
a = now()
import {worker}
b = now()
import {entry}
print((b - a) * 1000, (now() - b) * 1000)
"""
IMPORTS = {
    "bare python": "pass",
    "import sls_infra.runtime": "import sls_infra.runtime",
    "chalice": "import chalice",
    "mangum + starlette": "import mangum, starlette.applications, starlette.responses, starlette.routing",
    "powertools": "from aws_lambda_powertools.event_handler import APIGatewayHttpResolver",
}
MANIFEST = {
    "version": 1,
    "api": "orders",
    "function": "shop",
    "routes": [
        {
            "id": "r0",
            "method": "GET",
            "path": "/orders/{id}",
            "handler": "shop:read",
            "auth": ["jwt"],
            "scopes": ["orders:read"],
        },
        {"method": "POST", "path": "/orders", "handler": "shop:read", "auth": ["jwt"], "scopes": ["orders:write"]},
        {"method": "GET", "path": "/health", "handler": "shop:read", "auth": ["public"], "scopes": []},
    ],
}


def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = make_bundle(Path(folder))
        print(
            json.dumps({"import_ms": imports(bundle), "entry_ms": entries(bundle), "call_us": calls(bundle)}, indent=1)
        )


def make_bundle(root: Path) -> Path:
    """A function as it is deployed: handler, runtime and manifest."""
    shutil.copytree(Path(sls_infra.runtime.__file__).parent, root / "sls_infra" / "runtime")
    (root / "sls_infra" / "__init__.py").touch()
    shutil.copy(FOLDER / "shop.py", root)
    (root / "sls_manifest.json").write_text(json.dumps(MANIFEST), "utf-8")
    (root / "function_app.py").write_bytes(FUNCTION_APP)
    return root


def imports(bundle: Path) -> dict[str, float]:
    """Milliseconds over bare Python, by subject."""
    medians = import_medians(bundle, IMPORTS, IMPORT_RUNS)
    over = {name: round(ms - medians["bare python"], 1) for name, ms in medians.items()}
    return over | {"bare python": round(medians["bare python"], 1)}


def import_medians(bundle: Path, statements: Mapping[str, str], runs: int) -> dict[str, float]:
    """Milliseconds of a whole process that runs a statement, by subject, in turns; one that fails is left out."""
    taken: dict[str, list[float]] = {name: [] for name in statements}
    for turn in range(runs + 1):
        for name, statement in statements.items():
            start = time.perf_counter()
            ran = subprocess.run([sys.executable, "-c", statement], cwd=bundle, capture_output=True, check=False)
            if ran.returncode == 0 and turn:  # the first turn writes bytecode
                taken[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(times) for name, times in taken.items() if times}


def entries(bundle: Path) -> dict[str, dict[str, float]]:
    """Milliseconds that a cloud's worker imports, and that its entry, the manifest and the handler add."""
    taken: dict[str, list[list[float]]] = {cloud: [] for cloud in WORKERS}
    for turn in range(IMPORT_RUNS + 1):
        for cloud, (worker, entry) in WORKERS.items():
            program = TIMED.format(worker=worker, entry=entry)
            ran = subprocess.run(
                [sys.executable, "-c", program], cwd=bundle, capture_output=True, text=True, check=True
            )
            if turn:
                taken[cloud].append([float(ms) for ms in ran.stdout.split()])
    return {
        cloud: {
            "worker": round(statistics.median(w for w, _ in ms), 1),
            "entry": round(statistics.median(e for _, e in ms), 1),
        }
        for cloud, ms in taken.items()
    }


def calls(bundle: Path) -> dict[str, dict[str, float]]:
    """Microseconds, by cloud and subject."""
    return {cloud: _calls(bundle, program) for cloud, program in CALLS.items()}


def _calls(bundle: Path, program: str) -> dict[str, float]:
    ran = subprocess.run(
        [sys.executable, str(FOLDER / program)],
        env={"PYTHONPATH": str(bundle)},
        capture_output=True,
        text=True,
        check=True,
    )
    taken: dict[str, float] = json.loads(ran.stdout)
    return {name: round(us, 1) for name, us in taken.items()}


if __name__ == "__main__":
    main()
