"""uv, which resolves and fetches: finding it, running it, and saying what went wrong."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import BundleError

_DROPPED = ("UV_PROJECT", "UV_WORKING_DIRECTORY", "UV_COMPILE_BYTECODE", "UV_TARGET", "UV_PREFIX")
"""Variables that would make uv look or write elsewhere. The rest of the user's set-up (indexes, proxies) holds."""


def find() -> str:
    """The uv that came with this package as a dependency, else the one on PATH. Raises BundleError without either."""
    try:
        from uv import find_uv_bin

        return os.fspath(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise BundleError(f"uv, which fetches dependencies, is missing: run `{sys.executable} -m pip install uv`")
    return found


class Resolver:
    """uv for one target: a version of Python on a platform, wheels only."""

    def __init__(self, python: str, platform: str | None) -> None:
        """`platform` as in `BundleSpec.platform`."""
        self.target = f"Python {python} on {platform or 'this machine'}"
        """For messages: `Python 3.12 on aarch64-manylinux2014`."""
        self._flags = ["--python", sys.executable, "--python-version", python, "--only-binary", ":all:"]
        if platform is not None:
            self._flags += ["--python-platform", platform]

    def export(self, project: Path, *, without: str) -> str:
        """The pins of `project`'s uv.lock, without development groups and the package `without`."""
        return self._run(
            ["export", "--frozen", "--no-dev", "--no-default-groups", "--no-emit-project", "--prune", without,
             "--format", "requirements.txt", "--no-header", "--no-annotate", "--python", sys.executable],
            folder=project,
        )  # fmt: skip

    def compile(self, *sources: str, given: str, overrides: Path, folder: Path, constraints: Path | None = None) -> str:
        """Pins, with hashes, for the requirements in the files `sources`, where `-` stands for those in `given`, and
        within what the file `constraints` allows."""
        within = [] if constraints is None else ["--constraint", str(constraints)]
        return self._run(
            ["pip", "compile", *self._flags, "--generate-hashes", "--no-header", "--no-annotate",
             "--override", str(overrides), *within, *sources],
            folder=folder, given=given,
        )  # fmt: skip

    def install(self, pins: str, *, into: Path, indexes: Sequence[str], folder: Path, dry_run: bool = False) -> None:
        """Fetch and unpack what `pins` names, and nothing else, into a folder. `dry_run` finds out whether it could."""
        extra = [flag for index in indexes for flag in ("--index", index)]
        if extra:  # an index of its own may hold other packages' names: any may answer, as only the hash is trusted
            extra += ["--index-strategy", "unsafe-best-match", "--require-hashes"]
        if dry_run:
            extra.append("--dry-run")
        self._run(
            ["pip", "install", *self._flags, *extra, "--no-deps", "--link-mode", "copy", "--no-compile-bytecode",
             "--target", str(into), "-r", "-"],
            folder=folder, given=pins,
        )  # fmt: skip

    def _run(self, arguments: Sequence[str], *, folder: Path, given: str = "") -> str:
        environment = {name: value for name, value in os.environ.items() if name not in _DROPPED}
        environment |= {"NO_COLOR": "1", "UV_NO_PROGRESS": "1", "UV_PYTHON_DOWNLOADS": "never"}
        command = [find(), "--quiet", *arguments]
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, input=given, capture_output=True, text=True, encoding="utf-8",
                errors="replace", check=False,
            )  # fmt: skip
        except OSError as error:
            raise BundleError(f"uv could not be started ({command[0]}: {error.strerror})") from None
        if done.returncode != 0:
            said = explain(done.stderr) or f"it ended with status {done.returncode} and said nothing"
            raise BundleError(f"no dependencies could be had for {self.target}. uv says:\n  {said}\n{self._fix(said)}")
        return done.stdout

    def _fix(self, said: str) -> str:
        advice = next((advice for pattern, advice in _ADVICE if re.search(pattern, said, re.IGNORECASE)), _OTHERWISE)
        return "fix: " + advice.format(target=self.target)


_CROSS = "\N{MULTIPLICATION SIGN}"  # what older versions start an error with; causes then hang in a drawn tree


def explain(stderr: str) -> str:
    """The part of uv's output that tells what is wrong, a cause a line, without credentials."""
    start = re.search(rf"^(error:| *{_CROSS})", stderr, re.MULTILINE)
    text = stderr[start.start() :] if start else stderr
    text = re.sub(r"^warning:.*\n?", "", text, flags=re.MULTILINE)
    text = re.sub(rf"^ *(?:{_CROSS}|╰─▶|├─▶|│) ?", "", text, flags=re.MULTILINE).strip()
    paragraphs = re.split(r"\n\s*(?=cause: |hint: )|\n\s*\n", text)
    lines = (" ".join(paragraph.split()) for paragraph in paragraphs)
    return re.sub(r"://[^/@\s]+@", "://****@", "\n  ".join(line for line in lines if line))


_ADVICE = (
    (
        r"no usable wheels|no wheels with|no wheel|building source distributions is disabled|building from source",
        "only wheels go into a bundle, as nothing built here would run there. Choose a version that has one for "
        "{target} (an index lists each version's files), another architecture, or name a wheel of your own by its path",
    ),
    (r"network was disabled|network connectivity is disabled", "uv is told to stay offline: unset UV_OFFLINE, once"),
    (
        r"require-hashes",
        "the lock has no hashes for what came from that index, so that a package of the same name from another could "
        "take its place: name a requirements file with hashes (`uv pip compile --generate-hashes`)",
    ),
    (r"hash mismatch", "the index serves other files than were locked: lock again, if that is meant"),
    (r"unauthorized|forbidden|status code 40[13]", "give uv the index's credentials, as UV_INDEX_<NAME>_PASSWORD does"),
    (
        r"failed to fetch|error sending request|connect|dns|timed out|certificate",
        "look at the network and the proxy (HTTPS_PROXY, SSL_CERT_FILE), and run the command again",
    ),
    (
        r"was not found in the package registry|not found in the provided package locations",
        "correct the name, or tell uv of your own index ([[tool.uv.index]] or UV_INDEX)",
    ),
    (r"there (?:is|are) no versions? of", "ask for a version that exists"),
    (r"parse|invalid", "correct the line that uv names"),
)
_OTHERWISE = "change the requirements so that they fit together for {target}"
