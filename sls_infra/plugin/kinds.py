"""The kinds of resources there are, each loaded when the first of its type is met.

A program that deploys to Azure needs no local server installed, and one that deploys to this machine no Azure login.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from ..errors import SlsError
from .kind import Kind

Log = Callable[[str, str], None]
"""Takes a URN and a line of progress."""


class Kinds(Mapping[str, Kind]):
    """Type → kind. `SlsError` for one whose extra is not installed."""

    def __init__(self, log: Log = lambda urn, line: None, cancelled: threading.Event | None = None) -> None:
        """`log` takes progress; once `cancelled` is set, nothing is waited for any more."""
        self._made: dict[str, Kind] = {}
        self._lock = threading.RLock()
        self._makers: dict[str, tuple[str, Callable[[], Kind]]] = {
            "sls:local:Function": ("local", _local_function),
            "sls:local:Gateway": ("local", _local_gateway),
            "sls:local:Secret": ("local", _local_secret),
            "sls:local:Key": ("local", _local_key),
            "sls:local:Queue": ("local", partial(_local_storage, "queue")),
            "sls:local:Topic": ("local", partial(_local_storage, "topic")),
            "sls:local:Bucket": ("local", partial(_local_storage, "bucket")),
            "sls:local:Table": ("local", partial(_local_storage, "table")),
            "sls:local:Subscription": ("local", _local_subscription),
            "sls:azure:Code": ("azure", lambda: _azure_code(log, cancelled or threading.Event())),
        }

    def __getitem__(self, type: str) -> Kind:
        with self._lock:
            if type not in self._made:
                extra, make = self._makers[type]
                try:
                    self._made[type] = make()
                except ModuleNotFoundError as error:
                    if error.name is None or error.name.startswith("sls_infra"):
                        raise
                    raise SlsError(
                        f"{type} needs {error.name}, which is not installed for {sys.executable}: "
                        f"pip install 'sls-infra[{extra}]' there"
                    ) from None
            return self._made[type]

    def __contains__(self, type: object) -> bool:
        return type in self._makers  # without loading it

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def _local_function() -> Kind:
    from ..local import control
    from .function import FunctionKind

    return FunctionKind(control)


def _local_gateway() -> Kind:
    from ..local import control
    from .gateway import GatewayKind

    return GatewayKind(control)


def _local_secret() -> Kind:
    from ..local import control, secrets
    from .secret import SecretKind

    return SecretKind(control, secrets)


def _local_key() -> Kind:
    from .key import KeyKind

    return KeyKind()


def _local_storage(kind: str) -> Kind:
    from ..local import control, storage
    from .storage import StorageKind

    return StorageKind(kind, control, storage)


def _local_subscription() -> Kind:
    from ..local import storage
    from .subscription import SubscriptionKind

    return SubscriptionKind(storage)


def _azure_code(log: Log, cancelled: threading.Event) -> Kind:
    from .azure_code import AzureCodeKind
    from .login import Entra, credential
    from .publish import Publisher
    from .scm import place_of

    def sleep(seconds: float) -> None:
        if cancelled.wait(seconds):
            raise SlsError("interrupted: whether the code is in place is not known, run `up` again")

    return AzureCodeKind(Publisher(place_of(os.environ, Entra(credential)), sleep=sleep), log)
