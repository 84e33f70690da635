"""Maintenance windows: when which alerts of which environments fall silent, and why (docs/adr/0018)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from resilience.core.conventions import MONTHS, Frozen, Name, OneLine
from resilience.core.durations import spelt
from resilience.core.problems import shown

FILE = "catalogue/maintenance.yaml"
LONGEST = timedelta(hours=24)
_ALL = "all"
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})", re.ASCII)
_YEARS = (2000, 2099)
_AS = "2027-03-01T22:00:00Z or 2027-03-01T23:00:00+01:00"


def _moment(value: object) -> datetime:
    """A minute in RFC 3339; YAML has read what is not in quotes already."""
    moment = value
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
    if not isinstance(moment, datetime) or moment.utcoffset() is None:
        raise ValueError(f"{_quoted(value)} is no moment in RFC 3339 with its zone; write it as {_AS}")
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise ValueError(f"{_quoted(value)} is in another century; write a year from {_YEARS[0]} to {_YEARS[1]}")
    if moment.second or moment.microsecond:
        raise ValueError(f"{_quoted(value)} has seconds, but Grafana's timings are in minutes; write 00 seconds")
    return moment


def _quoted(value: object) -> str:
    """The value in quotes; a time is shown although it is as long a word as a credential."""
    is_time = isinstance(value, str) and re.fullmatch(r"[\dTZ:+. -]{1,40}", value, re.ASCII)
    return f'"{value}"' if is_time else shown(value)


def _alerts(value: Any) -> Any:
    """`all` is what a list with this one word is."""
    if isinstance(value, str) and value != _ALL:
        raise ValueError(f"{shown(value)} is no list of alerts; write all, or a list of ids")
    return [_ALL] if value == _ALL else value


class MaintenanceInterval(Frozen):
    """A stretch of one day in UTC, as Grafana's timings state it; the minute of `end` is outside."""

    year: str
    month: str
    day: str
    start: str
    end: str


class MaintenanceWindow(Frozen):
    """One announced piece of work: from `begins` on, before `ends`, these alerts of these environments are silent."""

    name: Name
    begins: Annotated[datetime, BeforeValidator(_moment)]
    ends: Annotated[datetime, BeforeValidator(_moment)]
    environments: Annotated[tuple[Name, ...], Field(min_length=1)]
    alerts: Annotated[tuple[Name, ...], BeforeValidator(_alerts), Field(min_length=1)]
    reason: OneLine

    @model_validator(mode="after")
    def _is_short(self) -> Self:
        if self.begins.utcoffset() != self.ends.utcoffset():
            raise ValueError(f"begins and ends are in two zones; write both as {_AS}")
        if self.length <= timedelta():
            raise ValueError(f'ends "{self.ends.isoformat()}" is not after begins; write a later end')
        if self.length > LONGEST:
            raise ValueError(f'lasts "{spelt(self.length.total_seconds())}"; write an end within 24h of begins')
        return self

    @property
    def length(self) -> timedelta:
        """From begin to end."""
        return self.ends - self.begins

    @property
    def timing(self) -> str:
        """The name of its mute timing."""
        return f"maintenance-{self.name}"

    @property
    def is_of_all(self) -> bool:
        """Whether it silences whatever its environments report."""
        return self.alerts == (_ALL,)

    def silences(self, alert: str) -> bool:
        """Whether it silences this alert, by its id."""
        return self.is_of_all or alert in self.alerts

    @property
    def intervals(self) -> tuple[MaintenanceInterval, ...]:
        """Its days: a timing knows days and times, so a window over midnight (UTC) is two."""
        return tuple(self._intervals())

    def _intervals(self) -> Iterator[MaintenanceInterval]:
        begin, end = self.begins.astimezone(UTC), self.ends.astimezone(UTC)
        while begin < end:
            midnight = datetime.combine(begin.date() + timedelta(days=1), time(), UTC)
            yield MaintenanceInterval(
                year=f"{begin.year:04d}",
                month=MONTHS[begin.month - 1],
                day=str(begin.day),
                start=f"{begin:%H:%M}",
                end="24:00" if midnight <= end else f"{end:%H:%M}",
            )
            begin = midnight


class MaintenanceFile(Frozen):
    """`catalogue/maintenance.yaml`."""

    version: Literal[1]
    windows: tuple[MaintenanceWindow, ...]


@dataclass(frozen=True)
class SilencedAlerts:
    """Alerts of one environment that the same windows silence; without `ids` all that no other one names."""

    environment: str
    ids: tuple[str, ...]
    windows: tuple[MaintenanceWindow, ...]


def silenced(windows: Sequence[MaintenanceWindow], environment: str, ids: Iterable[str]) -> list[SilencedAlerts]:
    """Which of these alerts of an environment which windows silence, each alert once.

    An alert takes the first route that matches, so each needs all of its windows there.
    """
    ours = [window for window in windows if environment in window.environments]
    of_all = tuple(window for window in ours if window.is_of_all)
    sets: dict[tuple[MaintenanceWindow, ...], list[str]] = {}
    for alert in ids:
        sets.setdefault(tuple(window for window in ours if window.silences(alert)), []).append(alert)
    named = [SilencedAlerts(environment, tuple(found), key) for key, found in sets.items() if key not in ((), of_all)]
    return [*named, *([SilencedAlerts(environment, (), of_all)] if of_all else [])]
