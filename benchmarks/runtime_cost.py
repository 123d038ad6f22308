"""What the runtime costs a function on AWS: its import, part of each cold start, and one call.

    python -m benchmarks.runtime_cost        prints JSON; medians of runs in turns, peers that are installed beside it

Every subject answers the same call: GET /orders/{id}, with the claims of a verified token, one of which and the
parameter it answers as JSON; the runtime and the bare handler look at one scope besides. "import_ms" is over bare
Python, in a fresh process with bytecode in place; "call_us" is over a bare function that reads the event and writes
the answer itself, all in one process. Chalice gets the REST API's event, which is the one it knows.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sls_infra.runtime

FOLDER = Path(__file__).parent / "runtime"
IMPORT_RUNS = 40
IMPORTS = {
    "bare python": "pass",
    "import sls_infra.runtime": "import sls_infra.runtime",
    "import json": "import json",  # Lambda's own client has it loaded before a function is
    "cold start: json, entry point, manifest, handler": "import sls_infra.runtime.entry.aws",
    "chalice": "import chalice",
    "mangum + starlette": "import mangum, starlette.applications, starlette.responses, starlette.routing",
    "powertools": "from aws_lambda_powertools.event_handler import APIGatewayHttpResolver",
}
MANIFEST = {
    "version": 1,
    "api": "orders",
    "function": "shop",
    "routes": [
        {"method": "GET", "path": "/orders/{id}", "handler": "shop:read", "auth": ["jwt"], "scopes": ["orders:read"]},
        {"method": "POST", "path": "/orders", "handler": "shop:read", "auth": ["jwt"], "scopes": ["orders:write"]},
        {"method": "GET", "path": "/health", "handler": "shop:read", "auth": ["public"], "scopes": []},
    ],
}


def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = make_bundle(Path(folder))
        print(json.dumps({"import_ms": imports(bundle), "call_us": calls(bundle)}, indent=1))


def make_bundle(root: Path) -> Path:
    """A function as it is deployed: handler, runtime and manifest."""
    shutil.copytree(Path(sls_infra.runtime.__file__).parent, root / "sls_infra" / "runtime")
    (root / "sls_infra" / "__init__.py").touch()
    shutil.copy(FOLDER / "shop.py", root)
    (root / "sls_manifest.json").write_text(json.dumps(MANIFEST), "utf-8")
    return root


def imports(bundle: Path) -> dict[str, float]:
    """Milliseconds over bare Python, by subject."""
    taken: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for turn in range(IMPORT_RUNS + 1):
        for name, statement in IMPORTS.items():
            start = time.perf_counter()
            ran = subprocess.run([sys.executable, "-c", statement], cwd=bundle, capture_output=True, check=False)
            if ran.returncode == 0 and turn:  # the first turn writes bytecode
                taken[name].append((time.perf_counter() - start) * 1000)
    bare = statistics.median(taken["bare python"])
    return {name: round(statistics.median(times) - bare, 1) for name, times in taken.items() if times} | {
        "bare python": round(bare, 1)
    }


def calls(bundle: Path) -> dict[str, float]:
    """Microseconds over the bare handler, by subject."""
    ran = subprocess.run(
        [sys.executable, str(FOLDER / "calls.py")],
        env={"PYTHONPATH": str(bundle)},
        capture_output=True,
        text=True,
        check=True,
    )
    taken: dict[str, float] = json.loads(ran.stdout)
    bare = taken["bare handler"]
    return {name: round(time if name == "bare handler" else time - bare, 1) for name, time in taken.items()}


if __name__ == "__main__":
    main()
