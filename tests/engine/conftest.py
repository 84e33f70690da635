"""The real engine, or a visible reason why it is not run."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from resilience.model.catalogue import ROOT
from tests.engine.project import CANARIES, DEMAND, Project, missing
from tests.standin.__main__ import options
from tests.standin.server import Standin, running


def demand(reason: str, demanded: str | None) -> None:
    """Skip with the reason, or fail if the engine is demanded."""
    if reason and demanded == "1":
        pytest.fail(f"{DEMAND}=1, but {reason}", pytrace=False)
    if reason:
        pytest.skip(f"the real engine was not run: {reason}")


@pytest.fixture
def standin() -> Iterator[Standin]:
    """Every API that the program uses, with what our settings expect to exist."""
    demand(missing(os.environ), os.environ.get(DEMAND))
    with running(options(ROOT, None)) as found:
        yield found


@pytest.fixture
def project(standin: Standin, tmp_path: Path) -> Project:
    """A clone whose stacks use the stand-in."""
    return Project.cloned(tmp_path, standin.state.base)


@pytest.fixture(autouse=True)
def _canaries_are_canaries() -> None:
    assert all("CANARY" in value for value in CANARIES.values())
