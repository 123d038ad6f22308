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
    """The region; None: Pulumi's provider or config (`azure-native:location`). Given twice is an error."""
    front: Literal["consumption", "basic-v2"] | None = None
    """Forces a front: "consumption" or "basic-v2" (tiers of API Management); None: the lightest that meets the spec."""
    publisher_name: str | None = None
    """Who API Management says the API is of, 1 to 100 characters; None: the Api's name."""
    publisher_email: str = "nobody@example.com"
    """Where API Management writes of maintenance and the like; it asks for one. The default reaches nobody."""
    log_retention: int = 30
    """Days that logs are kept: 30 to 730."""


@dataclass(frozen=True, config=CONFIG)
class Gcp(Spec):
    """Google Cloud Run functions and API Gateway."""

    name: Literal["gcp"] = field(default="gcp", init=False)
    _: KW_ONLY
    project: str | None = None
    """The project's id; None: that of Pulumi's provider or config (`gcp:project`). Given twice is an error."""
    region: str | None = None
    """The region; None: config (`gcp:region`) or environment (`GOOGLE_REGION`). Given twice is an error."""
    gateway_region: str | None = None
    """The gateway's region; None: that of the functions. API Gateway is not in every region that has functions."""
    front: Literal["gateway", "load-balancer"] | None = None
    """Forces a front: "gateway" (API Gateway) or "load-balancer"; None: the lightest that meets the spec."""
    enable_services: bool = True
    """Whether the services that are used get enabled in the project, which takes the right to do so. They stay on when
    the Api is destroyed."""
    build_service_account: Input[str] | None = None
    """Who builds functions: `projects/…/serviceAccounts/…`, with the roles of logs writer, Artifact Registry writer and
    Storage object viewer; None: Cloud Build's default one, which new projects may have left without roles."""


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
