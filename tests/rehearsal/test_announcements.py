"""A scenario's window and trial take the place of what the catalogue itself announces."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.dated.maintenance import FILE
from resilience.rehearsal.announcements import ZERO, checkout
from resilience.rehearsal.scenario.scenario import Scenario
from tests.stack_files import announce_nothing

WINDOW = {"begins_at": "-5m", "ends_at": "20m", "environments": ["dev"], "alerts": ["queue-backing-up"]}
WORK = (
    "{name: disk, begins: 2027-03-01T22:00:00Z, ends: 2027-03-02T00:30:00Z, environments: [production], "
    "alerts: all, reason: A disk}"
)


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    """A checkout that announces a window and puts an alert on trial."""
    for name in ("catalogue", "runbooks"):
        shutil.copytree(ROOT / name, tmp_path / "root" / name)
    announce_nothing(tmp_path / "root")
    (tmp_path / "root" / FILE).write_text(f"version: 1\nwindows: [{WORK}]\n", "utf-8")
    logs = tmp_path / "root/catalogue/alerts/logs.yaml"
    logs.write_text(
        logs.read_text("utf-8").replace("    tier:", "    calibrating_until: 2027-03-01\n    tier:", 1), "utf-8"
    )
    return tmp_path / "root"


def announced(root: Path) -> tuple[list[str], dict[str, date]]:
    catalogue = Catalogue.load(root)
    trials = {one.id: one.calibrating_until for one in catalogue.alerts if one.calibrating_until}
    return [one.name for one in catalogue.maintenance], trials


def test_a_scenario_announces_its_own_window_and_trial_alone(
    root: Path, tmp_path: Path, scenario: Callable[..., Scenario]
) -> None:
    own = scenario(maintenance=WINDOW, calibrating={"queue-backing-up": "3d"})
    assert announced(root) == (["disk"], {"logs-lost": date(2027, 3, 1)})

    made = checkout(root, own, tmp_path / "made")

    (window,) = Catalogue.load(made).maintenance
    assert announced(made) == (["rehearsed"], {"queue-backing-up": date(2027, 1, 7)})
    assert [(moment - ZERO).total_seconds() for moment in (window.begins, window.ends)] == [-300, 1200]
    assert (window.environments, window.alerts) == (("dev",), ("queue-backing-up",))
