"""The layout of a scenario's timeline in SVG units; the template draws it."""

from dataclasses import dataclass

from resilience.core.durations import HOUR, MINUTE, clock_face
from resilience.rehearsal.report.results import Result
from resilience.rehearsal.scenario.fault_labels import fault_label
from resilience.rehearsal.scenario.scenario import Scenario

LEFT, RIGHT, ROW = 230.0, 980.0, 26.0
TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480)
MOST_TICKS = 12


@dataclass(frozen=True)
class Bar:
    """A span of time on one row; `kind` is the CSS class: fault, window, recovery or closed."""

    label: str
    kind: str
    x: float
    width: float
    y: float
    title: str


@dataclass(frozen=True)
class Mark:
    """A message, or in virtual time a firing rule; `kind` is the CSS class: firing or resolved."""

    x: float
    y: float
    kind: str
    title: str


@dataclass(frozen=True)
class Timeline:
    """All parts of one SVG."""

    height: float
    ticks: tuple[tuple[float, str], ...]
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]


class TimeAxis:
    """Converts virtual seconds to horizontal units."""

    def __init__(self, length: float) -> None:
        """Fit the scenario between the labels and the right edge."""
        self._length = length

    def x(self, at: float) -> float:
        """Return the x of a moment, limited to the drawing."""
        share = min(max(at, 0.0), self._length) / self._length
        return round(LEFT + share * (RIGHT - LEFT), 1)

    def bar(self, label: str, kind: str, span: tuple[float, float], row: int) -> Bar:
        """Return a bar from one moment to another."""
        begin, end = self.x(span[0]), self.x(span[1])
        until = "the end" if span[1] > self._length else clock_face(span[1])
        title = f"{label}: {clock_face(span[0])} to {until}"
        return Bar(label, kind, begin, max(end - begin, 2.0), row * ROW, title)


def timeline(result: Result) -> Timeline:
    """Return the layout of one scenario."""
    scenario, axis = result.scenario, TimeAxis(result.scenario.length)
    bars = [
        axis.bar(fault_label(fault), "fault", (fault.since, fault.until), row)
        for row, fault in enumerate(scenario.faults)
    ]
    if night := scenario.night:
        bars.append(axis.bar("outside business hours", "closed", night, len(bars)))
    bars += _windows(scenario, axis, len(bars))
    last = max((bar.y for bar in bars), default=-ROW) / ROW + 1
    return Timeline((last + 2) * ROW, _ticks(scenario, axis), tuple(bars), _marks(result, last))


def _windows(scenario: Scenario, axis: TimeAxis, row: int) -> list[Bar]:
    bars = []
    for offset, wanted in enumerate(scenario.expect):
        label = f"{wanted.alert_id} · {wanted.environment}"
        bars.append(axis.bar(label, "window", wanted.arrival, row + offset))
        if wanted.resolved:
            bars.append(axis.bar(label, "recovery", wanted.resolved, row + offset))
    return bars


def _marks(result: Result, row: float) -> tuple[Mark, ...]:
    axis = TimeAxis(result.scenario.length)
    marks = [
        Mark(
            axis.x(parsed.message.at),
            row * ROW,
            parsed.state,
            f"{clock_face(parsed.message.at)}: {parsed.subject} {parsed.state}",
        )
        for parsed in result.received
    ]
    marks += [
        Mark(axis.x(at), row * ROW, "firing", f"{clock_face(at)}: {key} fires") for key, at in result.detected.items()
    ]
    return tuple(marks)


def _ticks(scenario: Scenario, axis: TimeAxis) -> tuple[tuple[float, str], ...]:
    minutes = scenario.length / MINUTE
    step = next((tick for tick in TICKS if minutes / tick <= MOST_TICKS), TICKS[-1]) * MINUTE
    moments = (index * step for index in range(int(scenario.length // step) + 1))
    return tuple((axis.x(at), _tick(at)) for at in moments)


def _tick(at: float) -> str:
    return f"{at / HOUR:g} h" if at >= HOUR and at % HOUR == 0 else f"{at / MINUTE:g} min"
