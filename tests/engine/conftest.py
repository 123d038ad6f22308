"""Gets the engine before the first of these tests, in sight: building one takes minutes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.azure_outputs import AZURE, LOCATION
from tests.engine.gcp_outputs import GCP, PROJECT, REGION
from tests.engine.harness import Workspace, obtained
from tests.engine.local.shop import BIN
from tests.engine.programs import SECRET, program
from tests.engine.publish import PublishEndpoint
from tests.engine.stand_in import StandIn


@pytest.fixture(scope="session", autouse=True)
def _engine(pytestconfig: pytest.Config) -> None:
    """Whether one can be had is for each test to say: not every test here needs it."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
        obtained()


@pytest.fixture
def azure() -> Iterator[StandIn]:
    """A stand-in for azure-native."""
    with StandIn(AZURE) as stand_in:
        yield stand_in


@pytest.fixture
def site() -> Iterator[PublishEndpoint]:
    """A stand-in for the publish sites of all apps."""
    with PublishEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def gcp() -> Iterator[StandIn]:
    """A stand-in for gcp."""
    with StandIn(GCP) as stand_in:
        yield stand_in


@pytest.fixture
def on_azure(tmp_path: Path, azure: StandIn, site: PublishEndpoint) -> Iterator[Workspace]:
    """The tests' Api, to be deployed to Azure, with the real plugin."""
    config = {"azure-native:location": LOCATION}
    with Workspace(
        tmp_path, program("azure"), providers=[azure], config=config, plugins={"sls": BIN}, env=site.env
    ) as workspace:
        workspace.set_config("token", f"{SECRET}-of-the-config", secret=True)
        yield workspace


@pytest.fixture
def on_gcp(tmp_path: Path, gcp: StandIn) -> Iterator[Workspace]:
    """The tests' Api, to be deployed to Google Cloud."""
    config = {"gcp:project": PROJECT, "gcp:region": REGION}
    with Workspace(tmp_path, program("gcp"), providers=[gcp], config=config) as workspace:
        workspace.set_config("token", f"{SECRET}-of-the-config", secret=True)
        yield workspace
