"""Serverless APIs as typed Python, deployed by Pulumi to AWS, Azure, Google Cloud or this machine.

The public names load on first use (PEP 562), so that importing the package costs neither pulumi nor a cloud SDK.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it; typing itself would cost each import some milliseconds
if TYPE_CHECKING:
    from .errors import BundleError as BundleError
    from .errors import LocalError as LocalError
    from .errors import NotFoundError as NotFoundError
    from .errors import Problem as Problem
    from .errors import SlsError as SlsError
    from .errors import SpecError as SpecError
    from .providers.component import ServerlessApi as ServerlessApi
    from .spec.api import Api as Api
    from .spec.api import Cors as Cors
    from .spec.api import Domain as Domain
    from .spec.api import Route as Route
    from .spec.auth import ApiKey as ApiKey
    from .spec.auth import Auth as Auth
    from .spec.auth import Custom as Custom
    from .spec.auth import Jwt as Jwt
    from .spec.auth import OAuth2 as OAuth2
    from .spec.auth import Public as Public
    from .spec.auth import Webhook as Webhook
    from .spec.events import OnChange as OnChange
    from .spec.events import OnMessage as OnMessage
    from .spec.events import OnSchedule as OnSchedule
    from .spec.events import OnUpload as OnUpload
    from .spec.function import Function as Function
    from .spec.function import Scaling as Scaling
    from .spec.limits import Quota as Quota
    from .spec.limits import RateLimit as RateLimit
    from .spec.observe import Alarm as Alarm
    from .spec.observe import Budget as Budget
    from .spec.observe import Observability as Observability
    from .spec.resources import Bucket as Bucket
    from .spec.resources import Link as Link
    from .spec.resources import Queue as Queue
    from .spec.resources import Secret as Secret
    from .spec.resources import Table as Table
    from .spec.resources import Topic as Topic
    from .spec.targets import Aws as Aws
    from .spec.targets import AwsNetwork as AwsNetwork
    from .spec.targets import Azure as Azure
    from .spec.targets import Gcp as Gcp
    from .spec.targets import Local as Local
    from .spec.values import Input as Input

_HOMES = {
    "errors": ("BundleError", "LocalError", "NotFoundError", "Problem", "SlsError", "SpecError"),
    "providers.component": ("ServerlessApi",),
    "spec.api": ("Api", "Cors", "Domain", "Route"),
    "spec.auth": ("ApiKey", "Auth", "Custom", "Jwt", "OAuth2", "Public", "Webhook"),
    "spec.events": ("OnChange", "OnMessage", "OnSchedule", "OnUpload"),
    "spec.function": ("Function", "Scaling"),
    "spec.limits": ("Quota", "RateLimit"),
    "spec.observe": ("Alarm", "Budget", "Observability"),
    "spec.resources": ("Bucket", "Link", "Queue", "Secret", "Table", "Topic"),
    "spec.targets": ("Aws", "AwsNetwork", "Azure", "Gcp", "Local"),
    "spec.values": ("Input",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    from .quick import collector_paused

    with collector_paused():
        module = import_module(f".{_HOME_OF[name]}", __name__)
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
