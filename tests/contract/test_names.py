"""Names at their limits: what is made of them is what each cloud takes, with the suffix that Pulumi adds."""

from __future__ import annotations

import pytest

from sls_infra.errors import SpecError

from . import apis
from .model import UNNAMED, Cloud

LONG = "a" * 64
NAMES: dict[str, tuple[str, tuple[str, ...]]] = {
    "ordinary": ("orders", ("shop",)),
    "one letter": ("o", ("s",)),
    "64 characters": ("A" * 64, ("b" * 64,)),
    "64 characters alike but for the last": ("o" * 64, ("s" * 63 + "a", "s" * 63 + "b")),
    "upper case": ("OrdersOfTheShop", ("ReadsOrders",)),
    "underscores": ("orders_of_the_shop", ("reads_orders", "_".join("writesallorders"))),
    "hyphens": ("orders-of-the-shop", ("reads-orders", "-".join("writesallorders"))),
    "hyphens at the cut": ("a" + "-b" * 31, ("c" + "-d" * 31,)),
    "underscores at the end": ("orders__", ("shop--", "worker_")),
    "digits": ("o1234567890", ("s0", "s1")),
    "everything at once": ("Orders_Of-The_Shop-" + "X_" * 22, ("Reads_All-" * 6, "writes")),
}


@pytest.mark.parametrize("names", NAMES)
def test_names_are_within_each_clouds_limits(cloud: Cloud, names: str) -> None:
    api, functions = NAMES[names]
    rendered = cloud.rendered(apis.named(api, *functions))
    checked = 0
    for resource in rendered.resources:
        if resource.type.startswith(("sls:index:", "pulumi:")):  # the component, and its provider
            continue
        rule = cloud.names[resource.type]
        if rule is not UNNAMED:
            rule.check(resource.logical_name, resource.inputs)
            checked += 1
    assert checked > len(functions)


@pytest.mark.parametrize("names", NAMES)
def test_functions_are_told_apart(cloud: Cloud, names: str) -> None:
    api, functions = NAMES[names]
    rendered = cloud.rendered(apis.named(api, *functions))
    assert set(rendered.outputs["functions"]) == set(functions)
    assert len(set(rendered.outputs["functions"].values())) == len(functions)
    assert len({resource.urn for resource in rendered.resources}) == len(rendered.resources)


@pytest.mark.parametrize("names", NAMES)
def test_names_are_stable(cloud: Cloud, names: str) -> None:
    api, functions = NAMES[names]
    first, again = (cloud.rendered(apis.named(api, *functions)) for _ in range(2))
    assert sorted(r.urn for r in first.resources) == sorted(r.urn for r in again.resources)


@pytest.mark.parametrize("name", [LONG + "a", "1orders", "orders shop", "ördérs", "", "-orders", "orders.shop"])
def test_a_name_that_no_cloud_could_carry_is_refused(cloud: Cloud, name: str) -> None:
    for api, function in ((name, "shop"), ("orders", name)):
        with pytest.raises(SpecError) as raised:
            cloud.rendered(apis.named(api, function))
        assert any(problem.path.endswith("name") and problem.fix for problem in raised.value.problems)
