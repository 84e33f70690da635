"""Which moments a timing holds, by Alertmanager's rules."""

from datetime import datetime

import pytest

from resilience.backtest.hours import Timing
from resilience.core.problems import UserError

WORK = {"weekdays": ["monday:friday"], "times": [{"start_time": "09:00", "end_time": "18:00"}]}


@pytest.mark.parametrize(
    ("interval", "moment", "holds"),
    [
        ({}, "2026-11-14T03:00Z", True),
        (WORK, "2026-11-13T09:00Z", True),
        (WORK, "2026-11-13T17:59Z", True),
        (WORK, "2026-11-13T18:00Z", False),
        (WORK, "2026-11-14T12:00Z", False),
        # Berlin: an hour ahead of UTC in winter, two in summer.
        (WORK | {"location": "Europe/Berlin"}, "2026-11-13T08:00Z", True),
        (WORK | {"location": "Europe/Berlin"}, "2026-07-13T07:00Z", True),
        (WORK | {"location": "Europe/Berlin"}, "2026-11-13T07:59Z", False),
        ({"weekdays": ["sunday"]}, "2026-11-15T00:00Z", True),
        ({"weekdays": ["saturday", "sunday"]}, "2026-11-16T00:00Z", False),
        ({"times": [{"start_time": "22:00", "end_time": "24:00"}]}, "2026-11-16T23:59Z", True),
        ({"months": ["november:december"]}, "2026-11-16T00:00Z", True),
        ({"months": ["1:3", "may"]}, "2026-11-16T00:00Z", False),
        ({"years": ["2025:2026"]}, "2026-11-16T00:00Z", True),
        ({"years": ["1970"]}, "2026-11-16T00:00Z", False),
        ({"days_of_month": ["1:5", "-3:-1"]}, "2026-11-28T00:00Z", True),
        ({"days_of_month": ["-2:-1"]}, "2026-11-28T00:00Z", False),
        ({"days_of_month": ["-1"]}, "2028-02-29T00:00Z", True),
        ({"days_of_month": ["28"], "months": ["november"], "years": ["2026"]}, "2026-11-28T00:00Z", True),
    ],
)
def test_all_that_is_named_must_match(interval: dict[str, object], moment: str, holds: bool) -> None:
    assert Timing("t", [interval]).holds(datetime.fromisoformat(moment).timestamp()) is holds


def test_one_of_several_intervals_is_enough_and_none_holds_nothing() -> None:
    at = datetime.fromisoformat("2026-11-14T12:00Z").timestamp()

    assert Timing("t", [WORK, {"weekdays": ["saturday"]}]).holds(at)
    assert not Timing("t", []).holds(at)


@pytest.mark.parametrize(
    "interval",
    [
        {"location": "Mars/Base"}, {"location": "/etc/passwd"}, {"weekdays": ["someday"]},
        {"times": [{"start_time": "9"}]}, {"years": [None]}, {"times": ["x"]},
    ],
)  # fmt: skip
def test_a_timing_that_cannot_be_read_is_named(interval: dict[str, object]) -> None:
    with pytest.raises(UserError, match='the timing "maintenance"'):
        Timing("maintenance", [interval]).holds(0.0)
