"""The results of a rehearsal, and their table."""

from dataclasses import dataclass, field

from rich.table import Table

from resilience.core.durations import clock_face
from resilience.rehearsal.report.comparison import Comparison
from resilience.rehearsal.report.parsed_message import ParsedMessage
from resilience.rehearsal.scenario.scenario import AlertKey, Scenario

NOTHING = "-"
"""The time of a first message that did not come."""


@dataclass(frozen=True)
class Result:
    """The result of one scenario; `rejected` counts posts that Slack rejected, `mailed` are e-mails.

    A live result has its messages in `received`, a virtual one the first firing of each alert in `detected`.

    `error` is set when the run itself broke: nothing was compared then, and the result is bad.
    """

    scenario: Scenario
    comparison: Comparison
    received: tuple[ParsedMessage, ...] = ()
    detected: dict[AlertKey, float] = field(default_factory=dict)
    rejected: int = 0
    mailed: tuple[ParsedMessage, ...] = ()
    live: bool = True
    seconds: float = 0.0
    error: str | None = None

    @property
    def good(self) -> bool:
        """Return whether the scenario ran and went as expected."""
        return self.error is None and self.comparison.good

    @property
    def explanation(self) -> str:
        """Return what went wrong and what was received, one per line; empty when good."""
        if self.good:
            return ""
        differences = [self.error] if self.error else list(self.comparison.differences)
        mailed = (log_line(one, "by e-mail") for one in self.mailed)
        return "\n".join([*differences, *map(log_line, self.received), *mailed])


@dataclass(frozen=True)
class Results:
    """All results; `live` when they ran on real programs, `seconds` is wall time."""

    results: tuple[Result, ...]
    live: bool
    speed: float
    seconds: float

    @property
    def good(self) -> bool:
        """Return whether every scenario was good; false when there was none."""
        return bool(self.results) and all(result.good for result in self.results)


def log_line(parsed: ParsedMessage, where: str = "") -> str:
    """Return a received message as one line; `where` if it was not in its channel."""
    message = parsed.message
    return (
        f"  received {clock_face(message.at)} {where or f'#sv0-{message.channel}'} "
        f"{parsed.tier or 'no tier'} {parsed.subject} {parsed.state}"
    )


def first_message(result: Result) -> str:
    """Return the time from the start of the fault to the first message (or firing rule), or a dash."""
    begins = result.scenario.begins
    if result.received:
        return _after(min(parsed.message.at for parsed in result.received) - begins)
    if result.detected:
        return f"{_after(min(result.detected.values()) - begins)} (rule fired)"
    return NOTHING


def _after(seconds: float) -> str:
    return clock_face(seconds) if seconds >= 0 else "already firing"


def expected_text(scenario: Scenario) -> str:
    """Return the expected messages in a few words; times count from the start of the fault."""
    if scenario.benign:
        return "no message"
    return "; ".join(
        f"{wanted.key} in #sv0-{wanted.channel} {_within(wanted.arrival[1] - scenario.begins)}"
        for wanted in scenario.expect
    )


def _within(after: float) -> str:
    return f"within {clock_face(after)}" if after > 0 else "already firing"


def results_table(results: Results) -> Table:
    """Return the table of results."""
    table = Table(title="Rehearsal" if results.live else "Rehearsal in virtual time")
    for heading in ("Scenario", "First message after", "Expected", "Result"):
        table.add_column(heading, overflow="fold")
    for result in results.results:
        good_or_bad = "[green]good[/green]" if result.good else "[red]bad[/red]"
        title = result.scenario.title
        table.add_row(title, first_message(result), expected_text(result.scenario), good_or_bad)
    return table
