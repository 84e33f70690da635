"""Everybody's hours are open or closed for good; Alertmanager itself accepts both."""

import subprocess
from pathlib import Path

import pytest
import yaml

from resilience.rehearsal.exported import Exported
from resilience.rehearsal.live.hours import with_hours
from resilience.tools import binaries
from resilience.tools.errors import RehearsalError


@pytest.mark.parametrize(("open_", "interval"), [(True, {}), (False, {"years": ["1970"]})])
def test_every_interval_is_replaced_and_alertmanager_accepts_it(
    declared: Exported, tmp_path: Path, open_: bool, interval: dict[str, list[str]]
) -> None:
    config = with_hours(declared.alertmanager, open_=open_)
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


def test_mute_intervals_are_rejected() -> None:
    route = {"receiver": "a", "routes": [{"receiver": "b", "mute_time_intervals": ["night"]}]}

    with pytest.raises(RehearsalError, match="mute_time_intervals cannot be rehearsed"):
        with_hours({"route": route}, open_=True)
