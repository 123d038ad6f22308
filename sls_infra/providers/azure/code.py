"""The resource of the provider plugin `pulumi-resource-sls` that puts a function's code in place, typed."""

from __future__ import annotations

import pulumi


@pulumi.input_type
class _CodeInputs:
    app: pulumi.Input[str]
    host: pulumi.Input[str]
    bundle: pulumi.Input[str]
    sha256: pulumi.Input[str]


class Code(pulumi.CustomResource):
    """A function's bundle, published to its app: again when the zip's hash changes, and then only.

    azure-native has no resource for it: a blob of its own would need the storage account's keys, which are off.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        app: pulumi.Input[str],
        host: pulumi.Input[str],
        bundle: pulumi.Input[str],
        sha256: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`app`: name of the function app; `host`: of its deployment site ("myapp.scm.azurewebsites.net"); `bundle`:
        path of the zip, which may move without a change; `sha256`: of the zip, hex."""
        inputs = _CodeInputs.__new__(_CodeInputs)
        inputs.__dict__.update(app=app, host=host, bundle=bundle, sha256=sha256, deployment=None)
        super().__init__("sls:azure:Code", resource_name, inputs, opts)  # type: ignore[arg-type]

    @property
    @pulumi.getter
    def deployment(self) -> pulumi.Output[str]:
        """The id of the publish, as Azure knows it."""
        deployment: pulumi.Output[str] = pulumi.get(self, "deployment")
        return deployment
