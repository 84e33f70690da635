"""Business hours of a scenario: always open, or opening at one full minute of the wall clock.

Alertmanager reads the wall clock to the minute and cannot scale it, so every time interval of the
export is replaced. The rehearsal checks that a message waits for business hours; which hours those
are is checked by the catalogue's tests.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from resilience.tools.errors import RehearsalError

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALL_DAY = [{"start_time": "00:00", "end_time": "24:00"}]
OPEN: list[dict[str, Any]] = [{"times": ALL_DAY}]


def next_opening(earliest: datetime) -> datetime:
    """Return the first full minute at or after `earliest` (UTC)."""
    floor = earliest.astimezone(UTC).replace(second=0, microsecond=0)
    return floor if floor == earliest else floor + timedelta(minutes=1)


def opening_at(instant: datetime) -> list[dict[str, Any]]:
    """Return Alertmanager's intervals that are closed before `instant` and open after it.

    The following day stays open too, because a live run may pass midnight. Earlier days are
    closed, because their weekday is not listed, also when `instant` itself is 00:00.
    """
    utc = instant.astimezone(UTC)
    if utc.second or utc.microsecond:
        msg = f"hours cannot open at {utc.isoformat()}: Alertmanager reads full minutes only"
        raise RehearsalError(msg)
    today, tomorrow = WEEKDAYS[utc.weekday()], WEEKDAYS[(utc.weekday() + 1) % 7]
    rest_of_day = [{"start_time": f"{utc:%H:%M}", "end_time": "24:00"}]
    return [
        {"times": rest_of_day, "weekdays": [today], "location": "UTC"},
        {"times": ALL_DAY, "weekdays": [tomorrow], "location": "UTC"},
    ]


def replace_intervals(config: dict[str, Any], intervals: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the Alertmanager configuration with every named interval replaced.

    Raises RehearsalError for `mute_time_intervals`, whose meaning is the opposite.
    """
    if _mutes(config["route"]):
        msg = "alertmanager.yml: mute_time_intervals cannot be rehearsed; use active_time_intervals"
        raise RehearsalError(msg)
    named = [{"name": entry["name"], "time_intervals": intervals} for entry in config.get("time_intervals", ())]
    return {**config, "time_intervals": named}


def _mutes(route: dict[str, Any]) -> bool:
    return "mute_time_intervals" in route or any(map(_mutes, route.get("routes", ())))
