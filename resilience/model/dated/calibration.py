"""A new alert on trial: until a date its messages go where nobody is called (docs/adr/0018)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from pydantic import BeforeValidator

from resilience.core.problems import shown

KEY = "calibrating_until"
LONGEST = timedelta(days=31)
"""From today to the date; a longer trial would be a way to switch an alert off."""


def _date(value: object) -> date:
    """A date alone: pydantic would also take a number of seconds or a moment."""
    try:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, str) and date.fromisoformat(value).isoformat() == value:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError(f"{shown(value)} is not a date; write the day on which it becomes real, as 2027-03-01")


CalibrationDate = Annotated[date, BeforeValidator(_date)]
"""The day, in UTC, from whose beginning on the alert is as real as any other."""


def is_over(until: date, now: datetime | None) -> bool:
    """Whether the trial has ended."""
    return now is not None and now >= _begin(until)


def is_too_far(until: date, now: datetime | None) -> bool:
    """Whether the trial would last too long."""
    return now is not None and _begin(until) > now + LONGEST


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
