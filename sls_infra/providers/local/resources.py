"""The resources of the provider plugin `pulumi-resource-sls`, typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi


@pulumi.input_type
class _FunctionInputs:
    root: pulumi.Input[str]
    name: pulumi.Input[str]
    bundle: pulumi.Input[str]
    sha256: pulumi.Input[str]
    python: pulumi.Input[str]
    env: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    min_instances: pulumi.Input[int] = pulumi.property("minInstances")
    max_instances: pulumi.Input[int | None] = pulumi.property("maxInstances")
    timeout: pulumi.Input[float]
    memory: pulumi.Input[int]


@pulumi.input_type
class _GatewayInputs:
    root: pulumi.Input[str]
    api: pulumi.Input[str]
    host: pulumi.Input[str]
    port: pulumi.Input[int]
    cors: pulumi.Input[Mapping[str, Any] | None]
    routes: pulumi.Input[Sequence[Mapping[str, Any]]]
    functions: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    api_keys: pulumi.Input[Sequence[Mapping[str, Any]]] = pulumi.property("apiKeys")
    events: pulumi.Input[Sequence[Mapping[str, Any]]]
    kept: pulumi.Input[Mapping[str, Any]]


@pulumi.input_type
class _KeyInputs:
    client: pulumi.Input[str]
    generation: pulumi.Input[int]


class Key(pulumi.CustomResource):
    """A client's key: 32 random bytes, url-safe, made once. It is in the stack's state alone, encrypted; whoever
    verifies it needs its digest."""

    def __init__(
        self,
        resource_name: str,
        *,
        client: pulumi.Input[str],
        generation: pulumi.Input[int],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Another client or generation is another key."""
        inputs = _KeyInputs.__new__(_KeyInputs)
        inputs.__dict__.update(client=client, generation=generation, key=None, sha256=None)
        options = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=["key"]))
        super().__init__("sls:local:Key", resource_name, inputs, options)  # type: ignore[arg-type]

    @property
    @pulumi.getter
    def key(self) -> pulumi.Output[str]:
        """The key itself, secret."""
        key: pulumi.Output[str] = pulumi.get(self, "key")
        return key

    @property
    @pulumi.getter
    def sha256(self) -> pulumi.Output[str]:
        """Its digest, hex, which is no secret: the key is too random to be guessed from it."""
        sha256: pulumi.Output[str] = pulumi.get(self, "sha256")
        return sha256


@pulumi.input_type
class _SecretInputs:
    root: pulumi.Input[str]
    name: pulumi.Input[str]
    value: pulumi.Input[str]


class Secret(pulumi.CustomResource):
    """A value that functions on this machine can be given. It is encrypted in the stack's state, and in its own file
    below `root`; the key to that file lies beside it, readable for its user only."""

    def __init__(
        self,
        resource_name: str,
        *,
        root: pulumi.Input[str],
        name: pulumi.Input[str],
        value: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`root`: folder of all local state, absolute; `value`: made a secret, if it is none yet."""
        inputs = _SecretInputs.__new__(_SecretInputs)
        inputs.__dict__.update(root=root, name=name, value=pulumi.Output.secret(value), ref=None)
        super().__init__("sls:local:Secret", resource_name, inputs, opts)  # type: ignore[arg-type]

    @property
    @pulumi.getter
    def ref(self) -> pulumi.Output[str]:
        """By which functions and gateways name it; it stays when the value changes."""
        ref: pulumi.Output[str] = pulumi.get(self, "ref")
        return ref


class Function(pulumi.CustomResource):
    """A function's bundle, staged on this machine for its gateway to serve. Its `id` is what gateways name.

    The values of `env` are encrypted in the stack's state where they are secrets. On this machine they are plain text
    in the function's own file below `root`, which only its user can read: its processes are started from there.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        root: pulumi.Input[str],
        name: pulumi.Input[str],
        bundle: pulumi.Input[str],
        sha256: pulumi.Input[str],
        python: pulumi.Input[str],
        env: pulumi.Input[Mapping[str, pulumi.Input[str]]],
        min_instances: pulumi.Input[int],
        max_instances: pulumi.Input[int | None],
        timeout: pulumi.Input[float],
        memory: pulumi.Input[int],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`root`: folder of all local state, absolute; `bundle`: path of the zip, which may move without a change;
        `sha256`: of the zip, hex; `python`: what it was made for; `timeout`: seconds; `memory`: MiB, not enforced."""
        inputs = _FunctionInputs.__new__(_FunctionInputs)
        inputs.__dict__.update(
            root=root,
            name=name,
            bundle=bundle,
            sha256=sha256,
            python=python,
            env=env,
            min_instances=min_instances,
            max_instances=max_instances,
            timeout=timeout,
            memory=memory,
        )
        super().__init__("sls:local:Function", resource_name, inputs, opts)  # type: ignore[arg-type]


class Gateway(pulumi.CustomResource):
    """One Api on one port of this machine, served by a process of its own that outlives the command."""

    def __init__(
        self,
        resource_name: str,
        *,
        root: pulumi.Input[str],
        api: pulumi.Input[str],
        host: pulumi.Input[str],
        port: pulumi.Input[int],
        cors: pulumi.Input[Mapping[str, Any] | None],
        routes: pulumi.Input[Sequence[Mapping[str, Any]]],
        functions: pulumi.Input[Mapping[str, pulumi.Input[str]]],
        api_keys: pulumi.Input[Sequence[Mapping[str, Any]]],
        events: pulumi.Input[Sequence[Mapping[str, Any]]] = (),
        kept: pulumi.Input[Mapping[str, Any]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`root`: folder of all local state, absolute; `port`: 0 for any free one, kept over updates; `functions`:
        name → id of a `Function`; `api_keys`: what routes name of them; `events`: what it consumes; `kept`: refs of the
        stack's own queues, topics, buckets and tables, which it looks after."""
        inputs = _GatewayInputs.__new__(_GatewayInputs)
        inputs.__dict__.update(
            root=root,
            api=api,
            host=host,
            port=port,
            cors=cors,
            routes=routes,
            functions=functions,
            api_keys=api_keys,
            events=events,
            kept=kept or {},
            url=None,
        )
        super().__init__("sls:local:Gateway", resource_name, inputs, opts)  # type: ignore[arg-type]

    @property
    @pulumi.getter
    def url(self) -> pulumi.Output[str]:
        """Where it answers, without a slash at the end: http://127.0.0.1:8080."""
        url: pulumi.Output[str] = pulumi.get(self, "url")
        return url
