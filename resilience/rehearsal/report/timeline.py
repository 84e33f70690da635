"""The layout of a scenario's timeline: rows of bars and marks, all x in percent; the template draws it.

Percent, and labels outside the drawing, keep the text at its size on a narrow screen.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from resilience.core.durations import DAY, HOUR, MINUTE, clock_face
from resilience.rehearsal.report.entries import PLAYED, ReportEntry
from resilience.rehearsal.report.results import Result
from resilience.rehearsal.scenario.fault_labels import fault_label
from resilience.rehearsal.scenario.scenario import Expectation, Scenario

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440, 2880, 10080)
"""Minutes between two ticks."""
MOST_TICKS = 6
"""More would overlap on a telephone."""
THINNEST = 0.4


@dataclass(frozen=True)
class Bar:
    """A span of time; `kind` is the CSS class: fault, window, recovery or closed."""

    kind: str
    x: float
    width: float
    title: str


@dataclass(frozen=True)
class Mark:
    """A message, or in virtual time a firing rule; `kind` is the CSS class: firing or resolved."""

    kind: str
    x: float
    title: str


@dataclass(frozen=True)
class TimelineRow:
    """What is drawn beside one label."""

    label: str
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Timeline:
    """All rows, and the ticks of the axis below them with their text."""

    rows: tuple[TimelineRow, ...]
    ticks: tuple[tuple[float, str], ...]


class TimeAxis:
    """Converts virtual seconds to percent of the width."""

    def __init__(self, length: float) -> None:
        """Fit the scenario between the edges."""
        self._length = length

    def x(self, at: float) -> float:
        """Return the x of a moment, limited to the drawing."""
        return round(min(max(at, 0.0), self._length) / self._length * 100, 2)

    def bar(self, label: str, kind: str, span: tuple[float, float]) -> Bar:
        """Return a bar from one moment to another."""
        begin, end = self.x(span[0]), self.x(span[1])
        until = "the end" if span[1] > self._length else clock_face(span[1])
        title = f"{label}: {clock_face(span[0])} to {until}"
        return Bar(kind, begin, round(max(end - begin, THINNEST), 2), title)


def timeline(entry: ReportEntry) -> Timeline:
    """Return the layout of one scenario."""
    axis = TimeAxis(entry.scenario.length)
    results = (_result(axis, result) for result in entry.results)
    return Timeline((*_scenario(axis, entry.scenario), *results), tuple(_ticks(axis, entry.scenario.length)))


def _scenario(axis: TimeAxis, scenario: Scenario) -> Iterator[TimelineRow]:
    for fault in scenario.faults:
        label = fault_label(fault)
        yield TimelineRow(label, (axis.bar(label, "fault", (fault.since, fault.until)),))
    if night := scenario.night:
        label = "outside business hours"
        yield TimelineRow(label, (axis.bar(label, "closed", night),))
    if window := scenario.window:
        label = "maintenance"
        yield TimelineRow(label, (axis.bar(label, "closed", window),))
    for wanted in scenario.expect:
        yield _expected(axis, wanted)


def _expected(axis: TimeAxis, wanted: Expectation) -> TimelineRow:
    label = f"{wanted.alert_id} · {wanted.environment}"
    bars = [axis.bar(f"{label}: expected", "window", wanted.arrival)]
    if wanted.resolved:
        bars.append(axis.bar(f"{label}: recovery expected", "recovery", wanted.resolved))
    return TimelineRow(label, tuple(bars))


def _result(axis: TimeAxis, result: Result) -> TimelineRow:
    messages = [(one.state, one.message.at, f"{one.subject} {one.state}") for one in result.received]
    rules = [("firing", at, f"{key} fires") for key, at in result.detected.items()]
    marks = [Mark(kind, axis.x(at), f"{clock_face(at)}: {said}") for kind, at, said in (*messages, *rules)]
    what = "Slack" if result.live or result.received else "firing rules"
    return TimelineRow(f"{what} · {PLAYED[result.live]}", marks=tuple(marks))


def _ticks(axis: TimeAxis, length: float) -> Iterator[tuple[float, str]]:
    minutes = next((step for step in STEPS if length / MINUTE / step <= MOST_TICKS), STEPS[-1])
    step = minutes * MINUTE
    unit, name = next(pair for pair in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")) if step >= pair[0])
    for index in range(int(length // step) + 1):
        yield axis.x(index * step), f"{index * step / unit:g} {name}"
