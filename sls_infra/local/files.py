"""The local target's folders and files: private to their user, written whole or not at all, locked while changed."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from ..errors import LocalError

FUNCTIONS = "functions"
GATEWAYS = "gateways"
STORAGE = ("queues", "topics", "buckets", "tables")
EVENTS = "events"
URN = "urn"
SPEC = "spec.json"
STATE = "state.json"
"""A gateway's: process, port, and the revision of each function that it serves (id → folder)."""
LOCK_TIMEOUT = 180.0
"""Seconds to wait for another deployment that changes the same thing."""

_IGNORE = ".gitignore"


def stack_folder(state: Path, urn: str) -> Path:
    """`<state>/<project>/<stack>` for a resource of that urn; nothing is made."""
    project, stack = project_and_stack(urn)
    return Path(state) / _safe(project) / _safe(stack)


def project_and_stack(urn: str) -> tuple[str, str]:
    """Project and stack that a urn names: `urn:pulumi:<stack>::<project>::<type>::<name>`. LocalError for others."""
    head, *rest = urn.split("::")
    if not head.startswith("urn:pulumi:") or len(rest) < 3 or not rest[0]:
        raise LocalError(f"{urn!r} is not the urn of a Pulumi resource")
    return rest[0], head.removeprefix("urn:pulumi:")


def _safe(name: str) -> str:
    return "".join(char if char.isalnum() or char in "-_." else "-" for char in name).lstrip(".") or "-"


def resource_folder(root: Path, kind: str, id: str) -> Path:
    """The folder of one function or gateway. LocalError for an id that is no name for a folder."""
    if not id or _safe(id) != id:
        raise LocalError(f"{id!r} is no id for a local resource: use letters, digits, '-', '_' and '.'")
    return Path(root) / kind / id


def make_folder(folder: Path) -> None:
    """Makes it and what is missing above it, each for this user alone (a mode given to `mkdir` would not reach the
    parents). The outermost of the state's folders keeps itself out of git."""
    missing = []
    at = folder
    while not at.exists():
        missing.append(at)
        at = at.parent
    for each in reversed(missing):
        with contextlib.suppress(FileExistsError):
            each.mkdir(mode=0o700)
            each.chmod(0o700)


def claim_root(root: Path) -> None:
    """Makes the stack's folder; where its state's folder is made too, marks that as ours, to be removed once empty."""
    state = root.parent.parent
    ours = not state.exists()
    make_folder(root)
    if ours:
        write(state / _IGNORE, "*\n")


def release_root(root: Path) -> None:
    """Removes the folders above resources that are empty now: after the last `destroy` nothing is left."""
    state = root.parent.parent
    try:
        for empty in (FUNCTIONS, GATEWAYS, *STORAGE, EVENTS):
            if (root / empty).exists():
                (root / empty).rmdir()
        root.rmdir()
        if (state / _IGNORE).exists():
            root.parent.rmdir()
            if [each.name for each in state.iterdir()] == [_IGNORE]:
                (state / _IGNORE).unlink()
                state.rmdir()
    except OSError:  # something is left in it
        pass


def write(path: Path, text: str) -> None:
    """Writes a file at once: readers see the old one or the new one. Only this user can read it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: object) -> None:
    """`write`, of JSON."""
    write(path, json.dumps(value, indent=1))


def read_json(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file; None where there is none that can be read."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def read_urn(folder: Path) -> str:
    """The urn of the resource in that folder; empty where none is written."""
    try:
        return (folder / URN).read_text("utf-8").strip()
    except (OSError, ValueError):
        return ""


def resources(root: Path, kind: str) -> Iterator[Path]:
    """The folders of all functions or gateways of a stack."""
    with contextlib.suppress(OSError):
        yield from sorted(each for each in (Path(root) / kind).iterdir() if each.is_dir())


def remove(folder: Path) -> None:
    """Removes a folder with all that is in it. LocalError where something resists."""
    for attempt in range(3):
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            if not folder.exists():
                return
        except OSError as error:
            # Who is just ending may still add to its log.
            if attempt == 2:
                raise LocalError(f"can't remove {folder}: {error}") from error
            time.sleep(0.2)
        else:
            return


@contextlib.contextmanager
def locked(folder: Path) -> Generator[None]:
    """Keeps others from changing what is in a folder. LocalError where they don't come to an end."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        deadline = time.monotonic() + LOCK_TIMEOUT
        while not try_lock(fd):
            if time.monotonic() > deadline:
                raise LocalError(f"another process has been changing {folder} for {LOCK_TIMEOUT:.0f} s: end it first")
            time.sleep(0.05)
        yield
    finally:
        os.close(fd)


def try_lock(fd: int) -> bool:
    """Locks an open file for as long as it is open; False where somebody else has it."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
