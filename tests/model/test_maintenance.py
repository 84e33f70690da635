"""Maintenance windows and trials: what is rejected, and on which side of a moment something is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resilience.core.problems import BadInputError, validated
from resilience.model.dated.calibration import is_over, is_too_far
from resilience.model.dated.maintenance import FILE, MaintenanceFile, MaintenanceWindow, silenced

MONTHS = [f"{datetime(2027, month, 1, tzinfo=UTC):%B}".lower() for month in range(1, 13)]
GOOD = {
    "name": "new-disk",
    "begins": "2027-03-01T22:00:00Z",
    "ends": "2027-03-02T00:30:00Z",
    "environments": ["production"],
    "alerts": ["api-down"],
    "reason": "The Mac mini gets a new disk",
}
AS = "2027-03-01T22:00:00Z or 2027-03-01T23:00:00+01:00"


def window(**changes: Any) -> MaintenanceWindow:
    return MaintenanceWindow.model_validate(GOOD | changes)


def problems_of(*windows: dict[str, Any]) -> list[str]:
    with pytest.raises(BadInputError) as rejected:
        validated(MaintenanceFile, {"version": 1, "windows": windows}, FILE)
    return str(rejected.value).split("\n")


@pytest.mark.parametrize(
    "value",
    [
        *("2027-03-01T22:00:00", "2027-03-01T22:00:00 CET", "2027-03-01 22:00:00Z", "2027-03-01T22:00Z", "2027-03-01"),
        *("2027-02-30T22:00:00Z", "2027-03-01T22:00:00+0100", "2027-03-01T22:00:00+25:00", "soon", 1804000000, None),
        datetime.fromisoformat("2027-03-01T22:00:00"),  # what YAML makes of it without quotes
    ],
)
def test_a_begin_in_another_spelling_is_rejected(value: object) -> None:
    what = f'begins: "{value}" is no moment in RFC 3339 with its zone; write it as {AS}'

    assert problems_of(GOOD | {"begins": value}) == [f"{FILE}: windows[0].{what}"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"begins": "2027-03-01T22:00:30Z"},
            '.begins: "2027-03-01T22:00:30Z" has seconds, but Grafana\'s timings are in minutes; write 00 seconds',
        ),
        (
            {"ends": "9999-12-31T23:59:00Z"},
            '.ends: "9999-12-31T23:59:00Z" is in another century; write a year from 2000 to 2099',
        ),
        ({"ends": "2027-03-02T01:30:00+01:00"}, f": begins and ends are in two zones; write both as {AS}"),
        (
            {"ends": "2027-03-01T22:00:00Z"},
            ': ends "2027-03-01T22:00:00+00:00" is not after begins; write a later end',
        ),
        ({"ends": "2027-03-02T22:01:00Z"}, ': lasts "1d1m"; write an end within 24h of begins'),
        ({"environments": []}, ".environments: a list is not right; write at least one entry"),
        ({"alerts": []}, ".alerts: a list is not right; write at least one entry"),
        ({"alerts": "everything"}, '.alerts: "everything" is no list of alerts; write all, or a list of ids'),
        ({"alert": []}, ".alert: unknown key; remove it, or correct its spelling"),
    ],
)
def test_a_window_that_cannot_be_is_rejected(changes: dict[str, Any], problem: str) -> None:
    assert problems_of(GOOD | changes) == [f"{FILE}: windows[0]{problem}"]


def test_a_window_without_an_end_is_rejected_and_so_is_all_else_at_once() -> None:
    endless = {key: value for key, value in GOOD.items() if key != "ends"}

    assert problems_of(endless, GOOD | {"begins": "soon"}) == [
        f"{FILE}: windows[0].ends: is missing; write it",
        f'{FILE}: windows[1].begins: "soon" is no moment in RFC 3339 with its zone; write it as {AS}',
    ]


def test_a_window_of_exactly_a_day_is_accepted() -> None:
    assert window(ends="2027-03-02T22:00:00Z").length == timedelta(days=1)


def days(found: MaintenanceWindow) -> list[tuple[str, ...]]:
    return [(one.year, one.month, one.day, one.start, one.end) for one in found.intervals]


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        ("2027-03-01T08:00:00Z", "2027-03-01T09:30:00Z", [("2027", "march", "1", "08:00", "09:30")]),
        (
            "2027-03-01T22:00:00Z",
            "2027-03-02T00:30:00Z",
            [("2027", "march", "1", "22:00", "24:00"), ("2027", "march", "2", "00:00", "00:30")],
        ),
        # In UTC the day is another one, and here the year too.
        ("2028-01-01T00:30:00+01:00", "2028-01-01T01:00:00+01:00", [("2027", "december", "31", "23:30", "24:00")]),
        ("2027-03-01T00:00:00Z", "2027-03-02T00:00:00Z", [("2027", "march", "1", "00:00", "24:00")]),
        (
            "2028-02-28T23:59:00Z",
            "2028-02-29T00:01:00Z",
            [("2028", "february", "28", "23:59", "24:00"), ("2028", "february", "29", "00:00", "00:01")],
        ),
    ],
)
def test_a_window_over_midnight_in_utc_is_two_intervals(
    begins: str, ends: str, expected: list[tuple[str, ...]]
) -> None:
    assert days(window(begins=begins, ends=ends)) == expected


def holds(found: MaintenanceWindow, moment: datetime) -> bool:
    """As Alertmanager's `ContainsTime`: to the minute, and the end is outside."""
    minute = moment.hour * 60 + moment.minute

    def minutes(clock: str) -> int:
        return int(clock[:2]) * 60 + int(clock[3:])

    return any(
        (int(one.year), MONTHS.index(one.month) + 1, int(one.day)) == (moment.year, moment.month, moment.day)
        and minutes(one.start) <= minute < minutes(one.end)
        for one in found.intervals
    )


