"""What the report shows of a scenario: its results, live and in virtual time, side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from resilience.core.durations import clock_face
from resilience.rehearsal.report.parsed_message import ParsedMessage, title_of
from resilience.rehearsal.report.results import NOTHING, Result, Results, first_message
from resilience.rehearsal.scenario.scenario import Scenario

PLAYED = {True: "live", False: "virtual time"}
"""How a result was obtained, by its `live`."""


@dataclass(frozen=True)
class ReportEntry:
    """A scenario with every result of it; at least one."""

    scenario: Scenario
    results: tuple[Result, ...]

    @property
    def good(self) -> bool:
        """Return whether every result is good."""
        return all(result.good for result in self.results)

    @property
    def state(self) -> str:
        """Return `good` or `bad`, as the page shows it and filters by it."""
        return "good" if self.good else "bad"

    @property
    def firsts(self) -> tuple[str, ...]:
        """Return the time to the first message of each result; one dash when no result has any."""
        found = dict.fromkeys(map(first_message, self.results))
        return tuple(one for one in found if one != NOTHING) or (NOTHING,)

    @property
    def differences(self) -> tuple[str, ...]:
        """Return what went wrong, each line with the kind of the result."""
        return tuple(f"{PLAYED[one.live]}: {line}" for one in self.results for line in _wrong(one))

    @property
    def received(self) -> tuple[ParsedMessage, ...]:
        """Return the messages of all results in the order of their times."""
        every = (parsed for result in self.results for parsed in result.received)
        return tuple(sorted(every, key=lambda parsed: parsed.message.at))

    @property
    def detected(self) -> tuple[str, ...]:
        """Return which rule fired when, a line for each alert of a result in virtual time."""
        every = (pair for result in self.results for pair in result.detected.items())
        return tuple(f"{key} at {clock_face(at)}" for key, at in sorted(every, key=lambda pair: pair[1]))

    @property
    def mailed(self) -> tuple[str, ...]:
        """Return the subject of each e-mail, and when it came."""
        every = (parsed.message for result in self.results for parsed in result.mailed)
        return tuple(f"{title_of(mail)} at {clock_face(mail.at)}" for mail in every)

    @property
    def rejected(self) -> int:
        """Return how many posts Slack rejected."""
        return sum(result.rejected for result in self.results)


def entries(runs: Sequence[Results]) -> tuple[ReportEntry, ...]:
    """Return an entry for each scenario, bad ones first, otherwise in the order of the runs."""
    by_id: dict[str, list[Result]] = {}
    for result in results_of(runs):
        by_id.setdefault(result.scenario.id, []).append(result)
    found = [ReportEntry(results[0].scenario, tuple(results)) for results in by_id.values()]
    return tuple(sorted(found, key=lambda entry: entry.good))


def results_of(runs: Iterable[Results]) -> list[Result]:
    """Return all results of the runs."""
    return [result for results in runs for result in results.results]


def _wrong(result: Result) -> Sequence[str]:
    return (result.error,) if result.error else result.comparison.differences
