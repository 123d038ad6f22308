"""Making what users call: a wrapper over the driver of the platform that this process runs on."""

from __future__ import annotations

from .. import deployed, services
from ..errors import NotLinked, ServiceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

KINDS = ("table", "bucket", "queue", "topic")


def make(kind: str, name: str, described: Mapping[str, Any]) -> Any:
    """The resource of that kind and name. `described`: what the manifest says of the link, or of the event's source.

    The driver comes from `links/<platform>/<kind>s.py`, of the platform that `services.use` named; a platform that was
    given there as an object may bring its own, by a method `link(kind, name, address, described)`. Raises NotLinked
    where the deployment told no address of it.
    """
    address = (deployed.values().get(kind) or {}).get(name)
    if not address:
        raise NotLinked(
            f'this function was not told where the {kind} "{name}" is: its bundle is newer than its environment, '
            "deploy it again"
        )
    wrapper: Any = _class(__package__ or "", kind)
    return wrapper(driver(kind, name, address, described), name, described)


def driver(kind: str, name: str, address: Any, described: Mapping[str, Any]) -> Any:
    """The platform's driver of that resource, see `links.drivers`. Raises ServiceError where there is no platform."""
    own = getattr(services._platform, "link", None)
    if own is not None:
        return own(kind, name, address, described)
    platform = "local" if services.name() in services.LOCAL else services.name()
    if platform not in services.PLATFORMS:
        raise ServiceError("it is not known on which platform this function runs: it has no entry point of ours")
    return _class(f"{__package__}.{platform}", kind)(name, address, described)


def _class(package: str, kind: str) -> Any:
    # The modules are named in the plural: `links.table` and its like are functions, which a submodule would replace.
    if kind not in KINDS:
        raise ValueError(f"there is no kind of resource {kind!r}: it is one of {', '.join(KINDS)}")
    found = __import__(f"{package}.{kind}s", fromlist=[kind])
    return getattr(found, kind.capitalize())
