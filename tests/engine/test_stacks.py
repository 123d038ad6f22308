"""The programs in `stacks`, as they are, on each cloud: with the configuration that lies beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.aws_outputs import AWS
from tests.engine.azure_kind import SUBSCRIPTION
from tests.engine.azure_outputs import AZURE
from tests.engine.gcp_outputs import GCP
from tests.engine.harness import ROOT, Workspace
from tests.engine.kinds import Package
from tests.engine.local.shop import BIN
from tests.engine.publish import PublishEndpoint
from tests.engine.stand_in import StandIn
from tests.engine.test_aws_rest import permit_logs
from tests.engine.wire import UNKNOWN
from tests.engine.world import Resource, key

pytestmark = pytest.mark.engine
STACKS = ROOT / "stacks"
SECRETS: dict[str, dict[str, str]] = {
    "articles": {},
    "orders": {},
    "partners": {"payments-signing": "whsec_0123456789abcdef", "warehouse-token": "w-0123456789ab"},
    "payments": {"payments-signing": "whsec_0123456789abcdef"},
    "pictures": {},
    "reports": {},
    "shipping": {},
}
FUNCTIONS = {"articles": 2, "orders": 1, "partners": 2, "payments": 2, "pictures": 3, "reports": 2, "shipping": 1}
KEEPING = {"articles", "payments", "pictures", "reports", "shipping"}
"""Those with tables or buckets."""
THERE = {
    ("shipping", "azure"): "azure-native:servicebus:Topic",
    ("shipping", "gcp"): "gcp:pubsub/topic:Topic",
}
"""What another stack has made, whose ref is in the configuration as `paid`."""
REMAINS = {"aws:apigateway/account:Account", "azure-native:keyvault:Secret"}
"""Not the Api's own but the region's; and what goes with its vault, without a call."""
CLOUDS = {"aws": AWS, "azure": AZURE, "gcp": GCP}


def test_each_stack_is_tried() -> None:
    assert SECRETS.keys() == {folder.parent.name for folder in STACKS.glob("*/__main__.py")}


@pytest.mark.parametrize("stack", SECRETS)
@pytest.mark.parametrize(("target", "package"), CLOUDS.items(), ids=CLOUDS)
def test_a_stack(tmp_path: Path, site: PublishEndpoint, target: str, package: Package, stack: str) -> None:
    with (
        StandIn(package) as cloud,
        Workspace(
            tmp_path,
            {"__main__.py": (STACKS / stack / "__main__.py").read_text()},
            project=stack,
            stack=target,
            config=_config(stack, target),
            providers=[cloud],
            plugins={"sls": BIN},
            env={**site.env, "PYTHONPATH": str(ROOT)},
        ) as ws,
    ):
        if target == "aws":
            permit_logs(cloud)
        theirs = _made_by_another(cloud, stack, target)
        for name, value in SECRETS[stack].items():
            ws.set_config(name, value, secret=True)
        preview = ws.preview()
        assert preview.outputs["url"] == UNKNOWN
        assert cloud.of("create") == []
        up = ws.up()
        assert up.created == preview.created
        assert ws.outputs()["url"].startswith("https://")
        assert len(site.published) == (FUNCTIONS[stack] if target == "azure" else 0)
        state = json.dumps(ws.stack_export())
        assert not [value for value in SECRETS[stack].values() if value in state]
        again = ws.up()
        assert again.same == up.created
        assert set(again.counts) <= {"same", "refresh", "read"}
        kept = [each for each in ws.resources() if each.get("protect")]
        if kept:  # what holds data is not destroyed in passing
            assert ws.destroy(check=False).exit_code != 0
            assert {each["urn"] for each in kept} <= {each["urn"] for each in ws.resources()}
            ws.run("state", "unprotect", "--all", "--yes")
        assert bool(kept) == (stack in KEEPING)
        ws.destroy()
        assert ws.resources() == []
        assert {each.type for each in cloud.live.values()} <= REMAINS | theirs


def _made_by_another(cloud: StandIn, stack: str, target: str) -> set[str]:
    """Puts it there, and gives its type."""
    type = THERE.get((stack, target))
    if type is None:
        return set()
    id = str(_config(stack, target)[f"{stack}:paid"]).replace("00000000-0000-0000-0000-000000000000", SUBSCRIPTION)
    cloud.live[key(type, id)] = Resource(type, "theirs", 0, {}, {"id": id})
    return {type}


def _config(stack: str, target: str) -> Mapping[str, str]:
    """`Pulumi.<target>.yaml`: there is one for each target, and it names it."""
    found: dict[str, Any] = yaml.safe_load((STACKS / stack / f"Pulumi.{target}.yaml").read_text())["config"]
    assert found["sls:target"] == target
    return found
