"""What a rehearsal found, and its table."""

from dataclasses import dataclass, field

from rich.table import Table

from resilience.core.durations import clock_face
from resilience.rehearsal.comparison import Comparison
from resilience.rehearsal.parsed_message import ParsedMessage
from resilience.rehearsal.scenario import AlertKey, Scenario


@dataclass(frozen=True)
class Result:
    """One incident's outcome; `refused` counts posts that Slack turned away.

    `live` results have messages in `received`, virtual ones the first firings in `detected`.

    `error` is set when the drill itself broke: then nothing was judged, and that is not good.
    """

    scenario: Scenario
    comparison: Comparison
    received: tuple[ParsedMessage, ...] = ()
    detected: dict[AlertKey, float] = field(default_factory=dict)
    rejected: int = 0
    live: bool = True
    seconds: float = 0.0
    error: str | None = None

    @property
    def good(self) -> bool:
        """Return whether the incident was rehearsed and its promise kept."""
        return self.error is None and self.comparison.good

    @property
    def explanation(self) -> str:
        """Return in lines what failed, with the received log; empty when good."""
        if self.good:
            return ""
        differences = [self.error] if self.error else list(self.comparison.differences)
        return "\n".join([*differences, *map(log_line, self.received)])


@dataclass(frozen=True)
class Results:
    """All outcomes; `live` tells real programs from virtual time, `seconds` is wall time."""

    results: tuple[Result, ...]
    live: bool
    speed: float
    seconds: float

    @property
    def good(self) -> bool:
        """Return whether every incident was good; false when there was none."""
        return bool(self.results) and all(result.good for result in self.results)


def log_line(reading: ParsedMessage) -> str:
    """Return one line of the received log."""
    message = reading.message
    return (
        f"  received {clock_face(message.at)} #sv0-{message.channel} "
        f"{reading.tier or 'no tier'} {reading.subject} {reading.state}"
    )


def first_message(result: Result) -> str:
    """Return how long after the fault began the first message came (or the rule fired), or a dash."""
    begins = result.scenario.begins
    if result.received:
        return clock_face(min(reading.message.at for reading in result.received) - begins)
    if result.detected:
        return f"{clock_face(min(result.detected.values()) - begins)} (rule)"
    return "-"


def expected_text(scenario: Scenario) -> str:
    """Return what must happen, in a few words; times count from the beginning of the fault."""
    if scenario.benign:
        return "silence"
    return "; ".join(
        f"{wanted.key} in #sv0-{wanted.channel} {_within(wanted.arrival[1] - scenario.begins)}"
        for wanted in scenario.expect
    )


def _within(after: float) -> str:
    return f"within {clock_face(after)}" if after > 0 else "from before"


def results_table(results: Results) -> Table:
    """Return the table that ends a rehearsal."""
    table = Table(title="Rehearsal" if results.live else "Rehearsal in virtual time")
    for heading in ("Incident", "First message after", "Promise", "Verdict"):
        table.add_column(heading, overflow="fold")
    for result in results.results:
        comparison = "[green]good[/green]" if result.good else "[red]bad[/red]"
        title = result.scenario.title
        table.add_row(title, first_message(result), expected_text(result.scenario), comparison)
    return table
