"""What the outside checks cost: executions a month, by place and frequency."""

from collections.abc import Callable
from typing import Any

import pytest

from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.executions import executions, outside_checks
from resilience.model.settings import StackSettings
from resilience.model.stack_file import StackFile, stacks


@pytest.mark.parametrize(
    ("uptime", "expected"),
    [
        pytest.param({"ready": {"every": "10m"}}, 4_320, id="every ten minutes from one place"),
        pytest.param({"ready": {"every": "5m"}}, 8_640, id="every five minutes from one place"),
        pytest.param({"ready": {"every": "1m"}}, 43_200, id="every minute from one place"),
        pytest.param({}, 86_400, id="every minute from two places"),
        pytest.param({"data": {"tenant": "demo-w1"}}, 95_040, id="and the data every five minutes from one"),
    ],
)
def test_a_month_has_43200_minutes_in_each_place(
    good_settings: Callable[..., StackSettings], uptime: dict[str, Any], expected: int
) -> None:
    assert executions([good_settings(uptime={"url": "https://app.example.com", **uptime})]) == expected


def test_all_environments_share_one_allowance_and_ours_fit_in_what_is_assumed() -> None:
    found = [StackFile.read(name, ROOT).settings() for name in stacks(ROOT)]
    limit = Catalogue.load(ROOT).limits["outside_checks"]

    assert executions(found) == 99_360
    assert limit.limit >= 99_360
    assert limit.source.startswith("assumed")


def test_the_jobs_are_those_that_the_rules_know() -> None:
    found = [StackFile.read(name, ROOT).settings() for name in stacks(ROOT)]

    assert [check.job for settings in found for check in outside_checks(settings)] == [
        "sv0-production-ready",
        "sv0-production-data",
        "sv0-dev-ready",
    ]
