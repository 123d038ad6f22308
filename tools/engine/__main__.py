"""`python -m tools.engine [--print-bin]`: get a Pulumi engine for this project, once."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from .obtain import obtain
from .place import EngineError

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 with an engine, 1 without one (and the reason on stderr), 130 when interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tools.engine", description="Gets a Pulumi engine, once.")
    parser.add_argument("--print-bin", action="store_true", help="print only the folder to put first on PATH")
    parser.add_argument("--root", type=Path, default=ROOT, help="the project's folder (default: this checkout)")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to end, it ends what it started too
    try:
        engine = obtain(options.root)
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: nothing can be put below {options.root}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("engine: interrupted; nothing half done is kept", file=sys.stderr)
        return 130
    print(engine.bin if options.print_bin else f"Pulumi {engine.version}, {engine.source}: {engine.bin}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
