"""One function: an account of its own, its code in a bucket, the function. One bucket for all of an Api's code."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pulumi
from pulumi_gcp import cloudfunctionsv2, serviceaccount, storage

from ...bundle.spec import Bundle
from ...plan.model import FunctionPlan
from ...spec.targets import Gcp
from ..base import Context, given
from . import package
from .bucket_names import BUCKET, bucket_name
from .deployed import Deployed, Part, Place, Setting

NAME = 41
"""Characters of a function's logical name: its Cloud Run service takes 49 (Cloud Run API, `service_id`: fewer than
50), of which Pulumi's suffix uses 8."""
ACCOUNT = 22
"""Of an account's: 30, likewise."""
WHOLE_CPU = 2048
"""MiB from which on a function gets one CPU or more by itself (Cloud Run functions, "Memory limits")."""


def deploy_sources(place: Place, context: Context) -> storage.Bucket:
    """The private bucket that holds the zips. It goes with everything in it: what is built from them is elsewhere."""
    return storage.Bucket(
        bucket_name(context.own(BUCKET)),
        location=place.region,
        project=place.project,
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        force_destroy=True,
        labels=context.tags,
        opts=context.options(),
    )


def deploy_function(
    part: Part,
    sources: storage.Bucket,
    setting: Setting,
    target: Gcp,
    place: Place,
    context: Context,
) -> Deployed:
    """Makes the function itself, and its code."""
    bundle = context.build(package.bundle_spec(part.plan, part.function, context.front))
    code = _code(part, bundle, sources, context)
    return Deployed(part.name, _function(part, setting, code, target, place, context))


def deploy_account(
    function: FunctionPlan, place: Place, enabled: Sequence[pulumi.Resource], context: Context
) -> serviceaccount.Account:
    """Who the function is. It is granted nothing here: what it prints is logged by the platform, not by the account
    (Cloud Run, "Logging and viewing logs"). `enabled`: the services that must be there before."""
    return serviceaccount.Account(
        context.child(function.name, ACCOUNT),
        display_name=f"{context.name}: function {function.name}"[:100],
        project=place.project,
        opts=context.options(depends_on=enabled),
    )


def _code(part: Part, bundle: Bundle, sources: storage.Bucket, context: Context) -> storage.BucketObject:
    """The zip, named by its hash: other code is another object, which is what makes the function build again."""
    name = context.child(part.name, NAME)
    return storage.BucketObject(
        name,
        bucket=sources.name,
        name=f"{name}-{bundle.sha256}.zip",
        source=pulumi.FileAsset(str(bundle.path)),
        content_type="application/zip",
        opts=context.options(),
    )


def _function(
    part: Part,
    setting: Setting,
    code: storage.BucketObject,
    target: Gcp,
    place: Place,
    context: Context,
) -> cloudfunctionsv2.Function:
    builder, function = target.build_service_account, part.function
    return cloudfunctionsv2.Function(
        context.child(part.name, NAME),
        location=place.region,
        project=place.project,
        description=f"{context.name}: {part.name}",
        build_config=cloudfunctionsv2.FunctionBuildConfigArgs(
            runtime=f"python{function.python.replace('.', '')}",
            entry_point=package.ENTRY_POINT,
            environment_variables=dict(package.BUILD_ENVIRONMENT) or None,
            service_account=None if builder is None else given(builder),
            source=cloudfunctionsv2.FunctionBuildConfigSourceArgs(
                storage_source=cloudfunctionsv2.FunctionBuildConfigSourceStorageSourceArgs(
                    bucket=code.bucket, object=code.name
                )
            ),
        ),
        service_config=_service(function, setting),
        labels=context.tags,
        opts=context.options(depends_on=setting.after),
    )


def _service(function: FunctionPlan, setting: Setting) -> cloudfunctionsv2.FunctionServiceConfigArgs:
    concurrency = function.concurrency or 1
    env = {**{key: given(value) for key, value in function.env.items()}, **setting.env}
    if concurrency > 1:
        env["THREADS"] = str(concurrency)  # functions-framework starts four a CPU, and the others would wait
    return cloudfunctionsv2.FunctionServiceConfigArgs(
        service_account_email=setting.account.email,
        available_memory=f"{function.memory}Mi",
        available_cpu="1" if concurrency > 1 and function.memory < WHOLE_CPU else None,
        timeout_seconds=math.ceil(function.timeout),
        min_instance_count=function.min_instances,
        max_instance_count=function.max_instances,
        max_instance_request_concurrency=concurrency,
        ingress_settings=setting.ingress,
        all_traffic_on_latest_revision=True,
        # The platform adds this one. Said here, the map is never empty: an empty one would leave what was set before.
        environment_variables={"LOG_EXECUTION_ID": "true", **env},
    )
