"""What the runtime asks of the platform it runs on: the values of secrets, and the answers of authorizers.

An entry point says which platform that is (`use`); its module is loaded when it is first asked for something, so that
a function that asks for nothing pays nothing.
"""

from __future__ import annotations

from ..errors import ServiceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from ..events.delivery import DeadLetter
    from .cache import Cache

    class Services(Protocol):
        """A platform. What can't be had is a ServiceError, whose text holds no secret."""

        fresh: float
        """Seconds for which the value of a secret is taken to be current."""
        fresh_environment: float
        """The same, of secrets in environment variables."""

        def secret(self, ref: str) -> str:
            """The secret's current value, fetched now."""

        def call_authorizer(self, target: str, payload: bytes) -> bytes:
            """The answer of the function that decides who may call: JSON, as `payload` is."""

        def dead_letter(self, address: Any, letter: DeadLetter) -> None:
            """Sends it to the queue at that address (as `SLS_DEPLOYED` has it)."""


PLATFORMS = ("aws", "azure", "gcp", "local")
LOCAL = ("local", "memory")
"""Names under which it is this machine; "memory" is `sls_infra.testing`'s."""

_name = ""
_platform: Services | None = None
_cache: Cache | None = None


def use(name: str, platform: Services | None = None) -> None:
    """Says on which of PLATFORMS this process runs. `platform` takes the place of the module of that name. Raises
    ValueError for a name that is none, where no platform is given."""
    global _name, _platform, _cache
    if platform is None and name not in PLATFORMS:
        raise ValueError(f"there is no platform {name!r}: it is one of {', '.join(PLATFORMS)}")
    _name, _platform, _cache = name, platform, None


def name() -> str:
    """What was said by `use`; "" where nothing was."""
    return _name


def platform() -> Services:
    """The platform in use, loaded now if it was not. Raises ServiceError where none is."""
    global _platform
    if _platform is None:
        if not _name:
            raise ServiceError("it is not known on which platform this function runs: it has no entry point of ours")
        module: Any = __import__(f"{__name__}.{_name}", fromlist=["Services"])
        _platform = module.Services()
    return _platform


def secret(ref: str) -> str:
    """The secret's current value, fetched now. `ref` is what the platform knows it by. Raises ServiceError."""
    return platform().secret(ref)


def cached_secret(ref: str) -> str:
    """The secret's value, at most a minute old where the platform answers; while it doesn't, the last one goes on for
    ten minutes. What can't be fetched is logged. Raises ServiceError where there is none. It may take some seconds, and
    holds up the thread that asks."""
    global _cache
    if _cache is None:
        from .cache import Cache

        current = platform()
        _cache = Cache(current.secret, current.fresh)
    return _cache.get(ref)


def call_authorizer(target: str, payload: bytes) -> bytes:
    """The answer of the authorizer that the platform knows by `target` to `payload`, JSON both. Raises ServiceError."""
    return platform().call_authorizer(target, payload)
