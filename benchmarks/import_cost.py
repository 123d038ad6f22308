"""What `import sls_infra` costs over bare Python.

python -m benchmarks.import_cost        prints JSON; milliseconds, medians of runs in turns
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

RUNS = 15
SUBJECTS = {
    "bare python": "pass",
    "import sls_infra": "import sls_infra",
    "from sls_infra import Api, Route, …": "from sls_infra import Api, Function, Jwt, Public, RateLimit, Route",
    "import pulumi": "import pulumi",
    "import chalice": "import chalice",
}


def main() -> None:
    """Measures and prints."""
    taken: dict[str, list[float]] = {}
    for _ in range(RUNS):
        for name, statement in SUBJECTS.items():
            start = time.perf_counter()
            if subprocess.run([sys.executable, "-c", statement], capture_output=True, check=False).returncode == 0:
                taken.setdefault(name, []).append((time.perf_counter() - start) * 1000)
    bare = statistics.median(taken["bare python"])
    rows = [{"what": name, "ms_over_bare": round(statistics.median(times) - bare, 1)} for name, times in taken.items()]
    print(json.dumps({"rows": rows, "bare_ms": round(bare, 1)}, indent=1))


if __name__ == "__main__":
    main()
