"""Functions on disk: bundles unpacked as revisions, checked before they become current."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ..errors import LocalError
from ..runtime.dispatch import MANIFEST_NAME
from . import files
from .launch import Launch
from .model import FunctionSpec, FunctionState
from .secret_server import serving

REVISIONS = "revisions"


def stage_function(root: Path, spec: FunctionSpec, bundle_zip: Path, *, urn: str) -> FunctionState:
    """Unpacks a bundle as the function's new revision and makes it current. Also how a function is updated.

    Its handlers are imported in a fresh process first; a failure is a `LocalError` with the handler's own error text,
    and the old revision stays. An older folder of the same urn, left by a run that was killed, is removed.
    """
    root = Path(root)
    folder = files.resource_folder(root, files.FUNCTIONS, spec.id)
    sha256 = _sha256(Path(bundle_zip))
    if spec.sha256 and spec.sha256 != sha256:
        raise LocalError(
            f"function {spec.name!r}: the bundle at {bundle_zip} is not the one that was planned: try again"
        )
    for older in list(files.resources(root, files.FUNCTIONS)):
        if older.name != spec.id and files.read_urn(older) == urn:
            files.remove(older)
    is_new = not folder.exists()
    files.claim_root(root)
    files.make_folder(folder / REVISIONS)
    try:
        with files.locked(folder):
            files.write(folder / files.URN, urn)
            return _stage(folder, replace(spec, sha256=sha256), Path(bundle_zip))
    except BaseException:
        if is_new:
            files.remove(folder)
            files.release_root(root)
        raise


def _stage(folder: Path, spec: FunctionSpec, bundle_zip: Path) -> FunctionState:
    before = read_spec(folder)
    revision = folder / REVISIONS / spec.sha256[:16]
    is_new = not is_whole(revision)
    if is_new:
        _unpack(bundle_zip, revision)
    spec = replace(spec, folder=str(revision))
    try:
        with serving(folder.parent.parent, folder, spec.id, spec.env) as given:
            Launch.of(spec, given).check()
    except BaseException:
        if is_new and (before is None or before.folder != spec.folder):
            _discard(revision)
        raise
    files.write_json(folder / files.SPEC, spec.to_json())
    # The revision before this one goes on serving until the gateways have been reloaded; theirs may be older still.
    kept = {revision.name, Path(before.folder).name if before else "", *_served(folder)}
    for other in list((folder / REVISIONS).iterdir()):
        if other.name.removesuffix(".json") not in kept:
            _discard(other)
    return _state(spec)


def _served(folder: Path) -> set[str]:
    """The revisions of the function in that folder that gateways serve, or served last."""
    states = (files.read_json(each / files.STATE) for each in files.resources(folder.parent.parent, files.GATEWAYS))
    return {Path(str((state or {}).get("revisions", {}).get(folder.name, ""))).name for state in states}


def remove_function(root: Path, id: str) -> None:
    """Removes the function's folder. Nothing to do is no error. Reload or stop its gateways first."""
    files.remove(files.resource_folder(Path(root), files.FUNCTIONS, id))
    files.release_root(Path(root))


def read_function(root: Path, id: str) -> FunctionState | None:
    """The staged function; None where its folder is gone or damaged, so that an `up` puts it back."""
    spec = read_spec(files.resource_folder(Path(root), files.FUNCTIONS, id))
    return _state(spec) if spec is not None and is_whole(Path(spec.folder)) else None


def read_spec(folder: Path) -> FunctionSpec | None:
    """What a function's folder says is current, whether or not it is whole."""
    found = files.read_json(folder / files.SPEC)
    try:
        return FunctionSpec.from_json(found) if found is not None else None
    except LocalError:
        return None


def is_whole(revision: Path) -> bool:
    """Whether every file that was unpacked is still there, in its size."""
    index = files.read_json(_index(revision))
    if not index or MANIFEST_NAME not in index:
        return False
    try:
        return all((revision / name).stat().st_size == size for name, size in index.items())
    except OSError:
        return False


def _state(spec: FunctionSpec) -> FunctionState:
    return FunctionState(id=spec.id, sha256=spec.sha256, folder=spec.folder, spec=spec)


def _index(revision: Path) -> Path:
    return revision.with_name(f"{revision.name}.json")


def _discard(revision: Path) -> None:
    if revision.is_dir():
        files.remove(revision)
    revision.unlink(missing_ok=True)
    _index(revision).unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise LocalError(f"the bundle {path} can't be read: {error}") from error


def _unpack(bundle_zip: Path, revision: Path) -> None:
    """Unpacks beside, then renames: a revision's folder is whole or not there."""
    beside = revision.with_name(f".{revision.name}.{secrets.token_hex(4)}")
    index: dict[str, int] = {}
    try:
        files.make_folder(beside)
        with zipfile.ZipFile(bundle_zip) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    _extract(archive, entry, beside)
                    index[entry.filename] = entry.file_size
        if MANIFEST_NAME not in index:
            raise LocalError(f"the bundle {bundle_zip} has no {MANIFEST_NAME}: it is not one of a function")
        _discard(revision)
        os.rename(beside, revision)
        files.write(_index(revision), json.dumps(index))
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as error:
        raise LocalError(f"the bundle {bundle_zip} can't be unpacked: {error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, into: Path) -> None:
    name = PurePosixPath(entry.filename)
    kind = entry.external_attr >> 28
    if name.is_absolute() or ".." in name.parts or "\\" in entry.filename or kind not in (0, 0o10):
        raise LocalError(f"the bundle holds {entry.filename!r}, which is no plain file inside it")
    target = into / name
    files.make_folder(target.parent)
    mode = 0o700 if entry.external_attr >> 16 & 0o111 else 0o600
    with archive.open(entry) as source, open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        shutil.copyfileobj(source, file)
