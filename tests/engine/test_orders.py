"""`stacks/orders`, as it is, on each cloud: its program, with the configuration that lies beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.aws_outputs import AWS
from tests.engine.azure_outputs import AZURE
from tests.engine.gcp_outputs import GCP
from tests.engine.harness import ROOT, Workspace
from tests.engine.kinds import Package
from tests.engine.local.shop import BIN
from tests.engine.publish import PublishEndpoint
from tests.engine.stand_in import StandIn
from tests.engine.wire import UNKNOWN

pytestmark = pytest.mark.engine
STACK = ROOT / "stacks" / "orders"
CLOUDS = {"aws": AWS, "azure": AZURE, "gcp": GCP}


@pytest.mark.parametrize(("target", "package"), CLOUDS.items(), ids=CLOUDS)
def test_the_orders_stack(tmp_path: Path, site: PublishEndpoint, target: str, package: Package) -> None:
    with (
        StandIn(package) as cloud,
        Workspace(
            tmp_path,
            {"__main__.py": (STACK / "__main__.py").read_text()},
            project="orders",
            stack=target,
            config=_config(target),
            providers=[cloud],
            plugins={"sls": BIN},
            env={**site.env, "PYTHONPATH": str(ROOT)},
        ) as ws,
    ):
        preview = ws.preview()
        assert preview.outputs["url"] == UNKNOWN
        assert cloud.of("create") == []
        up = ws.up()
        assert up.created == preview.created
        assert ws.outputs()["url"].startswith("https://")
        assert len(site.published) == (1 if target == "azure" else 0)
        again = ws.up()
        assert again.same == up.created
        assert set(again.counts) <= {"same", "refresh"}
        ws.destroy()
        assert ws.resources() == []
        assert cloud.live == {}


def _config(target: str) -> Mapping[str, str]:
    """`Pulumi.<target>.yaml`: there is one for each target, and it names it."""
    found: dict[str, Any] = yaml.safe_load((STACK / f"Pulumi.{target}.yaml").read_text())["config"]
    assert found["sls:target"] == target
    return found
