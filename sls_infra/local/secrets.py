"""Secrets on this machine: a file each, encrypted with a key that lies beside them.

    root/secrets/key          32 random bytes in base64
    root/secrets/<id>/        urn, value.json: nonce and ciphertext of AES-256-GCM, bound to the id

Both are for their user alone (mode 0600). Encryption keeps values out of what is searched, printed or copied by
mistake, a file at a time. It does not protect them from whoever may read all of this user's files, the key among them.

A secret's ref is `<project>/<stack>/<id>`, below the folder of all local state: so another stack of the same backend
can read it, by `Secret.existing`.
"""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
from collections.abc import Generator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..errors import LocalError
from . import files

SECRETS = "secrets"
KEY = "key"
VALUE = "value.json"
_NONCE = 12


def write_secret(root: Path, id: str, value: str, *, urn: str) -> str:
    """Keeps the secret's value, over the one that may be there: its ref. Whoever asks next is given it.

    An older folder of the same urn, left by a run that was killed, is removed.
    """
    root = Path(root)
    folder = files.resource_folder(root, SECRETS, id)
    files.claim_root(root)
    with _changing(root):
        for older in list(files.resources(root, SECRETS)):
            if older.name != id and files.read_urn(older) == urn:
                files.remove(older)
        files.make_folder(folder)
        files.write(folder / files.URN, urn)
        nonce = os.urandom(_NONCE)
        sealed = nonce + AESGCM(_key(root, make=True)).encrypt(nonce, value.encode(), id.encode())
        files.write_json(folder / VALUE, {"version": 1, "sealed": base64.b64encode(sealed).decode()})
    return ref_of(root, id)


def read_secret(root: Path, id: str) -> str | None:
    """The secret's value; None where it is gone, or was changed by somebody else."""
    folder = files.resource_folder(Path(root), SECRETS, id)
    found = files.read_json(folder / VALUE)
    try:
        sealed = base64.b64decode((found or {})["sealed"], validate=True)
        return AESGCM(_key(Path(root))).decrypt(sealed[:_NONCE], sealed[_NONCE:], id.encode()).decode()
    except (KeyError, TypeError, ValueError, OSError, InvalidTag):
        return None


def remove_secret(root: Path, id: str) -> None:
    """Removes the secret, and with the last one the key. None there is no error."""
    root = Path(root)
    folder = files.resource_folder(root, SECRETS, id)
    if (root / SECRETS).exists():
        with _changing(root):
            files.remove(folder)
            if not list(files.resources(root, SECRETS)):
                (root / SECRETS / KEY).unlink(missing_ok=True)
                with contextlib.suppress(OSError):
                    (root / SECRETS).rmdir()
    files.release_root(root)


def ref_of(root: Path, id: str) -> str:
    """What the secret is known by below the folder of all local state."""
    return "/".join((*Path(root).parts[-2:], id))


def read_ref(state: Path, ref: str) -> str:
    """The value of the secret of that ref, below the folder of all local state. LocalError where there is none."""
    parts = ref.split("/")
    value = None
    if len(parts) == 3 and all(part and not part.startswith(".") and "\0" not in part for part in parts):
        project, stack, id = parts
        with contextlib.suppress(LocalError):
            value = read_secret(Path(state) / project / stack, id)
    if value is None:
        raise LocalError(f"there is no secret {ref!r} on this machine: run `pulumi up --refresh` where it is made")
    return value


@contextlib.contextmanager
def _changing(root: Path) -> Generator[None]:
    """Keeps others from changing the folder of all the stack's secrets, which is made if need be."""
    folder = root / SECRETS
    while True:
        files.make_folder(folder)
        with files.locked(folder):
            if folder.exists():  # else somebody has removed the last secret just now, and the folder
                yield
                return


def _key(root: Path, *, make: bool = False) -> bytes:
    """The stack's key. OSError or ValueError where there is none that can be read."""
    path = root / SECRETS / KEY
    try:
        key = base64.b64decode(path.read_text("ascii").strip(), validate=True)
        if len(key) != 32:
            raise ValueError("the key is damaged")
    except (OSError, ValueError):
        if not make:
            raise
        key = secrets.token_bytes(32)  # what was encrypted with another is lost, and put back by the next `up`
        files.write(path, base64.b64encode(key).decode() + "\n")
    return key
