"""Queues, topics, buckets and tables: made, or there already. Each kind loads its part of the SDK only where used."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from ...plan.model import Plan, UploadPlan
from ..base import Context, given
from .deployed import Resources
from .grants import named, source_of
from .refs import bucket_name, kinds


def deploy_resources(plan: Plan, context: Context) -> Resources:
    """Makes all that is not there already; buckets and topics before the queues that they may send to, and what
    they send after these."""
    arns: dict[str, pulumi.Output[str]] = dict(_existing(plan, context))
    names: dict[str, pulumi.Output[str]] = {}
    own: set[str] = set()
    if any(topic.ref is None for topic in plan.topics):
        from .topics import deploy_topics

        arns |= {named(("topic", name)): arn for name, arn in deploy_topics(plan, context).items()}
    if any(bucket.ref is None for bucket in plan.buckets):
        from .buckets import deploy_buckets

        for name, bucket in deploy_buckets(plan, context).items():
            arns[named(("bucket", name))], names[name] = bucket.arn, bucket.bucket
    if plan.tables:
        from .tables import deploy_tables, streams

        tables = deploy_tables(plan, context)
        own.update(tables)
        arns |= {named(("table", name)): table.arn for name, table in tables.items()}
        arns |= {named(("stream", name)): arn for name, arn in streams(plan, tables, context).items()}
    for bucket_plan in plan.buckets:
        if bucket_plan.ref is not None:
            names[bucket_plan.name] = pulumi.Output.from_input(given(bucket_plan.ref)).apply(bucket_name)
    uploads = [event for event in plan.events if isinstance(event, UploadPlan)]
    if uploads:
        from .uploads import deploy_rules

        arns |= deploy_rules(plan, names, context)
    ready: Mapping[str, tuple[pulumi.Resource, ...]] = {}
    if any(queue.ref is None for queue in plan.queues) or any(source_of(each)[0] == "carrier" for each in plan.events):
        from .queues import deploy_access, deploy_queues

        queues = deploy_queues(plan, context)
        arns |= {name: queue.arn for name, queue in queues.items()}
        ready = deploy_access(plan, queues, arns, context)
    if uploads or any(bucket.ref is None for bucket in plan.buckets):
        from .uploads import deploy_uploads

        deploy_uploads(plan, names, arns, ready, context)
    return Resources(arns, names, frozenset(own), ready)


def _existing(plan: Plan, context: Context) -> dict[str, pulumi.Output[str]]:
    """The ARN of each that is there already. A bucket may be given by its name."""
    found: dict[str, pulumi.Output[str]] = {}
    for kind, known in kinds(plan):
        for resource in known:
            if resource.ref is not None:
                ref = pulumi.Output.from_input(given(resource.ref))
                found[named((kind, resource.name))] = _bucket_arn(ref, context) if kind == "bucket" else ref
    return found


def _bucket_arn(ref: pulumi.Output[str], context: Context) -> pulumi.Output[str]:
    """Of a name, that in the partition that is deployed to: others than "aws" are China's and the government's."""

    def arn(known: str) -> pulumi.Output[str]:
        if known.startswith("arn:"):
            return pulumi.Output.from_input(known)
        from pulumi_aws import get_partition_output

        partition = get_partition_output(opts=pulumi.InvokeOutputOptions(parent=context.parent)).partition
        return pulumi.Output.concat("arn:", partition, ":s3:::", known)

    return ref.apply(arn)
