"""The deployed configuration, read once."""

import pytest

from resilience.core.yaml_files import read_yaml
from resilience.model.catalogue import ROOT
from resilience.model.telemetry import Telemetry
from tests.collector.alloy import Block, read

FOLDER = ROOT / "deploy" / "alloy"


@pytest.fixture(scope="session")
def config() -> Block:
    return read(FOLDER / "config.alloy")


@pytest.fixture(scope="session")
def docker() -> Block:
    return read(FOLDER / "logs-docker.alloy")


@pytest.fixture(scope="session")
def files() -> Block:
    return read(FOLDER / "logs-files.alloy")


@pytest.fixture(scope="session")
def telemetry() -> Telemetry:
    return Telemetry.model_validate(read_yaml(ROOT / "catalogue/telemetry.yaml", "catalogue/telemetry.yaml"))
