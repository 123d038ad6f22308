"""What it costs where the runtime verifies tokens and bodies itself: the time of one token, and imports.

    python -m benchmarks.verify_cost        prints JSON; medians of runs in turns

"call_us" is of one token, beside PyJWT in the same process; "import_ms" is on top of the runtime's own import, in a
fresh process with bytecode in place.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from .runtime_cost import FOLDER, import_medians, make_bundle

RUNS = 30
RUNTIME = "import sls_infra.runtime.dispatch"
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 40}, "qty": {"type": "integer", "minimum": 1}},
    "required": ["name", "qty"],
    "additionalProperties": False,
}
IMPORTS = {
    "the runtime alone": RUNTIME,
    "+ json, which every call with a body needs": f"{RUNTIME}; import json",
    "+ request validation, and a schema compiled": (
        f"{RUNTIME}; import json; from sls_infra.runtime.schema import compile; compile({SCHEMA!r})"
    ),
    "+ tokens (RS256)": f"{RUNTIME}; import sls_infra.runtime.ways.guard, sls_infra.runtime.ways.tokens",
    "+ api keys": f"{RUNTIME}; import sls_infra.runtime.ways.guard, sls_infra.runtime.ways.api_key",
    "PyJWT with cryptography": f"{RUNTIME}; import jwt; jwt.algorithms.get_default_algorithms()",
    "jsonschema": f"{RUNTIME}; import json, jsonschema",
    "pydantic": f"{RUNTIME}; import json, pydantic; pydantic.create_model('Order', name=str, qty=int)",
}


def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = make_bundle(Path(folder))
        print(json.dumps({"call_us": calls(bundle), "import_ms": imports(bundle)}, indent=1))


def calls(bundle: Path) -> dict[str, float]:
    """Microseconds a token, by subject."""
    ran = subprocess.run(
        [sys.executable, str(FOLDER / "tokens.py")],
        env={"PYTHONPATH": str(bundle)},
        capture_output=True,
        text=True,
        check=True,
    )
    taken: dict[str, float] = json.loads(ran.stdout)
    return {name: round(us, 1) for name, us in taken.items()}


def imports(bundle: Path) -> dict[str, float]:
    """Milliseconds on top of the runtime's import, by subject."""
    medians = import_medians(bundle, IMPORTS, RUNS)
    alone = medians["the runtime alone"]
    return {name: round(ms - alone, 1) for name, ms in medians.items()}


if __name__ == "__main__":
    main()
