"""What Google Cloud adds to the resources of a load balancer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.engine.gcp_kind import ID, REGION, kind, project_of
from tests.engine.kinds import Kind, Made, Values
from tests.engine.wire import UNKNOWN

HOST = "https://www.googleapis.com/compute/v1"


def _compute(
    collection: str,
    *,
    outputs: Callable[[Made], Values] = lambda made: {},
    replace: Iterable[str] = (),
    uses: Callable[[Made], Iterable[Any]] = lambda made: (),
    regional: bool = False,
    labels: bool = False,
) -> Kind:
    """A row of Compute Engine. `uses`: the ids of what it is made of, which can't be deleted while it is there."""

    def id(made: Made) -> str:
        where = f"regions/{made['region'] or REGION}" if regional else "global"
        return f"projects/{project_of(made)}/{where}/{collection}/{made['name']}"

    def used(made: Made) -> Iterator[str]:
        return (str(each) for each in uses(made) if each is not None and each != UNKNOWN)

    return kind(
        id,
        lambda made: {"selfLink": f"{HOST}/{id(made)}", **outputs(made)},
        name="name",
        fits={"name": ID},
        replace=tuple(replace),
        needs=used,
        holds=used,
        labels=labels,
    )


def _routed(made: Made) -> Iterator[Any]:
    yield made["defaultService"]
    for matcher in made["pathMatchers"] or () if isinstance(made["pathMatchers"], list) else ():
        yield matcher.get("defaultService")
        for rule in matcher.get("routeRules") or ():
            yield rule.get("service")


def _backed(made: Made) -> Iterator[Any]:
    yield made["securityPolicy"] or None
    for backend in made["backends"] or ():
        yield backend.get("group")


def _secured(made: Made) -> Iterator[Any]:
    yield made["urlMap"]
    yield made["sslPolicy"]
    yield from made["sslCertificates"] if isinstance(made["sslCertificates"], list) else ()


FRONT = {
    "gcp:compute/globalAddress:GlobalAddress": _compute(
        "addresses",
        outputs=lambda made: {"address": f"192.0.2.{made.serial % 250 + 1}"},
        replace=("address", "addressType", "ipVersion", "network", "description"),
        labels=True,
    ),
    "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup": _compute(
        "networkEndpointGroups", replace=("cloudRun", "networkEndpointType", "region", "description"), regional=True
    ),
    "gcp:compute/backendService:BackendService": _compute(
        "backendServices",
        outputs=lambda made: {"generatedId": made.serial, "fingerprint": made.token(11) + "="},
        replace=("loadBalancingScheme",),
        uses=_backed,
    ),
    "gcp:compute/uRLMap:URLMap": _compute("urlMaps", outputs=lambda made: {"mapId": made.serial}, uses=_routed),
    "gcp:compute/sSLPolicy:SSLPolicy": _compute("sslPolicies", replace=("description",)),
    "gcp:compute/managedSslCertificate:ManagedSslCertificate": _compute(
        "sslCertificates",
        outputs=lambda made: {"certificateId": made.serial},
        replace=("managed", "type", "description"),
    ),
    "gcp:compute/targetHttpsProxy:TargetHttpsProxy": _compute(
        "targetHttpsProxies", outputs=lambda made: {"proxyId": made.serial}, replace=("description",), uses=_secured
    ),
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": _compute(
        "forwardingRules",
        replace=("ipAddress", "ipProtocol", "portRange", "loadBalancingScheme", "network"),
        uses=lambda made: (made["target"], made["ipAddress"]),
        labels=True,
    ),
    "gcp:compute/securityPolicy:SecurityPolicy": _compute("securityPolicies", replace=("type",), labels=True),
    "gcp:dns/recordSet:RecordSet": kind(
        lambda made: (
            f"projects/{project_of(made)}/managedZones/{made['managedZone']}/rrsets/{made['name']}/{made['type']}"
        ),
        fits={"name": r"[a-z0-9.-]+\."},
        replace=("managedZone", "name"),
    ),
}
