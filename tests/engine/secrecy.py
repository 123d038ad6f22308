"""Looking for a secret where none may be: in all that a deployment keeps and says."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

from tests.engine.harness import Workspace


def keeps(secret: str, ws: Workspace) -> None:
    """It is nowhere in plain text (nor in base64): not in the state as it is exported, not in any file of the backend,
    which holds history and backups too, not in the project's folder. And it is there, encrypted."""
    forms = [secret.encode(), *_in_base64(secret)]
    exported = json.dumps(ws.stack_export()).encode()
    assert not [form for form in forms if form in exported]
    files = list(_files(ws.folder.parent / "state"))
    assert files, "the backend keeps nothing"
    for path in files:
        content = path.read_bytes()
        assert not [form for form in forms if form in content], f"{path.name} has the secret in plain text"
    assert secret in json.dumps(ws.stack_export(show_secrets=True))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _in_base64(secret: str) -> Iterator[bytes]:
    """As it looks at each of the three places it can begin at; its ends, which depend on what is around, cut off."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret.encode())
        yield encoded[4 if before else 0 : -4]
