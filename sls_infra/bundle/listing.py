"""A `requirements.txt` for a cloud that installs a function's packages itself, in a build of its own.

It names every package that is needed, at one version and with hashes, so that the build installs what was resolved here
or nothing. What only this machine can reach is refused: the build would find out minutes later. An index that is set in
uv's own configuration or environment is taken for a mirror of the public one, and not named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import BundleError
from . import pyproject
from .pinning import split
from .requirements import Request

FILE = "requirements.txt"

LEFT_OUT = (
    "/requirements.txt", "/pyproject.toml", "/uv.lock", "/poetry.lock", "/Pipfile", "/Pipfile.lock", "/setup.py",
    "/setup.cfg", "/.python-version", "/Procfile", "/project.toml",
)  # fmt: skip
"""Files at the root that say what a build is to install or start. In folders below they mean nothing and stay.

Google's buildpacks look at the first four, at `.python-version` and at `Procfile` (github.com/GoogleCloudPlatform/
buildpacks: pkg/python/python.go, pyproject.go, requirements.go, cmd/config/entrypoint), the pack program at
`project.toml`, and installers at the rest."""


def places(request: Request | None) -> tuple[str, ...]:
    """The lines that name the indexes which the packages come from. Raises BundleError for one that a build elsewhere
    can't ask, or that holds a secret."""
    if request is None:
        return ()
    lines = [*request.options, *_of_project(request)]
    for line in lines:
        option, _, place = line.partition(" ")
        if option == "--no-index" or re.match(r"(?!https?:)", place):
            raise BundleError(
                f"{request.label} takes packages from this machine ({line}), which the cloud's own build can't reach: "
                "publish them to an index, or put the unpacked package into the code's folder"
            )
        if "@" in place.split("/")[2] or "${" in place:
            raise BundleError(
                f"{request.label} names an index with a secret in its address, and whoever may see the function may "
                "read that: name it without one. Google's build signs in to Artifact Registry by itself"
            )
    return tuple(dict.fromkeys(lines))


def _of_project(request: Request) -> Iterator[str]:
    """Where uv looks by the configuration beside the requirements."""
    file = request.folder / "pyproject.toml"
    if file.is_file():
        yield from pyproject.index_options(pyproject.read(file))


def text(pins: str, request: Request, places: tuple[str, ...]) -> bytes:
    """The file's content: the same for the same pins. Raises BundleError for what can't be installed elsewhere."""
    lines = [*places, "--only-binary :all:"]
    for pin in sorted(split(pins).values()):
        what, *hashes = re.split(r"\s+--hash=", pin.strip())
        if re.match(r"(\S+ @ )?(?!https?:)\S*[/.]\S*\.whl", what) or "file:" in what:
            raise BundleError(
                f"{request.label} asks for the wheel {what}, which lies on this machine, where the cloud's own build "
                "can't reach it: publish it to an index, or put the unpacked package into the code's folder"
            )
        if not hashes:
            raise BundleError(
                f"{request.label} has no hash for {what}, and without one the cloud's own build could install another "
                "file: use an index that has them, and lock again"
            )
        lines.append(" \\\n".join([what.strip(), *(f"    --hash={each}" for each in sorted(hashes))]))
    return "\n".join([*lines, ""]).encode()
