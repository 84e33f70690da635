"""Hours and maintenance hold always or never; Alertmanager itself accepts both."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from resilience.rehearsal.exported import Exported
from resilience.rehearsal.live.hours import changes, with_hours
from resilience.rehearsal.scenario.scenario import Scenario
from resilience.tools import binaries


@pytest.mark.parametrize(("open_", "interval"), [(True, {}), (False, {"years": ["1970"]})])
def test_every_interval_is_replaced_and_alertmanager_accepts_it(
    declared: Exported, tmp_path: Path, open_: bool, interval: dict[str, list[str]]
) -> None:
    config = with_hours(declared.alertmanager, open_=open_, maintenance=False)
    named = config["time_intervals"]
    (tmp_path / "alertmanager.yml").write_text(yaml.safe_dump({**config, "templates": []}), "utf-8")
    for receiver in declared.receivers:
        (tmp_path / f"{receiver}.url").write_text("http://127.0.0.1:1/", "utf-8")

    done = subprocess.run(
        [binaries.find("amtool"), "check-config", "alertmanager.yml"], cwd=tmp_path, capture_output=True, check=False
    )

    assert [one["time_intervals"] for one in named] == [[interval]] * len(named)
    assert [one["name"] for one in named] == [one["name"] for one in declared.alertmanager["time_intervals"]]
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("maintenance", "interval"), [(True, {}), (False, {"years": ["1970"]})])
def test_what_mutes_holds_in_maintenance_whatever_the_hour(maintenance: bool, interval: dict[str, list[str]]) -> None:
    route = {"receiver": "a", "routes": [{"receiver": "b", "mute_time_intervals": ["work"]}]}
    config = {"route": route, "time_intervals": [{"name": "hours"}, {"name": "work"}]}

    found = {
        one["name"]: one["time_intervals"]
        for one in with_hours(config, open_=True, maintenance=maintenance)["time_intervals"]
    }

    assert found == {"hours": [{}], "work": [interval]}


def test_each_change_states_hours_and_maintenance(scenario: Callable[..., Scenario]) -> None:
    window = {"begins_at": "5m", "ends_at": "20m", "environments": ["production"], "alerts": "all"}
    both = scenario(hours={"closes_at": "2m", "opens_at": "20m"}, maintenance=window)

    assert list(changes(both)) == [(120, False, False), (300, False, True), (1200, True, False)]
    assert list(changes(scenario())) == []
