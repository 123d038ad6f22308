"""`python -m tools.demo [down]`."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from importlib.util import find_spec

from .background import alone
from .place import CONFIG, HOME, PROJECT, ROOT, DemoError, shown

NEEDED = ("cryptography", "jwt", "pulumi", "sls_infra", "uvicorn", "yaml")


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 where everything was as it should be, 1 with one message otherwise, 130 when interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description="The orders API, on this machine.")
    parser.add_argument("command", nargs="?", choices=("up", "down"), default="up")
    command = parser.parse_args(arguments).command
    missing = [name for name in NEEDED if find_spec(name) is None]
    try:
        if missing:
            raise DemoError(f"{sys.executable} lacks {', '.join(missing)}: `make demo` installs what it needs")
        with alone(ROOT / ".sls" / "demo.lock"):
            _up() if command == "up" else _down()
    except DemoError as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: interrupted; `make demo` goes on from here, `make demo-down` clears it away", file=sys.stderr)
        return 130
    return 0


def _up() -> None:
    from .calls import tour
    from .issuer import DevelopmentIssuer
    from .stack import Stack

    began = time.monotonic()
    stack, issuer = Stack(), DevelopmentIssuer()
    address = issuer.start()
    print(f"engine: {stack.engine}\nissuer of tokens: {address}\n", flush=True)
    stack.configure(address)
    url = stack.up()
    deployed = time.monotonic() - began
    print(f"\nThe orders API answers at {url}, {deployed:.0f} s after the start:", flush=True)
    tour(url, issuer.token(address), issuer.token(address, "orders:read"))
    _farewell(url, issuer.command(address))


def _farewell(url: str, token: str) -> None:
    from .stack import ENVIRONMENT, log

    told, example = log(), ROOT / "examples" / "orders"
    print(f"""
Change it    edit {shown(example / "infra.py")} or {shown(example / "src" / "shop" / "api.py")}, then: make demo
Look at it   TOKEN=$({token})
             curl -i -H "Authorization: Bearer $TOKEN" "{url}/orders?limit=2"
             tail {shown(told) if told else "(no log)"}
             . {shown(ENVIRONMENT)} && pulumi -C {shown(PROJECT)} stack
Destroy it   make demo-down""")


def _down() -> None:
    from .issuer import DevelopmentIssuer
    from .stack import Stack

    if not HOME.exists():
        print("There is nothing to destroy.")
        return
    stack = Stack()
    if stack.exists():
        stack.down()
    if DevelopmentIssuer().stop():
        print("The issuer of tokens has ended.")
    shutil.rmtree(HOME)
    CONFIG.unlink(missing_ok=True)
    print(f"Nothing is left running, and {shown(HOME)} is gone.")


if __name__ == "__main__":
    sys.exit(main())
