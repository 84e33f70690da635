"""Which moments a timing holds: an Alertmanager's time interval, as `resilience/export/` writes it.

https://prometheus.io/docs/alerting/latest/configuration/#time_interval-0: all that is named must match, ranges of
days include both ends, those of times do not include the second.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from resilience.core.conventions import MONTHS, WEEKDAYS
from resilience.core.problems import UserError, shown


@dataclass(frozen=True)
class Timing:
    """A named timing; a moment is in it if one of its intervals holds it."""

    name: str
    intervals: Sequence[Mapping[str, Any]]

    @cached_property
    def _zones(self) -> list[ZoneInfo]:
        return [_zone(one.get("location") or "UTC", self.name) for one in self.intervals]

    def holds(self, at: float) -> bool:
        """Whether the moment (Unix seconds) is in it.

        Raises:
            UserError: it names a place or a day that does not exist.
        """
        pairs = zip(self.intervals, self._zones, strict=True)
        try:
            return any(_holds(one, datetime.fromtimestamp(at, zone)) for one, zone in pairs)
        except (ValueError, TypeError, LookupError, AttributeError):
            raise UserError(f"the timing {shown(self.name)} cannot be read") from None


def _zone(name: str, timing: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UserError(f"the timing {shown(timing)} names no place of the time zone database") from None


def _holds(interval: Mapping[str, Any], at: datetime) -> bool:
    last = _last_day(at)
    checks = {
        "weekdays": lambda one: _in(one, at.isoweekday() % 7, WEEKDAYS, 0),
        "months": lambda one: _in(one, at.month, MONTHS, 1),
        "years": lambda one: _in(one, at.year, (), 0),
        "days_of_month": lambda one: _in_month(one, at.day, last),
        "times": lambda one: _minute(one["start_time"]) <= at.hour * 60 + at.minute < _minute(one["end_time"]),
    }
    return all(any(map(check, interval[name])) for name, check in checks.items() if interval.get(name))


def _in(span: Any, value: int, names: Sequence[str], first: int) -> bool:
    begin, _, end = str(span).lower().partition(":")
    ends = [names.index(one) + first if one in names else int(one) for one in (begin, end or begin)]
    return ends[0] <= value <= ends[1]


def _in_month(span: Any, day: int, last: int) -> bool:
    """Negative days count from the end of the month; none is beyond it."""
    begin, _, end = str(span).partition(":")
    ends = [number if number > 0 else last + 1 + number for number in (int(begin), int(end or begin))]
    return ends[0] <= day <= ends[1]


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _last_day(at: datetime) -> int:
    following = datetime(at.year + at.month // 12, at.month % 12 + 1, 1, tzinfo=UTC)
    return (following - datetime(at.year, at.month, 1, tzinfo=UTC)).days
