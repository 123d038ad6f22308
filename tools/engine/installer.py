"""The official installer, https://www.pulumi.com/docs/install/, told to install into a folder of ours."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from pathlib import Path

from .command import run, say
from .place import VERSION, EngineError

URL = "https://get.pulumi.com"
REACH = 15.0
"""Seconds to fetch the installer's script, name look-up included: past that, the machine counts as offline."""
INSTALL = 900.0
"""Seconds for the installer to download and unpack the engine (some 100 MB)."""


def install(staging: Path, log: Path, *, url: str = URL, reach: float = REACH) -> Path:
    """Run the installer; returns the folder, below `staging`, with the engine and its language hosts."""
    script = staging / "install.sh"
    staging.mkdir(parents=True, exist_ok=True)
    script.write_bytes(_fetch(url, reach))
    say(f"installing Pulumi {VERSION} with the installer of {url}")
    argv = ["sh", str(script), "--version", VERSION, "--install-root", str(staging / "official"), "--no-edit-path"]
    run(argv, log=log, what="the installer", progress=lambda _: "downloading", timeout=INSTALL, cwd=staging)
    return staging / "official" / "bin"


def _fetch(url: str, reach: float) -> bytes:
    """The script. A thread does it, because a name look-up without a network can outlast any socket time-out."""
    outcome: list[bytes | OSError | ValueError] = []

    def get() -> None:
        try:
            with urllib.request.urlopen(url, timeout=reach) as response:  # noqa: S310  (a constant, https)
                outcome.append(response.read())
        except (OSError, ValueError) as error:
            outcome.append(error)

    thread = threading.Thread(target=get, daemon=True)
    thread.start()
    thread.join(reach)
    got = outcome[0] if outcome else TimeoutError(f"no answer within {reach:.0f} s")
    if isinstance(got, urllib.error.URLError) and isinstance(got.reason, OSError):
        got = got.reason
    if not isinstance(got, bytes):
        raise EngineError(f"{url} is out of reach: {got}")
    if not got.startswith(b"#!"):
        raise EngineError(f"{url} answered with something that is no script (a proxy's page?)")
    return got
