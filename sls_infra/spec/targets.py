"""Targets: where an Api goes, with each cloud's own options."""

from __future__ import annotations

from dataclasses import KW_ONLY, field
from typing import Literal

from pydantic.dataclasses import dataclass

from .base import CONFIG, Spec
from .values import Input, Many


@dataclass(frozen=True, config=CONFIG)
class AwsNetwork(Spec):
    """The private network in which functions run."""

    _: KW_ONLY
    subnet_ids: Many[Input[str]]
    """Subnets, at least one; two or more in different zones survive the loss of one."""
    security_group_ids: Many[Input[str]]
    """Security groups, at least one."""


@dataclass(frozen=True, config=CONFIG)
class Aws(Spec):
    """AWS Lambda and API Gateway."""

    name: Literal["aws"] = field(default="aws", init=False)
    _: KW_ONLY
    region: str | None = None
    """The region; None: Pulumi's provider or config (`aws:region`). Given twice is an error."""
    front: Literal["http", "rest"] | None = None
    """Forces a front: "http" (HTTP API) or "rest" (REST API); None: the lightest that meets the spec."""
    network: AwsNetwork | None = None
    """The private network in which functions run; None: none."""
    permissions_boundary: Input[str] | None = None
    """ARN of a policy that bounds each function's role."""
    log_retention: int = 30
    """Days that logs are kept: one of those CloudWatch knows."""


@dataclass(frozen=True, config=CONFIG)
class Azure(Spec):
    """Azure Functions and API Management."""

    name: Literal["azure"] = field(default="azure", init=False)
    _: KW_ONLY
    location: str | None = None
    """The region; None: Pulumi's provider or config (`azure-native:location`)."""
    front: Literal["consumption", "basic-v2"] | None = None
    """Forces a front; None: the lightest that meets the spec."""


@dataclass(frozen=True, config=CONFIG)
class Gcp(Spec):
    """Google Cloud Functions and API Gateway."""

    name: Literal["gcp"] = field(default="gcp", init=False)
    _: KW_ONLY
    region: str | None = None
    """The region; None: Pulumi's provider or config (`gcp:region`)."""
    front: Literal["gateway", "load-balancer"] | None = None
    """Forces a front; None: the lightest that meets the spec."""


@dataclass(frozen=True, config=CONFIG)
class Local(Spec):
    """This machine: no account, the same `pulumi up`."""

    name: Literal["local"] = field(default="local", init=False)
    _: KW_ONLY
    port: int | None = None
    """The gateway's port; None: config `sls:port`, else any free one, kept over updates."""
    host: str = "127.0.0.1"
    """The address it listens on: a loopback one."""


Target = Aws | Azure | Gcp | Local
"""Any of the targets."""
