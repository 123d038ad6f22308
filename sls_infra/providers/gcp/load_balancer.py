"""The full front, a global external load balancer: an address, a certificate, a map of paths, a backend a function.

Its number of resources grows with the functions, not with the routes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_gcp import compute, dns

from ...plan.model import DomainPlan, Plan
from ..base import Context, given
from .armor import deploy_policy
from .deployed import Deployed, Place
from .invoking import deploy_invoker
from .url_map import Line, Match, lines

NAME = 55
"""Characters of a logical name: Compute Engine takes 63, of which Pulumi's suffix uses 8."""
SCHEME = "EXTERNAL_MANAGED"
"""The global external Application Load Balancer, and not the classic one, which knows no path templates."""
EVERYBODY = "allUsers"
RECORD_TTL = 300


def deploy_load_balancer(
    plan: Plan,
    domain: DomainPlan,
    functions: Sequence[Deployed],
    place: Place,
    enabled: Sequence[pulumi.Resource],
    context: Context,
) -> pulumi.Output[str]:
    """Makes the load balancer; its url resolves when all of it is in place. A certificate that is made takes longer:
    it waits for the name to lead to the address.

    A load balancer has no identity that IAM knows, so everybody may invoke the functions that it calls; their ingress
    lets in nothing that does not come through one, or from the project's own networks ("Restrict network ingress").
    """
    invokers = [deploy_invoker(function.name, function, EVERYBODY, place, context) for function in functions]
    policy = deploy_policy(plan, place, enabled, context)
    backends = {function.name: _backend(function, policy, place, enabled, context) for function in functions}
    url_map = _url_map(plan, backends, place, context)
    address = compute.GlobalAddress(
        context.own(NAME), project=place.project, labels=context.tags, opts=context.options(depends_on=enabled)
    )
    rule = _listener(domain, url_map, address, place, enabled, context)
    ready = [rule.urn, *(invoker.urn for invoker in invokers)]
    if domain.zone is not None:
        ready.append(_record(domain, given(domain.zone), address, place, context).urn)
    return pulumi.Output.all(*ready).apply(lambda _: f"https://{domain.name}")


def _backend(
    function: Deployed,
    policy: compute.SecurityPolicy | None,
    place: Place,
    enabled: Sequence[pulumi.Resource],
    context: Context,
) -> compute.BackendService:
    """A function as the load balancer knows it. Its log holds every call, those that Cloud Armor refused among them."""
    name = context.child(function.name, NAME)
    group = compute.RegionNetworkEndpointGroup(
        name,
        network_endpoint_type="SERVERLESS",
        cloud_run=compute.RegionNetworkEndpointGroupCloudRunArgs(service=function.service),
        region=place.region,
        project=place.project,
        opts=context.options(depends_on=enabled),
    )
    return compute.BackendService(
        name,
        load_balancing_scheme=SCHEME,
        protocol="HTTPS",
        backends=[compute.BackendServiceBackendArgs(group=group.id)],
        security_policy=None if policy is None else policy.id,
        log_config=compute.BackendServiceLogConfigArgs(enable=True, sample_rate=1.0),
        project=place.project,
        opts=context.options(),
    )


def _url_map(
    plan: Plan, backends: Mapping[str, compute.BackendService], place: Place, context: Context
) -> compute.URLMap:
    rest, found = lines(plan)
    rules = [_rule(at, line, backends[line.function]) for at, line in enumerate(found, 1)]
    matcher = compute.URLMapPathMatcherArgs(name="routes", default_service=backends[rest].id, route_rules=rules)
    return compute.URLMap(
        context.own(NAME),
        default_service=backends[rest].id,
        host_rules=[compute.URLMapHostRuleArgs(hosts=["*"], path_matcher="routes")] if rules else None,
        path_matchers=[matcher] if rules else None,
        project=place.project,
        opts=context.options(),
    )


def _rule(priority: int, line: Line, backend: compute.BackendService) -> compute.URLMapPathMatcherRouteRuleArgs:
    return compute.URLMapPathMatcherRouteRuleArgs(
        priority=priority, match_rules=[_match(each) for each in line.matches], service=backend.id
    )


def _match(match: Match) -> compute.URLMapPathMatcherRouteRuleMatchRuleArgs:
    """By `:method` a rule looks at the method as if it were a header (Compute Engine API, `urlMaps`)."""
    method = compute.URLMapPathMatcherRouteRuleMatchRuleHeaderMatchArgs(header_name=":method", exact_match=match.method)
    return compute.URLMapPathMatcherRouteRuleMatchRuleArgs(
        full_path_match=None if match.template else match.path,
        path_template_match=match.path if match.template else None,
        header_matches=None if match.method is None else [method],
    )


def _listener(
    domain: DomainPlan,
    url_map: compute.URLMap,
    address: compute.GlobalAddress,
    place: Place,
    enabled: Sequence[pulumi.Resource],
    context: Context,
) -> compute.GlobalForwardingRule:
    """Port 443, TLS 1.2 or later. Nothing listens on port 80: a redirect would be a second rule to pay for while idle,
    and tells a client that sends its token in plain text nothing that no answer does not."""
    name = context.own(NAME)
    policy = compute.SSLPolicy(
        name,
        profile="MODERN",
        min_tls_version="TLS_1_2",
        project=place.project,
        opts=context.options(depends_on=enabled),
    )
    proxy = compute.TargetHttpsProxy(
        name,
        url_map=url_map.id,
        ssl_certificates=[_certificate(domain, place, enabled, context)],
        ssl_policy=policy.id,
        project=place.project,
        opts=context.options(),
    )
    return compute.GlobalForwardingRule(
        name,
        target=proxy.id,
        ip_address=address.id,
        port_range="443",
        load_balancing_scheme=SCHEME,
        project=place.project,
        labels=context.tags,
        opts=context.options(),
    )


def _certificate(
    domain: DomainPlan, place: Place, enabled: Sequence[pulumi.Resource], context: Context
) -> pulumi.Input[str]:
    """The one that is given, else one that Google makes and renews. For another name another is made, and the proxy
    goes over to it before the old one is deleted."""
    if domain.certificate is not None:
        return given(domain.certificate)
    made = compute.ManagedSslCertificate(
        context.own(NAME),
        managed=compute.ManagedSslCertificateManagedArgs(domains=[domain.name]),
        project=place.project,
        opts=context.options(depends_on=enabled, delete_before_replace=False),
    )
    return made.id


def _record(
    domain: DomainPlan, zone: pulumi.Input[str], address: compute.GlobalAddress, place: Place, context: Context
) -> dns.RecordSet:
    return dns.RecordSet(
        context.own(NAME),
        managed_zone=pulumi.Output.from_input(zone).apply(lambda name: name.rpartition("/")[2]),
        name=f"{domain.name}.",
        type="A",
        ttl=RECORD_TTL,
        rrdatas=[address.address],
        project=place.project,
        # There is one of a name: another can't be made beside it.
        opts=context.options(delete_before_replace=True),
    )
