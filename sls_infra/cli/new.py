"""`sls-infra new`: a small project, blank or made from an OpenAPI description."""

from __future__ import annotations

from pathlib import Path

from ..errors import SlsError
from ..openapi.project.blank import blank
from ..openapi.project.imported import project
from ..openapi.reading.description import description
from ..openapi.reading.model import Description
from ..plan.names import bad_name
from ..providers.registry import BUILT, fronts


def new(name: str, source: str | None, into: Path | None) -> int:
    """Writes the project into a folder, by default one of its name, and says what to do next.

    Raises `SlsError` where the name is none, the description can't be read, or the folder holds something.
    """
    for problem in bad_name("name", name):
        raise SlsError(f"{problem.message}; {problem.fix}")
    folder = into or Path(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SlsError(f"{folder} is there already, and not empty: name another folder by --into")
    read = None
    if source is not None:
        read = description(source, name)
        if not read.routes:
            raise SlsError(
                f"{source} has no operation that could become a route: sls-infra new {name} makes a blank one"
            )
        _bounds(read)
    files = blank(name) if read is None else project(name, read, Path(source or "").name)
    _write(folder, files)
    if read is not None:
        _tell(read, folder)
    print(f"Written to {folder}: {len(files)} files. Next:")
    print(f"    cd {folder} && sls-infra plan infra:api --target local && sls-infra dev infra:api")
    return 0


def _bounds(read: Description) -> None:
    """A remark for each target that takes fewer routes."""
    for target in BUILT:
        bounds = [front.bounds.get("api.routes") for front in fronts(target)]
        most = [bound.high if bound is not None else None for bound in bounds]
        highs = [high for high in most if high is not None]
        if len(highs) == len(most) and len(read.routes) > max(highs):
            what = f"{len(read.routes)} routes are more than the {max(highs):g} of one API there: make several of them"
            read.remarks.add(target, what)


def _write(folder: Path, files: dict[str, str]) -> None:
    try:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SlsError(f"{error.filename} can't be written: {error.strerror}") from None


def _tell(read: Description, folder: Path) -> None:
    """How many of what, and each kind of remark with its count; all of them are in IMPORTED.md."""
    print(f"{read.operations} operations, {len(read.routes)} routes, {len(read.schemas)} schemas.")
    groups = read.remarks.grouped()
    if groups:
        print(f"{len(read.remarks.found)} remarks of {len(groups)} kinds, with each place in {folder / 'IMPORTED.md'}:")
    for what, places in groups.items():
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        print(f"  - {places[0]}{more}: {what}")
