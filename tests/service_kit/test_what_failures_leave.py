"""The last table of ADOPTING.md: the alerts of each failure are those of its scenarios. Node's tests hold the rest."""

import re

import pytest

from resilience.model.catalogue import ROOT
from tests.scenarios import ALL

PAGE = (ROOT / "service-kit/ADOPTING.md").read_text("utf-8").partition("## What a failure leaves")[2]
_, _, *ROWS = [[cell.strip() for cell in line.split(" | ")] for line in PAGE.splitlines() if line.startswith("| ")]
EXPECTED = {one.id: {wanted.alert_id for wanted in one.expect} for one in ALL}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_alerts_of_a_failure_are_those_of_its_scenarios(row: list[str]) -> None:
    alerts, scenarios = (set(re.findall(r"`([^`]+)`", cell)) for cell in row[3:])

    assert alerts == {alert for scenario in scenarios for alert in EXPECTED[scenario]}
    assert bool(scenarios) == row[4].startswith("`")