@given(
    begins=st.integers(0, 60 * 24 * 365 * 5),
    length=st.integers(1, 60 * 24),
    offset=st.integers(-14 * 4, 14 * 4),
    at=st.integers(-60, 60 * 24 * 60 + 60),
)
def test_the_intervals_hold_from_the_begin_on_and_before_the_end(
    begins: int, length: int, offset: int, at: int
) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=begins)
    end, shift = begin + timedelta(minutes=length), timedelta(minutes=15 * offset)
    spelled = [
        (moment + shift).replace(tzinfo=None).isoformat()
        + f"{'-' if offset < 0 else '+'}{abs(15 * offset) // 60:02d}:{abs(15 * offset) % 60:02d}"
        for moment in (begin, end)
    ]
    found = window(begins=spelled[0], ends=spelled[1])

    second = timedelta(seconds=1)
    for moment in (begin - second, begin, begin + timedelta(seconds=at), end - second, end):
        assert holds(found, moment) == (begin <= moment < end)


IDS = ("api-down", "crash-looping", "queue-backing-up")


def sets(environment: str, *windows: MaintenanceWindow) -> list[tuple[tuple[str, ...], list[str]]]:
    found = silenced(windows, environment, IDS)
    assert {one.environment for one in found} <= {environment}
    return [(one.ids, [each.name for each in one.windows]) for one in found]


def test_an_alert_of_two_windows_is_silent_in_both_because_it_takes_one_route_only() -> None:
    disk = window(alerts=["api-down", "crash-looping"])
    network = window(name="network", alerts=["api-down"])
    all_of_it = window(name="all", alerts="all")

    assert sets("production", disk, network) == [
        (("api-down",), ["new-disk", "network"]),
        (("crash-looping",), ["new-disk"]),
    ]
    assert sets("production", disk, all_of_it) == [(("api-down", "crash-looping"), ["new-disk", "all"]), ((), ["all"])]
    assert sets("production", all_of_it) == [((), ["all"])]


def test_a_window_of_another_environment_silences_nothing() -> None:
    assert sets("dev", window(alerts="all")) == []
    assert sets("dev", window(environments=["dev", "staging"])) == [(("api-down",), ["new-disk"])]


def test_a_trial_is_over_when_its_day_begins_in_utc() -> None:
    day = datetime(2027, 3, 1, tzinfo=UTC)
    second = timedelta(seconds=1)

    assert [is_over(day.date(), now) for now in (day - second, day, day + second, None)] == [False, True, True, False]


def test_a_trial_of_more_than_31_days_is_too_long() -> None:
    day, second = datetime(2027, 3, 1, tzinfo=UTC), timedelta(seconds=1)
    latest = day - timedelta(days=31)

    assert [is_too_far(day.date(), now) for now in (latest - second, latest, day, None)] == [True, False, False, False]
