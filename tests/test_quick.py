"""SDKs loaded in part: quicker, and nobody can tell."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

PACKAGES = {
    "pulumi_aws": ("lambda_", "Function", "FunctionEnvironmentArgs", "Alias"),
    "pulumi_azure_native": ("web", "WebApp", "FunctionAppConfigArgs", "WebAppSlot"),
    "pulumi_gcp": ("storage", "Bucket", "BucketWebsiteArgs", "DefaultObjectACL"),
}


def run(program: str) -> list[str]:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("package", PACKAGES)
def test_only_what_is_used_is_loaded_and_it_is_the_same(package: str) -> None:
    module, resource, arguments, other = PACKAGES[package]
    few, more, same, kept = run(
        f"""
        import sys
        from sls_infra.quick import partly
        partly("{package}")
        from {package} import {module} as part
        made, given = part.{resource}, part.{arguments}
        def loaded(): return sum(name.startswith("{package}.{module}.") for name in sys.modules)
        print(loaded())
        from {package}.{module} import {other}
        exec("from {package}.{module} import *")
        print(loaded())
        print({resource} is made and part.{resource} is made and part.{arguments} is given)
        print("{other}" in dir(part) and part.{other} is {other})
        """
    )
    assert int(few) < 6 < int(more)
    assert (same, kept) == ("True", "True")


def test_a_package_that_is_loaded_stays_as_it_is() -> None:
    kind, same = run(
        """
        import pulumi_aws
        from pulumi_aws import iam
        role = iam.Role
        from sls_infra.quick import partly
        partly("pulumi_aws")
        print(type(iam).__name__, iam.Role is role)
        """
    )
    assert (kind, same) == ("module", "True")


def test_what_there_is_not_is_an_attribute_error() -> None:
    (said,) = run(
        """
        from sls_infra.quick import partly
        partly("pulumi_aws")
        import pulumi_aws
        try:
            pulumi_aws.iam.NoSuchThing
        except AttributeError as error:
            print("NoSuchThing" in str(error) and "iam" in str(error))
        """
    )
    assert said == "True"


def test_rendering_for_aws_loads_a_small_part_of_its_sdk() -> None:
    count, lists = run(
        """
        import sys
        from sls_infra.providers import registry
        registry.adapter("aws")
        print(sum(name.startswith("pulumi_aws.lambda_.") for name in sys.modules))
        print("pulumi_aws.cloudwatch.dashboard" in sys.modules)
        """
    )
    assert int(count) < 12
    assert lists == "False"
