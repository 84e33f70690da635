"""The real engine, or a visible reason why it is not run."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from resilience.manifest import types
from resilience.model.catalogue import ROOT
from tests.engine.applied import AppliedStacks, DoubledStacks, ProviderStacks, StandinProject, planted
from tests.engine.binary import find
from tests.engine.doubled import DoubledProject, doubled
from tests.engine.doubles.provider import ProviderCall
from tests.engine.project import CANARIES, DEMAND, DEMAND_PLUGINS, Project, Snapshot, missing
from tests.standin.__main__ import options
from tests.standin.server import Standin, running

STACKS = ("production", "dev")
BY_HAND = {"name": "slack-alerts", "slacks": [{"url": "https://hooks.example.com", "title": "by hand"}]}


def demand(reason: str, variable: str) -> None:
    """Skip with the reason, or fail if a variable of the environment demands it."""
    if reason and os.environ.get(variable) == "1":
        pytest.fail(f"{variable}=1, but {reason}", pytrace=False)
    if reason:
        pytest.skip(f"the real engine was not run: {reason}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip by a mark what needs the engine: pytest then prints one line a file, and not one a test."""
    no_engine = "" if find(os.environ) else "there is no `pulumi`; run `make engine-cli`"
    for item in items:
        names = item.fixturenames if isinstance(item, pytest.Function) else []
        with_providers = "applied" in names and "[providers" in item.name
        reason, variable = (missing(os.environ), DEMAND_PLUGINS) if with_providers else (no_engine, DEMAND)
        if reason and {"life", "applied"} & {*names} and os.environ.get(variable) != "1":
            item.add_marker(pytest.mark.skip(reason=f"the real engine was not run: {reason}"))


@dataclass(frozen=True)
class Life:
    """A project with its snapshots: both stacks initialised, and both applied; `first` are the changes of that.

    A contact point that was made by hand is there before.
    """

    project: DoubledProject
    initialised: Snapshot
    applied: Snapshot
    first: list[ProviderCall]


@pytest.fixture(scope="session")
def engine() -> Path:
    """The command `pulumi`, from PATH or built by `make engine-cli`."""
    found = find(os.environ)
    demand("" if found else "there is no `pulumi`; run `make engine-cli`", DEMAND)
    assert found
    return found


@pytest.fixture(scope="session")
def life(engine: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Both stacks from nothing to applied, once for a process."""
    with doubled(tmp_path_factory.mktemp("engine"), engine) as project:
        for stack in STACKS:
            project.start(stack)
        project.services.create(types.CONTACT_POINT, "given", BY_HAND)
        initialised = project.saved()
        first = [call for stack in STACKS for call in project.up(stack)]
        project.stop_logs()
        yield Life(project, initialised, project.saved(), first)


@pytest.fixture
def doubled_project(life: Life) -> DoubledProject:
    """Both stacks, applied."""
    life.project.restore(life.applied)
    return life.project


@pytest.fixture(scope="session")
def providers_life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ProviderStacks, Snapshot]]:
    """Both stacks applied by the real providers, once for a process."""
    demand(missing(os.environ), DEMAND_PLUGINS)
    with running(options(ROOT, None)) as standin:
        cloned = Project.cloned(tmp_path_factory.mktemp("providers"), standin.state.base)
        project = StandinProject(cloned.folder, cloned.state, cloned.environment, standin)
        for stack in STACKS:
            project.init(stack, planted(project.settings(stack).required_secrets()))
        stacks = ProviderStacks(project, project.saved())
        for stack in STACKS:
            stacks.up(stack)
        yield stacks, project.saved()


@pytest.fixture(params=["doubles", "providers"])
def applied(request: pytest.FixtureRequest) -> AppliedStacks:
    """Both stacks, applied: with doubles of the providers, and with the real ones where they are found."""
    if request.param == "doubles":
        life: Life = request.getfixturevalue("life")
        life.project.restore(life.applied)
        return DoubledStacks(life.project, life.initialised)
    found, snapshot = request.getfixturevalue("providers_life")
    found.project.restore(snapshot)
    assert isinstance(found, ProviderStacks)
    return found


@pytest.fixture
def standin() -> Iterator[Standin]:
    """Every API that the program uses, with what our settings expect to exist."""
    demand(missing(os.environ), DEMAND_PLUGINS)
    with running(options(ROOT, None)) as found:
        yield found


@pytest.fixture
def project(standin: Standin, tmp_path: Path) -> Project:
    """A clone whose stacks use the stand-in."""
    return Project.cloned(tmp_path, standin.state.base)


@pytest.fixture(autouse=True)
def _canaries_are_canaries() -> None:
    assert all("CANARY" in value for value in CANARIES.values())
