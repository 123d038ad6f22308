"""`make bench`: every measurement, each beside its peers in one run, printed and written to benchmarks/results.md.

python -m benchmarks [import] [render] [up] [runtime] [verify] [bundle] [gateway] [queue]
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown

from . import report

HERE = Path(__file__).parent
SUITES: dict[str, tuple[str, Callable[[Any], list[str]]]] = {
    "import": ("import_cost", report.imports),
    "render": ("render_cost", report.rendering),
    "up": ("up_cost", report.unchanged),
    "runtime": ("runtime_cost", report.runtime),
    "verify": ("verify_cost", report.verification),
    "bundle": ("bundle_cost", report.bundles),
    "gateway": ("gateway_load", report.gateway),
    "queue": ("queue_load", report.queues),
}


def main(wanted: list[str]) -> int:
    """Runs the suites that are asked for, all of them by default."""
    unknown = [name for name in wanted if name not in SUITES]
    if unknown:
        print(f"there is no {', '.join(unknown)}; there are: {', '.join(SUITES)}", file=sys.stderr)
        return 2
    lines = ["# Measurements", "", f"{_machine()}. Medians of runs in turns; lower is better unless it says otherwise."]
    for name in wanted or SUITES:
        module, shown = SUITES[name]
        start = time.monotonic()
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        found = _measured(module)
        lines += ["", *(shown(found) if found is not None else [f"## {name}", "", "failed: see above"])]
        print(f"measured {name} in {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    text = "\n".join(lines) + "\n"
    Console().print(Markdown(text))
    if not wanted:
        (HERE / "results.md").write_text(text)
    return 0


def _measured(module: str) -> Any:
    command = [sys.executable, "-m", f"benchmarks.{module}"]
    done = subprocess.run(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True, check=False, timeout=1800)
    return json.loads(done.stdout) if done.returncode == 0 else None


def _machine() -> str:
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
