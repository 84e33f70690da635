"""A checkout whose catalogue announces what a scenario does: a maintenance window, an alert on trial."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from resilience.core.yaml_files import read_yaml
from resilience.export.files import as_yaml
from resilience.model.dated import maintenance
from resilience.model.dated.calibration import KEY
from resilience.rehearsal.scenario.scenario import Scenario, ScenarioWindow

ZERO = datetime(2027, 1, 4, tzinfo=UTC)
"""Virtual zero in dates of the catalogue; no real time, so a rehearsal is the same on every day."""


def announces(scenario: Scenario) -> bool:
    """Whether the scenario has a catalogue of its own."""
    return bool(scenario.maintenance or scenario.calibrating)


def checkout(root: Path, scenario: Scenario, folder: Path) -> Path:
    """Make the checkout in a new folder: what is in `root`, except these announcements. Returns the folder."""
    folder.mkdir()
    for path in root.iterdir():
        if path.name != "catalogue":
            (folder / path.name).symlink_to(path.absolute())
    shutil.copytree(root / "catalogue", folder / "catalogue")
    windows = [_window(scenario.maintenance)] if scenario.maintenance else []
    (folder / maintenance.FILE).write_text(as_yaml({"version": 1, "windows": windows}), "utf-8")
    days = {alert: (ZERO + timedelta(seconds=at)).date().isoformat() for alert, at in scenario.calibrating.items()}
    for path in (folder / "catalogue/alerts").glob("*.yaml"):
        _put_on_trial(path, days)
    return folder


def _window(window: ScenarioWindow) -> dict[str, object]:
    begins, ends = (ZERO + timedelta(seconds=at) for at in (window.begins_at, window.ends_at))
    alerts = "all" if window.alerts == "all" else list(window.alerts)
    return {
        "name": "rehearsed",
        "begins": begins.isoformat(),
        "ends": ends.isoformat(),
        "environments": list(window.environments),
        "alerts": alerts,
        "reason": "It is rehearsed",
    }


def _put_on_trial(path: Path, days: Mapping[str, str]) -> None:
    content = read_yaml(path, path.name)
    for alert in content["alerts"]:
        alert.pop(KEY, None)
        alert.update({KEY: days[alert["id"]]} if alert["id"] in days else {})
    path.write_text(as_yaml(content), "utf-8")
