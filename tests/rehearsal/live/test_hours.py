"""Business hours open on a full minute, also around midnight."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resilience.rehearsal.live.hours import OPEN, WEEKDAYS, next_opening, opening_at, replace_intervals
from resilience.tools.errors import RehearsalError

INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001 - hypothesis needs naive ones
    lambda naive: naive.replace(tzinfo=UTC, second=0, microsecond=0)
)


def is_open(intervals: list[dict[str, Any]], at: datetime) -> bool:
    """Read intervals as Alertmanager does: start inclusive, end exclusive, to the minute."""
    minute, day = f"{at:%H:%M}", WEEKDAYS[at.weekday()]
    return any(
        day in entry.get("weekdays", WEEKDAYS)
        and any(span["start_time"] <= minute < span["end_time"] for span in entry["times"])
        for entry in intervals
    )


@pytest.mark.parametrize(
    ("earliest", "opening"),
    [
        ("2026-11-24T10:00:00", "2026-11-24T10:00:00"),
        ("2026-11-24T10:00:01", "2026-11-24T10:01:00"),
        ("2026-11-24T23:59:30", "2026-11-25T00:00:00"),
        ("2026-12-31T23:59:59", "2027-01-01T00:00:00"),
    ],
)
def test_hours_open_at_the_next_full_minute(earliest: str, opening: str) -> None:
    assert next_opening(datetime.fromisoformat(earliest + "+00:00")) == datetime.fromisoformat(opening + "+00:00")


def test_hours_that_open_at_midnight_are_closed_the_minute_before_it() -> None:
    midnight = datetime(2026, 11, 25, tzinfo=UTC)
    intervals = opening_at(midnight)

    assert not is_open(intervals, midnight - timedelta(minutes=1))
    assert is_open(intervals, midnight)
    assert intervals[0] == {
        "times": [{"start_time": "00:00", "end_time": "24:00"}],
        "weekdays": ["wednesday"],
        "location": "UTC",
    }


def test_hours_that_open_before_midnight_stay_open_after_it() -> None:
    opening = datetime(2026, 11, 29, 23, 59, tzinfo=UTC)
    intervals = opening_at(opening)

    assert not is_open(intervals, opening - timedelta(minutes=1))
    assert is_open(intervals, opening)
    assert is_open(intervals, opening + timedelta(minutes=1))


@given(opening=INSTANTS, minutes=st.integers(-1440, 1440))
def test_hours_are_closed_before_they_open_and_open_after(opening: datetime, minutes: int) -> None:
    assert is_open(opening_at(opening), opening + timedelta(minutes=minutes)) is (minutes >= 0)


def test_hours_cannot_open_within_a_minute() -> None:
    with pytest.raises(RehearsalError, match="full minutes only"):
        opening_at(datetime(2026, 11, 24, 10, 0, 30, tzinfo=UTC))


def test_every_named_interval_is_replaced() -> None:
    config = {"route": {}, "time_intervals": [{"name": "a", "time_intervals": [{"weekdays": ["monday"]}]}]}

    assert replace_intervals(config, OPEN)["time_intervals"] == [{"name": "a", "time_intervals": OPEN}]


def test_intervals_that_mute_are_rejected() -> None:
    config = {"route": {"routes": [{"mute_time_intervals": ["night"]}]}}

    with pytest.raises(RehearsalError, match="use active_time_intervals"):
        replace_intervals(config, OPEN)
