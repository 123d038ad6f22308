"""ServerlessApi: an Api, deployed. A thin component over plain functions."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from ..bundle.spec import Bundle, BundleSpec
from ..errors import Problem, SpecError
from ..plan import check
from ..spec.api import Api
from ..spec.targets import Target
from . import owners, registry
from .base import Context, Outputs
from .nodes import Nodes

TYPE = "sls:index:ServerlessApi"
Transform = Callable[[pulumi.ResourceTransformArgs], pulumi.ResourceTransformResult | None]

bundler: contextvars.ContextVar[Callable[[BundleSpec], Bundle] | None] = contextvars.ContextVar("bundler", default=None)
"""How bundles are made; None: for real. `sls_infra.testing` sets one that only names them."""


class ServerlessApi(pulumi.ComponentResource):
    """Everything that an Api needs on a target.

    `target` is "aws", "local", … or options such as `Aws(region="eu-west-1")`; None: the config `sls:target`.
    `name` is the first part of every child's logical name. `transform` sees each child before it is made, with
    `props` in snake_case, and may return others. Raises `SpecError` with every mistake before anything is made.
    """

    url: pulumi.Output[str]
    """Where it answers; resolves when the whole Api is in place. An Api without routes has none, and raises."""
    functions: pulumi.Output[Mapping[str, str]]
    """Name → ref (ARN, id, …), likewise for the others."""
    queues: pulumi.Output[Mapping[str, str]]
    topics: pulumi.Output[Mapping[str, str]]
    buckets: pulumi.Output[Mapping[str, str]]
    tables: pulumi.Output[Mapping[str, str]]
    api_keys: pulumi.Output[Mapping[str, str]]
    """Client → key, secret."""
    nodes: Nodes
    """The resources made: `nodes.one(aws.lambda_.Function, "shop")`."""

    def __init__(
        self,
        api: Api,
        target: Target | str | None = None,
        *,
        name: str | None = None,
        transform: Transform | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        chosen = registry.as_target(_target(target))
        planned, front = check.fitting(api, registry.fronts(chosen.name), getattr(chosen, "front", None))
        adapter = registry.adapter(chosen.name)
        own = name or api.name
        owners.claim(api, own)
        self.nodes = Nodes()
        super().__init__(TYPE, own, None, _watched(opts, self, transform))
        provider = adapter.providers(own, chosen, self)
        if provider is not None:
            self._providers = {**self._providers, provider.package: provider}
        given = bundler.get()
        context = Context(
            name=own,
            parent=self,
            tags=dict(api.tags),
            build=given or self._build,
            deploying=given is None,
            front=front,
            spoken=self.nodes.spoken,
        )
        self._publish(adapter.deploy(planned, chosen, context))

    def _build(self, spec: BundleSpec) -> Bundle:
        from ..bundle import build  # not needed to render a test

        return build(spec, progress=lambda line: pulumi.log.info(line, self, ephemeral=True))

    def _publish(self, made: Outputs) -> None:
        self.functions = _all(made.functions)
        self.queues = _all(made.queues)
        self.topics = _all(made.topics)
        self.buckets = _all(made.buckets)
        self.tables = _all(made.tables)
        self.api_keys = pulumi.Output.secret(_all(made.api_keys))
        told: dict[str, pulumi.Output[object]] = {
            "functions": self.functions,
            "queues": self.queues,
            "topics": self.topics,
            "buckets": self.buckets,
            "tables": self.tables,
            "api_keys": self.api_keys,
        }
        if made.url is not None:
            self.url = made.url
            told["url"] = made.url
        self.register_outputs(told)

    def __getattr__(self, name: str) -> object:
        if name == "url":
            raise AttributeError("this Api has no routes, and so no url: give it a Route")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def _all(refs: Mapping[str, pulumi.Output[str]]) -> pulumi.Output[Mapping[str, str]]:
    plain: Mapping[str, Any] = dict(refs)
    return pulumi.Output.from_input(plain)


def _target(given: Target | str | None) -> Target | str:
    configured = pulumi.Config("sls").get("target")
    if given is None:
        if configured is None:
            fix = "pulumi config set sls:target local, or ServerlessApi(api, target='local')"
            raise SpecError([Problem("target", "no target is given", fix)])
        return configured
    name = given if isinstance(given, str) else given.name
    if configured not in (None, name):
        fix = "pulumi config rm sls:target, or leave target out of the program"
        raise SpecError([Problem("target", f"the program says {name}, the config sls:target says {configured}", fix)])
    return given


def _watched(
    opts: pulumi.ResourceOptions | None, component: ServerlessApi, transform: Transform | None
) -> pulumi.ResourceOptions:
    """The component's options, with a look at each child: Pulumi's newer `transforms` do not run under mocks."""

    def see(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.resource is component:
            return None
        component.nodes.add(args.name, args.resource)
        if transform is None:
            return None
        custom = isinstance(args.resource, pulumi.CustomResource)
        result = transform(pulumi.ResourceTransformArgs(custom, args.type_, args.name, args.props, args.opts))
        return None if result is None else pulumi.ResourceTransformationResult(result.props, result.opts)

    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(transformations=[see]))
